"""The cells of a survey: blank keeps, #清空 clears, the rest is a value; what cannot be read keeps, and says so."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.district.clean import Cleaned, clean_table
from planner.district.column_spec import NUMBERS, ColumnSpec, column_specs
from planner.district.grid import plain
from planner.district.memory import give_back
from planner.district.numerals import CHARACTERS
from planner.district.survey.records import MAX_CELL
from planner.district.survey.row_facts import EARLIEST, out_of_time
from planner.district.survey.survey_columns import TABLE, SurveyColumns
from planner.district.write import table_texts
from planner.district.years import parse_year
from planner.errors import join_problems, problem_rows
from planner.policy import Policy, with_settings

CHANGE_COLUMNS = ["compound_id", "field", "kind", "value", "cell", "text", "row", "about", "low", "high"]
CLEAR_WORDS = frozenset({"#清空", "#clear", "<清空>", "<clear>"})
NOT_APPLICABLE = "na"
"""The value of a cell that says 不适用; the cell is missing then, and named so (CONTRACTS 1)."""
MAY_LIE_AHEAD = frozenset({"contract_end"})
_YEARS = ("built_year_min", "built_year_max")
_DERIVED = (*_YEARS, "built_year_source", "property_firm")
_MAYBE_CLEAR = "清空|(?i:clear)"
_FORMULA = re.compile(r"[=+\-@＝＋－＠]")
_POWER = re.compile(r"\d[eE][-+]?\d")
_NUMERALS = re.compile(f"[{CHARACTERS}]")
_ABOUT = ("repair.about", "repair.at_least")
_LOST = "cell."
_PART = 20_000


@dataclass(frozen=True, slots=True)
class SurveyCells:
    """What the rows say.

    changes: CHANGE_COLUMNS (without compound_id), one row per cell that says something: kind set (value typed: int,
    float, str, bool, date, or NOT_APPLICABLE), clear, or keep (a word for unknown: the ledger stays as it is). cell:
    the value as compounds.csv would hold it; text: as written; about: a rough number; low, high: ends of a rough year.
    problems: PROBLEM_COLUMNS, lost cells as errors.
    """

    changes: pd.DataFrame
    problems: pd.DataFrame


@dataclass(frozen=True, slots=True)
class _Sheet:
    """The cells to read by field, their rows in the file, and what each field is."""

    raw: pd.DataFrame
    rows: pd.Series
    file: str
    specs: Mapping[str, ColumnSpec]
    headers: Mapping[str, str]


def read_cells(
    cells: pd.DataFrame, rows: pd.Series, columns: SurveyColumns, *, policy: Policy, as_of: dt.date, file: str
) -> SurveyCells:
    """Return what the cells of a survey say (survey_and_store.md, three cells; CONTRACTS 1).

    cells: text by header, rows: their lines. Numbers and years are limited as columns.csv says, with `as_of` as this
    year; a range, Chinese numerals, powers (1e3), two-digit years in dates and words that are no choice are errors of
    that cell alone, as is a cell over 2,000 characters. A cell with a phone, identity or plate number is held out.
    """
    rules = with_settings(policy, as_of=as_of.isoformat())
    specs = column_specs(rules, TABLE)
    raw = cells[list(columns.fields.values())].set_axis(list(columns.fields), axis=1)
    parts = []
    for start in range(0, max(1, len(raw)), _PART):  # some rows at a time, so that a large file needs little memory
        some = slice(start, start + _PART)
        sheet = _Sheet(raw.iloc[some], rows.iloc[some], file, specs, columns.fields)
        parts.append(_read_part(sheet, columns.mapping, rules, as_of))
        give_back(len(sheet.raw))
    changes = pd.concat([part.changes for part in parts]) if len(parts) > 1 else parts[0].changes
    return SurveyCells(changes, join_problems([part.problems for part in parts]))


def _read_part(sheet: _Sheet, mapping: pd.DataFrame, rules: Policy, as_of: dt.date) -> SurveyCells:
    raw, rows, file = sheet.raw, sheet.rows, sheet.file
    clear = pd.DataFrame({field: _clears(raw[field]) for field in raw.columns}, index=raw.index)
    refused, reports = _refused_texts(sheet)
    readable = raw.mask(clear | refused, "")
    cleaned = clean_table(readable, TABLE, rules, file=file, row_numbers=rows, columns=mapping)
    late, wrong_dates = _dates_out_of_time(cleaned, sheet, as_of)
    frame = cleaned.frame.assign(**{field: cleaned.frame[field].mask(late[field]) for field in late.columns})
    clear = _clear_both_years(clear)
    parts = [_field_changes(field, sheet, cleaned, frame, clear) for field in _fields_told(raw, frame)]
    problems = [_for_surveyors(cleaned.problems), *reports, wrong_dates, _formulas(sheet)]
    changes = _in_order(parts, list(sheet.specs))
    return SurveyCells(_with_about(changes, cleaned.problems, sheet), join_problems(problems))


def _clears(text: pd.Series) -> pd.Series:
    return _which(text, _MAYBE_CLEAR, lambda cell: re.sub(r"\s+", "", plain(cell)).lower() in CLEAR_WORDS)


def _which(text: pd.Series, maybe: str, test: Callable[[str], bool]) -> pd.Series:
    """Which cells pass a test; only those that a pattern finds are looked at one by one."""
    found = text.str.contains(maybe, regex=True).to_numpy(dtype=bool).copy()
    found[found] = np.fromiter((test(cell) for cell in text[found]), dtype=bool, count=int(found.sum()))
    return pd.Series(found, index=text.index)


def _clear_both_years(clear: pd.DataFrame) -> pd.DataFrame:
    """Where the file has one of the two built years, it stands for both (CONTRACTS 2, n2), cleared or not."""
    given = [field for field in _YEARS if field in clear.columns]
    if len(given) != 1:
        return clear
    other = next(field for field in _YEARS if field not in given)
    return clear.assign(**{other: clear[given[0]]})


def _refused_texts(sheet: _Sheet) -> tuple[pd.DataFrame, list[pd.DataFrame]]:
    """Cells that the ledger's reader would take and a survey does not: too long, numerals, powers."""
    refused, reports = {}, []
    for field in sheet.raw.columns:
        text = sheet.raw[field]
        long = text.str.len() > MAX_CELL
        found = {"survey.cell.long": long}
        if sheet.specs[field].kind in NUMBERS:
            found["survey.cell.numeral"] = ~long & _which(text, f"[{CHARACTERS}]", _has_numeral)
            found["survey.cell.power"] = ~long & _which(text, "[eEｅＥ]", _has_power)
        refused[field] = pd.concat(found.values(), axis=1).any(axis=1)
        for rule, where in found.items():
            if not where.any():
                continue
            values = text[where].str.slice(0, 40)
            params: list[dict[str, object]] = [{"limit": MAX_CELL}] * int(where.sum())
            reports.append(_errors(rule, where, sheet, field, values=values, params=params))
    return pd.DataFrame(refused, index=sheet.raw.index), reports


