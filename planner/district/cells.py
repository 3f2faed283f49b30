"""One column of text to one column of values: every distinct text is read once, every repair keeps its reason."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd

from planner.district.cell_text import as_text
from planner.district.column_spec import NUMBERS, WHOLE, ColumnSpec
from planner.district.dates import parse_date
from planner.district.district import DTYPES
from planner.district.grid import plain
from planner.district.numbers import UNITS, parse_number
from planner.district.reading import Reading
from planner.district.words import NOT_APPLICABLE, parse_bool, parse_choice, parse_choice_list, parse_property
from planner.district.years import parse_year

_PLAIN_NUMBER = "[ \t]*-?[0-9]{1,15}(?:[.][0-9]+)?[ \t]*"
_PLAIN_YEAR = "[ \t]*[0-9]{4}(?:[.]0+)?[ \t]*"
_PLAIN_ID = "[A-Za-z0-9_-]+"
"""Patterns of plain cells; without \\s, \\d and \\w, so that Arrow's own engine runs them (a tenth of the time)."""
_PLAIN_TEXT = "[0-9A-Za-z\u4e00-\u9fff]+"
_LONG_WORD = 12
_DESTROYED = re.compile(r"\d(?:\.\d+)?E\+\d{2}$", re.IGNORECASE)
_IDS = re.compile(r"[;；,，、|\s]+")
_BLANK = Reading()
IS_BLANK, IS_PLAIN = -1, -2


@dataclass(frozen=True, slots=True)
class Column:
    """One column read: typed values, the cells they came from, and per row the code of its reading.

    readings[codes] gives each row's Reading; code -1 is a blank cell, -2 a cell that needed no reading (a plain
    number, year, id or text).
    """

    values: pd.Series
    cells: pd.Series
    codes: np.ndarray
    readings: tuple[Reading, ...]

    def where(self, matches: Callable[[str], bool]) -> np.ndarray:
        """Return for each row whether the rule of its reading matches; blank and plain cells have none."""
        matched = np.array([*(matches(reading.rule) for reading in self.readings), False, False], dtype=bool)
        found: np.ndarray = matched[self.codes] if matched.any() else np.zeros(len(self.codes), dtype=bool)
        return found

    def each(self, part: Callable[[Reading], object]) -> pd.Series:
        """Return one part of each row's reading; blank and plain cells give None."""
        parts = np.array([*(part(reading) for reading in self.readings), None, None], dtype=object)
        return pd.Series(parts[self.codes], index=self.values.index, dtype=object)


def read_column(cells: pd.Series, spec: ColumnSpec) -> Column:
    """Return the typed column of a field from text, or from values that a layer typed already.

    Blank cells and words for unknown are missing; `na` is missing with rule `na`; what cannot be read is missing with
    a `cell.*` rule. Only distinct texts are read, and of those only the ones that are not plain.
    """
    if is_number_column(cells) and spec.kind in NUMBERS | {"year"}:
        return _read_numbers(cells, spec)
    text = as_cell_text(cells)
    codes, unique = pd.factorize(text)
    texts = pd.Series(unique, dtype=str)
    plain_ones = _is_plain(texts, spec)
    special = np.flatnonzero(~plain_ones)
    parse = _parser(spec)
    readings = tuple(_read(cell, spec, parse) for cell in texts.iloc[special].to_numpy(dtype=object))
    places = np.full(len(texts), IS_PLAIN)
    places[special] = [IS_BLANK if reading is _BLANK else n for n, reading in enumerate(readings)]
    values = _unique_values(texts, plain_ones, [reading.value for reading in readings], spec)
    return Column(values.take(codes).set_axis(text.index).rename(spec.field), cells, places[codes], readings)


def is_number_column(cells: pd.Series) -> bool:
    """Whether a layer gave the column as numbers (booleans are not)."""
    return pd.api.types.is_numeric_dtype(cells.dtype) and not pd.api.types.is_bool_dtype(cells.dtype)


def _read_numbers(cells: pd.Series, spec: ColumnSpec) -> Column:
    numbers = cells.to_numpy(dtype=float, na_value=np.nan)
    whole = spec.kind in WHOLE | {"year"}
    bad = np.isinf(numbers) | (whole & np.isfinite(numbers) & (numbers != np.floor(numbers)))
    codes = np.where(np.isnan(numbers), IS_BLANK, np.where(bad, 0, IS_PLAIN))
    values = pd.Series(np.where(bad, np.nan, numbers), index=cells.index).astype("Float64").astype(DTYPES[spec.kind])
    readings = (Reading(rule="cell.integer" if whole else "cell.number"),)
    return Column(values.rename(spec.field), cells, codes, readings)


def as_cell_text(cells: pd.Series) -> pd.Series:
    """Return a column as text, missing as "": numbers as a person reads them (12.0 is 12), moments ISO, 是 / 否."""
    if isinstance(cells.dtype, pd.StringDtype):
        return cells.fillna("").astype(str)
    codes, unique = pd.factorize(cells)
    texts = np.array([*(as_text(_native(value)) for value in unique), ""], dtype=object)
    return pd.Series(texts[codes], index=cells.index, dtype=str)


def _native(value: object) -> object:
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime()
    return value.item() if isinstance(value, np.generic) else value


