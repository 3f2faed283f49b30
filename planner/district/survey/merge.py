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
from planner.district.memory import give_back
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
    keeps = incoming["kind"] == "keep"
    cells = _side_by_side(base, current, incoming[~keeps] if keeps.any() else incoming)
    give_back(len(cells))
    same = same_cells(cells["incoming"], cells["current"], cells["field"], policy.kinds)
    several = _several(cells, policy)
    untouched = _at_base(cells, policy) & ~several
    found = _held_for(cells, several, policy)
    why = _first_of({name: found[name] & ~same & ~untouched for name in WHY}, "")
    outcome = _first_of({"same": same, "behind": untouched, "held": why != ""}, "apply")
    outcome = _once(cells, outcome)
    if policy.all_or_nothing and (outcome == "held").any():
        outcome = np.where(outcome == "apply", "left", outcome)
    merged = Merge(cells.assign(outcome=outcome, why=why)[CELL_COLUMNS])
    del cells, found, why, outcome
    give_back(len(merged.cells))
    return merged


def _first_of(conditions: Mapping[str, np.ndarray], otherwise: str) -> np.ndarray:
    """For each cell the name of the first condition that holds, as words shared by all."""
    words = np.array([*conditions, otherwise], dtype=object)
    codes = np.select(list(conditions.values()), list(range(len(conditions))), default=len(conditions))
    found: np.ndarray = words[codes]
    return found


def _at_base(cells: pd.DataFrame, policy: MergePolicy) -> np.ndarray:
    """Cells that say what they said when they were handed out; without a known base they do not."""
    found: np.ndarray = cells["base"].notna().to_numpy(dtype=bool).copy()
    if found.any():
        known = cells[found]
        found[found] = same_cells(known["incoming"], known["base"], known["field"], policy.kinds)
    return found


def _side_by_side(base: pd.DataFrame, current: pd.DataFrame, incoming: pd.DataFrame) -> pd.DataFrame:
    """One row per incoming cell, with the ledger's cell and its base beside it, and a number of the cell (`_cell`)."""
    mine, ledger, then = _cell_numbers(incoming, current, base)
    ours = _taken(current, _first_places(mine, ledger), LEDGER_COLUMNS[2:])
    version = ours["version"].astype("Int64")
    based = incoming["base_version"].astype("Int64").reset_index(drop=True)
    listed = _base_texts(mine, based, base, then)
    stands = (based.notna() & (version.fillna(0) <= based).fillna(False)).to_numpy(dtype=bool)
    now, said = (column.astype("str").fillna("").array for column in (ours["cell"], incoming["cell"]))
    columns = {
        **{name: incoming[name].array for name in ("kind", "text", "row", "about", "late")},
        **{name: incoming[name].astype("string").array for name in ("compound_id", "field")},
        **{name: incoming[name].array for name in ("surveyed_on", "surveyor")},
        "base_version": based.array,
        "version": version.array,
        "current": now,
        "incoming": said,
        "base": pd.Series(now).where(stands, None) if listed is None else listed.mask(listed.isna() & stands, now),
        "current_surveyed_on": ours["surveyed_on"].array,
        "current_surveyor": ours["surveyor"].array,
        "_cell": mine,
    }
    return pd.DataFrame(columns, copy=False)


def _cell_numbers(*tables: pd.DataFrame) -> list[np.ndarray]:
    """A number for each row of each table: equal numbers, the same compound and field."""
    numbers = np.zeros(sum(map(len, tables)), dtype="int64")
    for name in ("compound_id", "field"):
        codes, distinct = pd.factorize(pd.concat([table[name].astype("str") for table in tables], ignore_index=True))
        numbers = numbers * (len(distinct) + 1) + codes
    return np.split(numbers, np.cumsum([len(table) for table in tables])[:-1])


def _first_places(wanted: np.ndarray, among: np.ndarray) -> np.ndarray:
    """Where each number first stands in another array; -1 where it does not."""
    distinct, first = np.unique(among, return_index=True)
    if not len(distinct):
        return np.full(len(wanted), -1)
    near = np.minimum(np.searchsorted(distinct, wanted), len(distinct) - 1)
    places: np.ndarray = np.where(distinct[near] == wanted, first[near], -1)
    return places


def _taken(table: pd.DataFrame, places: np.ndarray, names: list[str]) -> pd.DataFrame:
    """Rows of a table by position; missing where the position is -1."""
    if not len(table):
        return pd.DataFrame({name: pd.Series(None, index=range(len(places)), dtype=object) for name in names})
    taken = {name: pd.api.extensions.take(table[name].array, places, allow_fill=True) for name in names}
    return pd.DataFrame(taken, copy=False)


