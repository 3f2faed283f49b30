"""The figures of 总览: one sentence, the red strip, six cards, tabs that add up, the table by sub-district.

All of it can be had for a part of the district (a sub-district, a filter). Money is split by purse: higher levels pay
全面改造, the district pays 微改造 and 环境改造. Every package is rounded to 万元, then added: sentence and table agree.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from planner.decisions import states
from planner.decisions.assessment import Assessment
from planner.decisions.kleene import Bools, Floats
from planner.decisions.summary_text import cards_text, notice_texts, safety_text, sentence_text, table_text
from planner.decisions.verdicts import Verdicts
from planner.district.sanwu import derive_sanwu
from planner.policy import Policy
from planner.text import wan

PACKAGES = ("A", "M", "E")
PURSES: Mapping[str, tuple[str, ...]] = {"upper": ("A",), "district": ("M", "E")}
"""Which purse pays which package (programmes.csv money_purse): 上级资金 and 区级资金."""

BOLD = "**"
REGISTERS = ("expropriation", "renovation", "hazard", "land", "heritage")
"""Lists that somebody else keeps; settings ``<name>_register_as_of`` says when the data was compared with them."""

DOORS, BARRIERS, CAMERAS = ("ac_unit", "ac_lock", "ac_mech"), ("bar_lane",), ("cctv_wall", "cctv_pole")
ENDS = {"low": "_low", "likely": "", "high": "_high"}


def headline(
    assessment: Assessment,
    lang: str = "zh",
    *,
    inside: Bools | None = None,
    place: str = "",
    funds: int | None = None,
) -> dict[str, Any]:
    """Return all figures of 总览 as numbers, and as text in ``lang``.

    ``inside``: boolean array in the row order of the compounds (default: all); ``place``: what the sentence calls them
    (default: 全区). ``funds``: yuan entered for the year of the plan; None: nobody entered any, and nothing is said of
    a gap (缺口). Numbers: ``counts``, ``people``, ``money`` (万元 by package and end), ``safety``, ``micro``,
    ``heating``, ``sanwu``, ``tabs`` (state -> count, they add up), ``streets`` (a frame, last row the sum). Texts:
    ``sentence`` and ``safety_sentence`` (empty without a danger), both also as ``..._marked`` with **bold** figures,
    ``cards`` (key, title with **bold** figures, lines), ``street_heads`` and ``street_rows``, ``notices`` (registers
    that nobody compared with, criteria without any data). ``masks``: card key -> boolean array in row order.
    """
    chosen = np.ones(len(assessment.states), dtype=bool) if inside is None else np.asarray(inside, dtype=bool)
    verdicts = Verdicts(assessment.programmes, assessment.states.index)
    masks = card_masks(assessment, verdicts, chosen)
    money = _money(assessment, chosen)
    figures: dict[str, Any] = {
        "funds": None if funds is None else funds_gap(money["total"]["likely"], funds),
        "plan_year": int(assessment.policy.number("plan_year")),
        "masks": masks,
        "counts": _counts(assessment, verdicts, masks, chosen),
        "people": _people(assessment, chosen),
        "money": money,
        "safety": _safety(assessment, masks["safety"]),
        "micro": _micro(assessment, masks["micro"]),
        "heating": _heating(assessment, verdicts, chosen),
        "sanwu": _sanwu(assessment, chosen),
        "tabs": {name: int((_in_state(assessment, name) & chosen).sum()) for name in states.STATES},
        "streets": streets(assessment, chosen),
        "without_data": criteria_without_data(assessment),
        "unchecked": [name for name in REGISTERS if assessment.policy.date(f"{name}_register_as_of") is None],
    }
    labels = [assessment.policy.label("criteria", code, lang) for code in figures["without_data"]]
    notices = notice_texts(labels, figures["unchecked"], lang) if len(assessment.states) else []
    return figures | _texts(figures, lang, place) | {"notices": notices}


def criteria_without_data(assessment: Assessment) -> list[str]:
    """Return the criteria that weigh in the profile and that nobody has: offered as 本年度不采用, never automatic."""
    weights = assessment.policy.criteria[f"weight_{assessment.profile}"]
    raw = assessment.criteria
    return [str(code) for code, weight in weights.items() if weight > 0 and (raw[f"{code}_kind"] == "unknown").all()]


def _texts(figures: Mapping[str, Any], lang: str, place: str) -> dict[str, Any]:
    heads, rows = table_text(figures["streets"], lang)
    marked = {"sentence": sentence_text(figures, lang, place), "safety_sentence": safety_text(figures, lang)}
    return {
        **{name: text.replace(BOLD, "") for name, text in marked.items()},
        **{f"{name}_marked": text for name, text in marked.items()},
        "cards": cards_text(figures, lang),
        "street_heads": heads,
        "street_rows": rows,
    }


def card_masks(assessment: Assessment, verdicts: Verdicts, chosen: Bools) -> dict[str, Bools]:
    """Return which of the chosen compounds each card (and the red strip) stands for."""
    status = assessment.district.compounds["property_status"]
    return {
        "all": chosen,
        "no_service": chosen & (status == "无").to_numpy(dtype=bool, na_value=False),
        "micro": chosen & verdicts.yes("M"),
        "heat": chosen & verdicts.yes("H"),
        "full": chosen & (verdicts.yes("A") | verdicts.yes("E")),
        "verify": chosen & _in_state(assessment, states.TO_VERIFY),
        "safety": chosen & assessment.states["safety"].to_numpy(dtype=bool, na_value=False),
    }


def funds_gap(needed: int, funds: int) -> dict[str, int]:
    """Return funds and gap in 万元: what the ready compounds need more than there is (0 where it is enough)."""
    there = to_wan(funds)
    return {"funds": there, "gap": max(0, needed - there)}


def to_wan(yuan: float) -> int:
    """Return yuan as whole 万元, half up."""
    return int(wan(yuan, 0).replace(",", ""))


def largest_remainder(values: Floats, total: int) -> np.ndarray:
    """Return whole numbers near ``values`` that add up to ``total``: rounded down, the largest remainders one up.

    ``total`` must be the rounded sum of the values; equal remainders go to the earlier row.
    """
    whole = np.floor(values + 1e-9).astype(np.int64)
    short = total - int(whole.sum())
    order = np.argsort(-(values - whole), kind="stable")
    whole[order[: max(short, 0)]] += 1
    if short < 0:
        whole[np.argsort(values - whole, kind="stable")[:-short]] -= 1
    return whole


def _in_state(assessment: Assessment, name: str) -> Bools:
    return np.asarray((assessment.states["state"] == name).to_numpy(dtype=bool, na_value=False))


def _ready(assessment: Assessment, code: str) -> Bools:
    lead = (assessment.states["lead"] == code).to_numpy(dtype=bool, na_value=False)
    return np.asarray(lead & _in_state(assessment, states.READY))


def _counts(assessment: Assessment, verdicts: Verdicts, masks: Mapping[str, Bools], chosen: Bools) -> dict[str, int]:
    compounds = assessment.district.compounds
    ready = _in_state(assessment, states.READY)
    where = {
        "compounds": chosen,
        "courtyards": (compounds["object_type"] == "院落").to_numpy(dtype=bool, na_value=False),
        "no_service": masks["no_service"],
        "service_unknown": ~assessment.deficits.need.ledger.known("property_status"),
        "ready": ready,
        **{f"ready_{code}": _ready(assessment, code) for code in PACKAGES},
        **{f"holds_{code}": verdicts.yes(code) for code in (*PACKAGES, "H", "AH", "Z")},
        "ready_micro": verdicts.yes("M") & ready,
        "ready_environment": verdicts.yes("E") & ready,
        "ready_full": verdicts.yes("A") & ready,
        "custodian_first": _in_state(assessment, states.CUSTODIAN_FIRST),
        "consult_first": _in_state(assessment, states.CONSULT_FIRST),
        "verify": masks["verify"],
        "may_change": masks["verify"] & _may_change(assessment),
        "safety": masks["safety"],
    }
    return {name: int((rows & chosen).sum()) for name, rows in where.items()}


def _may_change(assessment: Assessment) -> Bools:
    """Where the range of the score leaves open whether the compound comes first (screen_high) or later (screen_low)."""
    scores, policy = assessment.scores, assessment.policy
    low, high = (scores[name].to_numpy(dtype=float, na_value=np.nan) for name in ("score_low", "score_high"))
    return np.asarray((low < policy.number("screen_high")) & (high >= policy.number("screen_low")))


def _people(assessment: Assessment, chosen: Bools) -> dict[str, Any]:
    compounds = assessment.district.compounds[chosen]
    sizes = {"households": compounds["households"], "floor_area": compounds["floor_area_m2"]}
    found: dict[str, Any] = {}
    for name, values in sizes.items():
        found[name] = float(values.fillna(0).sum())
        found[f"{name}_unknown"] = int(values.isna().sum())
    return found


def _money(assessment: Assessment, chosen: Bools) -> dict[str, Any]:
    """Return 万元 of what is ready, by package and end; purses and total are sums of the rounded packages.

    Each compound counts with its cost_now, the amount of its sentence and of its row in the list.
    """
    money: dict[str, Any] = {}
    for code in PACKAGES:
        rows = chosen & _ready(assessment, code)
        money[code] = {end: to_wan(_yuan(assessment, f"cost_now{tail}")[rows].sum()) for end, tail in ENDS.items()}
    for purse, codes in PURSES.items():
        money[purse] = {end: sum(money[code][end] for code in codes) for end in ENDS}
    money["total"] = {end: sum(money[code][end] for code in PACKAGES) for end in ENDS}
    return money


def _yuan(assessment: Assessment, column: str) -> Floats:
    aligned = assessment.costs[column].reindex(assessment.states.index)
    return np.asarray(aligned.to_numpy(dtype=float, na_value=0.0))


def _safety(assessment: Assessment, where: Bools) -> dict[str, int]:
    """Return how many of each danger stand in these compounds: places, buildings, risers."""
    need = assessment.deficits.need
    rows = need.ledger.rows("buildings")
    lacks = assessment.deficits.answers
    counted = {
        "grade_d": rows.count(rows.is_in("hazard_grade", ["D"])),
        "grade_c": rows.count(rows.is_in("hazard_grade", ["C"])),
        "gas": rows.count(rows.flag("gas_hazard")),
        "corridor": rows.count(rows.flag("corridor_hazard")),
    }
    flagged = {"fire_lane": "fire_lane_bad", "hydrant": "hydrant_bad", "charging": "indoor_charging"}
    counted |= {name: lacks[flag].yes.astype(float) for name, flag in flagged.items()}
    order = ("fire_lane", "grade_d", "grade_c", "gas", "corridor", "hydrant", "charging")
    return {name: int(counted[name][where].sum()) for name in order}


def _micro(assessment: Assessment, where: Bools) -> dict[str, int]:
    """Return what the compounds of the card lack for 微改造: money in 万元 and pieces, blocked rows included."""
    items = assessment.items
    at = assessment.states.index.get_indexer(pd.Index(items["compound_id"]))
    holds = items["programmes"].str.split(";").map(lambda codes: "M" in codes).to_numpy(dtype=bool)
    own = holds & where[at] & ~items["repair"].to_numpy(dtype=bool, na_value=False)

    def total(column: str, codes: tuple[str, ...] = ()) -> float:
        rows = own & items["item"].isin(codes).to_numpy(dtype=bool) if codes else own
        return float(items[column].to_numpy(dtype=float, na_value=0.0)[rows].sum())

    pieces = {"doors": total("qty", DOORS), "barriers": total("qty", BARRIERS), "cameras": total("qty", CAMERAS)}
    return {"wan": to_wan(total("cost")), **{name: round(number) for name, number in pieces.items()}}


def _heating(assessment: Assessment, verdicts: Verdicts, chosen: Bools) -> dict[str, Any]:
    """Return the heating card: compounds, those of one trench, the season for works; ``present``: is there heating."""
    network = assessment.deficits.need.heating.network
    first, last = works_window(assessment.policy)
    return {
        "present": bool((~network.no & chosen).any()),
        "compounds": int((verdicts.yes("H") & chosen).sum()),
        "dig_once": int((verdicts.yes("AH") & chosen).sum()),
        "first": first,
        "last": last,
    }


def works_window(policy: Policy) -> tuple[dt.date, dt.date]:
    """Return first and last day on which heating pipes may be dug for, in a year of no meaning (settings heating_*)."""
    end, start = (dt.date.fromisoformat(f"2001-{policy.text(f'heating_season_{k}')}") for k in ("end", "start"))
    after, before = (policy.number(f"heating_window_{k}_days") for k in ("after", "before"))
    return end + dt.timedelta(days=after), start - dt.timedelta(days=before)


def _sanwu(assessment: Assessment, chosen: Bools) -> dict[str, int]:
    listed = assessment.district.compounds["sanwu_official"]
    derived = derive_sanwu(assessment.district.compounds, assessment.policy)
    both = (listed.notna() & derived.notna()).to_numpy(dtype=bool)
    return {
        "listed": int((listed.to_numpy(dtype=bool, na_value=False) & chosen).sum()),
        "derived": int((derived.to_numpy(dtype=bool, na_value=False) & chosen).sum()),
        "differ": int((both & chosen & (listed != derived).to_numpy(dtype=bool, na_value=False)).sum()),
    }


def streets(assessment: Assessment, inside: Bools | None = None) -> pd.DataFrame:
    """Return one row per sub-district in administrative order, and the sum in the last row (street missing).

    Columns: street, compounds, households, no_service, ready, ready_A, ready_M, ready_E, custodian_first, verify,
    safety (numbers of compounds), and A, M, E, total (万元 of what is ready), apportioned by largest remainder: every
    column adds up to the sentence. Compounds without a sub-district stand last, as an empty text.
    """
    chosen = np.ones(len(assessment.states), dtype=bool) if inside is None else inside
    names, codes = _street_order(assessment)
    group = np.where(chosen, codes, len(names))

    def per_street(values: Floats) -> Floats:
        return np.bincount(group, weights=values, minlength=len(names) + 1)[: len(names)].astype(float)

    people = assessment.district.compounds["households"].to_numpy(dtype=float, na_value=0.0)
    columns: dict[str, Any] = {"street": names, "compounds": per_street(np.ones(len(codes)))}
    columns |= {"households": per_street(people)}
    columns |= {name: per_street(rows.astype(float)) for name, rows in _street_masks(assessment).items()}
    table = pd.DataFrame(columns)
    for code in PACKAGES:
        yuan = np.where(_ready(assessment, code), _yuan(assessment, "cost_now"), 0.0)
        table[code] = largest_remainder(per_street(yuan) / 10_000, to_wan(yuan[chosen].sum()))
    table["total"] = table[list(PACKAGES)].sum(axis=1)
    numbers = [name for name in table.columns if name != "street"]
    table[numbers] = table[numbers].astype("int64")
    table = table[table["compounds"] > 0]
    last = pd.DataFrame([{"street": None, **table[numbers].sum().to_dict()}])
    return pd.concat([table, last], ignore_index=True)


def _street_masks(assessment: Assessment) -> dict[str, Bools]:
    status = assessment.district.compounds["property_status"]
    return {
        "no_service": (status == "无").to_numpy(dtype=bool, na_value=False),
        "ready": _in_state(assessment, states.READY),
        **{f"ready_{code}": _ready(assessment, code) for code in PACKAGES},
        "custodian_first": _in_state(assessment, states.CUSTODIAN_FIRST),
        "verify": _in_state(assessment, states.TO_VERIFY),
        "safety": assessment.states["safety"].to_numpy(dtype=bool, na_value=False),
    }


def _street_order(assessment: Assessment) -> tuple[list[str], np.ndarray]:
    """Return the sub-districts in administrative order, and the place of each compound's own among them.

    The order is that of the layer communities (subdistrict_order), else of the codes, else of first mention.
    """
    compounds = assessment.district.compounds
    own = compounds["subdistrict_name"].fillna("").astype(str)
    layer = assessment.district.layers["communities"]
    orders = layer["subdistrict_order"].astype("float64").groupby(layer["subdistrict_name"]).min()
    code = compounds["subdistrict_code"].fillna("").groupby(own).min()
    seen = {name: place for place, name in enumerate(pd.unique(own))}
    placed = orders.reindex(list(seen)).fillna(np.inf)
    names = sorted(seen, key=lambda name: (name == "", float(placed[name]), code[name], seen[name]))
    place = {name: i for i, name in enumerate(names)}
    return names, own.map(place).to_numpy(dtype=np.int64)
