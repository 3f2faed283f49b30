"""A survey file, read: what it would change, what it proposes, what cannot be used and why. Nothing is applied."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from planner.district.headers import header_key
from planner.district.memory import give_back
from planner.district.survey.identify import CANDIDATE_COLUMNS, PROPOSAL_COLUMNS, Identity, identify
from planner.district.survey.records import Records, no_rows, read_records
from planner.district.survey.repeats import content_keys, settle_repeats
from planner.district.survey.request import SurveyRequest
from planner.district.survey.row_facts import row_facts
from planner.district.survey.split_choices import join_choices
from planner.district.survey.survey_cells import CHANGE_COLUMNS, read_cells
from planner.district.survey.survey_columns import SurveyColumns, map_columns
from planner.district.survey.survey_words import survey_words
from planner.district.table import read_bytes
from planner.errors import InputError, join_problems, problem_rows

STATUSES = (
    "used",
    "partly",
    "nothing",
    "proposal",
    "repeated",
    "contradicting",
    "rejected",
    "refused",
    "skipped",
    "blank",
    "title",
    "header",
)
"""What became of a record: read whole; read but for some cells; nothing in it to apply; a compound that the ledger does
not have; said already; contradicts another row; rejected by its reviewer; not usable; a total or note; blank; a title;
the header."""

ROW_COLUMNS = [
    "row", "record", "status", "compound_id", "by", "surveyed_on", "precision", "surveyor", "base_version", "instance",
    "submitted", "content",
]  # fmt: skip
_FACTS = ["surveyed_on", "precision", "surveyor", "base_version", "instance", "submitted"]


@dataclass(frozen=True, slots=True)
class SurveyFile:
    """One survey file, read.

    changes: survey_cells.CHANGE_COLUMNS, one row per cell of a known compound that says something. proposed: the same
    for the rows of `proposals` (compound_id missing): they wait for a planner. proposals, candidates: see
    `identify.Identity`. rows: ROW_COLUMNS, every record of the file with its status (STATUSES), date, surveyor, base
    version, submission and (of submissions, and of several rows of one compound) content key. mapping:
    `SurveyColumns.mapping`. cells: the text of the rows to read, index = row, personal columns left out. broken: row
    -> cells of the rows with another width. refused: whether the whole file was. sha256: of its bytes.
    """

    file: str
    sha256: str
    refused: bool
    changes: pd.DataFrame
    proposed: pd.DataFrame
    proposals: pd.DataFrame
    candidates: pd.DataFrame
    rows: pd.DataFrame
    mapping: pd.DataFrame
    cells: pd.DataFrame
    broken: Mapping[int, list[str]]
    encoding: str
    evidence: str
    separator: str
    sheet: str
    problems: pd.DataFrame

    @property
    def counts(self) -> dict[str, int]:
        """How many records have each status, in the order of STATUSES; they add up to the records of the file."""
        found = self.rows["status"].value_counts()
        return {status: int(found.get(status, 0)) for status in STATUSES}

    def content_key(self, decisions: str = "") -> str:
        """Return the key of applying this file (bytes, mapping, decisions): equal keys, nothing to do again."""
        mapping = "\n".join(f"{r.header}={r.field}{r.role}" for r in self.mapping.itertuples(index=False))
        parts = (self.sha256, header_key(self.mapping["header"]), mapping, decisions)
        return hashlib.sha256("\x1e".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def read_survey(source: Path | bytes, compounds: pd.DataFrame, request: SurveyRequest, *, name: str = "") -> SurveyFile:
    """Return what a survey file says about the compounds of a ledger (survey_and_store.md, CSV survey update).

    compounds: index compound_id; name, alias, address, community_name, row_version as far as known. A file that cannot
    be used comes back with `refused` and its reasons, not as an error: only a mapping by hand that names what is not
    there raises CallError.
    """
    sha, records = "", None
    try:
        data, file = read_bytes(source, name)
        sha = hashlib.sha256(data).hexdigest()
        records = read_records(
            data, survey_words(request.policy), name=file, encoding=request.encoding, sheet=request.sheet
        )
        records = replace(records, cells=join_choices(records.cells, request.policy))
        give_back(len(records.cells))
        columns = map_columns(list(records.cells.columns), request, file=file)
    except InputError as error:
        return _refused(source, name, sha, records=records, problems=error.problems)
    return _read(records, columns, compounds, request=request, sha=sha)


def _read(
    records: Records, columns: SurveyColumns, compounds: pd.DataFrame, *, request: SurveyRequest, sha: str
) -> SurveyFile:
    facts, fact_problems = row_facts(records, columns, request)
    identity = identify(records, columns, compounds, request)
    status = facts["status"].mask(facts["status"].eq(""), identity.status)
    status, ahead = _ahead_of_ledger(status, facts.assign(compound_id=identity.compound_id), compounds, records.file)
    readable = status.isin(["", "proposal"])
    told = read_cells(
        records.cells[readable],
        records.rows[readable],
        columns,
        policy=request.policy,
        as_of=request.as_of,
        file=records.file,
    )
    changes = _without_names(told.changes, identity)
    give_back(len(changes))
    facts = facts.assign(status=status, compound_id=identity.compound_id, by=identity.by)
    facts = facts.assign(content=_contents(changes, facts))
    status, repeat_problems = settle_repeats(facts, records.file)
    spoilt = told.problems.loc[told.problems["severity"].eq("error"), "row"]
    facts["status"] = _final(status, facts, changes, spoilt=set(spoilt.dropna().astype("int64")))
    owner = identity.compound_id.reindex(changes.index)
    changes = changes.assign(compound_id=owner.to_numpy(dtype=object))[CHANGE_COLUMNS]
    kept = facts["status"].reindex(changes.index)
    reports = [records.problems, no_rows(records), columns.problems, fact_problems, identity.problems, ahead]
    return SurveyFile(
        file=records.file,
        sha256=sha,
        refused=False,
        changes=changes[kept.isin(["used", "partly"]).to_numpy()].reset_index(drop=True),
        proposed=changes[kept.eq("proposal").to_numpy()].reset_index(drop=True),
        proposals=identity.proposals[identity.proposals["row"].isin(facts.loc[facts["status"] == "proposal", "row"])],
        candidates=identity.candidates,
        rows=_rows(records, facts),
        mapping=columns.mapping,
        cells=_shown_cells(records, columns.mapping),
        broken=records.broken,
        encoding=records.encoding,
        evidence=records.evidence,
        separator=records.separator,
        sheet=records.sheet,
        problems=join_problems([*reports, told.problems, repeat_problems]),
    )


def _ahead_of_ledger(
    status: pd.Series, facts: pd.DataFrame, compounds: pd.DataFrame, file: str
) -> tuple[pd.Series, pd.DataFrame]:
    """Rows made on a version that the ledger never had belong to another ledger."""
    if "row_version" not in compounds.columns:
        return status, join_problems([])
    newest = compounds["row_version"].astype("Int64").reindex(facts["compound_id"]).set_axis(facts.index)
    ahead = (facts["base_version"] > newest).fillna(False).astype(bool) & status.eq("")
    params = [{"newest": int(n)} for n in newest[ahead]]
    values = facts.loc[ahead, "base_version"]
    report = problem_rows(
        "survey.base_ahead",
        facts.loc[ahead, "row"],
        severity="error",
        file=file,
        column="",
        values=values,
        params=params,
    )
    return status.mask(ahead, "refused"), report


def _contents(changes: pd.DataFrame, facts: pd.DataFrame) -> pd.Series:
    """The content keys of the rows that may stand twice: submissions with an id, and several rows of one compound."""
    again = facts["compound_id"].notna() & facts["compound_id"].duplicated(keep=False)
    asked = facts.index[again | facts["instance"].notna()]
    return content_keys(changes[changes.index.isin(asked)]).reindex(facts.index)


def _without_names(changes: pd.DataFrame, identity: Identity) -> pd.DataFrame:
    """A row that was found by its name does not rename the compound to the surveyor's spelling of it."""
    by_name = ~identity.by.reindex(changes.index).isin(["key", ""])
    return changes[~(by_name & changes["field"].isin(["name", "alias"]))]