def _base_texts(mine: np.ndarray, based: pd.Series, base: pd.DataFrame, then: np.ndarray) -> pd.Series | None:
    """What the cells said at their base versions, missing where that is not listed; None where none is."""
    listed = zip(then.tolist(), base["base_version"], base["cell"], strict=True)
    said = {(cell, int(version)): text for cell, version, text in listed if not pd.isna(version) and not pd.isna(text)}
    if not said:
        return None
    texts = pd.Series(None, index=range(len(mine)), dtype="str")
    places = np.flatnonzero(based.notna().to_numpy(dtype=bool))
    cells = zip(mine[places].tolist(), based.iloc[places].astype(int), strict=True)
    texts.iloc[places] = pd.array([said.get(cell) for cell in cells], dtype="str")
    return texts


def _held_for(cells: pd.DataFrame, several: np.ndarray, policy: MergePolicy) -> dict[str, np.ndarray]:
    based = cells["base_version"].notna().to_numpy(dtype=bool)
    moved = (cells["version"] > cells["base_version"]).fillna(False).to_numpy(dtype=bool)
    later, equal = compare_dates(cells["current_surveyed_on"], cells["surveyed_on"])
    theirs, mine = ((_words(cells[name]) != "").to_numpy() for name in ("current_surveyed_on", "surveyed_on"))
    others = (_words(cells["surveyor"]) != _words(cells["current_surveyor"])).to_numpy()
    return {
        "retired": cells["compound_id"].isin(list(policy.retired)).to_numpy(dtype=bool),
        "conflict": based & moved,
        "stale": (~based & later) | cells["late"].to_numpy(dtype=bool),
        "two_surveyors": (~based & equal & others) | several,
        "undated": ~based & theirs & ~mine,
        "large": _large(cells, policy) & (not policy.accept_large),
    }


def compare_dates(left: pd.Series, right: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Return where the left date is later than the right one, and where they are equal, at the coarser of the two.

    Dates are ISO texts of any exactness: 2026-05-20 and 2026-05 are equal. Blank or missing is neither.
    """
    (a, lefts), (b, rights) = (pd.factorize(_words(side)) for side in (left, right))
    pairs, places = np.unique(a * max(1, len(rights)) + b, return_inverse=True)
    told = [(str(lefts[pair // len(rights)]), str(rights[pair % len(rights)])) for pair in pairs]
    cut = [(x[: min(len(x), len(y))], y[: min(len(x), len(y))]) for x, y in told]
    later = np.array([x > y for x, y in cut], dtype=bool)
    equal = np.array([x == y != "" for x, y in cut], dtype=bool)
    return later[places], equal[places]


def _words(column: pd.Series) -> pd.Series:
    return column.astype("str").fillna("").astype("str")


def _several(cells: pd.DataFrame, policy: MergePolicy) -> np.ndarray:
    """Cells that this file itself fills with different values."""
    again = cells["_cell"].duplicated(keep=False).to_numpy(dtype=bool)
    found = np.zeros(len(cells), dtype=bool)
    if again.any():
        rows = cells[again]
        groups = rows.groupby("_cell", sort=False)
        differs = ~same_cells(rows["incoming"], groups["incoming"].transform("first"), rows["field"], policy.kinds)
        spread = pd.Series(differs, index=rows.index).groupby(rows["_cell"]).transform("any")
        found[again] = spread.to_numpy(dtype=bool)
    return found


def _once(cells: pd.DataFrame, outcome: np.ndarray) -> np.ndarray:
    """Of equal cells that would all go in, one goes in: the others say the same then."""
    places = np.flatnonzero(outcome == "apply")
    again = cells["_cell"].iloc[places].duplicated().to_numpy(dtype=bool)
    once = outcome.copy()
    once[places[again]] = "same"
    return once


def _large(cells: pd.DataFrame, policy: MergePolicy) -> np.ndarray:
    """Numbers that move by more than a share of what the ledger has; from 0 there is no share."""
    codes, names = pd.factorize(cells["field"])
    numeric = np.array([policy.kinds.get(name) in NUMBERS for name in names], dtype=bool)[codes]
    old, new = (np.full(len(cells), np.nan) for _ in range(2))
    for numbers, name in ((old, "current"), (new, "incoming")):
        places, distinct = pd.factorize(cells.loc[numeric, name])
        told = pd.to_numeric(pd.Series(distinct, dtype=object), errors="coerce")
        numbers[numeric] = np.array([*told, np.nan])[places]
    with np.errstate(invalid="ignore"):
        large: np.ndarray = (np.abs(new - old) > policy.large_share * np.abs(old)) & (old != 0)
    return large
