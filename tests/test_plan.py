"""From an assessed district to a signed plan: options, money to the yuan, orders, windows, balance, reasons, files."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import random
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from planner.cli.main import main
from planner.decisions.assessment import Assessment
from planner.decisions.pipeline import assess
from planner.decisions.portfolio.build import plan_problem, season_days
from planner.decisions.portfolio.options import list_options
from planner.decisions.portfolio.plan import Plan, make_plan, quality_text, violations
from planner.decisions.portfolio.presolve import presolve
from planner.decisions.portfolio.request import ALLOW, FORBID, RESERVE, Order, PlanRequest
from planner.decisions.portfolio.solve import INFEASIBLE, QUICK, Effort
from planner.district.data_version import data_version
from planner.district.district import District
from planner.district.write import write_district
from planner.errors import InputError
from planner.outputs.plan_file import PROGRAM, plan_dict, write_plan
from planner.policy import Policy, with_settings
from tests.builders import make_district, shared_policy
from tests.cases import AS_OF, case_1, case_2
from tests.joined import case_district

REGISTERS = {f"{n}_register_as_of": "2026-10-01" for n in ("expropriation", "renovation", "hazard", "land", "heritage")}
MONEY = {(2027, ""): 150_000, (2028, ""): 150_000}


def checked_policy(**settings: str) -> Policy:
    """The project's rules with every register compared."""
    return with_settings(shared_policy(), **REGISTERS, **settings)


def assessed(district: District, policy: Policy | None = None) -> Assessment:
    return assess(district, policy or checked_policy(), as_of=AS_OF)


@pytest.fixture(scope="module")
def cases() -> Assessment:
    return assessed(case_district())


@pytest.fixture(scope="module")
def plan(cases: Assessment) -> Plan:
    return make_plan(cases, PlanRequest(funds=MONEY, unverified=ALLOW), effort=QUICK)


def line(plan: Plan, compound: str, option: str) -> pd.Series:
    rows = plan.lines.loc[(plan.lines["compound_id"] == compound) & (plan.lines["option"] == option)]
    assert len(rows) == 1
    return rows.iloc[0]


def test_money_of_a_line_to_the_yuan(plan: Plan) -> None:
    # case 1: 9 doors x 6,000 = 54,000; fees 10 % = 5,400; reserve 6 % of 59,400 = 3,564
    doors = line(plan, "C01", "ac_unit")
    assert (doors["works"], doors["fees"], doors["reserve"], doors["cost"]) == (54_000, 5_400, 3_564, 62_964)
    assert (doors["qty"], doors["unit"], doors["source"]) == (9, "樘", "区级资金")


def test_a_plan_keeps_every_rule_and_its_sums(plan: Plan) -> None:
    assert violations(plan) == []
    spent = plan.lines.groupby("year")["cost"].sum()
    pot = plan.money.loc[plan.money["purse"] == ""].set_index("year")["spent"]
    assert spent.to_dict() == pot.to_dict()
    assert (pot <= 150_000).all()
    assert plan.solution.bound >= plan.solution.objective >= max(plan.solution.first) - 1e-9
    assert plan.lines["points"].sum() == pytest.approx(plan.solution.objective)


def test_custodian_stands_before_devices(plan: Plan) -> None:
    # case 2 has no custodian: recorder and cameras wait for 无物业服务清零, locks and lights do not
    options = plan.planning.options.set_index(["compound_id", "option"])
    assert options.loc["C02", "needs_keeper"].to_dict() == {
        "A": True, "Z": False, "ac_mech": False, "cctv_wall": True, "light_stair": False, "nvr": True,
    }  # fmt: skip
    devices = plan.lines.loc[plan.lines["compound_id"].eq("C02") & plan.lines["option"].isin(["nvr", "cctv_wall"])]
    assert len(devices) == 2
    assert (devices["year"] >= line(plan, "C02", "Z")["year"]).all()
    assert "管护落实后" in line(plan, "C02", "nvr")["reason_zh"]
    assert line(plan, "C02", "Z")["running_cost"] == 48 * 36  # 48 households


