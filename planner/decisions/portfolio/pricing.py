"""The best options of every compound at given prices, exactly, for all compounds at once.

Inside a compound the packages, the heating and the custodian are enumerated with their years; the items then stand
alone, each in its best year not before what it waits for. Neighbours that share a trench are settled together.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

from planner.decisions.portfolio.problem import NONE, Bools, Floats, Ints, Problem, Role, Years

IMPOSSIBLE = -1e15
Grid = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Layout:
    """Compounds of one kind with the places of their slots (-1: has none) and what joins them; made once.

    units [n]; package [n, P], heat [n], keeper [n], hub [n], item [n, I] are slots. The flags say who waits for the
    custodian (keeper), the pipes (pipes) or the recorder (hub), and what a package contains.
    """

    units: Grid
    package: Grid
    heat: Grid
    keeper: Grid
    hub: Grid
    item: Grid
    package_keeper: Bools
    package_pipes: Bools
    hub_keeper: Bools
    item_keeper: Bools
    item_pipes: Bools
    item_hub: Bools
    holds_item: Bools
    holds_hub: Bools
    inner: Grid


@dataclass(frozen=True, slots=True)
class Choice:
    """What a compound does in the best case for each year of its heating (last column: no heating)."""

    value: Floats
    package: Ints
    package_year: Ints
    keeper_year: Ints


def layouts(problem: Problem) -> list[Layout]:
    """Return the compounds sorted by what they have to enumerate: package, heating, custodian."""
    role, unit = problem.slots.role, problem.slots.unit
    has = [np.bincount(unit[role == r], minlength=problem.n) > 0 for r in (Role.PACKAGE, Role.HEAT, Role.KEEPER)]
    kind = has[0] * 4 + has[1] * 2 + has[2] * 1
    return [_layout(problem, np.flatnonzero(kind == k)) for k in np.unique(kind)]


def _layout(problem: Problem, units: Grid) -> Layout:
    m = len(problem.slots)
    grids = {role: _grid(problem, units, role) for role in Role}
    needs, after = problem.relations.needs, problem.relations.after
    parent = problem.slots.role[needs[:, 1]]
    waits = {
        "keeper": _marked(m, needs[parent == Role.KEEPER, 0]),
        "hub": _marked(m, needs[parent == Role.HUB, 0]),
        "pipes": _marked(m, after[:, 0]),
    }
    package, item, hub = grids[Role.PACKAGE], grids[Role.ITEM], grids[Role.HUB][:, 0]
    column = np.full(m + 1, NONE, dtype=np.intp)
    for grid in grids.values():
        column[grid] = np.arange(grid.shape[1])
    row = np.full(problem.n, NONE, dtype=np.intp)
    row[units] = np.arange(len(units))
    held = np.zeros((len(units), package.shape[1], item.shape[1]), dtype=bool)
    held_hub = np.zeros((len(units), package.shape[1]), dtype=bool)
    whole, part = problem.relations.excludes[row[problem.slots.unit[problem.relations.excludes[:, 0]]] >= 0].T
    for role, table in ((Role.ITEM, held), (Role.HUB, held_hub)):
        a, b = whole[problem.slots.role[part] == role], part[problem.slots.role[part] == role]
        where = (row[problem.slots.unit[a]], column[a])
        table[(*where, column[b]) if role == Role.ITEM else where] = True
    first = problem.relations.shares[:, 0]
    inside = np.full(m + 1, NONE, dtype=np.intp)
    mine = np.flatnonzero(problem.slots.role[first] == Role.PACKAGE)
    inside[first[mine]] = mine
    return Layout(
        units=units,
        package=package,
        heat=grids[Role.HEAT][:, 0],
        keeper=grids[Role.KEEPER][:, 0],
        hub=hub,
        item=item,
        package_keeper=waits["keeper"][package],
        package_pipes=waits["pipes"][package],
        hub_keeper=waits["keeper"][hub],
        item_keeper=waits["keeper"][item],
        item_pipes=waits["pipes"][item],
        item_hub=waits["hub"][item],
        holds_item=held,
        holds_hub=held_hub,
        inner=inside[package],
    )


def _marked(m: int, slots: Ints) -> Bools:
    flags = np.zeros(m + 1, dtype=bool)  # the last entry is read for slots that do not exist
    flags[slots] = True
    return flags


def _grid(problem: Problem, units: Grid, role: Role) -> Grid:
    """Slots of one role by compound [n, k]; always at least one column, so that absent slots read as -1."""
    slots = np.flatnonzero((problem.slots.role == role) & np.isin(problem.slots.unit, units))
    owner = np.searchsorted(units, problem.slots.unit[slots])
    order = np.argsort(owner, kind="stable")
    slots, owner = slots[order], owner[order]
    place = np.arange(len(slots)) - np.searchsorted(owner, owner)
    grid = np.full((len(units), int(place.max(initial=0)) + 1), NONE, dtype=np.intp)
    grid[owner, place] = slots
    return grid


def best_plans(problem: Problem, kinds: list[Layout], value: Floats, purse_price: Floats) -> tuple[float, Years]:
    """Return the highest total value at these prices and a plan that reaches it.

    value [m, T]: worth of a slot after its own price. purse_price [B, T] prices what neighbours and dig-once save.
    """
    open_value = np.where(problem.slots.allowed, value, IMPOSSIBLE)
    padded = np.concatenate([open_value, np.full((1, problem.periods), IMPOSSIBLE)])
    must = np.append(problem.slots.must, False)
    relations = problem.relations
    gain = relations.saving[:, None] * purse_price[relations.saving_purse]
    gain = np.concatenate([gain, np.zeros((1, problem.periods))])
    solvers = [_Compounds(layout, padded, must, gain) for layout in kinds]
    choices = [solver.choose() for solver in solvers]
    heat_value = np.full((problem.n, problem.periods + 1), IMPOSSIBLE)
    for layout, choice in zip(kinds, choices, strict=True):
        heat_value[layout.units] = choice.value
    heat_year, total = _with_neighbours(problem, heat_value, gain)
    plan = problem.nothing()
    for solver, choice in zip(solvers, choices, strict=True):
        solver.write(plan, choice, heat_year[solver.layout.units])
    return total, plan


def _with_neighbours(problem: Problem, heat_value: Floats, gain: Floats) -> tuple[Ints, float]:
    """The year of every compound's heating (T: none): alone, or together with the neighbour that shares its trench."""
    unit, shares, periods = problem.slots.unit, problem.relations.shares, problem.periods
    year = heat_value.argmax(axis=1)
    alone = heat_value[np.arange(problem.n), year]
    between = np.flatnonzero(unit[shares[:, 0]] != unit[shares[:, 1]])
    if not len(between):
        return year, float(alone.sum())
    first, second = unit[shares[between, 0]], unit[shares[between, 1]]
    joint = heat_value[first][:, :, None] + heat_value[second][:, None, :]
    same = np.arange(periods)
    joint[:, same, same] += gain[between]
    flat = joint.reshape(len(between), -1)
    best = flat.argmax(axis=1)
    year[first], year[second] = best // (periods + 1), best % (periods + 1)
    together = flat[np.arange(len(between)), best]
    return year, float(alone.sum() - alone[first].sum() - alone[second].sum() + together.sum())


