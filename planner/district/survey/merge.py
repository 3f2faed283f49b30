"""Three ways at the level of one cell: what the survey was based on, what the ledger says now, what the survey says.

Equal values never conflict and different cells of a row merge. A cell is held, not applied, where the ledger changed
after the survey's base (conflict), was surveyed later (stale) or the same day by somebody else (two_surveyors), where
the survey has no date to compare (undated), where a number moves by more than the set share (large) and where the
compound was retired. A held cell waits for a planner (survey_and_store.md, CSV survey update).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.district.survey.same_values import same_values
from planner.errors import join_problems, problem_rows
from planner.policy import Policy

INCOMING_COLUMNS = [
    "compound_id", "field", "kind", "value", "text", "row", "about", "low", "high",
    "surveyed_on", "precision", "surveyor", "base_version",
]  # fmt: skip
"""What `incoming` gives: the changes of a survey file with the facts of their rows."""

LEDGER_COLUMNS = ["compound_id", "field", "value", "version", "surveyed_on", "precision", "surveyor"]
"""The ledger's cells: value as plain Python (None unknown), version of the row when the cell last changed, and the
date, its precision and the surveyor of that change, where known."""

BASE_COLUMNS = ["compound_id", "field", "base_version", "value"]
"""What cells said at a version, for those that changed since; a cell that did not change need not be listed."""

CELL_COLUMNS = [
    "compound_id", "field", "kind", "base", "current", "survey", "text", "row", "outcome", "reason",
    "about", "low", "high", "surveyed_on", "precision", "surveyor", "base_version",
    "current_surveyed_on", "current_surveyor", "version",
]  # fmt: skip

OUTCOMES = ("apply", "same", "behind", "held", "left")
"""apply: the survey's value goes in. same: the ledger says so already. behind: the survey left the cell as it was
handed out and the ledger moved on. held: a planner decides. left: decided for the ledger's value, or all or nothing."""

REASONS = ("conflict", "stale", "two_surveyors", "undated", "large", "retired")
"""Why a cell is held, the gravest first; a cell has the first that holds."""
_FIRST = ("retired", "conflict", "stale", "two_surveyors", "undated", "large")
_STEPS = {"day": "D", "month": "M", "year": "Y"}


@dataclass(frozen=True, slots=True)
class MergePolicy:
    """How to merge. large_share: relative change of a number that needs a tick (settings survey_large_change).

    accept_large: whether the tick was given. retired: compounds that are in use no more. all_or_nothing: whether one
    held cell leaves the whole file out.
    """

    large_share: float
    accept_large: bool = False
    retired: frozenset[str] = frozenset()
    all_or_nothing: bool = False


@dataclass(frozen=True, slots=True)
class Merge:
    """The outcome of every cell of a survey that says something: CELL_COLUMNS, in the order of the survey."""

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
    """Return how the rules in force merge."""
    share = policy.number("survey_large_change")
    return MergePolicy(share, accept_large, frozenset(retired), all_or_nothing)


def merge(base: pd.DataFrame, current: pd.DataFrame, incoming: pd.DataFrame, policy: MergePolicy) -> Merge:
    """Return what becomes of every cell of a survey.

    base: BASE_COLUMNS; current: LEDGER_COLUMNS (a cell that is not there is unknown and never surveyed); incoming:
    INCOMING_COLUMNS (`keep` says nothing and is left out). The base of a cell is what it said at the row's base
    version; without one the dates decide. Dates are compared at the coarser precision of the two. Of several incoming
    cells for one cell with different values all are held (two_surveyors); with one value, the first counts.
    """
    cells = _side_by_side(base, current, incoming[incoming["kind"] != "keep"])
    same = same_values(cells["survey"], cells["current"])
    untouched = cells["base_known"].to_numpy(dtype=bool) & same_values(cells["survey"], cells["base"])
    reasons = _reasons(cells, policy)
    differs = ~same & ~untouched
    reason = np.select([reasons[name] & differs for name in _FIRST], _FIRST, default="")
    outcome = np.select([same, untouched, reason != ""], ["same", "behind", "held"], default="apply")
    outcome = _once(cells, outcome)
    if policy.all_or_nothing and (outcome == "held").any():
        outcome = np.where(outcome == "apply", "left", outcome)
    out = cells.assign(outcome=outcome, reason=np.where(outcome == "held", reason, ""))
    return Merge(out[CELL_COLUMNS].reset_index(drop=True))


def _side_by_side(base: pd.DataFrame, current: pd.DataFrame, incoming: pd.DataFrame) -> pd.DataFrame:
    """One row per incoming cell with the ledger's cell and the base beside it."""
    keys = ["compound_id", "field"]
    ours = current[LEDGER_COLUMNS].rename(
        columns={
            "value": "current",
            "surveyed_on": "current_surveyed_on",
            "precision": "current_precision",
            "surveyor": "current_surveyor",
        }
    )
    cells = incoming[INCOMING_COLUMNS].rename(columns={"value": "survey"})
    cells = _keyed(cells).merge(_keyed(ours), on=keys, how="left")
    then = base[BASE_COLUMNS].rename(columns={"value": "base"}).assign(listed=True)
    then["base_version"] = then["base_version"].astype("Int64")
    cells["base_version"] = cells["base_version"].astype("Int64")
    cells = cells.merge(_keyed(then), on=[*keys, "base_version"], how="left")
    listed = cells["listed"].notna()
    version = cells["version"].astype("Int64")
    stands = (version <= cells["base_version"]).fillna(False) | (version.isna() & cells["base_version"].notna())
    known = listed | stands.astype(bool)
    cells["base"] = cells["base"].where(listed, cells["current"].where(stands.astype(bool), None))
    return cells.assign(base_known=known, version=version)