def _final(status: pd.Series, facts: pd.DataFrame, changes: pd.DataFrame, *, spoilt: set[int]) -> pd.Series:
    says = facts.index.isin(changes.index[changes["kind"] != "keep"])
    partly = facts["row"].isin(spoilt)
    final = np.select([says & ~partly, partly], ["used", "partly"], default="nothing")
    return status.where(status.ne(""), pd.Series(final, index=status.index))


def _rows(records: Records, facts: pd.DataFrame) -> pd.DataFrame:
    """Every record of the file in its order; those that were not rows to read have no more than a status."""
    known = facts.drop(columns=["status"]).merge(
        facts[["row", "status"]].rename(columns={"status": "became"}), on="row"
    )
    log = records.log.merge(known, on="row", how="left")
    log["status"] = log["status"].where(log["status"].ne(""), log["became"])
    return log[ROW_COLUMNS]


def _shown_cells(records: Records, mapping: pd.DataFrame) -> pd.DataFrame:
    personal = mapping.loc[mapping["how"] == "personal", "header"]
    return records.cells.drop(columns=list(personal)).set_axis(pd.Index(records.rows, name="row"), axis=0)


def _refused(
    source: Path | bytes, name: str, sha: str, *, records: Records | None, problems: pd.DataFrame
) -> SurveyFile:
    """The answer for a file that cannot be used: every record that could be told apart counts as refused."""
    file = name or (source.name if isinstance(source, Path) else str(problems["file"].iloc[0]) if len(problems) else "")
    rows = pd.DataFrame(columns=ROW_COLUMNS)
    if records is not None:
        rows = records.log.assign(status=records.log["status"].replace("", "refused")).reindex(columns=ROW_COLUMNS)
    nothing = pd.DataFrame(columns=CHANGE_COLUMNS)
    return SurveyFile(
        file=file,
        sha256=sha,
        refused=True,
        changes=nothing,
        proposed=nothing,
        proposals=pd.DataFrame(columns=PROPOSAL_COLUMNS),
        candidates=pd.DataFrame(columns=CANDIDATE_COLUMNS),
        rows=rows,
        mapping=pd.DataFrame(columns=["header", "field", "how", "role", "unit", "suggestion"]),
        cells=pd.DataFrame(),
        broken={},
        encoding=records.encoding if records else "",
        evidence=records.evidence if records else "",
        separator=records.separator if records else "",
        sheet=records.sheet if records else "",
        problems=problems,
    )
