"""Writing a district: canonical, the same to the byte, and read back as it was."""

from __future__ import annotations

import datetime as dt
import sqlite3
from pathlib import Path

import pandas as pd
import pytest
from builders import make_district, shared_policy
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, box

from planner.district.district import LAYERS, TABLES, District
from planner.district.load import read_district
from planner.district.write import write_district

POLICY = shared_policy()


def _bytes(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def _district() -> District:
    return make_district(
        [
            {"compound_id": "B2", "name": "乙，“引号”\n第二行", "households": 30, "heating_type": "na", "lpr": False},
            {
                "compound_id": "A10",
                "name": " 甲 ",
                "built_year_min": 1985,
                "built_year_max": 1985,
                "built_year_source": "居民口述",
                "year_lo": 1980,
                "year_hi": 1989,
                "floor_area_m2": 12345.678,
                "fee_yuan_m2_month": 0.5,
                "vote_date": dt.date(2024, 3, 5),
                "lpr": True,
                "geometry": box(114.5, 38.0, 114.51, 38.01),
                "original": {"households": "约80户"},
                "households": 80,
            },
            {
                "compound_id": "A9",
                "name": "=1+1",
                "built_year_min": 1980,
                "built_year_max": 1992,
                "geometry": Point(114.5, 38.0),
            },
            {
                "compound_id": "C",
                "name": "丙",
                "built_year_min": 1985,
                "built_year_max": 1985,
                "built_year_source": "估计",
                "year_lo": 1983,
                "year_hi": 1987,
                "original": {"built_year_min": "1985年前后", "built_year_max": "1985年前后"},
            },
        ],
        buildings=[
            {"building_id": "b2", "compound_id": "A10", "floors": 6, "geometry": box(114.5, 38, 114.501, 38.001)},
            {"building_id": "b1", "compound_id": "A10", "roof_leak": True, "hazard_report_date": dt.date(2020, 1, 2)},
        ],
        heat_branches=[
            {"branch_id": "h", "compound_ids": "A10;B2", "geometry": LineString([(114.5, 38), (114.6, 38)])}
        ],
        meetings=[{"meeting_id": "m", "held_on": dt.date(2024, 3, 5), "parties": "居委会;业委会"}],
        demo=True,
    )


def test_it_reads_back_as_it_was(tmp_path: Path) -> None:
    district = _district()
    write_district(district, tmp_path)
    again = read_district(tmp_path, POLICY)
    ours = district.compounds.sort_index()
    pd.testing.assert_frame_equal(
        again.compounds.drop(columns="geometry"), ours.drop(columns="geometry"), check_index_type=False
    )
    assert again.compounds.geometry.notna().tolist() == ours.geometry.notna().tolist()
    assert again.compounds.geometry["A10"].equals(ours.geometry["A10"])
    assert again.not_applicable == {("B2", "heating_type")}
    pd.testing.assert_frame_equal(again.year_range, district.year_range.sort_index(), check_index_type=False)
    assert (again.name, again.demo) == ("测试区", True)
    assert {tuple(row) for row in again.original.to_numpy()} >= {("A10", "households", "约80户")}
    for name in LAYERS:
        assert len(again.layers[name]) == len(district.layers[name])
    for name in TABLES:
        assert len(again.tables[name]) == len(district.tables[name])
    assert again.layers["buildings"]["building_id"].tolist() == ["b1", "b2"]
    assert again.layers["buildings"]["hazard_report_date"].iloc[0] == pd.Timestamp("2020-01-02")
    assert bool(again.layers["buildings"]["roof_leak"].iloc[0])
    assert not (again.problems["severity"] == "error").any()


def test_the_file_is_the_one_that_we_promise(tmp_path: Path) -> None:
    write_district(_district(), tmp_path)
    text = (tmp_path / "compounds.csv").read_bytes()
    assert text.startswith(b"\xef\xbb\xbfcompound_id,name,")
    assert b"\r" not in text
    rows = text.decode("utf-8-sig").splitlines()
    header = rows[0].split(",")
    assert header == [
        "compound_id", "name", "built_year_min", "built_year_max", "built_year_source", "households", "floor_area_m2",
        "fee_yuan_m2_month", "lpr", "heating_type", "vote_date",
    ]  # fmt: skip
    assert rows[1] == "A10, 甲 ,1980年代,1980年代,居民口述,80,12345.678,0.5,是,,2024-03-05"
    assert rows[2] == "A9,=1+1,1980,1992,,,,,,,"
    assert rows[3] == 'B2,"乙，“引号”'
    assert rows[5] == "C,丙,1985年前后,1985年前后,估计,,,,,,"


def test_writing_twice_and_reading_between_gives_the_same_bytes(tmp_path: Path) -> None:
    district = _district()
    write_district(district, tmp_path / "a")
    write_district(district, tmp_path / "b")
    write_district(read_district(tmp_path / "a", POLICY), tmp_path / "c")
    assert _bytes(tmp_path / "a") == _bytes(tmp_path / "b") == _bytes(tmp_path / "c")


def test_the_order_of_rows_does_not_show(tmp_path: Path) -> None:
    rows = [{"compound_id": f"A{n}", "name": "甲", "geometry": Point(114 + n / 100, 38)} for n in range(5)]
    roads = [{"name": f"路{n % 2}", "geometry": LineString([(114, 38), (115, 38 + n)])} for n in range(4)]
    issues = [{"issue_id": f"i{n % 2}", "note": f"说明{n}"} for n in range(4)]
    write_district(make_district(rows, roads=roads, issues=issues), tmp_path / "a")
    write_district(make_district(rows[::-1], roads=roads[::-1], issues=issues[::-1]), tmp_path / "b")
    assert _bytes(tmp_path / "a") == _bytes(tmp_path / "b")


def test_the_date_inside_the_geopackage_is_the_as_of_date(tmp_path: Path) -> None:
    write_district(_district(), tmp_path, as_of=dt.date(2026, 11, 20))
    connection = sqlite3.connect(tmp_path / "geo" / "district.gpkg")
    dates = {row[0] for row in connection.execute("select last_change from gpkg_contents")}
    connection.close()
    assert dates == {"2026-11-20T00:00:00.000Z"}


def test_writing_over_an_older_district_leaves_nothing_of_it(tmp_path: Path) -> None:
    write_district(_district(), tmp_path)
    write_district(make_district([{"compound_id": "Z", "name": "新"}]), tmp_path)
    assert sorted(_bytes(tmp_path)) == ["compounds.csv", "district.json"]
    assert read_district(tmp_path, POLICY).compounds.index.tolist() == ["Z"]


def test_no_compounds(tmp_path: Path) -> None:
    write_district(make_district(), tmp_path)
    assert (tmp_path / "compounds.csv").read_text(encoding="utf-8-sig") == "compound_id,name\n"
    assert len(read_district(tmp_path, POLICY).compounds) == 0


def test_the_district_is_not_changed(tmp_path: Path) -> None:
    district = _district()
    before = district.compounds.copy(deep=True)
    write_district(district, tmp_path)
    pd.testing.assert_frame_equal(pd.DataFrame(district.compounds), pd.DataFrame(before))


_TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cn", "Cs"], include_characters="\r\n\t"),
    min_size=13,
    max_size=20,
)