def test_without_the_custodian_no_devices(cases: Assessment) -> None:
    request = PlanRequest(funds=MONEY, never=(Order("C02", option="Z"),), unverified=ALLOW)
    plan = make_plan(cases, request, effort=QUICK)
    mine = set(plan.lines.loc[plan.lines["compound_id"] == "C02", "option"])
    assert "ac_mech" in mine
    assert not mine & {"nvr", "cctv_wall", "A", "Z"}


def test_a_case_that_gets_nothing(plan: Plan) -> None:
    # case 7 is expropriated, case 6 was renovated three years ago
    assert not set(plan.lines["compound_id"]) & {"C06", "C07"}
    assert not set(plan.planning.options["compound_id"]) & {"C06", "C07"}


def test_left_out_says_what_it_would_need(plan: Plan) -> None:
    left = plan.left_out.set_index("compound_id")
    inside = set(plan.lines["compound_id"])
    assert set(left.index) == {"C01", "C02", "C04", "C08", "C10"} - inside
    assert left.loc["C04", "kind"] == "money"
    assert 0 < left.loc["C04", "yuan"] <= 99_810
    assert "万元" in left.loc["C04", "need_zh"]


def test_cheaper_by_what_it_would_need_brings_it_in(plan: Plan) -> None:
    """The hint is computed from prices; at a price lower by it (and a little) the option is in."""
    hint = int(plan.left_out.set_index("compound_id").loc["C04", "yuan"])
    problem = plan.planning.problem
    slot = int(np.flatnonzero(problem.slots.code == "E")[0])
    cost = problem.slots.cost.copy()
    cost[slot, 0] -= round(hint * 1.05)
    from planner.decisions.portfolio.solve import solve

    cheaper = dataclasses.replace(problem, slots=dataclasses.replace(problem.slots, cost=cost))
    assert solve(cheaper).plan[slot] >= 0


def test_unknowns_by_rule(cases: Assessment) -> None:
    # case 1: the year is hearsay, so 全面改造 rests on an unknown; its micro items do not
    rules = (ALLOW, RESERVE, FORBID)
    by_rule = {rule: plan_problem(cases, PlanRequest(funds=MONEY, unverified=rule)) for rule in rules}
    has = {rule: set(p.options.loc[p.options["compound_id"] == "C01", "option"]) for rule, p in by_rule.items()}
    assert "A" in has[ALLOW]
    assert "A" not in has[RESERVE]
    assert has[RESERVE] == has[FORBID] == has[ALLOW] - {"A"}
    assert set(by_rule[RESERVE].aside["option"]) == {"A"}
    reserve = make_plan(cases, PlanRequest(funds=MONEY, unverified=RESERVE), effort=QUICK).reserve
    forbid = make_plan(cases, PlanRequest(funds=MONEY, unverified=FORBID), effort=QUICK).reserve
    assert "核实后可列入" in set(reserve["why_zh"])
    assert "核实后可列入" not in set(forbid["why_zh"])


def test_registers_never_compared_refuse_the_plan() -> None:
    bare = assessed(case_district(), shared_policy())
    with pytest.raises(InputError, match="尚未与名单核对"):
        make_plan(bare, PlanRequest(funds=MONEY))
    allowed = make_plan(bare, PlanRequest(funds=MONEY, unverified=ALLOW), effort=QUICK)
    assert any("不作下达依据" in note for note in plan_dict(allowed, seed=1)["notes"])


