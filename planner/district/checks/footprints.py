"""Footprints: V06 of domain.md 5.9, footprints outside their compound, slivers, unlikely sizes, doubles."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from planner.district.checks.facts import Bools, Facts, Floats, Rule, certain, outside, positive
from planner.errors import join_problems

_V06 = Rule("V06", "warning", "compounds", "floor_area_m2")
_V06_LESS = Rule("V06b", "error", "compounds", "floor_area_m2")
_G04 = Rule("G04", "warning", "buildings", "geometry")
_G05 = Rule("G05", "warning", "buildings", "geometry")
_G05_PART = Rule("G05b", "warning", "compounds", "geometry")
_G06 = Rule("G06", "warning", "buildings", "geometry")
_G07 = Rule("G07", "info", "buildings", "geometry")
_ABOUT = 1.03
_SAME_PLACE = 8
_NAMED = 3


def v06_floor_area(facts: Facts) -> pd.DataFrame:
    """Return floor areas far from footprint x floors, or (error) less than the footprints alone.

    Only where every building of the compound is drawn, for the first also has its floors. Areas in degrees choose
    the compounds; theirs are then measured in metres.
    """
    compounds, number = facts.compounds, facts.policy.number
    floors = facts.frame("buildings")["floors"].astype("Float64")
    low, high = number("v06_floor_area_ratio_min"), number("v06_floor_area_ratio_max")
    stated = compounds["floor_area_m2"]
    about = _sums(facts, facts.footprints_about, floors)
    doubtful = outside(about.gross / positive(stated), low * _ABOUT, high / _ABOUT) | (stated < about.ground * _ABOUT)
    measured = _sums(facts, _measured(facts, certain(doubtful)), floors)
    percent = 100 * measured.gross / positive(stated)
    less = stated < measured.ground * (1 - number("v06_footprint_tolerance"))
    shown = {"gross": measured.gross.round(0), "percent": percent.round(0), "low": 100 * low, "high": 100 * high}
    return join_problems(
        [
            _V06.found(facts, outside(percent, 100 * low, 100 * high) & ~less.fillna(False), **shown),
            _V06_LESS.found(facts, less, ground=measured.ground.round(0)),
        ]
    )


def g04_inside_the_compound(facts: Facts) -> pd.DataFrame:
    """Return, per compound, footprints that lie mostly outside its polygon.

    A footprint whose box has its middle inside is inside; of the others settings.building_inside_share_min decides.
    """
    owner, centres = facts.building_owner, facts.building_centres
    drawn = (owner >= 0) & np.isfinite(centres[:, 0])
    drawn[drawn] = facts.is_polygon[owner[drawn]]
    compounds = np.asarray(facts.compounds.geometry.array)
    doubtful = drawn.copy()
    doubtful[drawn] = ~shapely.contains_xy(compounds[owner[drawn]], centres[drawn])
    shapes = np.asarray(facts.frame("buildings").geometry.array)[doubtful]
    inside = shapely.area(shapely.intersection(shapes, compounds[owner[doubtful]])) / shapely.area(shapes)
    doubtful[doubtful] = inside < facts.policy.number("building_inside_share_min")
    return _per_compound(facts, _G04, doubtful)


def g05_slivers(facts: Facts) -> pd.DataFrame:
    """Return footprints, and parts of compounds' polygons, that are slivers left over from drawing."""
    least = facts.policy.number("sliver_m2")
    small = certain(_area_outside(facts, least, np.inf))
    compounds = np.flatnonzero(facts.is_polygon & (shapely.get_num_geometries(facts.shapes) > 1))
    parts, whose = shapely.get_parts(facts.shapes[compounds], return_index=True)
    n = np.zeros(len(facts.compounds), dtype=int)
    np.add.at(n, compounds[whose], shapely.area(parts) < least)
    return join_problems(
        [
            _per_compound(facts, _G05, small, least=least),
            _G05_PART.found(facts, n > 0, n=n, least=least),
        ]
    )


def g06_doubled_footprints(facts: Facts) -> pd.DataFrame:
    """Return footprints that stand twice in the layer: the same shape at the same place, whoever's it is."""
    shapes = np.asarray(facts.frame("buildings").geometry.array)
    boxes = pd.DataFrame(facts.building_boxes.round(_SAME_PLACE)).dropna()
    same = boxes[boxes.duplicated(keep=False)].sort_values([0, 1, 2, 3], kind="stable")
    before = same.groupby([0, 1, 2, 3]).cumcount() > 0
    later = same.index[before].to_numpy()
    earlier = same.index.to_series().shift()[before].to_numpy(dtype=np.intp)
    doubled = np.zeros(len(shapes), dtype=bool)
    doubled[later] = shapely.equals(shapes[later], shapes[earlier])
    return _per_compound(facts, _G06, doubled)


def g07_footprint_size(facts: Facts) -> pd.DataFrame:
    """Return, per compound, footprints of a size that residential buildings seldom have (domain.md 5.2); no slivers."""
    number = facts.policy.number
    low, high = number("footprint_min_m2"), number("footprint_max_m2")
    unusual = certain(_area_outside(facts, low, high)) & ~certain(_area_outside(facts, number("sliver_m2"), np.inf))
    return _per_compound(facts, _G07, unusual, low=low, high=high)


class _Sums:
    """Per compound (Float64): area on the ground and floor area of its buildings in square metres."""

    def __init__(self, ground: pd.Series, gross: pd.Series) -> None:
        self.ground, self.gross = ground, gross


def _sums(facts: Facts, areas: Floats, floors: pd.Series) -> _Sums:
    ground = pd.Series(areas).astype("Float64")
    return _Sums(facts.sums(ground), facts.sums(ground * floors.reset_index(drop=True)))


def _measured(facts: Facts, compounds: Bools) -> Floats:
    """Return the measured footprints of the buildings of the chosen compounds; NaN for the others."""
    owner = facts.building_owner
    chosen = owner >= 0
    chosen[chosen] = compounds[owner[chosen]]
    return facts.footprints(chosen)


def _area_outside(facts: Facts, low: float, high: float) -> pd.Series:
    """Return whether each footprint's area is outside low..high m2; measured where degrees leave any doubt."""
    about = facts.footprints_about
    areas = facts.footprints((about < low * _ABOUT) | (about > high / _ABOUT))
    return outside(pd.Series(areas), low, high)


def _per_compound(facts: Facts, rule: Rule, wrong: Bools, **params: object) -> pd.DataFrame:
    """Return one problem per compound with wrong buildings, at the first of them: how many, and a few ids."""
    at = np.flatnonzero(wrong)
    ids = facts.frame("buildings")["building_id"].iloc[at].fillna("—").reset_index(drop=True)
    owner = facts.frame("buildings")["compound_id"].iloc[at].fillna("").reset_index(drop=True)
    grouped = ids.groupby(owner, sort=False)
    first = pd.Series(at).groupby(owner, sort=False).first()
    named = grouped.agg(lambda own: "、".join(own.head(_NAMED)))
    return rule.at(facts, first.to_numpy(np.intp), n=grouped.size(), buildings=named,
                   **{key: [value] * len(first) for key, value in params.items()})  # fmt: skip
