"""What a survey row says about itself: when, by whom, on which version of the ledger, which submission, what review."""

from __future__ import annotations

import datetime as dt
import re

import pandas as pd

from planner.district.dates import parse_date
from planner.district.grid import plain, word_key
from planner.district.personal import holds_personal
from planner.district.reading import Reading
from planner.district.survey.export_columns import QUESTIONED, REJECTED
from planner.district.survey.records import Records
from planner.district.survey.request import SurveyRequest
from planner.district.survey.survey_columns import SurveyColumns
from planner.errors import join_problems, problem_rows

EARLIEST = dt.date(1949, 1, 1)
"""No survey and no document of a compound is older."""
PRECISIONS = ("day", "month", "year")
_VERSION = re.compile(r"\d{1,9}(?:\.0+)?$")
_UUID = re.compile(r"^uuid:", re.IGNORECASE)


def row_facts(records: Records, columns: SurveyColumns, request: SurveyRequest) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return one row per record to read, and the problems.

    Columns: row (line), status ("", refused, rejected), surveyed_on (datetime64[s]), precision (day, month, year; ""
    without a date), surveyor, base_version (Int64), instance (string), submitted (UTC, as the exporter wrote it). A
    date or base version that cannot be read refuses the row; a row that the reviewer rejected is skipped.
    """
    dates, wrong_dates = _dates(records, columns, request)
    versions, wrong_versions = _versions(records, columns)
    reviews, questioned = _reviews(records, columns)
    bad = records.rows.isin(pd.concat([wrong_dates, wrong_versions])["row"])
    facts = pd.DataFrame(
        {
            "row": records.rows,
            "status": pd.Series("", index=records.rows.index).mask(bad, "refused").mask(reviews, "rejected"),
            **dates,
            "surveyor": _surveyors(records, columns, request),
            "base_version": versions,
            "instance": _first(records, columns, "instance").str.replace(_UUID, "", regex=True).replace("", pd.NA),
            "submitted": _submitted(records, columns),
        }
    )
    return facts, join_problems([wrong_dates, wrong_versions, questioned])


def date_precision(text: str, day: Reading) -> str:
    """Return how exactly a date cell tells its day: day, month (2023年5月) or year (2023年)."""
    if day.rule != "repair.date_coarse":
        return "day"
    return "month" if re.search(r"[-/.月]", plain(text)) else "year"


def out_of_time(day: dt.date, as_of: dt.date, *, ahead: bool = False) -> bool:
    """Whether a date lies before 1949, or more than a day after `as_of` where it may not lie ahead."""
    return day < EARLIEST or (not ahead and day > as_of + dt.timedelta(days=1))


def _cells(records: Records, header: str) -> pd.Series:
    return records.cells[header].astype("string").str.strip()


def _first(records: Records, columns: SurveyColumns, role: str) -> pd.Series:
    """The cells of the surest column of a role that says something, row by row."""
    text = pd.Series("", index=records.cells.index, dtype="string")
    for header in columns.roles.get(role, ()):
        text = text.mask(text.eq(""), _cells(records, header))
    return text


Dates = dict[str, pd.Series]


def _dates(records: Records, columns: SurveyColumns, request: SurveyRequest) -> tuple[Dates, pd.DataFrame]:
    day = pd.Series(pd.NaT, index=records.cells.index, dtype="datetime64[s]")
    precision = pd.Series("", index=day.index)
    problems = []
    for role in ("surveyed_on", "today", "submitted"):
        for header in columns.roles.get(role, ())[:1]:
            text = _cells(records, header)
            said, exact, wrong = _read_days(text, request.as_of)
            free = day.isna()
            precision, day = precision.mask(free, exact), day.fillna(said)
            if role == "surveyed_on":
                problems.append(_refused("survey.date", records, header, wrong))
    if request.surveyed_on is not None:
        precision = precision.mask(day.isna(), "day")
        day = day.fillna(pd.Timestamp(request.surveyed_on))
    return {"surveyed_on": day, "precision": precision.where(day.notna(), "")}, join_problems(problems)


def _read_days(text: pd.Series, as_of: dt.date) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Days, precisions and which texts are no usable date; every distinct text is read once."""
    codes, distinct = pd.factorize(text)
    days: list[dt.date | None] = []
    exact = []
    for cell in distinct:
        reading = parse_date(cell)
        usable = reading.value is not None and not out_of_time(reading.value, as_of)
        days.append(reading.value if usable else None)
        exact.append(date_precision(cell, reading) if usable else "")
    said = pd.Series(pd.to_datetime(pd.Series(days, dtype=object)).astype("datetime64[s]").to_numpy()[codes])
    found = pd.Series(pd.Series(exact, dtype=object).to_numpy()[codes])
    said.index = found.index = text.index
    return said, found, text.ne("") & said.isna()


def _refused(rule: str, records: Records, header: str, wrong: pd.Series) -> pd.DataFrame:
    values = records.cells.loc[wrong, header]
    return problem_rows(rule, records.rows[wrong], severity="error", file=records.file, column=header, values=values)


def _versions(records: Records, columns: SurveyColumns) -> tuple[pd.Series, pd.DataFrame]:
    none = pd.Series(pd.NA, index=records.cells.index, dtype="Int64")
    for header in columns.roles.get("base_version", ())[:1]:
        text = _cells(records, header).map(plain).astype("string")
        good = text.str.match(_VERSION).fillna(False)
        wrong = text.ne("") & ~good
        numbers = pd.to_numeric(text.where(good)).astype("Float64").astype("Int64")
        return numbers, _refused("survey.base_version", records, header, wrong)
    return none, join_problems([])


def _reviews(records: Records, columns: SurveyColumns) -> tuple[pd.Series, pd.DataFrame]:
    rejected = pd.Series(False, index=records.cells.index)
    reports = []
    for header in columns.roles.get("review", ()):
        said = _cells(records, header).map(_review_word)
        rejected |= said.isin(REJECTED)
        for rule, words in (("survey.rejected", REJECTED), ("survey.questioned", QUESTIONED)):
            found = said.isin(words)
            severity = "info" if rule == "survey.rejected" else "warning"
            values = records.cells.loc[found, header]
            rows = records.rows[found]
            reports.append(problem_rows(rule, rows, severity=severity, file=records.file, column=header, values=values))
    return rejected, join_problems(reports)


def _review_word(text: str) -> str:
    return re.sub(r"[\s_\-]+", "", word_key(text))


def _surveyors(records: Records, columns: SurveyColumns, request: SurveyRequest) -> pd.Series:
    """Who surveyed, for the log only; a phone number there is not kept."""
    text = _first(records, columns, "surveyor")
    codes, distinct = pd.factorize(text)
    kept = pd.Series(["" if holds_personal(word) else word for word in distinct], dtype="string")
    said = pd.Series(kept.to_numpy(dtype=object)[codes], index=text.index, dtype="string")
    return said.replace("", request.surveyor or pd.NA)


def _submitted(records: Records, columns: SurveyColumns) -> pd.Series:
    text = _first(records, columns, "submitted").replace("", pd.NA)
    return pd.to_datetime(text.astype(object), errors="coerce", format="ISO8601", utc=True)
