"""A table of text to a typed table: every repair reported, every refusal with its cure, no row ever lost."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from planner.district.cells import IS_BLANK, Column, as_cell_text, is_number_column, read_column, with_header
from planner.district.column_spec import NUMBERS, ColumnSpec, column_specs
from planner.district.district import typed
from planner.district.findings import Place, rows_of, told, within_limits
from planner.district.personal import mask, personal_cells
from planner.district.year_columns import settle_years
from planner.errors import join_problems
from planner.policy import Policy

_MOBILE = (1.3e10, 2e10)


@dataclass(frozen=True, slots=True)
class Cleaned:
    """One table, typed. All parts share the index of the raw table.

    frame: every field of columns.csv, in its dtype. problems: PROBLEM_COLUMNS. original: row (index label), field,
    text of the repaired cells. not_applicable: (index label, field) of the cells written `na`. year_range: year_lo,
    year_hi (Float64), for compounds only; else without columns.
    """

    frame: pd.DataFrame
    problems: pd.DataFrame
    original: pd.DataFrame
    not_applicable: frozenset[tuple[object, str]]
    year_range: pd.DataFrame


@dataclass(frozen=True, slots=True)
class _Read:
    """One field read: its column, its values after the limits, and what there is to say about it."""

    column: Column
    values: pd.Series
    reports: list[pd.DataFrame]


def clean_table(
    raw: pd.DataFrame,
    table: str,
    policy: Policy,
    *,
    file: str = "",
    row_numbers: pd.Series | None = None,
    columns: pd.DataFrame | None = None,
) -> Cleaned:
    """Return the typed table of a raw one whose columns are named by field (others are ignored).

    raw: cells of text, or values that a layer typed already. row_numbers: row of each record in the file (default:
    the header is row 1). columns: `HeaderMap.columns` (header, field, unit): what the file calls the fields, for the
    reports, and the units in its headers. Missing, unknown words and refused cells are NA; `na` is NA and listed.
    A cell with a mobile, identity or plate number is held out and shown masked (V26). Values outside the hard limits
    are errors and NA, outside the soft ones warnings (CONTRACTS 1; domain.md 5).
    """
    place = Place(file, _row_numbers(raw, row_numbers))
    specs = _named(column_specs(policy, table), columns)
    read = {field: _read_field(raw[field], spec, place) for field, spec in specs.items() if field in raw.columns}
    values = {field: part.values for field, part in read.items()}
    reports = [report for part in read.values() for report in part.reports]
    reports += [] if table == "compounds" else _without_use(read, specs, place)
    year_range = pd.DataFrame(index=raw.index)
    if table == "compounds":
        values = _with_firm(values, read)
        years = settle_years({f: r.column for f, r in read.items()}, values, file=file, rows=place.rows)
        values, year_range = {**values, **years.values}, years.year_range
        reports.append(years.problems)
    frame = pd.DataFrame(values, index=raw.index)
    return Cleaned(
        frame=typed(frame, policy, table),
        problems=join_problems(reports),
        original=_original(read),
        not_applicable=_not_applicable(read),
        year_range=year_range,
    )


def _row_numbers(raw: pd.DataFrame, given: pd.Series | None) -> pd.Series:
    numbers = range(2, len(raw) + 2) if given is None else given.to_numpy()
    return pd.Series(numbers, index=raw.index, dtype="Int64")


def _named(specs: dict[str, ColumnSpec], columns: pd.DataFrame | None) -> dict[str, ColumnSpec]:
    if columns is None:
        return specs
    used = columns[columns["field"].isin(list(specs))]
    units = used["unit"] if "unit" in used.columns else pd.Series("", index=used.index)
    told = zip(used["field"], used["header"], units, strict=True)
    return {**specs, **{field: with_header(specs[field], header, unit or "") for field, header, unit in told}}


def _read_field(cells: pd.Series, spec: ColumnSpec, place: Place) -> _Read:
    place = replace(place, header=spec.header)
    cells, held = _hold_out(cells, spec, place)
    column = read_column(cells, spec)
    values, outside = within_limits(column, spec, place)
    reports = [*held, *told(column, spec, place), *outside]
    if spec.required:
        reports += rows_of("cell.required", column.codes == IS_BLANK, place, values=pd.Series("", index=cells.index))
    return _Read(column, values, reports)


def _hold_out(cells: pd.Series, spec: ColumnSpec, place: Place) -> tuple[pd.Series, list[pd.DataFrame]]:
    if spec.kind in ("bool", "date") and not isinstance(cells.dtype, pd.StringDtype):
        return cells, []
    if is_number_column(cells) and spec.kind in NUMBERS | {"year"}:
        numbers = cells.to_numpy(dtype=float, na_value=np.nan)
        found = (numbers >= _MOBILE[0]) & (numbers < _MOBILE[1])
    else:
        found = personal_cells(as_cell_text(cells), kind=spec.kind, notes=spec.notes)
    if not found.any():
        return cells, []
    return cells.mask(found), rows_of("V26", found, place, values=cells, shown=mask)


def _with_firm(values: dict[str, pd.Series], read: dict[str, _Read]) -> dict[str, pd.Series]:
    """A firm's name in the status column also names the firm, where the firm's own column says nothing."""
    if "property_status" not in read:
        return values
    column = read["property_status"].column
    firm = column.each(lambda reading: reading.params.get("firm")).astype("string")
    stated = values.get("property_firm", pd.Series(pd.NA, index=firm.index, dtype="string"))
    return {**values, "property_firm": stated.fillna(firm)}


def _original(read: dict[str, _Read]) -> pd.DataFrame:
    parts = [pd.DataFrame({"row": [], "field": [], "text": []}, dtype=object)]
    for field, part in read.items():
        repaired = part.column.where(lambda rule: rule.startswith("repair.")) & part.values.notna().to_numpy()
        if repaired.any():
            text = as_cell_text(part.column.cells[repaired])
            parts.append(pd.DataFrame({"row": text.index, "field": field, "text": text.to_numpy()}, dtype=object))
    return pd.concat(parts, ignore_index=True)


def _without_use(read: dict[str, _Read], specs: dict[str, ColumnSpec], place: Place) -> list[pd.DataFrame]:
    """`na` moves the weight of a criterion of a compound; in any other table it can only be read as unknown."""
    reports: list[pd.DataFrame] = []
    for field, part in read.items():
        found = part.column.where("na".__eq__)
        reports += rows_of("cell.na", found, replace(place, header=specs[field].header), values=part.column.cells)
    return reports


def _not_applicable(read: dict[str, _Read]) -> frozenset[tuple[object, str]]:
    return frozenset(
        (row, field)
        for field, part in read.items()
        for row in part.values.index[part.column.where(lambda rule: rule == "na")]
    )
