"""Who looks after a compound, and what its devices need: V08 to V12, V14 to V16, V24 of domain.md 5.9."""

from __future__ import annotations

import pandas as pd

from planner.district.checks.facts import Facts, Rule
from planner.district.sanwu import derive_sanwu
from planner.district.three_valued import differs, is_any
from planner.errors import join_problems

NO_SERVICE, FIRM = "无", "专业物业"
JOINT, MERGED = "联合业委会", "合并物业区域"
BODIES = ("业委会", "物管会", JOINT)
EXPROPRIATED = ("已划定范围", "实施中")
AHEAD = ("建议", "拟列入", "已公示", "已批", "施工")
RENOVATIONS = ("A", "H", "E", "M")

_V08 = (
    Rule("V08", "error", "compounds", "property_firm_id"),
    Rule("V08", "error", "compounds", "property_firm"),
    Rule("V08b", "error", "compounds", "contract_end"),
    Rule("V08c", "error", "compounds", "fee_yuan_m2_month"),
)
_V09_FIRM = Rule("V09", "warning", "compounds", "property_firm")
_V09_CONTRACT = Rule("V09b", "warning", "compounds", "contract_end")
_V10 = Rule("V10", "info", "compounds", "sanwu_official")
_V11_FEW = Rule("V11", "error", "committees", "compound_ids")
_V11_APART = Rule("V11b", "error", "committees", "compound_ids")
_V11_BACK = Rule("V11c", "error", "compounds", "committee_id")
_V12 = Rule("V12", "error", "compounds", "committee_id")
_V14 = Rule("V14", "warning", "compounds", "custodian_type")
_V15 = Rule("V15", "error", "compounds", "face_only")
_V16 = Rule("V16", "error", "entrances", "clear_width_m")
_V24 = Rule("V24", "warning", "interventions", "programme")


def v08_no_service_no_firm(facts: Facts) -> pd.DataFrame:
    """Return compounds without property service that name a firm, a contract or a fee (a fee of 0 is none)."""
    none = is_any(facts.compounds["property_status"], NO_SERVICE)
    cells = ((rule, facts.compounds[rule.column]) for rule in _V08)
    named = ((rule, cell > 0 if rule.column.startswith("fee") else cell.notna()) for rule, cell in cells)
    return join_problems([rule.found(facts, none & given) for rule, given in named])


def v09_firm_is_named(facts: Facts) -> pd.DataFrame:
    """Return compounds served by a firm that is not named, or whose contract has neither an end nor a reason (note).

    A ledger that names no firm, or no contract at all, simply has no such column: nothing is asked of it.
    """
    compounds = facts.compounds
    firm = is_any(compounds["property_status"], FIRM)
    named = compounds["property_firm"].notna() | compounds["property_firm_id"].notna()
    dated, reason = compounds["contract_end"].notna(), compounds["note"].notna()
    return join_problems(
        [
            _V09_FIRM.found(facts, firm & ~named & bool(named.any())),
            _V09_CONTRACT.found(facts, firm & ~dated & ~reason & bool(dated.any())),
        ]
    )


def v10_sanwu_list(facts: Facts) -> pd.DataFrame:
    """Return compounds where the bureau's 三无 list and settings.sanwu_* disagree; the list governs reports."""
    compounds = facts.compounds
    official, derived = compounds["sanwu_official"], derive_sanwu(compounds, facts.policy)
    listed = _V10.found(facts, official & ~derived)
    unlisted = Rule("V10b", _V10.severity, _V10.table, _V10.column).found(facts, ~official & derived)
    return join_problems([listed, unlisted])


def v11_joint_committees(facts: Facts) -> pd.DataFrame:
    """Return joint committees with fewer than two compounds or in two communities, and members that name another one.

    Two communities are right where the management areas were merged (legal_form 合并物业区域), which the 街道 approves.
    """
    committees, members = facts.frame("committees"), facts.members("committees")
    joint = is_any(committees["kind"], JOINT)
    members = members[certain_rows(joint, members["row"])]
    n = members.groupby("row").size().reindex(range(len(committees)), fill_value=0).set_axis(committees.index)
    few = joint & committees["compound_ids"].notna() & (n < 2)
    places = _communities(facts, members).reindex(range(len(committees))).set_axis(committees.index)
    apart = joint & (places > 1) & ~committees["legal_form"].isin([MERGED])
    named = committees["name"].fillna(committees["committee_id"])
    whose = {"compound_id": committees["compound_ids"], "committee": named}
    return join_problems(
        [
            _V11_FEW.found(facts, few, n=n, **whose),
            _V11_APART.found(facts, apart, n=places, **whose),
            _points_elsewhere(facts, members),
        ]
    )


