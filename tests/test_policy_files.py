"""A trial leaves as a policy folder: `planner score --policy` gives the order that the page shows."""

from __future__ import annotations

import datetime as dt
import io
import shutil
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from planner.__main__ import main
from planner.decisions.trial import trial
from planner.decisions.trial_rules import TrialRules, checked_policy, official_rules, set_weight, with_cells
from planner.district.write import write_district
from planner.outputs.policy_files import policy_files, policy_zip, write_policy
from planner.outputs.policy_numbers import COLUMNS, found_in, grade_text, policy_numbers
from planner.policy import POLICY_FOLDER, load_policy
from planner.policy_checks import GRADES
from tests.builders import shared_policy
from tests.cases import AS_OF
from tests.joined import case_district
from tests.test_trial import cases

RULES = with_cells(
    with_cells(set_weight(official_rules(shared_policy()), "n4", 47.3), "points", {"n2": "0:0;33.3:70;60:100"}),
    "setting",
    {"unknown_value": "35", "band_first": "55"},
)
TRIED = TrialRules("screen", RULES.cells, ("n8",))


def test_the_folder_reads_back_as_the_same_rules(tmp_path: Path) -> None:
    policy = checked_policy(TRIED, shared_policy())
    write_policy(policy, tmp_path)
    again = load_policy(tmp_path)
    pd.testing.assert_frame_equal(again.criteria, policy.criteria)
    assert dict(again.settings) == dict(policy.settings)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["criteria.csv", "settings.csv"]


def test_the_official_rules_leave_as_they_are_written(tmp_path: Path) -> None:
    write_policy(shared_policy(), tmp_path)
    for name in ("criteria.csv", "settings.csv"):
        own, written = (pd.read_csv(f / name, dtype=str, keep_default_na=False) for f in (POLICY_FOLDER, tmp_path))
        assert (own.map(str.strip) == written).all(axis=None)


def test_score_with_the_folder_gives_the_order_of_the_trial(tmp_path: Path) -> None:
    write_district(case_district(), tmp_path / "district")
    write_policy(checked_policy(TRIED, cases().policy), tmp_path / "rules")
    out = tmp_path / "ranking.csv"
    call = ["score", "--district", str(tmp_path / "district"), "--policy", str(tmp_path / "rules")]
    assert main([*call, "--as-of", AS_OF.isoformat(), "--out", str(out)]) == 0
    ranking = pd.read_csv(out, encoding="utf-8-sig", dtype={"compound_id": str}).set_index("compound_id")
    found = trial(cases(), checked_policy(TRIED, cases().policy))
    shown = found.order.sort_values("position").index
    assert list(ranking.index) == list(shown)
    assert ranking["score"].to_numpy() == pytest.approx(
        found.scores["score"].reindex(shown).to_numpy(dtype=float), abs=0
    )
    assert ranking["rank"].astype("Int64").tolist() == found.order["rank"].reindex(shown).tolist()
    assert ranking["state"].tolist() == found.states["state"].reindex(shown).tolist()
    assert list(ranking.index) != list(cases().ranking["compound_id"])


def test_the_zip_is_the_folder_byte_for_byte_and_always_the_same() -> None:
    policy = checked_policy(TRIED, shared_policy())
    first, again = (policy_zip(policy, dt.date(2026, 11, 20)) for _ in range(2))
    assert first == again
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == policy_files(policy)


def test_tables_of_the_district_go_along(tmp_path: Path) -> None:
    shutil.copy(POLICY_FOLDER / "items.csv", tmp_path)
    own = load_policy(tmp_path)
    assert set(policy_files(own)) == {"criteria.csv", "settings.csv", "items.csv"}
    assert policy_files(own)["items.csv"] == (tmp_path / "items.csv").read_bytes()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_number_has_a_grade_and_a_source(lang: str) -> None:
    policy = shared_policy()
    rows = policy_numbers(policy, lang)
    assert list(rows.columns) == list(COLUMNS)
    assert len(rows) == 4 * len(policy.criteria) + len(policy.settings) + len(policy.items) + len(policy.programmes)
    assert set(rows["grade"]) <= set(GRADES)
    assert rows["source"].str.len().gt(0).all()
    assert all(grade_text(grade, lang) for grade in GRADES)


def test_numbers_are_found_by_name_code_source_and_grade() -> None:
    rows = policy_numbers(shared_policy())
    assert set(rows[found_in(rows, "供热问题")]["code"]) == {"n5"}
    assert found_in(rows, "N5 初筛").sum() == 1
    assert found_in(rows, "").all()
    assert not found_in(rows, "没有这样的词").any()
    assert rows[found_in(rows, "built_before_A")]["value"].tolist()[0] == "2000"
