"""How many cameras a compound should have, class by class, and which of them are missing.

Each class is rounded up on its own (CONTRACTS 2, items): on walls vehicle lanes, pedestrian gates and unit doors (one
for two doors, settings.cover_units); on poles parking, bicycle sheds, roads, open perimeter and activity grounds. A
compound that cannot be closed is watched at its unit doors only. Existing cameras cover the classes in the order of
settings.camera_fill_order. A class whose size nobody knows counts in the upper bound only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from planner.decisions.amounts import Amount, between
from planner.decisions.gates import Gates, parking_area
from planner.decisions.kleene import Bools, Floats, Kleene, answer, any_where, blank
from planner.decisions.ledger import Ledger
from planner.decisions.stock import Stock, first_known
from planner.policy import Policy

WALL = ("lane", "ped_gate", "unit")
POLE = ("parking", "shed", "road", "perimeter", "grounds")
FIELDS: Mapping[str, str] = {
    "lane": "vehicle_gates_n",
    "ped_gate": "ped_gates_n",
    "unit": "units_n",
    "parking": "parking_area_m2",
    "shed": "bike_sheds_n",
    "road": "road_length_m",
    "perimeter": "open_perimeter_m",
    "grounds": "activity_grounds_n",
}
"""The field that would settle the size of each class."""


@dataclass(frozen=True, slots=True)
class CameraClass:
    """One class of places to watch: cameras known to be needed, and at most.

    unknown: need and most differ. guessed: ``most`` is an estimate, so even as many cameras prove nothing.
    """

    need: Floats
    most: Floats
    unknown: Bools
    guessed: Bools


@dataclass(frozen=True, slots=True)
class Cameras:
    """Camera need of n compounds.

    classes: by name, in filling order. missing, missing_most: per class, what existing cameras leave over.
    target: all classes (low and value: the known ones; high: with estimates). perimeter: can it be closed.
    """

    classes: Mapping[str, CameraClass]
    missing: Mapping[str, Floats]
    missing_most: Mapping[str, Floats]
    existing: Floats
    working: Floats
    target: Amount
    perimeter: Kleene

    def count(self, names: Sequence[str]) -> Amount:
        """Return the missing cameras of some classes; without a known camera count everything may be missing."""
        value = np.sum([self.missing[name] for name in names], axis=0)
        most = np.sum([self.missing_most[name] for name in names], axis=0)
        unsure = np.isnan(self.existing) | (self.open_classes(names) & (value == 0) & (most > 0))
        need = np.sum([self.classes[name].need for name in names], axis=0)
        return between(value, np.where(unsure, np.nan, value), most, 1).with_share(need)

    def open_classes(self, names: Sequence[str]) -> Bools:
        """Return where the size of at least one of these classes is unknown."""
        return any_where(len(self.existing), (self.classes[name].unknown for name in names))

    def shortage(self, names: Sequence[str] = (*WALL, *POLE)) -> Kleene:
        """Return whether cameras of some classes are missing, and which fields would settle it."""
        some = [self.classes[name] for name in names]
        low = np.sum([self.missing[name] for name in names], axis=0)
        most = np.sum([self.missing_most[name] for name in names], axis=0)
        none_needed = np.logical_and.reduce([(c.most == 0) & ~c.guessed for c in some])
        enough = (most == 0) & ~np.isnan(self.existing) & ~np.logical_or.reduce([c.guessed for c in some])
        verdict = answer(~np.isnan(self.existing) & (low > 0), enough | none_needed)
        judged = ~self.perimeter.unknown
        sizes = {FIELDS[name]: c.unknown & judged for name, c in zip(names, some, strict=True)}
        return blank(verdict, {"cctv_points": np.isnan(self.existing), **self.perimeter.missing, **sizes})

    def short_of_doors(self) -> Kleene:
        """Return whether there are fewer cameras than the unit doors alone need, whatever else is watched."""
        doors, existing = self.classes["unit"], self.existing
        verdict = answer(existing < doors.need, (existing >= doors.most) & ~doors.guessed | self._no_doors())
        return blank(verdict, {"cctv_points": np.isnan(existing), "units_n": doors.unknown})

    def _no_doors(self) -> Bools:
        doors = self.classes["unit"]
        return np.asarray((doors.most == 0) & ~doors.guessed)


def count_cameras(ledger: Ledger, stock: Stock, gates: Gates, policy: Policy) -> Cameras:
    """Return the camera need of every compound."""
    order = [*policy.values("camera_fill_order")]
    order += [name for name in (*WALL, *POLE) if name not in order]
    sizes = _sizes(ledger, stock, gates, policy)
    classes = {name: _only_doors(name, sizes[name], stock) for name in order}
    existing, working = ledger.number("cctv_points"), ledger.number("cctv_working")
    had = np.nan_to_num(existing, nan=0.0)
    missing = _left_over({name: c.need for name, c in classes.items()}, had)
    most = _left_over({name: c.most for name, c in classes.items()}, had)
    missing_most = {name: np.fmax(most[name], missing[name]) for name in order}
    return Cameras(classes, missing, missing_most, existing, working, _target(classes), stock.closable)


def _sizes(ledger: Ledger, stock: Stock, gates: Gates, policy: Policy) -> dict[str, CameraClass]:
    number, step = ledger.number, policy.number
    people, doors = stock.households_est, step("cover_units")
    grounds = first_known(number("activity_grounds_n"), np.where(number("activity_area_m2") == 0, 0.0, np.nan))
    open_edge, edge_at_most = _open_perimeter(ledger)
    bay_area = people * step("est_bays_per_h") * step("bay_area_m2")
    return {
        "lane": _from_amount(gates.watch_lanes),
        "ped_gate": _from_amount(gates.watch_peds),
        "unit": _class(stock.units * doors, np.fmax(stock.unit_count.high, stock.unit_count.value) * doors),
        "parking": _class(parking_area(ledger, policy) / step("cam_parking_m2"), bay_area / step("cam_parking_m2")),
        "shed": _class(number("bike_sheds_n"), people / step("est_shed_h")),
        "road": _class(number("road_length_m") / step("cam_road_m"), stock.road_est / step("cam_road_m")),
        "perimeter": _class(open_edge / step("cam_perimeter_m"), edge_at_most / step("cam_perimeter_m")),
        "grounds": _class(grounds, people / step("est_ground_h")),
    }


def _class(size: Floats, estimate: Floats) -> CameraClass:
    """A class of ``size`` cameras before rounding; where that is unknown, none for sure and at most the estimate."""
    unknown = np.isnan(size)
    need = np.where(unknown, 0.0, _up(size))
    most = np.where(unknown, np.fmax(_up(np.nan_to_num(estimate)), 1.0), need)
    return CameraClass(need, most, unknown, unknown)


def _from_amount(amount: Amount) -> CameraClass:
    guessed = np.isnan(amount.high)
    most = np.fmax(np.where(guessed, 1.0, amount.high), amount.low)
    return CameraClass(amount.low, most, most > amount.low, guessed)


def _up(size: Floats) -> Floats:
    return np.ceil(np.round(size, 9))


def _open_perimeter(ledger: Ledger) -> tuple[Floats, Floats]:
    whole = first_known(ledger.number("perimeter_m"), ledger.measure("perimeter_m"))
    by_closed = np.maximum(ledger.number("perimeter_m") - ledger.number("closed_perimeter_m"), 0.0)
    return first_known(ledger.number("open_perimeter_m"), by_closed), whole


def _only_doors(name: str, size: CameraClass, stock: Stock) -> CameraClass:
    """Away from unit doors, a compound that cannot be closed needs no camera, and one not yet judged perhaps none."""
    if name == "unit":
        return size
    no, unsure = stock.closable.no, stock.closable.unknown
    need = np.where(no | unsure, 0.0, size.need)
    most = np.where(no, 0.0, size.most)
    return CameraClass(need, most, most > need, size.guessed & ~no)


def _left_over(need: Mapping[str, Floats], had: Floats) -> dict[str, Floats]:
    left, missing = had.copy(), {}
    for name, count in need.items():
        covered = np.minimum(left, count)
        missing[name] = count - covered
        left = left - covered
    return missing


def _target(classes: Mapping[str, CameraClass]) -> Amount:
    need = np.sum([c.need for c in classes.values()], axis=0)
    most = np.sum([c.most for c in classes.values()], axis=0)
    nothing_known = np.logical_and.reduce([c.unknown for c in classes.values()])
    return between(need, np.where(nothing_known, np.nan, need), most, 1)