def test_a_must_needs_its_basis_and_is_in(cases: Assessment) -> None:
    with pytest.raises(InputError, match="依据"):
        make_plan(cases, PlanRequest(funds=MONEY, must=(Order("C04"),), unverified=ALLOW))
    with pytest.raises(InputError, match="C99"):
        make_plan(cases, PlanRequest(funds=MONEY, must=(Order("C99", "x"),), unverified=ALLOW))
    with pytest.raises(InputError, match="C07"):
        make_plan(cases, PlanRequest(funds=MONEY, must=(Order("C07", "x"),), unverified=ALLOW))
    order = Order("C04", "民生实事（某政办〔2026〕12号）", year=2028)
    plan = make_plan(cases, PlanRequest(funds=MONEY, must=(order,), unverified=ALLOW), effort=QUICK)
    works = line(plan, "C04", "E")
    assert (works["year"], works["basis"]) == (2028, order.basis)
    assert order.basis in works["reason_zh"]
    assert violations(plan) == []


def test_never_is_never_in(cases: Assessment) -> None:
    plan = make_plan(cases, PlanRequest(funds=MONEY, never=(Order("C08"),), unverified=ALLOW), effort=QUICK)
    assert "C08" not in set(plan.lines["compound_id"])


def test_musts_above_the_money_are_told_before_and_after(cases: Assessment) -> None:
    request = PlanRequest(funds={(2027, ""): 90_000}, must=(Order("C04", "文号"),), unverified=ALLOW)
    findings = presolve(plan_problem(cases, request))
    # 85,600 works + 8,560 fees + 5,650 reserve = 99,810 against 90,000: 9,810 short
    assert [f.rule for f in findings if f.fatal] == ["must_money", "must_year"]
    assert "0.98" in findings[0].text("zh")
    plan = make_plan(cases, request, effort=QUICK)
    assert plan.solution.status == INFEASIBLE
    assert len(plan.lines) == 0
    assert "没有方案" in quality_text(plan)
    assert plan.unmet.loc[plan.unmet["row"] == "funds", "shortfall"].max() >= 9_810


def test_funds_by_source(cases: Assessment) -> None:
    request = PlanRequest(funds={(2027, "区级资金"): 100_000}, unverified=ALLOW)
    planning = plan_problem(cases, request)
    assert set(planning.unfunded["option"]) == {"A"}  # 上级资金 was not entered
    assert set(planning.options["purse"]) <= {"区级资金", ""}
    two = PlanRequest(funds={(2027, "区级资金"): 100_000, (2028, "上级资金"): 500_000}, unverified=ALLOW)
    problem = plan_problem(cases, two).problem
    whole, micro = problem.slots.code == "A", problem.slots.code == "ac_unit"
    assert problem.slots.allowed[whole].tolist() == [[False, True]] * 2
    assert problem.slots.allowed[micro].tolist() == [[True, False]] * int(micro.sum())


def test_residents_pay_what_they_committed() -> None:
    case = assessed(case_1(self_fund_commit_yuan=20_000.0))
    problem = plan_problem(case, PlanRequest(funds={(2027, ""): 10**6}, unverified=ALLOW)).problem
    whole = int(np.flatnonzero(problem.slots.code == "A")[0])
    assert dict(zip(problem.purses, problem.slots.cost[whole].tolist(), strict=True)) == {"": 135_778, "居民": 20_000}


def test_heating_season(cases: Assessment) -> None:
    # window 4-14 to 10-4: 174 days; counted from the as-of date in its own year
    assert season_days(cases, 2027) == 174
    assert season_days(dataclasses.replace(cases, as_of=dt.date(2027, 9, 25)), 2027) == 10
    assert season_days(dataclasses.replace(cases, as_of=dt.date(2027, 11, 1)), 2027) == 0


def heated(compound: str, place: int, **changes: object) -> dict[str, object]:
    from shapely.geometry import box

    west = 118.05 + place * 0.0011
    return {
        "compound_id": compound, "name": compound, "subdistrict_name": "城东街道", "community_name": "东街社区",
        "heating_type": "集中供热", "households": 100, "floor_area_m2": 7000.0, "built_year_min": 1990,
        "built_year_max": 1990, "built_year_source": "竣工档案", "custodian_type": "社区",
        "custodian_doc": "管护承诺书", "geometry": box(west, 36.8, west + 0.001, 36.801), **changes,
    }  # fmt: skip


