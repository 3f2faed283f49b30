"""Which facts decide most: the points of the criteria that read a field, and the programmes that ask for it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import pandas as pd

from planner.policy import Policy, split_list

READS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "safety_count": ("fire_lane_min_width_m", "fire_lane_ok", "hydrant_ok", "indoor_charging"),
        "age_years": ("built_year_min", "built_year_max"),
        "security_deficit": (
            "units_n", "access_ctrl_units", "access_ctrl_working", "cctv_points", "cctv_working",
            "vehicle_gates_n", "barrier_lanes_n", "perimeter_closable",
        ),
        "property_status": ("property_status",),
        "heat_distress": ("heating_type", "hotline_12m_heating", "households"),
        "basic_deficit_mean": (
            "road_bad_share", "ponding_points", "stair_light_broken_rate", "lines_overhead_m", "drain_type",
            "ebike_ports_n", "households",
        ),
        "police_rate_shrunk": ("police_calls_12m", "theft_12m", "households"),
        "households": ("households",),
        "support_share": ("support_households_n", "surveyed_households_n", "households"),
        "self_fund_rate": ("self_fund_rate", "self_fund_commit_yuan"),
        "hotline_rate_shrunk": ("hotline_12m_total", "households"),
        "elderly_60_share": ("elderly_60_share",),
        "custodian_class": ("custodian_type", "custodian_doc"),
        "approval_stage": ("approval_stage",),
        "illegal_class": ("illegal_structures_n", "illegal_blocking"),
        "cost_per_household": ("households",),
    }
)  # fmt: skip
"""The fields of the compounds that each raw value of criteria.csv reads itself (not through the estimate)."""

PROGRAMMES = ("A", "H", "E", "M", "Z")


def field_weights(policy: Policy, profile: str) -> pd.DataFrame:
    """Return every field of the compounds with what hangs on it, the most first.

    Index: the fields of columns.csv table compounds without compound_id. Columns: weight (points of 100 of the
    criteria of ``profile`` that read the field; criteria set aside count nothing), programmes (codes joined by ``;``),
    key (settings.key_fields). Order: weight, key fields, number of programmes, then columns.csv.
    """
    fields = policy.fields("compounds").index.drop("compound_id")
    table = pd.DataFrame({"weight": 0.0, "programmes": "", "key": False}, index=fields)
    aside = policy.values("unused_criteria")
    for code, raw in policy.criteria["raw"].items():
        own = table.index.intersection(READS.get(str(raw), ()))
        table.loc[own, "weight"] += 0.0 if code in aside else float(policy.criteria.at[code, f"weight_{profile}"])
    asked = {code: set(split_list(str(policy.programmes.at[code, "fields"]))) for code in PROGRAMMES}
    table["programmes"] = [";".join(code for code in PROGRAMMES if field in asked[code]) for field in fields]
    table["key"] = fields.isin(policy.values("key_fields"))
    ranks = table.assign(n=table["programmes"].str.count("[A-Z]"))
    return table.loc[ranks.sort_values(["weight", "key", "n"], ascending=False, kind="stable").index]
