"""数据核对 as plain frames: the problems of the command, whom they concern, groups, counts, map, sentence, address."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.cli.main import main
from planner.district.district import District
from planner.district.load import read_district
from planner.district.write import write_district
from planner.errors import SEVERITIES, join_problems, problem
from planner.outputs import quality_view, quality_words
from planner.outputs.problem_file import problem_records
from planner.outputs.quality_view import CLASSES, Findings, QualityView
from planner.text import load_words
from planner.web.quality_address import PARAMETERS, decode, encode
from tests.builders import make_district, shared_policy
from tests.cases import AS_OF
from tests.ground import box
from tests.joined import case_district
from tests.source_tree import ROOT

THREE: list[dict[str, Any]] = [
    {"compound_id": "A1", "name": "幸福里", "subdistrict_name": "东街", "property_status": "无",
     "property_firm": "某企业", "fee_yuan_m2_month": 0.5, "units_n": 30, "households": 20,
     "geometry": box(0, 0, 100, 100)},
    {"compound_id": "B2", "name": "红旗家属院", "subdistrict_name": "西街", "face_only": True,
     "geometry": box(50, 0, 100, 100)},
    {"compound_id": "C3", "name": "安居苑", "subdistrict_name": "东街"},
]  # fmt: skip


@pytest.fixture(scope="module")
def three() -> Findings:
    """A1: V08, V08c, V07 and the overlap V22 with B2; B2: V15 and V22; C3: nothing."""
    return quality_view.find(make_district(THREE), shared_policy(), AS_OF)


def rules(findings: Findings, **view: str) -> list[str]:
    """The rules that a view shows, in the order of the table."""
    mask = quality_view.shown(findings, QualityView(**view))
    return sorted(findings.problems.loc[mask, "rule"])


def test_filters_by_severity_rule_and_sub_district(three: Findings) -> None:
    assert rules(three) == ["V07", "V08", "V08c", "V15", "V22"]
    assert rules(three, street="西街") == ["V15", "V22"]
    assert rules(three, street="东街") == ["V07", "V08", "V08c", "V22"]
    assert rules(three, severity="error", rule="V15") == ["V15"]
    assert rules(three, severity="warning", rule="V15") == []
    assert rules(three, severity="nonsense") == rules(three)
    every = quality_view.shown(three, QualityView(rule="V15", street="西街"), any_rule=True)
    assert int(every.sum()) == 2


def test_a_problem_concerns_both_of_two_compounds_and_each_is_counted_once(three: Findings) -> None:
    table = quality_view.groups(three, quality_view.shown(three, QualityView(rule="V22")))
    assert table.to_dict("records") == [{"severity": "error", "rule": "V22", "n": 1, "compounds": 2}]
    assert len(quality_view.problems_of(three, "A1")) == 4
    assert len(quality_view.problems_of(three, "B2")) == 2
    assert quality_view.problems_of(three, "C3") == []
    assert quality_view.problems_of(three, "nobody") == []


def test_the_map_shows_the_worst_of_every_compound(three: Findings) -> None:
    everything = quality_view.shown(three, QualityView())
    layer = quality_view.quality_layer(three, everything)
    assert [CLASSES[c] for c in layer.codes] == ["error", "error", "none"]
    assert layer.counts() == [2, 0, 0, 1]
    few = quality_view.shown(three, QualityView(rule="V15"))
    one = quality_view.quality_layer(three, few, filtered=True)
    assert [CLASSES[c] for c in one.codes] == ["none", "error", "none"]
    assert one.classes[-1].label != layer.classes[-1].label


def test_groups_come_worst_and_most_first() -> None:
    found = join_problems(
        [
            problem("V03b", severity="info", compound_id="A1"),
            *[problem("V05b", severity="warning", compound_id="A1") for _ in range(2)],
            *[problem("V09", severity="warning", compound_id=key) for key in ("A1", "B2", "C3")],
            problem("V15", compound_id="B2"),
        ]
    )
    findings = by_hand(found)
    table = quality_view.groups(findings, np.ones(len(found), dtype=bool))
    assert list(table["rule"]) == ["V15", "V09", "V05b", "V03b"]
    assert list(table["n"]) == [1, 3, 2, 1]
    assert list(table["compounds"]) == [1, 3, 1, 1]


def by_hand(found: pd.DataFrame) -> Findings:
    """Findings of the three compounds with these problems instead of their own."""
    streets = pd.Series(["东街", "西街", "东街"], index=["A1", "B2", "C3"], dtype=object)
    return Findings(found, quality_view._links(found, streets.index), streets)


def test_a_problem_of_nobody_is_shown_for_the_whole_district_only() -> None:
    findings = by_hand(join_problems([problem("D01", severity="warning"), problem("V09", compound_id="X9;C3")]))
    assert list(findings.links["at"]) == [2]
    assert rules(findings) == ["D01", "V09"]
    assert rules(findings, street="东街") == ["V09"]
    assert rules(findings, street="西街") == []


problems = st.lists(
    st.tuples(st.sampled_from(SEVERITIES), st.sampled_from(["V09", "V05b", "V15"]),
              st.lists(st.sampled_from(["A1", "B2", "C3", "X9"]), max_size=3)),
    max_size=30,
)  # fmt: skip


@given(problems, st.sampled_from(["", "东街", "西街"]), st.sampled_from(["", *SEVERITIES]))
def test_totals_add_up(rows: list[tuple[str, str, list[str]]], street: str, severity: str) -> None:
    found = join_problems([problem(r, severity=s, compound_id=";".join(ids)) for s, r, ids in rows])
    findings = by_hand(found)
    mask = quality_view.shown(findings, QualityView(street=street, severity=severity))
    grouped, counted = quality_view.groups(findings, mask), quality_view.severity_counts(findings, mask)
    assert grouped["n"].sum() == mask.sum() == counted["n"].sum()
    for name in SEVERITIES:
        assert grouped.loc[grouped["severity"] == name, "n"].sum() == counted.at[name, "n"]
    layer = quality_view.quality_layer(findings, mask)
    assert sum(layer.counts()) == 3
    own = quality_view.per_compound(findings, mask)
    assert int((own["n"] > 0).sum()) == 3 - layer.counts()[3]
    whole = [len(quality_view.problems_of(findings, key)) for key in own.index]
    assert own["n"].sum() <= sum(whole) == len(findings.links)
    if not street and not severity:
        assert mask.all()
        assert list(own["n"]) == whole
    assert (own["worst"] == "none").tolist() == (own["n"] == 0).tolist()
    places = [quality_view.shown(findings, QualityView(street=name)) for name in ("东街", "西街")]
    concerned = np.isin(np.arange(len(found)), findings.links["problem"])
    assert ((places[0] | places[1]) == concerned).all()


def test_the_sentence_says_what_to_correct_first(three: Findings) -> None:
    everything = quality_view.shown(three, QualityView())
    said = quality_words.sentence(three, everything)
    assert said.startswith("**先改这4类**（错误4处）：")
    assert said.endswith("涉及2个小区（共3个）。")
    good = by_hand(join_problems([]))
    assert "可直接使用" in quality_words.sentence(good, np.zeros(0, dtype=bool))
    notes = by_hand(problem("V03b", severity="info", compound_id="A1"))
    assert "可直接使用" in quality_words.sentence(notes, np.ones(1, dtype=bool))
    assert "说明1处" in quality_words.sentence(notes, np.ones(1, dtype=bool))
    doubtful = by_hand(problem("V09", severity="warning", compound_id="A1"))
    assert "专业物业未填企业名称**1处**" in quality_words.sentence(doubtful, np.ones(1, dtype=bool))
    assert "Usable" in quality_words.sentence(doubtful, np.ones(1, dtype=bool), "en")
    nobody = quality_view.find(make_district([]), shared_policy(), AS_OF)
    assert "还没有小区" in quality_words.sentence(nobody, np.zeros(0, dtype=bool))


def test_every_rule_of_data_has_plain_words() -> None:
    words, of_data = (
        load_words(),
        re.compile(r"problem\.((?:[DGIV]\d|(?:cell|repair|read|file|layer|district)\.).*)\.message"),
    )
    known = {found[1] for key in words if (found := of_data.fullmatch(key))}
    assert len(known) > 150
    assert [rule for rule in sorted(known) if f"quality.rule.{rule}" not in words] == []
    assert quality_words.rule_title("nobody.knows") == "nobody.knows"


@pytest.mark.parametrize("make", [case_district, lambda: make_district(THREE), lambda: make_district([])])
def test_page_and_command_line_say_the_same(
    make: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_district(make(), tmp_path / "d")
    main(["check", "--district", str(tmp_path / "d"), "--as-of", AS_OF.isoformat(), "--json"])
    command = json.loads(capsys.readouterr().out)
    findings = quality_view.find(read_district(tmp_path / "d", shared_policy()), shared_policy(), AS_OF)
    assert problem_records(findings.problems) == command
    counts = quality_view.severity_counts(findings, quality_view.shown(findings, QualityView()))["n"]
    assert counts.to_dict() == {s: sum(row["severity"] == s for row in command) for s in SEVERITIES}


def test_the_page_can_be_had_without_streamlit(tmp_path: Path) -> None:
    write_district(make_district(THREE), tmp_path / "d")
    script = (
        "import sys, datetime, pathlib; sys.modules['streamlit'] = None\n"
        "from planner.policy import load_policy; from planner.district.load import read_district\n"
        "from planner.outputs import quality_view, quality_words\n"
        "policy = load_policy(); district = read_district(pathlib.Path(sys.argv[1]), policy)\n"
        f"found = quality_view.find(district, policy, datetime.date({AS_OF.year}, {AS_OF.month}, {AS_OF.day}))\n"
        "mask = quality_view.shown(found, quality_view.QualityView(street='西街'))\n"
        "quality_view.groups(found, mask).to_csv(sys.stdout, index=False)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "d")], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert {row["rule"] for row in csv.DictReader(io.StringIO(ran.stdout))} == {"V15", "V22"}


def test_a_repaired_cell_is_known_by_its_compound(tmp_path: Path) -> None:
    folder = tmp_path / "d"
    (folder / "governance").mkdir(parents=True)
    ledger = "compound_id,name,built_year_min,households\nA1,甲,80年代,90\nB2,乙,1985,约80户\nC3,丙,1990,很多\n"
    (folder / "compounds.csv").write_text(ledger, encoding="utf-8")
    works = "intervention_id,compound_id,programme,year\nX1,B2,A,去年\n"
    (folder / "governance" / "interventions.csv").write_text(works, encoding="utf-8")
    findings = quality_view.find(read_district(folder, shared_policy()), shared_policy(), AS_OF)
    own = {
        key: {findings.problems["rule"][k] for k in quality_view.problems_of(findings, key)}
        for key in ("A1", "B2", "C3")
    }
    assert "repair.year_ends" in own["A1"]
    assert {"repair.about", "cell.number"} <= own["B2"]
    assert own["C3"] >= {"cell.number"}
    assert "repair.year_ends" not in own["B2"] | own["C3"]


views = st.builds(
    QualityView,
    street=st.text(max_size=30),
    severity=st.sampled_from(["", *SEVERITIES]),
    rule=st.one_of(st.just(""), st.from_regex(r"[A-Za-z][A-Za-z0-9_.]{0,20}", fullmatch=True)),
    chosen=st.text(max_size=30),
    sanwu=st.sampled_from(["", "listed_no", "unnamed_yes"]),
)


@given(views)
def test_an_address_says_the_view_and_is_read_back(view: QualityView) -> None:
    written = encode(view)
    assert set(written) <= set(PARAMETERS)
    assert all(written.values())
    assert decode(written) == view


@given(st.dictionaries(st.sampled_from([*PARAMETERS, "lang", "x"]), st.text(max_size=300)))
def test_any_address_is_a_view(address: dict[str, str]) -> None:
    view = decode(address)
    assert view.severity in ("", *SEVERITIES)
    assert decode(encode(view)) == view


def test_a_district_is_not_changed() -> None:
    district: District = make_district(THREE)
    before = district.compounds.copy()
    findings = quality_view.find(district, shared_policy(), AS_OF)
    problems_before = findings.problems.copy()
    mask = quality_view.shown(findings, QualityView())
    quality_view.groups(findings, mask)
    quality_view.quality_layer(findings, mask)
    pd.testing.assert_frame_equal(district.compounds, before)
    pd.testing.assert_frame_equal(findings.problems, problems_before)