def _keyed(table: pd.DataFrame) -> pd.DataFrame:
    return table.astype({"compound_id": "string", "field": "string"})


def _reasons(cells: pd.DataFrame, policy: MergePolicy) -> dict[str, np.ndarray]:
    based = cells["base_version"].notna().to_numpy(dtype=bool)
    moved = (cells["version"] > cells["base_version"]).fillna(False).to_numpy(dtype=bool)
    later, equal = _dates(cells)
    theirs = cells["current_surveyed_on"].notna().to_numpy(dtype=bool)
    mine = cells["surveyed_on"].notna().to_numpy(dtype=bool)
    others = ~same_values(cells["surveyor"], cells["current_surveyor"])
    return {
        "retired": cells["compound_id"].isin(list(policy.retired)).to_numpy(dtype=bool),
        "conflict": based & moved,
        "stale": ~based & later,
        "two_surveyors": (~based & equal & others) | _several(cells),
        "undated": ~based & theirs & ~mine,
        "large": _large(cells, policy.large_share) & (not policy.accept_large),
    }


def _dates(cells: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Whether the ledger's date is later than the survey's, and whether they are equal, at the coarser precision."""
    later = np.zeros(len(cells), dtype=bool)
    equal = np.zeros(len(cells), dtype=bool)
    mine, theirs = (_days(cells[name]) for name in ("surveyed_on", "current_surveyed_on"))
    coarse = [cells[name].fillna("").to_numpy(dtype=object) for name in ("precision", "current_precision")]
    is_year = (coarse[0] == "year") | (coarse[1] == "year")
    is_month = ~is_year & ((coarse[0] == "month") | (coarse[1] == "month"))
    for precision, chosen in (("year", is_year), ("month", is_month), ("day", ~is_year & ~is_month)):
        step = f"datetime64[{_STEPS[precision]}]"
        a, b = mine[chosen].astype(step), theirs[chosen].astype(step)
        later[chosen] = b > a
        equal[chosen] = a == b
    return later, equal


def _days(column: pd.Series) -> np.ndarray:
    days: np.ndarray = pd.to_datetime(column).to_numpy(dtype="datetime64[s]")
    return days


def _several(cells: pd.DataFrame) -> np.ndarray:
    """Cells that this batch itself fills with different values."""
    again = cells.duplicated(["compound_id", "field"], keep=False).to_numpy(dtype=bool)
    found = np.zeros(len(cells), dtype=bool)
    if again.any():
        rows = cells[again]
        first = rows.groupby(["compound_id", "field"])["survey"].transform(lambda values: [values.iloc[0]] * len(values))
        differs = pd.Series(~same_values(rows["survey"], first), index=rows.index)
        found[again] = differs.groupby([rows["compound_id"], rows["field"]]).transform("any").to_numpy(dtype=bool)
    return found


def _once(cells: pd.DataFrame, outcome: np.ndarray) -> np.ndarray:
    """Of equal cells that would all go in, one goes in: the others say the same then."""
    applied = cells[outcome == "apply"]
    again = applied.index[applied.duplicated(["compound_id", "field"])]
    outcome = outcome.astype(object)
    outcome[again] = "same"
    return outcome


def _large(cells: pd.DataFrame, share: float) -> np.ndarray:
    """Numbers (no years, no yes and no) that move by more than a share of what the ledger has."""
    old, new = (_numbers(cells[name]) for name in ("current", "survey"))
    years = cells["field"].str.contains("year", regex=False).to_numpy(dtype=bool)
    with np.errstate(invalid="ignore"):
        found: np.ndarray = (np.abs(new - old) > share * np.abs(old)) & (old != 0) & ~years
    return found


def _numbers(values: pd.Series) -> np.ndarray:
    plain = (v if isinstance(v, int | float) and not isinstance(v, bool) else np.nan for v in values)
    return np.fromiter(plain, dtype=float, count=len(values))


def after(current: pd.DataFrame, merged: Merge, *, version: int | None = None) -> pd.DataFrame:
    """Return the ledger's cells once the merge is applied, sorted by compound and field.

    current: LEDGER_COLUMNS. version: of the rows that change (default: one more than the cell has). Applying the same
    merge to the result again changes nothing.
    """
    applied = merged.applied
    new = applied[["compound_id", "field", "survey", "version", "surveyed_on", "precision", "surveyor"]]
    next_version = applied["version"].fillna(0).astype("Int64") + 1 if version is None else version
    new = new.rename(columns={"survey": "value"}).assign(version=next_version)
    both = pd.concat([_keyed(current[LEDGER_COLUMNS]), _keyed(new)]) if len(new) else _keyed(current[LEDGER_COLUMNS])
    kept = both.drop_duplicates(["compound_id", "field"], keep="last")
    return kept.sort_values(["compound_id", "field"], kind="stable").reset_index(drop=True)


def held_problems(merged: Merge, headers: pd.Series, file: str) -> pd.DataFrame:
    """Return one warning per held cell with row, column and both values; headers: field -> what the file calls it."""
    held = merged.held
    reports = []
    for reason in REASONS:
        rows = held[held["reason"] == reason]
        params = [
            {"current": "" if r.current is None else r.current, "compound": r.compound_id}
            for r in rows.itertuples(index=False)
        ]
        for column, part in rows.assign(_n=range(len(rows))).groupby(rows["field"], sort=False):
            reports.append(
                problem_rows(
                    f"survey.held.{reason}",
                    part["row"],
                    severity="warning",
                    file=file,
                    column=str(headers.get(column, column)),
                    values=part["text"],
                    params=[params[n] for n in part["_n"]],
                )
            )
    return join_problems(reports)
