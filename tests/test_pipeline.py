"""The whole chain: an independent recomputation of every score and rank, and what must hold for any district."""

from __future__ import annotations

import datetime as dt
import functools
import itertools
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from planner.decisions.pipeline import Assessment, assess, headline
from planner.decisions.ranking import ranking_columns
from planner.district.district import District
from planner.district.load import read_district
from planner.errors import PolicyError
from planner.policy import with_settings
from tests.builders import NA, make_district, shared_policy
from tests.conftest import ROOT, SHARED

AS_OF = dt.date(2026, 11, 20)
PROFILES = ("screen", "review", "final")
Row = dict[str, Any]


def recomputed(ranking: pd.DataFrame, profile: str) -> pd.DataFrame:
    """Score, ends, completeness and place of every row of ranking.csv, from its raw values and criteria.csv alone."""
    rows, table = [], shared_policy().criteria
    for _, row in ranking.iterrows():
        live = [c for c in table.index if row[f"{c}_x"] is pd.NA or row[f"{c}_x"] is None or row[f"{c}_x"] != "na"]
        weight = {c: float(table.at[c, f"weight_{profile}"]) for c in table.index}
        group = {g: [c for c in table.index if table.at[c, "group"] == g] for g in "NDRV"}
        alive = [g for g in group if sum(weight[c] for c in group[g] if c in live)]
        base = sum(sum(weight[c] for c in group[g]) for g in alive)
        out = dict.fromkeys(("score", "score_low", "score_high", "completeness"), 0.0)
        for g in alive:
            inside, whole = [c for c in group[g] if c in live], sum(weight[c] for c in group[g])
            for c in inside:
                w = weight[c] / sum(weight[o] for o in inside) * whole / base
                ends = {"score": row[f"{c}_v"], "score_low": row[f"{c}_lo"], "score_high": row[f"{c}_hi"]}
                if pd.isna(row[f"{c}_x"]):
                    ends = {"score": 50.0, "score_low": 0.0, "score_high": 100.0}
                elif row[f"{c}_lo"] == row[f"{c}_hi"]:
                    ends = dict.fromkeys(ends, by_points(str(table.at[c, "points"]), row[f"{c}_x"]))
                out = {k: out[k] + w * float(ends[k]) for k in ends} | {"completeness": out["completeness"]}
                out["completeness"] += w * (not pd.isna(row[f"{c}_x"]))
        first = row["state"] != "待核实" or out["completeness"] >= 0.6 - 1e-9
        block = {"已列入/在建": 2, "维修维护/暂无需求": 3, "不予安排": 4}.get(row["state"], 0 if first else 1)
        year = math.inf if pd.isna(row["built_year_min"]) else row["built_year_min"]
        people = 0 if pd.isna(row["households"]) else row["households"]
        rows.append({**out, "key": (block, -round(out["score"], 9), year, -people, str(row["compound_id"]))})
    frame = pd.DataFrame(rows, index=ranking.index)
    order = sorted(range(len(frame)), key=lambda i: frame["key"].iloc[i])
    return frame.assign(place=pd.Series({frame.index[i]: n + 1 for n, i in enumerate(order)}, dtype="int64"))


def by_points(points: str, x: object) -> float:
    """The value of a raw value by the cell ``points`` of criteria.csv."""
    pairs = [part.rsplit(":", 1) for part in points.split(";")]
    if isinstance(x, str):
        return float(dict(pairs)[x])
    line = sorted((float(a), float(b)) for a, b in pairs)
    for (a, va), (b, vb) in itertools.pairwise(line):
        if a <= float(x) <= b:  # type: ignore[arg-type]
            return va + (vb - va) * (float(x) - a) / (b - a)  # type: ignore[arg-type]
    return line[0][1] if float(x) < line[0][0] else line[-1][1]  # type: ignore[arg-type]


def check_recomputed(found: Assessment) -> None:
    expected = recomputed(found.ranking, found.profile)
    for name in ("score", "score_low", "score_high", "completeness"):
        np.testing.assert_allclose(found.ranking[name].astype(float), expected[name], atol=1e-9, err_msg=name)
    ranked = found.ranking["rank"].notna()
    assert found.ranking.loc[ranked, "rank"].tolist() == expected.loc[ranked, "place"].tolist()
    assert found.ranking.index.tolist() == list(range(len(found.ranking)))
    assert expected["place"].is_monotonic_increasing


@functools.cache
def demo() -> District:
    """The demo district that the project carries."""
    return read_district(ROOT / "data", shared_policy())


@functools.cache
def assessed(profile: str = "screen") -> Assessment:
    """The demo district under one profile."""
    return assess(demo(), shared_policy(), as_of=AS_OF, profile=profile)


