"""A district as arrays: one entry per compound, blank cells as NaN or unknown, tables counted onto their compounds.

The rules, deficits and quantities read the district through this door only, so that blank, ``na`` and 未查 mean the
same everywhere: blank and 未查 are unknown; a cell written ``na`` (不适用) is a number 0 and never one of the values
asked for.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.decisions.kleene import Bools, Floats, Kleene, answer
from planner.district.district import District

Positions = npt.NDArray[np.intp]

UNKNOWN_WORDS = ("未查", "不清")
"""Enumeration values that say that nobody knows: unknown for every rule."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one table that belong to compounds: ``at`` is each row's compound as a position 0..n-1."""

    n: int
    table: str
    frame: pd.DataFrame
    at: Positions

    def number(self, field: str) -> Floats:
        """Return a numeric field as floats, NaN where blank."""
        return floats(self.frame[field])

    def is_in(self, field: str, values: Collection[str]) -> Bools:
        """Return where a text field holds one of ``values``; blank is False."""
        return np.asarray(self.frame[field].isin(list(values)), dtype=bool)

    def known(self, field: str) -> Bools:
        """Return where a field is filled in with a value that says something."""
        return _says_something(self.frame[field])

    def flag(self, field: str) -> Bools:
        """Return where a yes/no field is yes; blank is False."""
        return np.asarray(self.frame[field].to_numpy(dtype=bool, na_value=False))

    def pick(self, where: Bools) -> Rows:
        """Return only the rows of ``where``."""
        return Rows(self.n, self.table, self.frame[where], self.at[where])

    def count(self, where: Bools | None = None) -> Floats:
        """Return how many rows (of ``where``) each compound has."""
        at = self.at if where is None else self.at[where]
        return np.bincount(at, minlength=self.n).astype(float)

    def total(self, values: Floats) -> Floats:
        """Return the sum of ``values`` per compound; a NaN makes the compound's sum NaN, no row makes it 0."""
        return np.bincount(self.at, weights=values, minlength=self.n).astype(float)

    def highest(self, values: Floats) -> Floats:
        """Return the largest value per compound, NaNs left out; NaN where there is none."""
        largest = np.full(self.n, -np.inf)
        real = ~np.isnan(values)
        np.maximum.at(largest, self.at[real], values[real])
        return np.where(np.isinf(largest), np.nan, largest)

    def any_row(self, yes: Bools, known: Bools, *fields: str) -> Kleene:
        """Return yes where a row says yes, no where the compound has rows and all are known to say no."""
        some = self.count(yes) > 0
        settled = (self.count() > 0) & (self.count(~known & ~yes) == 0)
        return answer(some, settled & ~some, *[f"{self.table}.{f}" for f in fields])

    def listed(self, yes: Bools) -> Kleene:
        """Return yes where a row says yes, else no: the table is a register, not listed is no."""
        some = self.count(yes) > 0
        return answer(some, ~some)