def heating_district() -> District:
    branch = {"laid_year": 1990, "length_m": 300.0}
    compounds = [heated("H1", 0), heated("H2", 1), heated("H3", 40)]
    branches = [{"branch_id": f"B{k}", "compound_ids": f"H{k}", **branch} for k in (1, 2, 3)]
    return make_district(compounds, heat_branches=branches)


def test_neighbours_share_a_trench_and_the_season_counts() -> None:
    case = assessed(heating_district())
    funds = {(2027, "供热企业"): 800_000, (2028, "供热企业"): 800_000}
    planning = plan_problem(case, PlanRequest(funds=funds, unverified=ALLOW))
    problem = planning.problem
    assert problem.slots.code.tolist() == ["H", "H", "H"]
    assert problem.slots.use[:, 0].tolist() == [300, 300, 300]
    # H1 and H2 are 9 m apart, H3 4 km away: one pair, 5 % of one of them (7,000 m2 x 110 yuan with fees and reserve)
    assert problem.relations.shares.tolist() == [[0, 1]]
    assert problem.relations.saving.tolist() == [int(897_820 * 0.05)]
    late = dataclasses.replace(case, as_of=dt.date(2027, 9, 1))
    later = plan_problem(late, PlanRequest(funds=funds, unverified=ALLOW)).problem
    assert later.slots.allowed[0].tolist() == [False, True]


def test_capacity_binds() -> None:
    case = assessed(heating_district())
    funds = {(2027, "供热企业"): 5_000_000, (2028, "供热企业"): 5_000_000}
    free = make_plan(case, PlanRequest(funds=funds, unverified=ALLOW), effort=QUICK)
    assert (free.lines["year"] == 2027).all()
    assert free.lines["saving"].sum() == 44_891
    tight = PlanRequest(funds=funds, unverified=ALLOW, capacities={("trench_m", 2027): 599, ("trench_m", 2028): 600})
    plan = make_plan(case, tight, effort=Effort())
    assert plan.lines.groupby("year").size().to_dict() == {2027: 1, 2028: 2}
    assert violations(plan) == []


def test_issued_projects_are_lines_and_take_no_funds() -> None:
    row = {"intervention_id": "P1", "compound_id": "H1", "programme": "H", "year": 2027, "status": "已批"}
    row |= {"cost_yuan": 700_000.0, "document_no": "某建〔2026〕8号"}
    district = heating_district()
    base = [heated("H1", 0), heated("H2", 1)]
    pipe = {"laid_year": 1990, "length_m": 300.0}
    branches = [{"branch_id": f"B{k}", "compound_ids": f"H{k}", **pipe} for k in (1, 2)]
    assert len(district.compounds) == 3
    case = assessed(make_district(base, heat_branches=branches, interventions=[row]))
    plan = make_plan(case, PlanRequest(funds={(2027, "供热企业"): 900_000}, unverified=ALLOW), effort=QUICK)
    issued = line(plan, "H1", "H")
    assert (issued["status"], issued["year"], issued["basis"]) == ("已下达", 2027, "某建〔2026〕8号")
    assert line(plan, "H2", "H")["status"] == "拟列入"
    assert plan.money["spent"].sum() == line(plan, "H2", "H")["cost"]
    # what is issued is built first: 300 m of trench and the 4 crews of one heating project are taken
    room = {("trench_m", 2027): 500, ("crews", 2027): 10}
    request = PlanRequest(funds={(2027, "供热企业"): 900_000}, unverified=ALLOW, capacities=room)
    assert plan_problem(case, request).problem.limits.tolist() == [[200], [6]]