@given(name=_TEXT, note=_TEXT, area=st.floats(0, 1e9), share=st.floats(0, 1), count=st.integers(1, 20_000))
def test_any_values_come_back(
    tmp_path_factory: pytest.TempPathFactory, name: str, note: str, area: float, share: float, count: int
) -> None:
    folder = tmp_path_factory.mktemp("district")
    row = {
        "compound_id": "A",
        "name": name,
        "note": note,
        "floor_area_m2": area,
        "rental_share": share,
        "households": count,
    }
    write_district(make_district([row]), folder)
    district = read_district(folder, POLICY)
    read = district.compounds.loc["A"]
    held_out = set(district.problems.loc[district.problems["rule"] == "V26", "column"])
    for field, text in (("name", name), ("note", note)):
        assert field in held_out or not text.strip() or read[field] == text
    assert (read["floor_area_m2"], read["rental_share"], read["households"]) == (area, share, count)


@pytest.mark.needs_shared
def test_both_encodings_of_the_real_ledger_write_the_same_bytes(shared: Path, tmp_path: Path) -> None:
    for code, name in (("a", "real_compounds.csv"), ("b", "real_compounds_gb18030.csv")):
        (tmp_path / code).mkdir()
        (tmp_path / code / "compounds.csv").symlink_to(shared / "real_district" / name)
        write_district(read_district(tmp_path / code, POLICY), tmp_path / f"out_{code}")
    assert _bytes(tmp_path / "out_a") == _bytes(tmp_path / "out_b")
