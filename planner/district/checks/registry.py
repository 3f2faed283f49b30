"""The rules V01 to V29 of domain.md 5.9, as CONTRACTS.md amends them, and the geometry findings G01 to G07."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from planner.district.checks import counts, footprints, outlines, privacy, service, shifts, slips, years
from planner.district.checks.dates import as_of_far_from_surveys
from planner.district.checks.facts import Check, Facts
from planner.district.district import District
from planner.errors import SEVERITIES, join_problems
from planner.policy import Policy

CHECKS: dict[str, Check] = {
    "V01": years.v01_built_years,
    "V02": years.v02_works_in_order,
    "V03": counts.v03_floor_area_per_household,
    "V04": counts.v04_persons_per_household,
    "V05": counts.v05_buildings_add_up,
    "V06": footprints.v06_floor_area,
    "V07": counts.v07_households_per_unit,
    "V08": service.v08_no_service_no_firm,
    "V09": service.v09_firm_is_named,
    "V10": service.v10_sanwu_list,
    "V11": service.v11_joint_committees,
    "V12": service.v12_one_body,
    "V13": counts.v13_devices,
    "V14": service.v14_barrier_needs_custodian,
    "V15": service.v15_face_only,
    "V16": service.v16_fire_entrance_width,
    "V17": counts.v17_consent,
    "V18": counts.v18_hotline,
    "V19": counts.v19_measured_homes,
    "V20": years.v20_pipes,
    "V21": outlines.v21_perimeter,
    "V22": outlines.v22_overlaps,
    "V23": shifts.v23_places,
    "V24": service.v24_works_in_expropriation,
    "V26": privacy.v26_personal_data,
    "V27": years.v27_older_survey,
    "V28": slips.v28_slips,
    "V29": years.v29_heaped_year,
    "G01": outlines.g01_area,
    "G02": outlines.g02_inside_a_community,
    "G03": outlines.g03_entrance_on_the_boundary,
    "G04": footprints.g04_inside_the_compound,
    "G05": footprints.g05_slivers,
    "G06": footprints.g06_doubled_footprints,
    "G07": footprints.g07_footprint_size,
}
"""Every check of a district by its rule; a rule with several findings has the codes V02, V02b, V02c in the table."""

EXPORT_RULES = {"V25": privacy.mark_for_suppression}
"""Rules that hide cells of an export instead of finding faults."""


def run_checks(district: District, policy: Policy, as_of: dt.date) -> pd.DataFrame:
    """Return what the checks find in a district (PROBLEM_COLUMNS), sorted by severity, rule and compound.

    `row` is missing (a checked district no longer knows its source rows); `params` holds compound_id and name. A
    check whose tables are empty finds nothing, and neither does an unknown value.
    """
    facts = Facts(district, policy, as_of)
    return _sorted(join_problems([check(facts) for check in CHECKS.values()]))


def find_problems(district: District, policy: Policy, as_of: dt.date) -> pd.DataFrame:
    """Return everything that is to be said about the data of a district (PROBLEM_COLUMNS).

    What reading repaired or refused, then what the checks find, then the as-of date against the surveys: the table of
    ``planner check`` and of the page 数据核对.
    """
    found = [district.problems, run_checks(district, policy, as_of), as_of_far_from_surveys(district, policy, as_of)]
    return join_problems(found)


def summarise(problems: pd.DataFrame) -> pd.DataFrame:
    """Return how many problems there are per severity and rule: columns severity, rule, n; worst and most first."""
    counted = problems.groupby(["severity", "rule"], as_index=False).size().rename(columns={"size": "n"})
    rank = counted["severity"].map(SEVERITIES.index)
    keys = counted.assign(rank=rank).sort_values(["rank", "n", "rule"], ascending=[True, False, True])
    return keys[["severity", "rule", "n"]].reset_index(drop=True)


def _sorted(problems: pd.DataFrame) -> pd.DataFrame:
    rank = problems["severity"].map(SEVERITIES.index).astype("int64")
    compound = problems["params"].map(lambda params: str(params.get("compound_id", ""))).astype("object")
    keys = pd.DataFrame({"rank": rank, "rule": problems["rule"], "compound": compound})
    order = keys.sort_values(["rank", "rule", "compound"], kind="stable").index
    return problems.loc[order].reset_index(drop=True)
