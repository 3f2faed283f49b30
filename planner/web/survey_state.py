"""One survey on the page as values: what was handed in and decided, how it is read, and the words for what was found.

Knows no Streamlit: the view calls it, tests call it without a browser.
"""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from planner.district.personal import holds_personal
from planner.district.survey.held import decide
from planner.district.survey.merge import Merge
from planner.district.survey.request import SurveyRequest
from planner.district.survey.survey_columns import MATCH_FIELDS
from planner.district.survey.survey_file import SurveyFile
from planner.errors import InputError
from planner.policy import Policy
from planner.store.mappings import recall_headers, recall_names
from planner.store.remembering import Memory
from planner.store.survey_review import MEMORY_TABLE, Review
from planner.text import t
from planner.web.import_state import ABOUT_ENCODING, Upload, field_labels

Cell = tuple[str, str, int]
"""Compound, field and row of a cell of a survey."""


@dataclass(frozen=True, slots=True)
class Handed:
    """A survey file with everything that somebody said about it.

    by_hand: header -> field ("" = not read). surveyed_on (ISO), surveyor: for rows that do not say. takes: held cell ->
    survey or current, decided before applying. left_out: compounds that stay as they are this time. whole: nothing goes
    in while something cannot be used.
    """

    upload: Upload
    by_hand: Mapping[str, str] = field(default_factory=dict)
    encoding: str = ""
    sheet: str = ""
    surveyed_on: str = ""
    surveyor: str = ""
    accept_large: bool = False
    takes: Mapping[Cell, str] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    whole: bool = False

    @property
    def reading(self) -> str:
        """A key of everything that decides how the file is read."""
        said = [sorted(self.by_hand.items()), self.encoding, self.sheet, self.surveyed_on, self.surveyor]
        whole = repr((self.upload.name, self.upload.key, said, self.accept_large))
        return hashlib.sha256(whole.encode()).hexdigest()[:24]

    @property
    def decisions(self) -> str:
        """What was decided, as a text that is the same for the same decisions; blank where nothing was."""
        if not self.takes and not self.left_out and not self.accept_large:
            return ""
        takes = sorted([owner, name, row, take] for (owner, name, row), take in self.takes.items())
        return json.dumps([takes, sorted(self.left_out), self.accept_large], ensure_ascii=False)


def survey_request(handed: Handed, policy: Policy, as_of: dt.date, memory: Memory) -> SurveyRequest:
    """Return how the file is to be read; ``memory`` keeps what was decided before."""
    return SurveyRequest(
        policy=policy,
        as_of=as_of,
        by_hand=handed.by_hand,
        recall=functools.partial(recall_headers, memory, MEMORY_TABLE),
        names=recall_names(memory),
        encoding=handed.encoding or None,
        sheet=handed.sheet or None,
        surveyed_on=dt.date.fromisoformat(handed.surveyed_on) if handed.surveyed_on else None,
        surveyor="" if holds_personal(handed.surveyor) else handed.surveyor.strip(),
        accept_large=handed.accept_large,
    )


def decided(merged: Merge, handed: Handed) -> Merge:
    """Return the merge without the compounds left out and after the decisions on held cells."""
    kept = Merge(merged.cells[~merged.cells["compound_id"].isin(list(handed.left_out))].reset_index(drop=True))
    held = kept.held
    cells = set(zip(held["compound_id"].astype(str), held["field"].astype(str), held["row"].astype(int), strict=True))
    rows = [(*cell, take) for cell, take in handed.takes.items() if cell in cells]
    table = pd.DataFrame(rows, columns=["compound_id", "field", "row", "take"])
    table = table.astype({"compound_id": "string", "field": "string", "row": kept.cells["row"].dtype})
    return decide(kept, table) if rows else kept


def with_take(takes: Mapping[Cell, str], cell: Cell, take: str) -> dict[Cell, str]:
    """Return the decisions with one more; "" lets the cell wait. Of several rows for one cell at most one is taken."""
    out = {known: said for known, said in takes.items() if known != cell}
    if take == "survey":
        out = {known: "current" if known[:2] == cell[:2] else said for known, said in out.items()}
    return {**out, cell: take} if take else out


def asks_encoding(survey: SurveyFile) -> bool:
    """Whether only the encoding of the text is still to be told."""
    return survey.refused and bool(survey.problems["rule"].isin(ABOUT_ENCODING).any())