def _has_numeral(cell: str) -> bool:
    """Whether Chinese numerals stand where the number should: 一百二十, 两栋; not the 万 of 1.2万."""
    text = plain(cell)
    match = _NUMERALS.search(text)
    return match is not None and not re.search(r"\d", text[: match.start()])


def _has_power(cell: str) -> bool:
    return bool(_POWER.search(plain(cell)))


def _errors(
    rule: str, where: pd.Series, sheet: _Sheet, field: str, *, values: pd.Series, params: list[dict[str, object]]
) -> pd.DataFrame:
    return problem_rows(
        rule,
        sheet.rows[where],
        severity="error",
        file=sheet.file,
        column=sheet.headers[field],
        values=values,
        params=params,
    )


def _dates_out_of_time(cleaned: Cleaned, sheet: _Sheet, as_of: dt.date) -> tuple[pd.DataFrame, pd.DataFrame]:
    late: dict[str, pd.Series] = {}
    reports = []
    for field in sheet.raw.columns:
        if sheet.specs[field].kind != "date":
            continue
        days = cleaned.frame[field]
        ahead = field in MAY_LIE_AHEAD
        wrong = [not pd.isna(day) and out_of_time(day.date(), as_of, ahead=ahead) for day in days]
        late[field] = pd.Series(wrong, index=days.index, dtype=bool)
        params: list[dict[str, object]] = [{"first": EARLIEST.year}] * int(late[field].sum())
        values = sheet.raw.loc[late[field], field]
        reports.append(_errors("survey.cell.date_time", late[field], sheet, field, values=values, params=params))
    return pd.DataFrame(late, index=sheet.raw.index), join_problems(reports)