@pytest.mark.parametrize("profile", PROFILES)
def test_every_score_and_rank_of_the_demo_is_recomputed(profile: str) -> None:
    check_recomputed(assessed(profile))


@pytest.mark.needs_shared
def test_every_score_and_rank_of_the_real_district_is_recomputed() -> None:
    found = assess(real_district(), shared_policy(), as_of=AS_OF, profile="screen")
    check_recomputed(found)
    service = found.ranking.set_index("compound_id")["n4_x"]
    assert len(found.ranking) == 761
    assert service.isna().sum() == 467
    assert (service == "无").sum() == 4
    assert headline(found)["counts"]["no_service"] == 4
    kinds = found.ranking.loc[found.ranking["state"] == "待核实", "verify"]
    assert set(kinds) == {"资料空白", "重点摸底", "暂缓摸底", "核实后定"}
    first = found.ranking.head(4)
    assert (first["completeness"] >= 0.6).all()
    assert found.ranking["sentence"].str.len().max() <= 65


def real_district() -> District:
    """Name, year, service, buildings and households of the real ledger, as its columns say them."""
    words = {"私人承办": "专业物业", "业主自筹": "居民自管", "街道代管": "社区托管", "小区物管处": "单位自管"}
    words |= {"无物业管理服务": "无", "暂无信息": None}
    table = pd.read_csv(SHARED / "real_district" / "real_compounds.csv", dtype=str, encoding="utf-8-sig")
    rows = []
    for record in table.to_dict("records"):
        year, service = record["建筑年代"], record["物业公司"]
        digits = "".join(filter(str.isdigit, str(year)))[:4]
        row: Row = {"compound_id": record["compound_id"], "name": record["小区名称"]}
        row["built_year_min"] = row["built_year_max"] = int(digits) if len(digits) == 4 else None
        blank = pd.isna(service) or not str(service).strip()
        row["property_status"] = None if blank else words.get(str(service).strip(), "专业物业")
        row["buildings_n"] = int("".join(filter(str.isdigit, record["总栋数"])))
        row["households"] = int("".join(filter(str.isdigit, record["总户数"])))
        rows.append(row)
    return make_district(rows)


def test_the_ranking_has_the_columns_of_the_contract() -> None:
    ranking = assessed().ranking
    assert ranking.columns.tolist() == ranking_columns(shared_policy())
    assert ranking.columns.tolist()[:10] == [
        "compound_id", "name", "rank", "block", "state", "verify", "state_reason", "sentence", "profile", "score",
    ]  # fmt: skip
    assert ranking.columns.tolist()[20:29] == [
        "N_assumed", "D_assumed", "R_assumed", "V_assumed", "n1_x", "n1_v", "n1_lo", "n1_hi", "n1_p",
    ]  # fmt: skip
    assert set(ranking["compound_id"]) == set(demo().compounds.index)
    assert (ranking["profile"] == "screen").all()


@pytest.mark.parametrize("profile", PROFILES)
def test_points_and_assumed_points_make_the_score(profile: str) -> None:
    found = assessed(profile)
    codes = shared_policy().criteria.index
    points = sum(found.scores[f"{c}_p"].fillna(0) for c in codes)
    assumed = sum(found.scores[f"{g}_assumed"] for g in "NDRV")
    weights = sum(found.scores[f"{c}_w"].fillna(0) for c in codes)
    np.testing.assert_allclose((points + assumed).astype(float), found.scores["score"].astype(float), atol=1e-9)
    np.testing.assert_allclose(weights.astype(float), 100, atol=1e-9)
    for code in codes:
        low, value, high = (found.scores[f"{code}_{end}"] for end in ("lo", "v", "hi"))
        assert (low.dropna() <= value.dropna() + 1e-9).all(), code
        assert (value.dropna() <= high.dropna() + 1e-9).all(), code