def v12_one_body(facts: Facts) -> pd.DataFrame:
    """Return compounds with two or more owners' bodies that are certainly active at the as-of date.

    Active: working, or in its term; one that does not work, whose term is over or not begun, or of which neither is
    known, does not count.
    """
    committees, members = facts.frame("committees"), facts.members("committees")
    today = pd.Timestamp(facts.as_of)
    over = (committees["term_end"] < today) | (committees["formed_on"] > today)
    in_term = committees["term_end"] >= today
    working = committees["working"]
    active = committees["kind"].isin(BODIES) & ~over & (working.fillna(False) | (in_term & working.fillna(True)))
    members = members[certain_rows(active, members["row"]) & (members["position"] >= 0)]
    bodies = committees["name"].fillna(committees["committee_id"]).reset_index(drop=True).reindex(members["row"])
    grouped = bodies.set_axis(members["position"]).groupby(level=0)
    compounds = facts.compounds
    n = grouped.size().reindex(compounds.index, fill_value=0)
    names = grouped.agg("、".join).reindex(compounds.index)
    return _V12.found(facts, n >= 2, n=n, bodies=names)


def v14_barrier_needs_custodian(facts: Facts) -> pd.DataFrame:
    """Return compounds with barrier lanes that nobody looks after."""
    compounds = facts.compounds
    alone = (compounds["barrier_lanes_n"] > 0) & is_any(compounds["custodian_type"], "无")
    return _V14.found(facts, alone, lanes=compounds["barrier_lanes_n"])


def v15_face_only(facts: Facts) -> pd.DataFrame:
    """Return compounds in which face recognition is the only way in (domain.md 3.6)."""
    return _V15.found(facts, facts.compounds["face_only"])


def v16_fire_entrance_width(facts: Facts) -> pd.DataFrame:
    """Return fire-engine entrances narrower than settings.fire_lane_min_m."""
    entrances, least = facts.frame("entrances"), facts.policy.number("fire_lane_min_m")
    fire = is_any(entrances["gate_type"], "消防专用") | entrances["is_fire_access"]
    narrow = entrances["clear_width_m"] < least
    return _V16.found(facts, fire & narrow, entrance=entrances["entrance_id"], least=least)


def v24_works_in_expropriation(facts: Facts) -> pd.DataFrame:
    """Return works still ahead (A, H, E, M) in a compound that lies in a fixed expropriation area.

    A finding, not a fault of the data (planner_view 3.1.16); finished works are history.
    """
    works = facts.frame("interventions")
    where = facts.positions(works["compound_id"])
    status = facts.compounds["expropriation_status"].reindex(where).set_axis(works.index)
    ahead = works["programme"].isin(RENOVATIONS) & works["status"].isin(AHEAD)
    shown = {"work": works["intervention_id"], "works_status": works["status"], "status": status}
    return _V24.found(facts, ahead & status.isin(EXPROPRIATED), **shown)


def certain_rows(mask: pd.Series, rows: pd.Series) -> pd.Series:
    """Return, for each line of a members table, whether `mask` is certainly true in the row that it comes from."""
    return mask.astype("boolean").fillna(False).reset_index(drop=True).reindex(rows).astype(bool).set_axis(rows.index)


def _communities(facts: Facts, members: pd.DataFrame) -> pd.Series:
    """Return how many different communities are known among each row's compounds."""
    compounds = facts.compounds
    place = compounds["community_code"].fillna(compounds["community_name"])
    known = place.reindex(members["position"].where(members["position"] >= 0)).set_axis(members["row"])
    return known.groupby(level=0).nunique()


def _points_elsewhere(facts: Facts, members: pd.DataFrame) -> pd.DataFrame:
    """Return compounds that a joint committee lists and that name another committee; a blank one is unknown."""
    lines = members[members["position"] >= 0].drop_duplicates("position")
    ids = facts.frame("committees")["committee_id"].reset_index(drop=True)
    expected = ids.reindex(lines["row"]).set_axis(lines["position"]).reindex(facts.compounds.index)
    return _V11_BACK.found(facts, differs(facts.compounds["committee_id"], expected), committee=expected)
