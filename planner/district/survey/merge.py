"""Three ways at the level of one cell: what the survey was based on, what the ledger says now, what the survey says.

Equal values never conflict and different cells of a row merge. A cell is held, not applied, where the ledger changed
after the survey's base (conflict), was surveyed later (stale) or the same day by somebody else (two_surveyors), where
the survey has no date to compare (undated), where a number moves by more than the set share (large) and where the
compound is in use no more (retired). A held cell waits for a planner (survey_and_store.md, CSV survey update).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.district.column_spec import NUMBERS
from planner.district.survey.same_cells import field_kinds, same_cells
from planner.policy import Policy

INCOMING_COLUMNS = [
    "compound_id", "field", "kind", "cell", "text", "row", "about", "surveyed_on", "surveyor", "base_version", "late",
]  # fmt: skip
"""The cells of a survey with the facts of their rows (`incoming.incoming_cells`): cell is the text as compounds.csv
would hold it (blank: cleared), surveyed_on a date as exact as it is known (2026-05-01, 2026-05, 2026), late whether a
newer edition of the same submission was applied before."""

LEDGER_COLUMNS = ["compound_id", "field", "cell", "version", "surveyed_on", "surveyor"]
"""The ledger's cells now: cell the text of compounds.csv, version of the row when the cell last changed, and the date
and surveyor of that change, where known."""

BASE_COLUMNS = ["compound_id", "field", "base_version", "cell"]
"""What cells said at a version, for those that changed since; a cell that did not change need not be listed."""

CELL_COLUMNS = [
    "compound_id", "field", "kind", "base", "current", "incoming", "text", "row", "outcome", "why", "about",
    "surveyed_on", "surveyor", "base_version", "version", "current_surveyed_on", "current_surveyor",
]  # fmt: skip

OUTCOMES = ("apply", "same", "behind", "held", "left")
"""apply: the survey's value goes in. same: the ledger says so already. behind: the survey left the cell as it was
handed out and the ledger moved on. held: a planner decides. left: decided for the ledger's value, or all or nothing."""

WHY = ("retired", "conflict", "stale", "two_surveyors", "undated", "large")
"""Why a cell is held, the gravest first: a cell has the first that is true of it."""


@dataclass(frozen=True, slots=True)
class MergePolicy:
    """How to merge.

    kinds: field -> type of columns.csv. large_share: relative change of a number that needs a tick; accept_large:
    whether the tick was given. retired: compounds in use no more. all_or_nothing: whether one held cell leaves the
    whole file out.
    """

    kinds: Mapping[str, str]
    large_share: float
    accept_large: bool = False
    retired: frozenset[str] = frozenset()
    all_or_nothing: bool = False


@dataclass(frozen=True, slots=True)
class Merge:
    """What becomes of every cell of a survey that says something: CELL_COLUMNS, in the order of the survey.

    base is missing where nobody knows what the survey was based on; blank texts are unknown or cleared cells.
    """

    cells: pd.DataFrame

    @property
    def applied(self) -> pd.DataFrame:
        """The cells that go into the ledger."""
        return self.cells[self.cells["outcome"] == "apply"]

    @property
    def held(self) -> pd.DataFrame:
        """The cells that wait for a planner."""
        return self.cells[self.cells["outcome"] == "held"]

    @property
    def counts(self) -> dict[str, int]:
        """How many cells have each outcome, in the order of OUTCOMES."""
        found = self.cells["outcome"].value_counts()
        return {outcome: int(found.get(outcome, 0)) for outcome in OUTCOMES}


def merge_policy(
    policy: Policy, *, accept_large: bool = False, retired: Collection[str] = (), all_or_nothing: bool = False
) -> MergePolicy:
    """Return how the rules in force merge (settings survey_large_change)."""
    share = policy.number("survey_large_change")
    return MergePolicy(field_kinds(policy), share, accept_large, frozenset(retired), all_or_nothing)


def merge(base: pd.DataFrame, current: pd.DataFrame, incoming: pd.DataFrame, policy: MergePolicy) -> Merge:
    """Return what becomes of every cell of a survey.

    base: BASE_COLUMNS; current: LEDGER_COLUMNS (a cell that is not there is unknown and never surveyed); incoming:
    INCOMING_COLUMNS (kind `keep` says nothing and is left out). The base of a cell is what it said at the row's base
    version; without one the dates decide, compared at the coarser of the two. Of several incoming cells for one cell
    with different values all are held (two_surveyors); with one value, the first counts.
    """
    cells = _side_by_side(base, current, incoming[incoming["kind"] != "keep"])
    same = same_cells(cells["incoming"], cells["current"], cells["field"], policy.kinds)
    at_base = same_cells(cells["incoming"], cells["base"], cells["field"], policy.kinds)
    untouched = at_base & cells["base"].notna().to_numpy(dtype=bool) & ~_several(cells, policy)
    found = _held_for(cells, policy)
    why = np.select([found[name] & ~same & ~untouched for name in WHY], WHY, default="").astype(object)
    outcome = np.select([same, untouched, why != ""], ["same", "behind", "held"], default="apply").astype(object)
    outcome = _once(cells, outcome)
    if policy.all_or_nothing and (outcome == "held").any():
        outcome = np.where(outcome == "apply", "left", outcome)
    return Merge(cells.assign(outcome=outcome, why=why)[CELL_COLUMNS])