def _fields_told(raw: pd.DataFrame, frame: pd.DataFrame) -> list[str]:
    derived = [field for field in _DERIVED if field not in raw.columns and frame[field].notna().any()]
    both = [field for field in _YEARS if field not in raw.columns and set(_YEARS) & set(raw.columns)]
    return [*raw.columns, *dict.fromkeys([*derived, *both])]


Column = dict[str, np.ndarray]
"""Columns of changes by name, all of one length."""


def _field_changes(field: str, sheet: _Sheet, cleaned: Cleaned, frame: pd.DataFrame, clear: pd.DataFrame) -> Column:
    """The cells of one field that say something; a field that follows from another one takes that one's text."""
    text = _told_text(field, sheet.raw)
    labels = [label for label, name in cleaned.not_applicable if name == field]
    told = frame[field].notna().to_numpy(dtype=bool)
    na = text.index.isin(labels) & ~told if labels else np.zeros(len(text), dtype=bool)
    cleared = clear[field].to_numpy(dtype=bool) if field in clear.columns else np.zeros(len(text), dtype=bool)
    open_cells = ~told & ~na & ~cleared
    unknown = np.zeros(len(text), dtype=bool)
    if field in sheet.raw and open_cells.any():
        unknown[open_cells] = _says_unknown(sheet.raw.loc[open_cells, field], sheet.specs[field])
    kind = np.select([cleared, told | na, unknown], ["clear", "set", "keep"], default="").astype(object)
    said = np.flatnonzero(kind != "")
    texts = _shared(text.iloc[said].to_numpy(dtype=object))
    values = np.empty(len(said), dtype=object)
    values[:] = _plain_values(frame[field].iloc[said])
    values[na[said]] = NOT_APPLICABLE
    cells = _ledger_text(frame[field].iloc[said], texts, field)
    cells[na[said]] = NOT_APPLICABLE
    cells, values = (np.where(side == texts, texts, side) for side in (cells, values))  # equal ones are held once
    out = {"field": np.full(len(said), field, dtype=object), "kind": kind[said], "value": values, "cell": cells}
    out |= {"text": texts, "row": sheet.rows.to_numpy()[said], "label": text.index.to_numpy()[said]}
    return out | _year_ends(field, cleaned, said, out["kind"])


def _shared(texts: np.ndarray) -> np.ndarray:
    """The same texts with equal ones held once: a hundred thousand cells say a few words."""
    codes, distinct = pd.factorize(texts)
    found: np.ndarray = distinct[codes] if len(distinct) else texts
    return found


def _year_ends(field: str, cleaned: Cleaned, said: np.ndarray, kind: np.ndarray) -> Column:
    """The ends of years as floats, missing (nan) everywhere else."""
    ends = {}
    for name, column in (("low", "year_lo"), ("high", "year_hi")):
        numbers = np.full(len(said), np.nan)
        if field in _YEARS:
            numbers = cleaned.year_range[column].to_numpy(dtype=float, na_value=np.nan)[said]
        ends[name] = np.where(kind == "set", numbers, np.nan)
    return ends


def _ledger_text(values: pd.Series, told: np.ndarray, field: str) -> np.ndarray:
    """Values as compounds.csv holds them; a rough year as it was told, because its number alone has no ends."""
    if not len(values):
        return np.array([], dtype=object)
    cells: np.ndarray = table_texts(values.to_frame(field))[field].to_numpy(dtype=object).copy()
    if field in _YEARS:
        codes, distinct = pd.factorize(told)
        rough = np.array([parse_year(text, 0).rule == "repair.year_ends" for text in distinct], dtype=bool)
        for place in np.flatnonzero(rough[codes] & (cells != "")):
            cells[place] = told[place].strip()
    return _shared(cells)