def test_streets_get_their_floor() -> None:
    rich = [heated(f"R{k}", k, subdistrict_name="城西街道", households=900) for k in range(4)]
    poor = [heated(f"S{k}", 10 + k, subdistrict_name="城东街道", households=20) for k in range(2)]
    ids = [c["compound_id"] for c in rich + poor]
    rows = [{"branch_id": f"B{cid}", "compound_ids": cid, "laid_year": 1990} for cid in ids]
    everyone = [c | {"access_ctrl_units": 0, "units_n": 6, "public_meter": "有"} for c in rich + poor]
    case = assessed(make_district(everyone, heat_branches=rows))
    planning = plan_problem(case, PlanRequest(funds={(2027, ""): 200_000}, unverified=ALLOW))
    # six compounds with the same works: two of six in 城东: 35 % of a third of 200,000
    problem = planning.problem
    able = {s: int(f) for s, f in zip(problem.streets, problem.floor, strict=True)}
    assert able["城东街道"] == pytest.approx(0.35 * 200_000 / 3, abs=20_000)
    plan = make_plan(case, PlanRequest(funds={(2027, ""): 200_000}, unverified=ALLOW), effort=QUICK)
    assert (plan.streets["spent"] >= plan.streets["floor"]).all()
    assert violations(plan) == []


def test_row_order_never_matters(cases: Assessment) -> None:
    district = cases.district
    shuffled = list(district.compounds.index)
    random.Random(3).shuffle(shuffled)
    other = dataclasses.replace(
        district,
        compounds=district.compounds.loc[shuffled],
        tables={k: v.iloc[::-1].reset_index(drop=True) for k, v in district.tables.items()},
    )
    request = PlanRequest(funds=MONEY, unverified=ALLOW)
    one, two = (plan_dict(make_plan(a, request, effort=QUICK), seed=1) for a in (cases, assessed(other)))
    assert one == two
    assert data_version(other) == data_version(district)


def test_data_version_sees_a_change(cases: Assessment) -> None:
    compounds = cases.district.compounds.copy()
    compounds.loc["C01", "households"] = 109
    assert data_version(dataclasses.replace(cases.district, compounds=compounds)) != data_version(cases.district)


def test_options_are_what_the_item_list_says(cases: Assessment) -> None:
    options, closed = list_options(cases)
    micro = options.loc[(options["programme"] == "M") & (options["compound_id"] == "C08")]
    items = cases.items.loc[(cases.items["compound_id"] == "C08") & cases.items["item"].isin(micro["option"])]
    assert dict(zip(micro["option"], micro["works"], strict=True)) == {
        str(r["item"]): int(r["cost"]) for _, r in items.iterrows()
    }
    assert set(micro["option"]) == {"ac_unit", "cctv_wall", "nvr"}  # shops below: no gate, no barrier
    assert len(closed) == 0


def test_what_residents_refused_is_closed_and_says_so() -> None:
    case = assessed(case_2(support_households_n=3, surveyed_households_n=48, households_not_reached=0))
    plan = make_plan(case, PlanRequest(funds=MONEY, unverified=ALLOW), effort=QUICK)
    assert "A" not in set(plan.planning.options["option"])
    assert plan.planning.closed[["option", "why"]].to_numpy().tolist() == [["A", "support_households_n"]]


def test_json_is_the_contract(plan: Plan) -> None:
    written = plan_dict(plan, seed=7)
    assert set(written) >= {
        "status", "objective", "bound", "gap", "stopped_by", "cpu_s", "seed", "versions", "years", "lines", "reserve",
        "left_out", "binding", "unmet",
    }  # fmt: skip
    assert set(written["versions"]) == {"data", "policy", "program"}
    assert set(written["lines"][0]) >= {"compound_id", "option", "year", "qty", "unit", "cost", "source", "reason"}
    assert [set(row) for row in written["years"]] == [{"year", "budget", "spent", "sources"}] * 2
    assert set(written["left_out"][0]) == {"compound_id", "option", "reason", "would_need"}
    assert set(written["binding"][0]) >= {"resource", "year", "value_of_one_more"}
    gap = (written["bound"] - written["objective"]) / max(abs(written["objective"]), 1e-9)
    assert written["gap"] == pytest.approx(gap, abs=1e-6)
    json.dumps(written)


