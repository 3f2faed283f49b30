"""该核实哪几个数: cases by hand, what the list leaves out tried value by value."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from planner.cli.main import main
from planner.decisions.fill_outcomes import outcomes_of, prepare
from planner.decisions.fill_values import open_facts
from planner.decisions.fills import BOTH_YEARS, filled, prepare_copies
from planner.decisions.pipeline import Assessment, assess, compute
from planner.decisions.survey_search import edge_of
from planner.decisions.survey_task_words import could_words
from planner.decisions.survey_tasks import LEVELS, SurveyTasks, fields_to_fill, survey_tasks
from planner.district.district import District
from planner.district.load import read_district
from planner.policy import with_settings
from tests.builders import NA, make_district, shared_policy
from tests.task_districts import random_district
from tests.task_oracle import AS_OF, broken_promises, readable_fields, with_value

POLICY = shared_policy()
_REGISTERS = ("expropriation_register_as_of", "land_register_as_of", "heritage_register_as_of")
COMPARED = with_settings(POLICY, **dict.fromkeys(_REGISTERS, "2026-11-01"))
READY_BUT_DOORS = {
    "compound_id": "M1", "object_type": "小区", "housing_type": "房改房", "built_year_min": 2003,
    "built_year_max": 2003,
    "built_year_source": "竣工档案", "households": 200, "property_status": "社区托管", "custodian_type": "社区",
    "custodian_doc": "管护承诺书", "units_n": 10, "perimeter_closable": "不可", "cctv_points": 40, "cctv_working": 40,
    "access_ctrl_working": 0,
}  # fmt: skip
"""Everything for 微改造 is there; only whether the ten doors have locks is open."""


def tasks_for(rows: list[dict[str, object]], *, top: int = 20) -> tuple[Assessment, SurveyTasks]:
    """The tasks of a district by hand, its registers compared."""
    assessment = assess(make_district(rows), COMPARED, as_of=AS_OF)
    return assessment, survey_tasks(assessment, top=top)


def outcome(found: SurveyTasks, field: str, about: str) -> list[tuple[str, str, float, float]]:
    """result, word and span of one task, by result."""
    rows = found.outcomes[(found.outcomes["field"] == field) & (found.outcomes["about"] == about)]
    return sorted(zip(rows["result"], rows["word"], rows["low"], rows["high"], strict=True))


@pytest.fixture(scope="module")
def doors() -> tuple[Assessment, SurveyTasks]:
    return tasks_for([READY_BUT_DOORS])


def test_the_one_open_fact_is_the_task_and_its_threshold_is_exact(doors: tuple[Assessment, SurveyTasks]) -> None:
    assessment, found = doors
    assert assessment.states.at["M1", "state"] == "待核实"
    tasks = found.tasks.set_index("field")
    assert tasks.at["access_ctrl_units", "level"] == "ready"
    assert tasks.at["access_ctrl_units", "why"] == "unknown"
    ready, rest = outcome(found, "access_ctrl_units", "state")
    assert ready == ("可列入", "", 0.0, 9.0)  # fewer locks than the ten doors: something to install
    assert rest == ("维修维护/暂无需求", "", 10.0, 5000.0)


def test_words_say_value_and_consequence(doors: tuple[Assessment, SurveyTasks]) -> None:
    assessment, found = doors
    words = dict(zip(found.tasks["field"], could_words(assessment, found), strict=True))
    assert words["access_ctrl_units"].startswith("不超过9樘：变为可列入；")
    assert could_words(assessment, found, "en").str.contains("ready to list").any()


@pytest.mark.slow
def test_a_known_compound_has_no_task_of_state() -> None:
    _, found = tasks_for([{**READY_BUT_DOORS, "access_ctrl_units": 2}])
    assert not found.tasks["level"].isin(["ready", "state"]).any()


def test_not_applicable_is_an_answer_and_unknown_words_are_none() -> None:
    rows = [{**READY_BUT_DOORS, "access_ctrl_units": NA, "hydrant_ok": "未查"}]
    assessment = assess(make_district(rows), COMPARED, as_of=AS_OF)
    fields = set(open_facts(assessment)["field"])
    assert "access_ctrl_units" not in fields
    assert "hydrant_ok" in fields


@pytest.mark.slow
def test_registers_are_open_until_they_were_compared() -> None:
    district = make_district([{**READY_BUT_DOORS, "access_ctrl_units": 2}])
    open_ = survey_tasks(assess(district, POLICY, as_of=AS_OF)).tasks
    assert set(open_.loc[open_["register"], "field"]) >= {"expropriation_status", "land_status"}
    compared = survey_tasks(assess(district, COMPARED, as_of=AS_OF)).tasks
    assert not set(compared["field"]) & {"expropriation_status", "land_status"}


@pytest.mark.slow
def test_old_facts_are_tasks_and_fresh_ones_are_not() -> None:
    known = {**READY_BUT_DOORS, "access_ctrl_units": 2}
    _, old = tasks_for([{**known, "surveyed_on": pd.Timestamp("2024-01-01")}])
    _, fresh = tasks_for([{**known, "surveyed_on": pd.Timestamp("2026-06-01")}])
    assert set(old.tasks.loc[old.tasks["why"] == "old", "field"]) >= {"access_ctrl_units", "custodian_doc", "units_n"}
    assert not fresh.tasks["why"].eq("old").any()


@pytest.mark.slow
def test_the_top_list_of_one_is_moved_by_the_unknown_year() -> None:
    second = {**READY_BUT_DOORS, "compound_id": "M2", "access_ctrl_units": 2, "built_year_min": None,
              "built_year_max": None, "built_year_source": "竣工档案"}  # fmt: skip
    assessment, found = tasks_for([{**READY_BUT_DOORS, "access_ctrl_units": 2}, second], top=1)
    tasks = found.tasks[found.tasks["compound_id"] == "M2"]
    assert BOTH_YEARS in set(tasks["field"])
    told = found.outcomes[(found.outcomes["compound_id"] == "M2") & (found.outcomes["field"] == BOTH_YEARS)]
    assert set(told.loc[told["about"] == "top", "result"]) <= {"enters", "leaves"}
    assert edge_of(assessment, 1).inside.sum() == 1


@pytest.mark.slow
def test_levels_are_in_order_and_years_become_two_fields() -> None:
    assessment = assess(random_district(3), POLICY, as_of=AS_OF)
    tasks = survey_tasks(assessment, top=3).tasks
    for _, own in tasks.groupby("compound_id"):
        places = own["level"].map({name: k for k, name in enumerate(LEVELS)}).tolist()
        assert places == sorted(places)
    asked = fields_to_fill(tasks)
    assert BOTH_YEARS not in set(asked["field"])
    assert not asked.duplicated().any()


def test_nothing_open_and_nobody_there() -> None:
    empty = survey_tasks(assess(make_district([]), POLICY, as_of=AS_OF))
    assert not len(empty.tasks)
    assert not len(empty.together)


def test_two_facts_together_where_no_single_one_moves() -> None:
    blank = {"access_ctrl_units": None, "custodian_doc": None, "custodian_type": None, "property_status": "社区托管"}
    row = {k: v for k, v in {**READY_BUT_DOORS, **blank}.items() if v is not None}
    assessment, found = tasks_for([row])
    single = found.tasks[found.tasks["level"].isin(["ready", "top", "state"])]
    for pair in found.together.itertuples(index=False):
        assert pair.compound_id not in set(single.loc[~single["register"], "compound_id"])
        district = with_value(assessment.district, pair.field, pair.value, [pair.compound_id])
        district = with_value(district, pair.field2, pair.value2, [pair.compound_id])
        after = compute(district, COMPARED, AS_OF, words=False)
        assert after.states.at[pair.compound_id, "state"] == pair.state


@pytest.mark.parametrize("seed", [1, 2])
def test_copies_come_to_what_the_district_comes_to(seed: int) -> None:
    assessment = assess(random_district(seed, n=6), POLICY, as_of=AS_OF)
    ground, rng = prepare(assessment), np.random.default_rng(seed)
    fills = []
    for field, value in (("cctv_points", 3), ("custodian_doc", "管护承诺书"), (BOTH_YEARS, 1985), ("households", 80)):
        fills.append({"at": int(rng.integers(6)), "field": field, "value": value})
    made = outcomes_of(ground, pd.DataFrame(fills))
    ids = assessment.district.compounds.index
    for k, fill in enumerate(fills):
        key = str(ids[fill["at"]])
        after = compute(
            with_value(assessment.district, fill["field"], fill["value"], [key]), POLICY, AS_OF, words=False
        )
        assert made.state[k] == after.states.at[key, "state"]
        score = made.points[k].sum()
        assert score == pytest.approx(float(after.scores.at[key, "score"]), abs=1e-9)


def test_copies_keep_layers_tables_and_not_applicable() -> None:
    district = make_district(
        [{"compound_id": "a", "cctv_points": NA}, {"compound_id": "b"}],
        buildings=[{"building_id": "1", "compound_id": "a"}, {"building_id": "2", "compound_id": "a"}],
        committees=[{"committee_id": "c", "compound_ids": "a;b"}],
    )
    fills = pd.DataFrame({"at": [0, 1, 0], "field": ["units_n", "", "cctv_points"], "value": [4, None, 2]})
    made = filled(prepare_copies(district), fills)
    assert made.compounds["units_n"].tolist()[0] == 4
    assert made.compounds["cctv_points"].tolist()[2] == 2
    assert made.layers["buildings"]["compound_id"].tolist() == ["a/0", "a/0", "a/2", "a/2"]
    assert made.tables["committees"]["compound_ids"].tolist() == ["a/0;?", "b/1;?", "a/2;?"]
    assert made.not_applicable == {("a/0", "cctv_points")}


FAST_FIELDS = ("cctv_points", "access_ctrl_units", "units_n", "households", BOTH_YEARS, "ped_gates_n")


@pytest.mark.parametrize("seed", [11, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (12, 13))])
def test_what_is_left_out_changes_nothing(seed: int) -> None:
    assessment = assess(random_district(seed, n=6), POLICY, as_of=AS_OF)
    found = survey_tasks(assessment, top=2)
    assert list(broken_promises(assessment, found, FAST_FIELDS, fine=3)) == []


def test_the_oracle_sees_a_list_that_is_short() -> None:
    assessment = assess(make_district([READY_BUT_DOORS]), POLICY, as_of=AS_OF)
    found = survey_tasks(assessment, top=1)
    short = SurveyTasks(found.tasks.iloc[:0], found.outcomes, found.together, found.top)
    assert ("M1", "access_ctrl_units", 0) in list(broken_promises(assessment, short, ["access_ctrl_units"], fine=3))


@pytest.mark.slow
@pytest.mark.parametrize("profile", ["screen", "review", "final"])
@pytest.mark.parametrize("seed", range(20, 26))
def test_what_is_left_out_changes_nothing_in_every_field(seed: int, profile: str) -> None:
    assessment = assess(random_district(seed), POLICY, as_of=AS_OF, profile=profile)
    found = survey_tasks(assessment, top=4)
    assert list(broken_promises(assessment, found, readable_fields(assessment), fine=14)) == []


@pytest.mark.slow
def test_what_is_left_out_changes_nothing_in_the_demo() -> None:
    _check_whole(_demo(), fine=8)


@pytest.mark.slow
@pytest.mark.needs_shared
def test_what_is_left_out_changes_nothing_in_a_real_district(shared: Path, tmp_path: Path) -> None:
    place = tmp_path / "real"
    table = shared / "real_district" / "real_compounds.csv"
    assert main(["import", "--table", str(table), "--out", str(place)]) == 0
    _check_whole(read_district(place, POLICY), fine=5)


def _demo() -> District:
    return read_district(Path(__file__).resolve().parent.parent / "data", POLICY)


def _check_whole(district: District, *, fine: int) -> None:
    assessment = assess(district, POLICY, as_of=AS_OF)
    found = survey_tasks(assessment)
    assert list(broken_promises(assessment, found, readable_fields(assessment), fine=fine)) == []