def sample(seed: int, n: int) -> list[Row]:
    """Compounds with random facts, many of them unknown or not applicable."""
    rng = np.random.default_rng(seed)

    def maybe(value: Any, share: float = 0.6) -> Any:
        return value if rng.random() < share else None

    rows = []
    for i in range(n):
        people, year = int(rng.integers(5, 900)), int(rng.integers(1960, 2020))
        doors = max(1, people // 12)
        rows.append(
            {
                "compound_id": f"S{i}",
                "object_type": maybe(str(rng.choice(["小区", "院落", "单栋楼"]))),
                "housing_type": maybe(str(rng.choice(["房改房", "商品房", "自建房"]))),
                "built_year_min": (told := maybe(year)),
                "built_year_max": told,
                "households": maybe(people, 0.8),
                "buildings_n": maybe(1 + people // 60),
                "units_n": maybe(doors),
                "property_status": maybe(str(rng.choice(["专业物业", "社区托管", "无", "居民自管"]))),
                "custodian_doc": maybe(str(rng.choice(["管护承诺书", "物业服务合同", "无", "口头"]))),
                "custodian_type": maybe(str(rng.choice(["社区", "物业服务企业", "居民自管小组"]))),
                "access_ctrl_units": (locks := maybe(int(rng.integers(0, doors + 1)))),
                "access_ctrl_working": None if locks is None else maybe(int(rng.integers(0, locks + 1))),
                "cctv_points": (cameras := maybe(int(rng.integers(0, 30)))),
                "cctv_working": None if cameras is None else maybe(int(rng.integers(0, cameras + 1))),
                "perimeter_closable": maybe(str(rng.choice(["可", "部分", "不可"]))),
                "barrier_lanes_n": maybe(int(rng.integers(0, 3))),
                "vehicle_gates_n": maybe(int(rng.integers(0, 3))),
                "parking_n": maybe(int(rng.integers(0, 60))),
                "fire_lane_ok": maybe(bool(rng.random() < 0.8)),
                "fire_lane_min_width_m": maybe(float(rng.choice([3.4, 4.5, 8.0]))),
                "hydrant_ok": maybe(str(rng.choice(["好", "坏", "未查"]))),
                "indoor_charging": maybe(bool(rng.random() < 0.3)),
                "road_bad_share": NA if rng.random() < 0.1 else maybe(float(rng.random())),
                "ponding_points": maybe(int(rng.integers(0, 3))),
                "stair_light_broken_rate": maybe(float(rng.random())),
                "lines_overhead_m": maybe(float(rng.integers(0, 200))),
                "ebike_ports_n": maybe(int(rng.integers(0, 80))),
                "drain_type": maybe(str(rng.choice(["合流", "分流"]))),
                "heating_type": NA if rng.random() < 0.1 else maybe(str(rng.choice(["集中供热", "无"]))),
                "hotline_12m_heating": maybe(int(rng.integers(0, 9))),
                "hotline_12m_total": maybe(int(rng.integers(0, 60))),
                "police_calls_12m": maybe(int(rng.integers(0, 12))),
                "elderly_60_share": maybe(float(rng.random() * 0.6)),
                "surveyed_households_n": maybe(people),
                "support_households_n": maybe(int(people * rng.random())),
                "illegal_structures_n": maybe(int(rng.integers(0, 3))),
                "illegal_blocking": maybe(bool(rng.random() < 0.3)),
                "approval_stage": maybe(str(rng.choice(["无", "方案", "批复"]))),
                "self_fund_rate": maybe(float(rng.random() * 0.2)),
            }
        )
    return rows


FEW: list[list[Row]] = [[], [{"compound_id": "only"}], [{"compound_id": "x", "expropriation_status": "实施中"}]]


def frames(rows: list[Row], profile: str) -> Assessment:
    return assess(make_district(rows), shared_policy(), as_of=AS_OF, profile=profile)


def order_of(rows: list[Row], profile: str = "review") -> list[str]:
    return [str(key) for key in frames(rows, profile).ranking["compound_id"]]


@pytest.mark.parametrize("seed", [1, 2])
def test_adding_removing_or_completing_one_never_reorders_two_others(seed: int) -> None:
    rows = sample(seed, 14)
    whole, rng = order_of(rows), np.random.default_rng(seed)
    for gone in rng.choice(len(rows), 3, replace=False).tolist():
        key = rows[gone]["compound_id"]
        others = [other for other in whole if other != key]
        assert order_of([row for row in rows if row["compound_id"] != key]) == others
        fuller = {**sample(seed + 100, len(rows))[gone], "compound_id": key}
        completed = {field: fuller[field] if value is None else value for field, value in rows[gone].items()}
        after = order_of([completed if i == gone else row for i, row in enumerate(rows)])
        assert [other for other in after if other != key] == others


def test_row_order_never_matters() -> None:
    rows = sample(5, 12)
    one, two = (frames(some, "final").ranking for some in (rows, rows[::-1]))
    pd.testing.assert_frame_equal(one, two)


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_the_interval_holds_the_score_of_every_completion(seed: int) -> None:
    """Whatever the unknown cells turn out to be, the score lies between the ends that were given before."""
    rows = sample(seed, 12)
    profile = PROFILES[seed % 3]
    before = assess(make_district(rows), shared_policy(), as_of=AS_OF, profile=profile).scores
    for draw in range(3):
        other = sample(seed * 1000 + draw, 12)
        full = [{k: other[i][k] if v is None else v for k, v in row.items()} for i, row in enumerate(rows)]
        for row in full:
            fix(row)
        after = assess(make_district(full), shared_policy(), as_of=AS_OF, profile=profile).scores["score"]
        assert (after >= before["score_low"] - 1e-9).all(), (after - before["score_low"]).min()
        assert (after <= before["score_high"] + 1e-9).all(), (after - before["score_high"]).max()


def fix(row: Row) -> None:
    """Make a completed row sound: no more devices working than there are, no more in favour than there are homes."""
    for part, whole in (
        ("access_ctrl_working", "access_ctrl_units"),
        ("cctv_working", "cctv_points"),
        ("support_households_n", "households"),
        ("surveyed_households_n", "households"),
        ("support_households_n", "surveyed_households_n"),
    ):
        if row[part] is not None and row[whole] is not None:
            row[part] = min(row[part], row[whole])


MORE_NEED: dict[str, Any] = {
    "access_ctrl_working": 0,
    "cctv_working": 0,
    "hydrant_ok": "坏",
    "indoor_charging": True,
    "road_bad_share": 1.0,
    "ponding_points": 5,
    "stair_light_broken_rate": 1.0,
    "lines_overhead_m": 500.0,
    "drain_type": "混接",
    "police_calls_12m": 50,
    "hotline_12m_total": 500,
    "elderly_60_share": 0.9,
    "property_status": "无",
}


@pytest.mark.parametrize("profile", PROFILES)
def test_more_need_never_lowers_need(profile: str) -> None:
    rows = sample(21, len(MORE_NEED))
    worse = [
        {**row, field: value if row[field] not in (None, NA) else row[field]}
        for row, (field, value) in zip(rows, MORE_NEED.items(), strict=True)
    ]
    one, two = (frames(some, profile).scores["need"] for some in (rows, worse))
    assert (two >= one - 1e-9).all()


@pytest.mark.parametrize(
    "rows", [[], [{"compound_id": "only"}], [{"compound_id": "x", "expropriation_status": "实施中"}]]
)
@pytest.mark.parametrize("profile", PROFILES)
def test_none_one_unknown_and_excluded_districts_work(rows: list[Row], profile: str) -> None:
    found = assess(make_district(rows), shared_policy(), as_of=AS_OF, profile=profile)
    assert len(found.ranking) == len(rows)
    for lang in ("zh", "en"):
        assert len(found.sentences(lang)) == len(rows)
        assert headline(found, lang)["sentence"]
    if rows:
        assert found.ranking["cost_all"].isna().all() or found.ranking["state"].iloc[0] == "不予安排"


def test_everything_set_aside_leaves_no_score_and_still_an_order() -> None:
    codes = tuple(shared_policy().criteria.index)
    found = assess(make_district(sample(3, 5)), shared_policy(), as_of=AS_OF, unused=codes)
    assert found.ranking["score"].isna().all()
    assert found.ranking["band"].isna().all()
    assert sorted(found.ranking["compound_id"]) == [f"S{i}" for i in range(5)]
    assert (found.ranking["n4_x"] == "na").all()


def test_unused_criteria_and_profile_are_of_the_assessment() -> None:
    policy = with_settings(shared_policy(), unused_criteria="n8")
    found = assess(make_district(sample(3, 3)), policy, as_of=AS_OF, profile="review", unused=("n3", "n8"))
    assert (found.profile, found.unused) == ("review", ("n8", "n3"))
    assert found.policy.date("as_of") == AS_OF
    assert (found.scores["n3_w"].isna()).all()
    with pytest.raises(PolicyError):
        assess(make_district([]), policy, as_of=AS_OF, unused=("n77",))
    with pytest.raises(PolicyError):
        assess(make_district([]), policy, as_of=AS_OF, profile="fast")


def test_the_input_is_left_as_it_was() -> None:
    district = make_district(sample(8, 6))
    copies = {name: district.layers[name].copy(deep=True) for name in district.layers}
    before = district.compounds.copy(deep=True), district.year_range.copy(deep=True)
    assess(district, shared_policy(), as_of=AS_OF).sentences("en")
    pd.testing.assert_frame_equal(district.compounds, before[0])
    pd.testing.assert_frame_equal(district.year_range, before[1])
    for name, layer in copies.items():
        pd.testing.assert_frame_equal(district.layers[name], layer)


def test_a_later_date_makes_everything_older() -> None:
    rows = [{"compound_id": "a", "built_year_min": 2000, "built_year_max": 2000}]
    early, late = (
        assess(make_district(rows), shared_policy(), as_of=dt.date(year, 1, 1)).ranking["n2_x"].iloc[0]
        for year in (2026, 2030)
    )
    assert (early, late) == (26, 30)


def test_an_assessment_can_be_derived_from_another_district() -> None:
    small = replace(demo(), compounds=demo().compounds.iloc[:3], year_range=demo().year_range.iloc[:3])
    found = assess(small, shared_policy(), as_of=AS_OF)
    assert len(found.ranking) == 3
    assert Path(ROOT / "data").exists()
