"""Import as a whole: a foreign ledger in, a checked district out, the same bytes again."""

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd

from planner.district.import_request import Source
from planner.district.importing import import_district
from planner.district.load import read_district
from planner.district.write import write_district
from planner.text import render_problems
from tests.import_files import LEDGER, POLICY, layer, request, run, square


def test_headers_words_and_numbers_become_fields() -> None:
    done = run()
    compounds = done.district.compounds
    assert list(compounds.index) == ["A1", "A2", "A3"]
    assert list(compounds["property_status"]) == ["无", "专业物业", "社区托管"]
    assert compounds.loc["A2", "property_firm"] == "某某物业服务有限公司"
    assert compounds["households"].tolist()[:2] == [120, 80]
    assert compounds["households"].isna().tolist() == [False, False, True]
    assert done.district.year_range.loc["A2"].tolist() == [1990, 1999]
    assert done.report.summary["columns"]["建筑年代"] == "built_year_min"
    assert done.report.summary["unmapped"] == ["备用"]
    assert set(done.district.original["compound_id"]) <= set(compounds.index)


def test_rows_without_an_id_get_one_that_does_not_depend_on_the_order() -> None:
    text = LEDGER.replace("编码,", "序号,").replace("A1", "1").replace("A2", "2").replace("A3", "3")
    names = run(text).district.compounds["name"]
    assert set(names.index) == {"XQ-000-001", "XQ-000-002", "XQ-000-003"}
    head, *rows = text.splitlines()
    turned = run("\n".join([head, *reversed(rows)]) + "\n").district.compounds["name"]
    assert names.to_dict() == turned.to_dict()


def test_ids_are_kept_from_an_earlier_import_and_it_is_asked_only_then() -> None:
    text = LEDGER.replace("编码,", "序号,")
    first = run(text).district.compounds
    more = text + "9,安康里,东风,1990,50,无物业,\n"
    again = run(more, previous=lambda: first).district.compounds["name"]
    assert again[first.index].tolist() == first["name"].tolist()
    assert again["XQ-000-004"] == "安康里"

    def never() -> pd.DataFrame:
        raise AssertionError("asked without need")

    assert len(run(previous=never).district.compounds) == 3


def test_written_and_read_again_it_is_the_same_district_in_both_encodings(tmp_path: Path) -> None:
    footprints = layer(tmp_path, "compounds", [square(0), square(1)], 小区编码=["A1", "A2"])
    folders = []
    for codec in ("utf-8-sig", "gb18030"):
        source = Source(LEDGER.encode(codec), "台账.csv")
        done = import_district(replace(request(footprints=footprints), table=source))
        folders.append(tmp_path / codec)
        write_district(done.district, folders[-1])
    for name in ("compounds.csv", "geo/district.gpkg", "original.csv", "district.json"):
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes()
    again = read_district(folders[0], POLICY)
    pd.testing.assert_frame_equal(
        again.compounds.drop(columns="geometry"), done.district.compounds.drop(columns="geometry")
    )
    note = json.loads((folders[1] / "import.json").read_text(encoding="utf-8"))
    assert (note["encoding"], note["rows"]) == ("GB18030", 3)


def test_a_header_without_rows_is_an_empty_district() -> None:
    done = run("小区编码,小区名称\n")
    assert len(done.district.compounds) == 0
    assert done.report.summary["cells"]["total"] == 0


def test_every_problem_has_its_words_in_both_languages(tmp_path: Path) -> None:
    footprints = layer(tmp_path, "compounds", [square(0), square(0), square(5)], 名称=["红旗", "滨河花苑", "?"])
    done = run(LEDGER + "A1,x,东风,1985年,999,无物业,x\n", footprints=footprints)
    for lang in ("zh", "en"):
        shown = render_problems(done.report.problems, lang)
        assert len(shown) > 5
        assert not shown["message"].str.contains("{", regex=False).any()