def facts(survey: SurveyFile, handed: Handed, lang: str) -> list[tuple[str, str, str]]:
    """Return what was recognised of the file: label, value, remark."""
    size = len(handed.upload.content)
    told = f"{size / 1024:,.0f} KB" if size >= 1024 else f"{size} B"
    rows = [(t("survey.page.fact.file", lang), survey.file, f"{told} · {survey.sha256[:8]}")]
    if survey.encoding:
        rows.append((t("survey.page.fact.encoding", lang), survey.encoding, ""))
    if survey.sheet:
        rows.append((t("survey.page.fact.sheet", lang), survey.sheet, ""))
    separators = {",": "comma", "\t": "tab", ";": "semicolon", "|": "bar", "，": "wide"}
    if survey.separator in separators:
        word = t(f"survey.page.separator.{separators[survey.separator]}", lang)
        rows.append((t("survey.page.fact.separator", lang), word, ""))
    rows.append((t("survey.page.fact.rows", lang), rows_text(survey, lang), ""))
    base = survey.rows["base_version"].notna().sum() if len(survey.rows) else 0
    dated = survey.rows["surveyed_on"].dropna() if len(survey.rows) else pd.Series(dtype="datetime64[s]")
    if base:
        rows.append((t("survey.page.fact.base", lang), t("survey.page.fact.base_n", lang, n=int(base)), ""))
    if len(dated):
        first, last = (f"{day:%Y-%m-%d}" for day in (pd.to_datetime(dated).min(), pd.to_datetime(dated).max()))
        rows.append((t("survey.page.fact.dates", lang), first if first == last else f"{first} – {last}", ""))
    personal = list(survey.mapping.loc[survey.mapping["how"] == "personal", "header"])
    if personal:
        rows.append((t("survey.page.fact.personal", lang), t("overview.comma", lang).join(personal), ""))
    return rows


def rows_text(survey: SurveyFile, lang: str) -> str:
    """Return what became of the lines of a file: 共52行：采用49行、退回2行……"""
    counts = {status: n for status, n in survey.counts.items() if n}
    parts = [t(f"survey.status.{status}", lang, n=n) for status, n in counts.items()]
    return t("survey.page.rows", lang, n=len(survey.rows), parts=t("overview.comma", lang).join(parts))


def column_rows(survey: SurveyFile, policy: Policy, lang: str) -> list[tuple[str, str, str, str]]:
    """Return each column of the file: header, what it is taken for, why, and how many of its cells say something."""
    labels = field_labels(policy, lang)
    rows = []
    for column in survey.mapping.to_dict("records"):
        header = str(column["header"])
        said = survey.cells[header].astype(str).str.strip().ne("").sum() if header in survey.cells.columns else None
        filled = "" if said is None else f"{int(said)} / {len(survey.cells)}"
        what = labels.get(str(column["field"]), "")
        if column["role"]:
            what = t(f"survey.page.role.{column['role']}", lang)
        how = str(column["how"]) or "none"
        if how == "not_survey" and column["field"] in MATCH_FIELDS:
            how = "finds"
        if how in ("personal", "system", "not_survey", "left_out", "none"):
            what = ""
        rows.append((header, what, t(f"survey.page.how.{how}", lang), filled))
    return rows


def unclear(survey: SurveyFile) -> list[str]:
    """Return the headers that nobody has explained yet, in the order of the file."""
    return [str(header) for header in survey.mapping.loc[survey.mapping["how"] == "", "header"]]


def figures(review: Review, merged: Merge, lang: str) -> list[tuple[str, str, str]]:
    """Return the counts of the preview: label, number, one line of context."""
    survey, counts = review.survey, merged.counts
    applied, held = merged.applied, merged.held
    refused = {"refused", "contradicting"}
    errors = survey.problems.loc[survey.problems["severity"] == "error", "row"].dropna().nunique()
    rows = sum(n for status, n in survey.counts.items() if status in refused)
    whose = {name: int(table["compound_id"].nunique()) for name, table in (("apply", applied), ("held", held))}
    blank = int((survey.changes["kind"] == "keep").sum())
    told = [
        ("apply", counts["apply"], t("survey.page.figure.whose", lang, n=whose["apply"])),
        ("held", counts["held"], t("survey.page.figure.whose", lang, n=whose["held"])),
        ("same", counts["same"] + counts["behind"], t("survey.page.figure.same_line", lang)),
        ("back", errors, t("survey.page.figure.back_line", lang, n=rows)),
        ("new", len(survey.proposals), t("survey.page.figure.new_line", lang)),
        ("blank", blank, t("survey.page.figure.blank_line", lang)),
    ]
    return [(t(f"survey.page.figure.{key}", lang), f"{n:,}", line) for key, n, line in told]


def ready(review: Review, merged: Merge, handed: Handed) -> bool:
    """Whether something would be written, and nothing is in the way of writing it."""
    something = bool(merged.counts["apply"] or merged.counts["held"] or _settled(merged))
    in_order = not review.survey.problems["severity"].eq("error").any() and not merged.counts["held"]
    return something and (in_order or not handed.whole)


def _settled(merged: Merge) -> bool:
    """Whether a decision for the ledger's value is to be written down."""
    return bool((merged.cells["outcome"].eq("left") & merged.cells["why"].ne("")).any())


def held_before(review: Review, handed: Handed) -> pd.DataFrame:
    """Return the cells that wait before any decision, without the compounds left out, in the order of the ledger."""
    if review.merged is None:
        raise InputError(t("cli.survey.check.refused"), review.survey.problems)
    held = review.merged.held
    return held[~held["compound_id"].isin(list(handed.left_out))]


def names_of(ids: Sequence[str], names: pd.Series) -> list[str]:
    """Return 名称（编码） of compounds."""
    known = names.reindex(list(ids))
    return [f"{name}（{key}）" if isinstance(name, str) and name else key for key, name in known.items()]