class Ledger:
    """All facts about the compounds of one district, read once and kept (never changed).

    district: the checked district; measures: `measures.measure` of it (its columns by name, NaN for points).
    """

    def __init__(self, district: District, measures: pd.DataFrame) -> None:
        self.district = district
        self.index = district.compounds.index
        self.n = len(self.index)
        self._measures = measures
        self._numbers: dict[str, Floats] = {}
        self._rows: dict[str, Rows] = {}
        self._not_applicable = _not_applicable(district)
        self._asked: set[str] = set()

    @property
    def fields_read(self) -> frozenset[str]:
        """The fields of compounds that anybody has asked for so far."""
        return frozenset(self._asked)

    def _column(self, field: str) -> pd.Series:
        self._asked.add(field)
        return self.district.compounds[field]

    def text(self, field: str) -> pd.Series:
        """Return a text field of the compounds, NA where blank."""
        return self._column(field)

    def number(self, field: str) -> Floats:
        """Return a numeric field of the compounds as floats: NaN where blank, 0 where it cannot apply."""
        if field not in self._numbers:
            values = floats(self._column(field)).copy()
            values[self.not_applicable(field)] = 0.0
            self._numbers[field] = values
        return self._numbers[field]

    def measure(self, name: str) -> Floats:
        """Return a measure as floats, NaN where it is unknown or was not measured."""
        if name not in self._measures.columns:
            return np.full(self.n, np.nan)
        return floats(self._measures[name])

    def not_applicable(self, field: str) -> Bools:
        """Return where the cell is written ``na``."""
        where = np.zeros(self.n, dtype=bool)
        if field in self._not_applicable:
            where[self.index.get_indexer(pd.Index(self._not_applicable[field]))] = True
        return where

    def known(self, field: str) -> Bools:
        """Return where a field says something: filled in with a value, or written ``na``."""
        return _says_something(self._column(field)) | self.not_applicable(field)

    def is_in(self, field: str, values: Collection[str]) -> Kleene:
        """Return whether a text field is one of ``values``; ``na`` is no."""
        yes = self.text(field).isin(list(values)).to_numpy(dtype=bool)
        return answer(yes, self.known(field) & ~yes, field)

    def has_part(self, field: str, values: Collection[str]) -> Kleene:
        """Return whether a list field (``a;b``) contains one of ``values``; ``na`` is no."""
        codes, texts = pd.factorize(self.text(field))
        holds = np.array([bool(set(values) & set(str(cell).split(";"))) for cell in texts], dtype=bool)
        yes = np.append(holds, False)[codes]
        return answer(yes, self.known(field) & ~yes, field)

    def is_true(self, field: str) -> Kleene:
        """Return whether a yes/no field is yes; ``na`` is no."""
        values = self._column(field)
        yes = values.to_numpy(dtype=bool, na_value=False)
        return answer(yes, self.known(field) & ~yes, field)

    def above(self, field: str, limit: float) -> Kleene:
        """Return whether a numeric field is greater than ``limit``; ``na`` counts as 0."""
        values = self.number(field)
        return answer(values > limit, values <= limit, field)

    def below(self, field: str, limit: float) -> Kleene:
        """Return whether a numeric field is less than ``limit``; ``na`` is no."""
        values = floats(self._column(field))
        return answer(values < limit, (values >= limit) | self.not_applicable(field), field)

    def rows(self, table: str) -> Rows:
        """Return the rows of a layer or table that name one of the compounds; rows of nobody are left out.

        A list of compounds (``compound_ids``) counts for each of them.
        """
        if table not in self._rows:
            frame = self.district.layers[table] if table in self.district.layers else self.district.tables[table]
            self._rows[table] = self._assigned(frame, table)
        return self._rows[table]

    def _assigned(self, frame: pd.DataFrame, table: str) -> Rows:
        if "compound_id" in frame.columns:
            at = self.index.get_indexer(pd.Index(frame["compound_id"]))
        else:
            parts = frame["compound_ids"].str.split(";").explode().str.strip()
            frame = frame.loc[parts.index]
            at = self.index.get_indexer(pd.Index(parts))
        return Rows(self.n, table, frame[at >= 0], at[at >= 0])


def floats(values: pd.Series) -> Floats:
    """Return a numeric column as floats, NaN where missing."""
    return np.asarray(values.to_numpy(dtype=float, na_value=np.nan))


def _says_something(values: pd.Series) -> Bools:
    filled = np.asarray(values.notna(), dtype=bool)
    if isinstance(values.dtype, pd.StringDtype):
        filled = filled & ~np.asarray(values.isin(list(UNKNOWN_WORDS)), dtype=bool)
    return filled


def _not_applicable(district: District) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    for compound_id, field in sorted(district.not_applicable):
        if compound_id in district.compounds.index:
            fields.setdefault(field, []).append(compound_id)
    return fields