def _told_text(field: str, raw: pd.DataFrame) -> pd.Series:
    """The text of a field's cells; where that is blank, of the cell that it follows from (a firm, a pair of years)."""
    sources = ("property_status",) if field == "property_firm" else _YEARS if field in _DERIVED else ()
    columns = [raw[name] for name in dict.fromkeys((field, *sources)) if name in raw.columns]
    text = columns[0]
    for other in columns[1:]:
        text = text.where(text.str.strip().ne(""), other)
    return text


def _says_unknown(text: pd.Series, spec: ColumnSpec) -> np.ndarray:
    codes, distinct = pd.factorize(text)
    words = np.array([plain(cell).lower() in spec.unknown for cell in distinct], dtype=bool)
    found: np.ndarray = words[codes] if len(distinct) else np.zeros(len(text), dtype=bool)
    return found


def _plain_values(values: pd.Series) -> list[object]:
    """Values as plain Python, equal ones held once."""
    codes, distinct = pd.factorize(values)
    plain_ones = [*(_plain_value(value) for value in distinct), None]
    return [plain_ones[code] for code in codes]


def _plain_value(value: object) -> object:
    """A value as plain Python: int, float, bool, str or date; missing is None."""
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, pd.Timestamp | dt.datetime):
        return value.date()
    return value.item() if isinstance(value, np.generic) else value


def _in_order(parts: list[Column], fields: list[str]) -> pd.DataFrame:
    """All changes by row, then in the order of columns.csv; the index is the label of the record."""
    if not parts:
        return pd.DataFrame(columns=CHANGE_COLUMNS[1:])
    places = {field: n for n, field in enumerate(fields)}
    place = np.concatenate([np.array([places[name] for name in part["field"]], dtype=int) for part in parts])
    order = np.lexsort((place, np.concatenate([part["row"] for part in parts])))
    whole = {name: pd.Series(np.concatenate([part.pop(name) for part in parts])[order]) for name in list(parts[0])}
    for end in ("low", "high"):
        whole[end] = whole[end].astype("Float64").astype("Int64")
    labels = pd.Index(whole.pop("label"), dtype="int64")
    return pd.DataFrame(whole).set_index(labels)


def _with_about(changes: pd.DataFrame, problems: pd.DataFrame, sheet: _Sheet) -> pd.DataFrame:
    rough = problems.loc[problems["rule"].isin(_ABOUT), ["row", "column"]]
    field_of = {header: field for field, header in sheet.headers.items()}
    cells = set(zip(rough["row"].astype("int64"), rough["column"].map(field_of), strict=True))
    pairs = zip(changes["row"], changes["field"], strict=True) if cells else ()
    about = [pair in cells for pair in pairs] if cells else False
    return changes.assign(about=np.asarray(about, dtype=bool))


def _for_surveyors(problems: pd.DataFrame) -> pd.DataFrame:
    """The findings of the ledger's reader in the words of a survey: a lost cell keeps what the ledger has."""
    kept = problems[problems["rule"] != "cell.required"]
    lost = kept["rule"].str.startswith(_LOST) & kept["rule"].ne("cell.soft_limit")
    unknown = kept["rule"].eq("cell.unknown_word")
    rule = kept["rule"].mask(lost, [f"survey.cell.{name.removeprefix(_LOST)}" for name in kept["rule"]])
    severity = kept["severity"].mask(lost, "error").mask(unknown, "warning")
    return kept.assign(rule=rule, severity=severity)


def _formulas(sheet: _Sheet) -> pd.DataFrame:
    reports = []
    for field in sheet.raw.columns:
        if sheet.specs[field].kind != "text":
            continue
        text = sheet.raw[field]
        found = _which(text, _FORMULA.pattern, lambda cell: bool(_FORMULA.match(cell.strip())))
        if not found.any():
            continue
        found[found] = ~_says_unknown(text[found], sheet.specs[field])
        values = text[found].str.slice(0, 40)
        report = problem_rows(
            "survey.formula",
            sheet.rows[found],
            severity="info",
            file=sheet.file,
            column=sheet.headers[field],
            values=values,
        )
        reports.append(report)
    return join_problems(reports)