def test_program_version_is_that_of_the_project() -> None:
    text = (Path(__file__).resolve().parent.parent / "pyproject.toml").read_text(encoding="utf-8")
    assert f'version = "{PROGRAM}"' in text


@pytest.mark.parametrize("suffix", [".json", ".csv", ".xlsx"])
def test_files_are_the_same_bytes_every_time(plan: Plan, tmp_path: Path, suffix: str) -> None:
    one, two = tmp_path / f"a{suffix}", tmp_path / f"b{suffix}"
    write_plan(plan, one, seed=1, lang="zh")
    write_plan(plan, two, seed=1, lang="zh")
    assert one.read_bytes() == two.read_bytes()
    assert len(one.read_bytes()) > 500


def test_workbook_sheets(plan: Plan, tmp_path: Path) -> None:
    path = tmp_path / "plan.xlsx"
    write_plan(plan, path, seed=1, lang="zh")
    sheets = pd.read_excel(path, sheet_name=None, header=None, engine="calamine")
    assert list(sheets) == ["年度计划", "资金安排", "街道均衡", "备选项目", "未列入", "计算说明", "plan"]
    assert len(sheets["plan"]) == len(plan.lines) + 1
    assert "最优" in str(sheets["计算说明"].to_numpy().tolist())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plan") / "d"
    folder.mkdir()
    write_district(case_district(), folder)
    return folder


def command(folder: Path, out: Path, *more: str) -> list[str]:
    budget = ["--budget", "2027=150000", "2028=150000", "--as-of", str(AS_OF), "--effort", "quick"]
    return ["plan", "--district", str(folder), *budget, "--out", str(out), *more]


def test_command_gives_the_same_plan(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "plan.json"
    assert main(command(folder, out, "--unverified", "allow", "--json")) == 0
    captured = capsys.readouterr()
    printed, filed = json.loads(captured.out), json.loads(out.read_text(encoding="utf-8"))
    assert printed["cpu_s"] > 0
    assert {**printed, "cpu_s": None} == filed
    assert filed["unverified"] == "allow"
    assert "2027年" in captured.err
    assert "误差" in captured.err


def test_command_refuses_what_cannot_be(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "plan.csv"
    assert main(command(folder, out)) == 1  # registers never compared
    assert "--unverified allow" in capsys.readouterr().err
    assert main(command(folder, out, "--unverified", "allow", "--capacity", "horses:2027=1")) == 2
    years = [f"{year}=1000" for year in range(2027, 2033)]
    for budget in (["2027:x"], ["2020=1"], years):
        call = ["plan", "--district", str(folder), "--budget", *budget, "--as-of", str(AS_OF), "--out", str(out)]
        assert main(call) == 2
    assert not out.exists()


def test_command_says_infeasible_with_exit_one(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "plan.json"
    more = ["--unverified", "allow", "--must", "C01:A@2027=会议纪要", "--must", "C08@2027=会议纪要"]
    assert main(command(folder, out, *more)) == 1
    written = json.loads(out.read_text(encoding="utf-8"))
    assert (written["status"], written["lines"]) == ("infeasible", [])
    assert written["unmet"]
    assert "缺口" in capsys.readouterr().err


@pytest.mark.parametrize("rows", [[], [{"compound_id": "A", "name": "独苗"}]])
def test_every_district_works(rows: list[dict[str, object]], tmp_path: Path) -> None:
    folder = tmp_path / "d"
    folder.mkdir()
    write_district(make_district(rows), folder)
    assert main(command(folder, tmp_path / "plan.xlsx", "--unverified", "allow")) == 0