def _side_by_side(base: pd.DataFrame, current: pd.DataFrame, incoming: pd.DataFrame) -> pd.DataFrame:
    """One row per incoming cell, with the ledger's cell and its base beside it."""
    keys = ["compound_id", "field"]
    said = {"cell": "current", "surveyed_on": "current_surveyed_on", "surveyor": "current_surveyor"}
    ours = _keyed(current[LEDGER_COLUMNS].rename(columns=said))
    cells = _keyed(incoming[INCOMING_COLUMNS].rename(columns={"cell": "incoming"})).merge(ours, on=keys, how="left")
    then = _keyed(base[BASE_COLUMNS].rename(columns={"cell": "then"}))
    for table in (cells, then):
        table["base_version"] = table["base_version"].astype("Int64")
    cells = cells.merge(then, on=[*keys, "base_version"], how="left")
    cells["version"] = cells["version"].astype("Int64")
    for name in ("current", "incoming"):
        cells[name] = cells[name].astype(object).where(cells[name].notna(), "")
    stands = cells["base_version"].notna() & (cells["version"].fillna(0) <= cells["base_version"]).fillna(False)
    listed = cells["then"].astype(object).where(cells["then"].notna(), None)
    return cells.assign(base=listed.where(cells["then"].notna() | ~stands, cells["current"]))


def _keyed(table: pd.DataFrame) -> pd.DataFrame:
    return table.astype({"compound_id": "string", "field": "string"})


def _held_for(cells: pd.DataFrame, policy: MergePolicy) -> dict[str, np.ndarray]:
    based = cells["base_version"].notna().to_numpy(dtype=bool)
    moved = (cells["version"] > cells["base_version"]).fillna(False).to_numpy(dtype=bool)
    later, equal = compare_dates(cells["current_surveyed_on"], cells["surveyed_on"])
    theirs, mine = (_words(cells[name]) != "" for name in ("current_surveyed_on", "surveyed_on"))
    others = _words(cells["surveyor"]) != _words(cells["current_surveyor"])
    return {
        "retired": cells["compound_id"].isin(list(policy.retired)).to_numpy(dtype=bool),
        "conflict": based & moved,
        "stale": (~based & later) | cells["late"].to_numpy(dtype=bool),
        "two_surveyors": (~based & equal & others) | _several(cells, policy),
        "undated": ~based & theirs & ~mine,
        "large": _large(cells, policy) & (not policy.accept_large),
    }


def compare_dates(left: pd.Series, right: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Return where the left date is later than the right one, and where they are equal, at the coarser of the two.

    Dates are ISO texts of any exactness: 2026-05-20 and 2026-05 are equal. Blank or missing is neither.
    """
    a, b = _words(left), _words(right)
    length = [min(len(x), len(y)) for x, y in zip(a, b, strict=True)]
    pairs = [(x[:n], y[:n]) for x, y, n in zip(a, b, length, strict=True)]
    later = np.fromiter((x > y for x, y in pairs), dtype=bool, count=len(pairs))
    equal = np.fromiter((x == y != "" for x, y in pairs), dtype=bool, count=len(pairs))
    return later, equal


def _words(column: pd.Series) -> np.ndarray:
    words: np.ndarray = column.astype(object).where(column.notna(), "").to_numpy(dtype=object)
    return words


def _several(cells: pd.DataFrame, policy: MergePolicy) -> np.ndarray:
    """Cells that this file itself fills with different values."""
    again = cells.duplicated(["compound_id", "field"], keep=False).to_numpy(dtype=bool)
    found = np.zeros(len(cells), dtype=bool)
    if again.any():
        rows = cells[again]
        groups = rows.groupby(["compound_id", "field"], sort=False)
        differs = ~same_cells(rows["incoming"], groups["incoming"].transform("first"), rows["field"], policy.kinds)
        keys = [rows["compound_id"], rows["field"]]
        found[again] = pd.Series(differs, index=rows.index).groupby(keys).transform("any").to_numpy(dtype=bool)
    return found


def _once(cells: pd.DataFrame, outcome: np.ndarray) -> np.ndarray:
    """Of equal cells that would all go in, one goes in: the others say the same then."""
    places = np.flatnonzero(outcome == "apply")
    again = cells.iloc[places].duplicated(["compound_id", "field"]).to_numpy(dtype=bool)
    once = outcome.copy()
    once[places[again]] = "same"
    return once


def _large(cells: pd.DataFrame, policy: MergePolicy) -> np.ndarray:
    """Numbers that move by more than a share of what the ledger has; from 0 there is no share."""
    numeric = cells["field"].map(policy.kinds).isin(list(NUMBERS)).to_numpy(dtype=bool)
    old, new = (
        pd.to_numeric(cells[name].where(numeric, ""), errors="coerce").to_numpy(dtype=float)
        for name in ("current", "incoming")
    )
    with np.errstate(invalid="ignore"):
        large: np.ndarray = (np.abs(new - old) > policy.large_share * np.abs(old)) & (old != 0)
    return large