def _is_plain(texts: pd.Series, spec: ColumnSpec) -> np.ndarray:
    """Which texts are their own value: plain numbers and years, simple ids, texts too long to be a word for unknown."""
    plain_ones = pd.Series(False, index=texts.index)
    if spec.kind == "year":
        plain_ones = texts.str.fullmatch(_PLAIN_YEAR)
    elif spec.kind in NUMBERS and not spec.header_unit:
        plain_ones = texts.str.fullmatch(_PLAIN_NUMBER)
        if spec.kind in WHOLE:
            plain_ones &= ~texts.str.contains("[.]0*[1-9]", regex=True)
    elif spec.kind == "id":
        plain_ones = texts.str.fullmatch(_PLAIN_ID) & ~texts.str.lower().isin(spec.unknown | NOT_APPLICABLE)
    elif spec.kind == "text":
        simple = texts.str.fullmatch(_PLAIN_TEXT) & ~texts.str.lower().isin(spec.unknown | NOT_APPLICABLE)
        plain_ones = simple | (texts.str.strip().str.len() > _LONG_WORD)
    flags: np.ndarray = plain_ones.to_numpy(dtype=bool)
    return flags


def _unique_values(texts: pd.Series, plain_ones: np.ndarray, told: list[object], spec: ColumnSpec) -> pd.Series:
    """Typed values of the distinct texts: the plain ones as they stand, the others as they were read."""
    dtype = DTYPES[spec.kind]
    if spec.kind in NUMBERS | {"year"}:
        numbers = np.full(len(texts), np.nan)
        numbers[plain_ones] = pd.to_numeric(texts[plain_ones]).to_numpy(dtype=float)
        numbers[~plain_ones] = [np.nan if value is None else value for value in told]
        return pd.Series(numbers).astype("Float64").astype(dtype)
    if dtype == "string":
        values = texts.astype("string")
        values[~plain_ones] = pd.array([pd.NA if value is None else value for value in told], dtype="string")
        return values
    missing = pd.NaT if spec.kind == "date" else pd.NA
    filled = pd.Series([missing if value is None else value for value in told], dtype=object)
    return pd.to_datetime(filled).astype(dtype) if spec.kind == "date" else filled.astype(dtype)


def _parser(spec: ColumnSpec) -> Callable[[str], Reading]:
    if spec.kind in NUMBERS:
        return _with_header_unit(spec)
    if spec.field == "property_status":
        return partial(parse_property, known=spec.choices)
    parsers: dict[str, Callable[[str], Reading]] = {
        "year": partial(_year, spec=spec),
        "bool": parse_bool,
        "date": parse_date,
        "enum": partial(parse_choice, known=spec.choices),
        "enums": partial(parse_choice_list, known=spec.choices),
        "id": _id,
        "ids": _ids,
    }
    return parsers.get(spec.kind, Reading)


def _with_header_unit(spec: ColumnSpec) -> Callable[[str], Reading]:
    """Numbers in the unit of the file's own header, 总建筑面积（万平方米）, unless the cell names one itself."""
    whole = spec.kind in WHOLE
    plain_unit = spec.header_unit in UNITS.get(spec.unit, {}) and UNITS[spec.unit][spec.header_unit] == 1
    if not spec.header_unit or spec.header_unit == spec.unit or plain_unit:
        return partial(parse_number, unit=spec.unit, whole=whole)

    def parse(cell: str) -> Reading:
        told = parse_number(cell + spec.header_unit, spec.unit, whole=whole)
        return told if told.value is not None else parse_number(cell, spec.unit, whole=whole)

    return parse


def _read(cell: str, spec: ColumnSpec, parse: Callable[[str], Reading]) -> Reading:
    words = plain(cell)
    if words == "":
        return _BLANK
    if spec.kind == "enum" and spec.choices.says(words.lower()):
        return parse(cell)
    if words in NOT_APPLICABLE:
        return Reading(rule="na")
    if words.lower() in spec.unknown:
        return Reading(rule="cell.unknown_word")
    return parse(cell)


def _year(cell: str, spec: ColumnSpec) -> Reading:
    """Only the two built-year columns can hold a pair of years; elsewhere it is not known which one is meant."""
    reading = parse_year(cell, spec.margin)
    pair = reading.rule == "repair.year_span" and not spec.field.startswith("built_year_")
    return Reading(rule="cell.year_pair") if pair else reading


def _id(cell: str) -> Reading:
    """Ids are text: trimmed, 12.0 is 12, 1E5 stays; 3.70203E+17 is what Excel leaves of a long code."""
    words = "".join(c for c in cell.strip() if c not in "\u200b\u200c\u200d\ufeff")
    if _DESTROYED.match(words):
        return Reading(rule="cell.id_destroyed")
    return Reading(re.sub(r"^(\d+)\.0+$", r"\1", words))


def _ids(cell: str) -> Reading:
    parts = [_id(part) for part in _IDS.split(cell.strip()) if part]
    if any(part.value is None for part in parts):
        return Reading(rule="cell.id_destroyed")
    return Reading(";".join(dict.fromkeys(part.value for part in parts)) or None)


def with_header(spec: ColumnSpec, header: str, unit: str) -> ColumnSpec:
    """Return the spec for a file that calls the field `header` and gives it in `unit` ("" = the field's own)."""
    return replace(spec, header=header, header_unit=plain(unit).lower())
