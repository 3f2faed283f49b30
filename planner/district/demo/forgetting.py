"""What the bureau does not know: the demo's compounds as they are, minus what nobody has reported."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.district.demo.chance import stream
from planner.district.demo.roles import COMPLETE, PARTIAL, is_role, share
from planner.district.demo.warp import Bools, Floats

ALWAYS = frozenset((
    "name", "alias", "object_type", "district_code", "district_name", "subdistrict_code", "subdistrict_name",
    "community_code", "community_name", "grid_code", "grid_name", "address", "lon", "lat", "geom_source",
    "geom_crs_src", "geom_accuracy_m", "households", "buildings_n", "sanwu_official", "sanwu_list_date",
    "land_status", "heritage", "expropriation_status", "expropriation_doc", "surveyed_on", "surveyor_code", "source",
    "confidence", "updated_at", "row_version", "note", "committee_id", "design_ready", "survey_ready",
    "approval_stage", "former_unit", "hotline_12m_total",
))  # fmt: skip
"""Fields of the ledger and of registers, left as they are."""

CARE = frozenset({"property_status", "custodian_type", "custodian_doc"})
YEAR = frozenset({"built_year_min", "built_year_max", "built_year_source"})
LEDGER = frozenset((
    "property_firm", "property_firm_id", "contract_end", "fee_yuan_m2_month", "floor_area_m2", "housing_type",
))  # fmt: skip
DECISIVE = frozenset((
    "units_n", "access_ctrl_units", "access_ctrl_working", "cctv_points", "cctv_working", "barrier_lanes_n",
    "vehicle_gates_n", "ped_gates_n", "perimeter_closable", "public_road_through", "parking_area_m2", "road_length_m",
    "bike_sheds_n", "activity_grounds_n", "lift_cars_n", "open_perimeter_m", "road_bad_share", "drain_type",
    "waste_sorting", "road_light_ok", "lines_overhead_m", "support_households_n", "surveyed_households_n",
    "households_not_reached", "support_area_share", "custodian_name", "custodian_doc_date", "stair_light_broken_rate",
    "stair_lights_n", "road_area_m2", "drain_bad_m", "dark_length_m", "public_meter", "housing_type",
    "indoor_charging", "fire_lane_ok",
))  # fmt: skip
"""Fields on which the rules turn: a survey brings them in."""

FIRE = ("fire_lane_ok", "fire_lane_min_width_m", "fire_lane_length_m", "fire_lane_issue")
SURFACE = (
    "road_bad_share",
    "ponding_points",
    "road_light_ok",
    "dark_length_m",
    "waste_sorting",
    "drain_type",
    "drain_bad_m",
)
DEVICES = ("access_ctrl_units", "cctv_points", "barrier_lanes_n")
POLICE = frozenset({"theft_12m", "police_calls_12m"})
HOTLINE = "hotline_12m_"
BLANK_LEDGER, NO_SERVICE, NO_YEAR = 0.19, 0.13, 0.21
"""Of the compounds about which too little is known: neither year nor service, no service, no year."""

HEAPED_YEAR, HEAPED = 2000, 17
"""A year that somebody typed wherever none was known (check V29), and at how many compounds."""


def forget(facts: pd.DataFrame, roles: pd.Series, seed: int) -> pd.DataFrame:
    """Return the facts with blanks: few where the compound was surveyed, most where only a ledger row exists."""
    rng = stream(seed, "forgetting")
    complete, partial = is_role(roles, *COMPLETE), is_role(roles, *PARTIAL)
    draw = stream(seed, "kinds of unknown").permutation(len(roles)) % 100 / 100
    gone = {"care": ~complete & ~partial & _unknown_care(draw), "year": ~complete & ~partial & _unknown_year(draw)}
    out = facts.copy()
    for name in facts.columns:
        if name not in ALWAYS:
            known = _known(name, complete, partial, gone)
            out[name] = facts[name].where(rng.random(len(facts)) < known)
    out = _never_looked(out, roles)
    narrow = facts["fire_lane_ok"].eq(False).to_numpy()
    out.loc[narrow, list(FIRE)] = facts.loc[narrow, list(FIRE)]
    return _hearsay(_ends_agree(out), roles, rng)


def heap_years(facts: pd.DataFrame, roles: pd.Series) -> pd.DataFrame:
    """Return the facts with the year 2000 typed in at some compounds whose year nobody had looked up."""
    out = facts.copy()
    housing = facts["object_type"].ne("院落") & facts["built_year_min"].notna()
    candidates = facts[is_role(roles, "verify") & housing.to_numpy(bool)]
    distance = (candidates["built_year_min"].astype(float) - HEAPED_YEAR).abs()
    heaped = distance.sort_values(kind="stable").index[: share(len(facts), HEAPED)]
    out.loc[heaped, ["built_year_min", "built_year_max"]] = HEAPED_YEAR
    out.loc[heaped, "built_year_source"] = "估计"
    return out


def _unknown_care(draw: Floats) -> Bools:
    return draw < BLANK_LEDGER + NO_SERVICE


def _unknown_year(draw: Floats) -> Bools:
    return (draw < BLANK_LEDGER) | ((draw >= BLANK_LEDGER + NO_SERVICE) & (draw < BLANK_LEDGER + NO_SERVICE + NO_YEAR))


def _known(name: str, complete: Bools, partial: Bools, gone: dict[str, Bools]) -> Floats:
    """Return the chance that this field is known, by compound."""
    levels = _levels(name)
    known = np.where(complete, levels[0], np.where(partial, levels[1], levels[2]))
    if name in YEAR:
        return np.where(gone["year"], 0.0, 1.0)
    if name == "property_status" or name in LEDGER - {"floor_area_m2", "housing_type"}:
        return np.where(gone["care"], 0.0, known)
    return known


def _levels(name: str) -> tuple[float, float, float]:
    """Return the shares known where surveyed, where reported in part, and where only a ledger row exists."""
    if name in POLICE:
        return 0.35, 0.2, 0.05
    if name.startswith(HOTLINE):
        return 0.9, 0.75, 0.4
    if name == "property_status":
        return 1.0, 1.0, 1.0
    if name in CARE:
        return 1.0, 1.0, 0.0
    if name in LEDGER:
        return 1.0, 0.9, 0.75
    return (1.0, 0.66, 0.08) if name in DECISIVE else (0.93, 0.5, 0.05)


def _never_looked(facts: pd.DataFrame, roles: pd.Series) -> pd.DataFrame:
    """Blank the state of unsurveyed courtyards, and the devices of every second new compound with a firm."""
    out = facts.copy()
    yards = is_role(roles, "verify") & (facts["object_type"] == "院落").to_numpy()
    out.loc[yards, list(SURFACE)] = None
    new = is_role(roles, "keep_new")
    out.loc[new & (np.cumsum(new) % 2 == 0), list(DEVICES)] = None
    return out


def _ends_agree(facts: pd.DataFrame) -> pd.DataFrame:
    """Blank what makes no sense alone: a number of working devices without the number of devices, and the like."""
    out = facts.copy()
    for part, whole in NEEDS:
        out[part] = facts[part].where(out[whole].notna())
    return out


def _hearsay(facts: pd.DataFrame, roles: pd.Series, rng: np.random.Generator) -> pd.DataFrame:
    """Mark years that only neighbours remember: all of the role that stands for it, and a share of the unknown."""
    told = is_role(roles, "list_hearsay") | (is_role(roles, "verify") & (rng.random(len(roles)) < 0.25))
    source = facts["built_year_source"].where(~told, "居民口述").where(facts["built_year_min"].notna())
    return facts.assign(built_year_source=source)


NEEDS = (
    ("cctv_working", "cctv_points"),
    ("cctv_retention_days", "cctv_points"),
    ("cctv_police_link", "cctv_points"),
    ("access_ctrl_working", "access_ctrl_units"),
    ("access_type", "access_ctrl_units"),
    ("face_only", "access_ctrl_units"),
    ("lpr", "barrier_lanes_n"),
    ("custodian_doc_date", "custodian_doc"),
    ("custodian_scope", "custodian_doc"),
    ("custodian_name", "custodian_type"),
    ("fire_lane_issue", "fire_lane_ok"),
    ("illegal_blocking", "illegal_structures_n"),
    ("stair_light_broken_rate", "stair_lights_n"),
    ("gas_riser_year", "gas"),
    ("households_not_reached", "surveyed_households_n"),
    ("support_households_n", "surveyed_households_n"),
    ("fee_collection_rate", "fee_yuan_m2_month"),
    ("maint_fund_balance_yuan", "maint_fund_exists"),
    ("property_firm_id", "property_firm"),
    ("former_unit_status", "former_unit"),
)
