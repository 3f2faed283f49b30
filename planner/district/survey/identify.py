"""Which compound a survey row is about: by its code, else by its name; never created, never guessed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.district.cells import read_column
from planner.district.column_spec import column_specs
from planner.district.grid import plain
from planner.district.matching import match_names, name_key
from planner.district.survey.records import Records
from planner.district.survey.request import SurveyRequest
from planner.district.survey.survey_columns import MATCH_FIELDS, PLACE_FIELDS, TABLE, SurveyColumns
from planner.errors import join_problems, problem_rows

PROPOSAL_COLUMNS = ["row", "written_id", *MATCH_FIELDS, *PLACE_FIELDS, "why"]
CANDIDATE_COLUMNS = ["row", "compound_id", "score", "by", "community"]


@dataclass(frozen=True, slots=True)
class Identity:
    """Which compound each row is about, in the order of the records.

    compound_id: string, NA where none. by: key, name, remembered, "" . status: "" found, proposal (a code or name that
    the ledger does not have: a planner decides), refused (no code and no name, a code that Excel destroyed, a code and
    a name of two different compounds). proposals: PROPOSAL_COLUMNS, why unknown_id or no_match. candidates: compounds
    that the proposals may be (`matching.Matches`), by row.
    """

    compound_id: pd.Series
    by: pd.Series
    status: pd.Series
    proposals: pd.DataFrame
    candidates: pd.DataFrame
    problems: pd.DataFrame


def identify(records: Records, columns: SurveyColumns, compounds: pd.DataFrame, request: SurveyRequest) -> Identity:
    """Return which compound of the ledger each row is about.

    compounds: index compound_id; name, alias, address, community_name as far as known. Codes are compared as text
    after NFKC and trimming; names as `matching.match_names` does, an equal name in one community being a match.
    """
    written, destroyed = _written_ids(records, columns, request)
    words = _words(records, columns)
    known = {plain(str(code)): str(code) for code in compounds.index}
    by_key = written.map(lambda code: known.get(plain(code)), na_action="ignore").astype("string")
    ledger = compounds.reindex(columns=list(MATCH_FIELDS))
    found, how, near = _by_name(words[by_key.isna() & ~destroyed], ledger, request)
    no_code = written.isna() & ~destroyed
    by_name = found.reindex(written.index).where(no_code)
    clash = _other_name(words, by_key, ledger, request)
    nameless = no_code & words[["name", "address"]].isna().all(axis=1)
    compound_id = by_key.fillna(by_name).mask(clash)
    refused = destroyed | nameless | clash
    status = pd.Series("", index=written.index).mask(compound_id.isna(), "proposal").mask(refused, "refused")
    by = how.reindex(written.index).where(no_code, "").fillna("").mask(by_key.notna(), "key")
    proposals = _proposals(records, words, written, status=status)
    return Identity(
        compound_id,
        by.where(compound_id.notna(), ""),
        status,
        proposals,
        _candidates(near, found[status.reindex(found.index).eq("proposal")], records.rows),
        join_problems(
            [
                _told("survey.no_key_cell", nameless, records, columns, severity="error"),
                _told("survey.id_destroyed", destroyed, records, columns, severity="error"),
                _told("survey.key_name", clash, records, columns, severity="error"),
                _told("survey.unknown_id", status.eq("proposal") & written.notna(), records, columns),
                _told("survey.no_match", status.eq("proposal") & written.isna(), records, columns),
            ]
        ),
    )


def _written_ids(records: Records, columns: SurveyColumns, request: SurveyRequest) -> tuple[pd.Series, pd.Series]:
    header = columns.keys.get("compound_id")
    if header is None:
        none = pd.Series(pd.NA, index=records.cells.index, dtype="string")
        return none, none.notna()
    spec = column_specs(request.policy, TABLE)["compound_id"]
    column = read_column(records.cells[header], spec)
    destroyed = pd.Series(column.where("cell.id_destroyed".__eq__), index=records.cells.index)
    return column.values.astype("string"), destroyed


def _words(records: Records, columns: SurveyColumns) -> pd.DataFrame:
    """The words by which a compound may be found, missing where the file has none."""
    cells = {
        field: records.cells[columns.keys[field]].astype("string").str.strip().replace("", pd.NA)
        if field in columns.keys
        else pd.Series(pd.NA, index=records.cells.index, dtype="string")
        for field in (*MATCH_FIELDS, *PLACE_FIELDS)
    }
    return pd.DataFrame(cells, index=records.cells.index)


def _by_name(
    words: pd.DataFrame, ledger: pd.DataFrame, request: SurveyRequest
) -> tuple[pd.Series, pd.Series, pd.DataFrame]:
    """The compound of each row by its name, how it was found, and what it may be; rows of one name are one question."""
    if not len(words):
        none = pd.Series(index=words.index, dtype="string")
        return none, none, pd.DataFrame(columns=CANDIDATE_COLUMNS)
    asked = words.drop_duplicates(["name", "alias", "community_name"])
    least = request.policy.number("match_propose")
    matches = match_names(asked[list(MATCH_FIELDS)], ledger, least=least, remembered=request.names)
    place = _same_question(words, asked)
    found = matches.found["compound_id"].reindex(place).set_axis(words.index).astype("string")
    how = matches.found["how"].reindex(place).set_axis(words.index).astype("string").replace("equal", "name")
    asking = pd.DataFrame({"row": place.to_numpy(), "label": words.index})
    near = matches.candidates.merge(asking, on="row").drop(columns="row").rename(columns={"label": "row"})
    return found, how, near


def _same_question(words: pd.DataFrame, asked: pd.DataFrame) -> pd.Series:
    columns = ["name", "alias", "community_name"]
    questions = words[columns].fillna("").agg("\n".join, axis=1)
    first = dict(zip(questions.reindex(asked.index), asked.index, strict=True))
    return questions.map(first)


def _other_name(words: pd.DataFrame, by_key: pd.Series, ledger: pd.DataFrame, request: SurveyRequest) -> pd.Series:
    """Rows whose code is of one compound and whose name is, for certain, of another one: a slip in one of the two."""
    none = pd.Series(False, index=words.index)
    keyed = by_key.notna() & words["name"].notna()
    written = ledger["name"].astype("string").reindex(by_key.where(keyed)).set_axis(words.index)
    other = keyed & written.notna() & words["name"].ne(written).fillna(False)
    if not other.any():
        return none
    mine, own = name_key(words.loc[other, "name"]), name_key(written[other])
    strange = (mine.ne(own).fillna(False) & own.notna()).reindex(words.index, fill_value=False)
    if not strange.any():
        return none
    found, _, _ = _by_name(words[strange], ledger, request)
    return found.ne(by_key[strange]).fillna(False).astype(bool).reindex(words.index, fill_value=False)


def _proposals(records: Records, words: pd.DataFrame, written: pd.Series, *, status: pd.Series) -> pd.DataFrame:
    new = status.eq("proposal")
    told = words[new].assign(
        row=records.rows[new],
        written_id=written[new],
        why=np.where(written[new].notna(), "unknown_id", "no_match"),
    )
    return told[PROPOSAL_COLUMNS].reset_index(drop=True)


def _candidates(near: pd.DataFrame, equal: pd.Series, rows: pd.Series) -> pd.DataFrame:
    """What the proposals may be: equal names first (the code was unknown, the name is not), then those alike."""
    sure = equal.dropna()
    exact = pd.DataFrame({"row": sure.index, "compound_id": sure.to_numpy(dtype=object), "score": 1.0})
    exact = exact.assign(by="name-name", community="")
    parts = [part for part in (exact, near) if len(part)]
    if not parts:
        return pd.DataFrame(columns=CANDIDATE_COLUMNS)
    both = pd.concat(parts, ignore_index=True)
    return both.assign(row=both["row"].map(rows))[CANDIDATE_COLUMNS]


def _told(
    rule: str, found: pd.Series, records: Records, columns: SurveyColumns, *, severity: str = "warning"
) -> pd.DataFrame:
    by_code = rule in ("survey.unknown_id", "survey.id_destroyed", "survey.key_name")
    wanted = ("compound_id",) if by_code else ("name", "address", "compound_id")
    header = next((columns.keys[field] for field in wanted if field in columns.keys), "")
    found = found.fillna(False).astype(bool)
    names = columns.keys.get("name", columns.keys.get("address", header))
    return problem_rows(
        rule,
        records.rows[found],
        severity=severity,
        file=records.file,
        column=header,
        values=_texts(records, header, found),
        params=[{"name": name} for name in _texts(records, names, found)],
    )


def _texts(records: Records, header: str, found: pd.Series) -> list[str]:
    return list(records.cells.loc[found, header]) if header else [""] * int(found.sum())