class _Compounds:
    """The enumeration for compounds of one kind."""

    def __init__(self, layout: Layout, value: Floats, must: Bools, gain: Floats) -> None:
        self.layout, self.value, self.must, self.gain = layout, value, must, gain
        self.periods = value.shape[1]
        self.n = len(layout.units)
        self.has_keeper = bool((layout.keeper >= 0).any())
        self.has_heat = bool((layout.heat >= 0).any())
        self.packages = layout.package.shape[1] if (layout.package >= 0).any() else 0
        self.item_best, self.item_year = self._from_year_on()

    def _from_year_on(self) -> tuple[Floats, Ints]:
        """Best value and year of every item not before year s [n, I, T + 1]; the last column means never."""
        value = self.value[self.layout.item]
        best = np.full((*value.shape[:2], self.periods + 1), IMPOSSIBLE)
        year = np.full(best.shape, NONE, dtype=np.int64)
        for t in range(self.periods - 1, -1, -1):
            here = (value[:, :, t] >= best[:, :, t + 1]) & (value[:, :, t] > IMPOSSIBLE)
            best[:, :, t] = np.where(here, value[:, :, t], best[:, :, t + 1])
            year[:, :, t] = np.where(here, t, year[:, :, t + 1])
        dropped = (best <= 0) & ~self.must[self.layout.item][:, :, None]
        best[dropped], year[dropped] = 0.0, NONE
        return best, year

    def keeper_years(self) -> range:
        """The years in which a custodian may come; where none is missing the first year stands for all."""
        return range(self.periods + 1) if self.has_keeper else range(1)

    def heat_years(self) -> list[int]:
        """The years of the heating; T: none."""
        return [self.periods, *range(self.periods)] if self.has_heat else [self.periods]

    def choose(self) -> Choice:
        """Return the best package and custodian for each year of the heating."""
        shape = (self.n, self.periods + 1)
        choice = Choice(np.full(shape, IMPOSSIBLE), *(np.full(shape, NONE, dtype=np.int64) for _ in range(3)))
        items = {
            (p, a, b): self._items(p, a, b)
            for p, a, b in product(range(self.packages + 1), self.keeper_years(), self._pipe_years())
        }
        for h in self.heat_years():
            heating = self._single(self.layout.heat, h)
            for p, a in product(range(self.packages + 1), self.keeper_years()):
                base = heating + items[p, a, h % self.periods if self.has_heat else 0]
                base = base + (self._single(self.layout.keeper, a) if self.has_keeper else 0.0)
                for year in range(self.periods) if p else (NONE,):
                    self._keep(choice, base + self._package(p, year, a, h), (h, p, year, a))
        return choice

    def _pipe_years(self) -> range:
        return range(self.periods) if self.has_heat else range(1)

    @staticmethod
    def _keep(choice: Choice, total: Floats, what: tuple[int, int, int, int]) -> None:
        h, package, year, keeper = what
        better = total > choice.value[:, h]
        choice.value[better, h] = total[better]
        choice.package[better, h], choice.package_year[better, h] = package, year
        choice.keeper_year[better, h] = keeper

    def _single(self, slot: Grid, year: int) -> Floats:
        """Value of a slot in a year; ``year`` T means without it."""
        if year == self.periods:
            return np.where(self.must[slot], IMPOSSIBLE, 0.0)
        return np.asarray(self.value[slot, year])

    def _package(self, package: int, year: int, keeper: int, heat: int) -> Floats:
        layout = self.layout
        lost = np.where(self.must[layout.package], IMPOSSIBLE, 0.0)
        if not package:
            return np.asarray(lost.sum(axis=1))
        k = package - 1
        value = self.value[layout.package[:, k], year] + lost.sum(axis=1) - lost[:, k]
        value = value + np.where(layout.package_keeper[:, k] & (year < keeper), IMPOSSIBLE, 0.0)
        if heat < self.periods:
            value = value + np.where(layout.package_pipes[:, k] & (year < heat), IMPOSSIBLE, 0.0)
            if year == heat:
                value = value + self.gain[layout.inner[:, k], year]
        return np.asarray(value)

    def _items(self, package: int, keeper: int, pipes: int) -> Floats:
        """Value of all items and the recorder when they wait for these years."""
        layout, free = self.layout, self._free(package)
        start = self._start(keeper, pipes)
        shut = np.where(~free & self.must[layout.item], IMPOSSIBLE, 0.0).sum(axis=1)
        alone = free & ~layout.item_hub
        total = shut + (self._take(start) * alone).sum(axis=1)
        return np.asarray(total + self._hub(package, keeper, start)[0])

    def _free(self, package: int) -> Bools:
        if not package:
            return np.ones(self.layout.item.shape, dtype=bool)
        return ~self.layout.holds_item[:, package - 1]

    def _start(self, keeper: int, pipes: int) -> Ints:
        layout = self.layout
        return np.maximum(np.where(layout.item_keeper, keeper, 0), np.where(layout.item_pipes, pipes, 0))

    def _take(self, start: Ints) -> Floats:
        return np.take_along_axis(self.item_best, start[:, :, None], axis=2)[:, :, 0]

    def _hub(self, package: int, keeper: int, start: Ints) -> tuple[Floats, Ints]:
        """Value and year of the recorder with the items that need it; year T: without."""
        layout = self.layout
        led = self._free(package) & layout.item_hub
        best = np.where(self.must[layout.item] & led, IMPOSSIBLE, 0.0).sum(axis=1)
        best = best + np.where(self.must[layout.hub], IMPOSSIBLE, 0.0)
        year = np.full(self.n, self.periods, dtype=np.int64)
        if not (layout.hub >= 0).any():
            return best, year
        shut = layout.holds_hub[:, package - 1] if package else np.zeros(self.n, dtype=bool)
        for r in range(self.periods):
            value = self.value[layout.hub, r] + (self._take(np.maximum(start, r)) * led).sum(axis=1)
            value = np.where(shut | (layout.hub_keeper & (r < keeper)), IMPOSSIBLE, value)
            year, best = np.where(value > best, r, year), np.maximum(value, best)
        return best, year

    def write(self, plan: Years, choice: Choice, heat: Ints) -> None:
        """Write the chosen years of these compounds into ``plan``."""
        rows = np.arange(self.n)
        package, when, keeper = (getattr(choice, f)[rows, heat] for f in ("package", "package_year", "keeper_year"))
        layout = self.layout
        _put(plan, layout.heat, np.where(heat < self.periods, heat, NONE))
        if self.has_keeper:
            _put(plan, layout.keeper, np.where(keeper < self.periods, keeper, NONE))
        for k in range(self.packages):
            _put(plan, layout.package[:, k], np.where(package == k + 1, when, NONE))
        pipes = np.where(heat < self.periods, heat, 0)
        for p, a, b in sorted(set(zip(package.tolist(), keeper.tolist(), pipes.tolist(), strict=True))):
            here = (package == p) & (keeper == a) & (pipes == b)
            self._write_items(plan, (p, a, b), here)

    def _write_items(self, plan: Years, state: tuple[int, int, int], here: Bools) -> None:
        package, keeper, pipes = state
        layout, free = self.layout, self._free(max(package, 0))
        start = self._start(max(keeper, 0), pipes)
        _, hub = self._hub(max(package, 0), max(keeper, 0), start)
        _put(plan, layout.hub[here], np.where(hub < self.periods, hub, NONE)[here])
        start = np.where(layout.item_hub, np.maximum(start, hub[:, None]), start)
        year = np.take_along_axis(self.item_year, start[:, :, None], axis=2)[:, :, 0]
        year = np.where(free, year, NONE)
        for column in range(layout.item.shape[1]):
            _put(plan, layout.item[here, column], year[here, column])


def _put(plan: Years, slot: Grid, year: Ints) -> None:
    there = slot >= 0
    plan[slot[there]] = year[there]
