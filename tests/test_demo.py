"""The demo district: same bytes, the figures of the district report, believable shapes, legal values, planted flaws."""

from __future__ import annotations

import functools
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from planner.cli.main import main
from planner.decisions.pipeline import Assessment, assess
from planner.district.checks import run_checks
from planner.district.demo import AS_OF, make_demo, write_messy
from planner.district.demo.messy import AREAS, BOUNDARY, LEDGER_CSV, LEDGER_XLSX
from planner.district.demo.names import subdistrict_names, told_apart
from planner.district.demo.roles import share
from planner.district.demo.streets import split
from planner.district.demo.warp import bend, heading, in_degrees
from planner.district.district import LAYERS, TABLES, District
from planner.district.import_request import ImportRequest, Source
from planner.district.importing import import_district
from planner.district.load import read_district
from planner.district.write import write_district
from planner.errors import CallError
from planner.policy import load_policy

DATA = Path(__file__).resolve().parent.parent / "data"
METRIC = "+proj=tmerc +lat_0=39.4 +lon_0=113.98 +k=1 +ellps=GRS80 +units=m"
SIZES = (0, 1, 7, 186, 1200)
WHOLE = 186
LIMITS = {"hard_min": 1, "hard_max": -1}


@functools.cache
def demo(compounds: int = WHOLE) -> District:
    return make_demo(compounds, policy=load_policy())


@functools.cache
def on_ground(compounds: int, name: str) -> gpd.GeoDataFrame:
    district = demo(compounds)
    layer = district.compounds if name == "compounds" else district.layers[name]
    return layer.to_crs(METRIC)


def owners(compounds: int, name: str) -> np.ndarray:
    """The shape of the compound to which each row of a layer belongs."""
    shapes = on_ground(compounds, "compounds").geometry
    return shapes.loc[demo(compounds).layers[name]["compound_id"]].to_numpy()


def by_place(compounds: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Compounds by what both files tell: community and name."""
    return compounds.set_index(["community_name", "name"]).sort_index()


def pairs(shapes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    return left[left < right], right[left < right]


def in_year(table: pd.DataFrame, first: int, last: int = 9999) -> pd.Series:
    return table["year"].between(first, last)


def works(programme: str, who: pd.Series) -> pd.DataFrame:
    """Finished works of one programme since 2022 at compounds of which `who` holds."""
    table = demo().tables["interventions"]
    finished = table["status"].isin(("完工", "验收")) & in_year(table, 2022)
    return table[finished & table["programme"].eq(programme) & table["compound_id"].map(who).astype(bool)]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The office files of the demo."""
    folder = tmp_path_factory.mktemp("office")
    write_messy(demo(), folder, as_of=AS_OF)
    return folder


class TestReport:
    """The figures of the district report that started the project, counted in the data."""

    def test_twelve_without_service_are_over_twenty_years_old(self) -> None:
        compounds = demo().compounds
        listed = compounds[compounds["sanwu_official"]]
        assert int((AS_OF.year - listed["built_year_min"] > 20).sum()) == 12
        assert len(listed) == 16

    def test_committees(self) -> None:
        assert demo().tables["committees"]["kind"].value_counts().to_dict() == {
            "业委会": 30,
            "物管会": 10,
            "联合业委会": 8,
        }

    def test_works_since_2022(self) -> None:
        listed = demo().compounds["sanwu_official"]
        yard = demo().compounds["object_type"].eq("院落")
        assert len(works("A", listed)) == works("A", listed)["compound_id"].nunique() == 12
        assert len(works("H", listed)) == works("H", listed)["compound_id"].nunique() == 14
        assert len(works("E", yard)) == works("E", yard)["compound_id"].nunique() == 5
        assert works("M", listed)["year"].tolist() == [2023] * 4

    def test_meetings_of_the_first_half_year(self) -> None:
        meetings = demo().tables["meetings"]
        half = meetings[meetings["held_on"].between("2026-01-01", "2026-06-30")]
        four = half[half["kind"].eq("四方联席")]
        for told in (half, four):  # 60余次, 190多件: by either way of counting
            assert 60 < len(told) < 70
            assert 190 < told["items_closed"].sum() < 200
        assert half["at_least"].any()

    def test_issues_are_those_of_the_meetings(self) -> None:
        meetings, issues = demo().tables["meetings"].set_index("meeting_id"), demo().tables["issues"]
        by_meeting = issues.groupby("meeting_id").agg(raised=("issue_id", "size"), closed=("closed_on", "count"))
        told = meetings.loc[by_meeting.index]
        assert by_meeting["raised"].tolist() == told["items_raised"].tolist()
        assert by_meeting["closed"].tolist() == told["items_closed"].tolist()

    def test_size_of_the_district(self) -> None:
        compounds = demo().compounds
        assert len(compounds) == 186
        assert compounds["object_type"].eq("院落").sum() == 21
        assert 40_000 < compounds["households"].sum() < 52_000
        assert (
            60
            < compounds["floor_area_m2"].sum() / compounds.loc[compounds["floor_area_m2"].notna(), "households"].sum()
            < 95
        )
        assert demo().layers["communities"]["subdistrict_order"].nunique() == 5
        assert len(demo().layers["communities"]) >= 20


class TestGeometry:
    @pytest.mark.parametrize("size", SIZES)
    def test_every_shape_is_valid_and_there(self, size: int) -> None:
        for name in ("compounds", *LAYERS):
            shapes = on_ground(size, name).geometry
            assert shapes.is_valid.all(), name
            assert not (shapes.is_empty | shapes.isna()).any(), name

    @pytest.mark.parametrize("size", SIZES)
    def test_buildings_stand_inside_their_compound_and_apart(self, size: int) -> None:
        buildings = on_ground(size, "buildings")
        assert shapely.covers(owners(size, "buildings"), buildings.geometry.to_numpy()).all()
        assert len(pairs(buildings.geometry.to_numpy())[0]) == 0
        assert set(demo(size).compounds.index) == set(buildings["compound_id"])

    @pytest.mark.parametrize("size", [7, 186, 1200])
    def test_only_the_planted_pair_overlaps(self, size: int) -> None:
        shapes = on_ground(size, "compounds").geometry.to_numpy()
        left, right = pairs(shapes)
        shared = shapely.area(shapely.intersection(shapes[left], shapes[right]))
        assert (shared > 0.5).sum() == (1 if size > 7 else (shared > 0.5).sum())
        smaller = np.minimum(shapely.area(shapes[left]), shapely.area(shapes[right]))
        assert ((shared / smaller)[shared > 0.5] > 0.05).all()

    def test_gates_stand_on_the_boundary_but_one(self) -> None:
        edges = shapely.boundary(owners(WHOLE, "entrances"))
        gap = shapely.distance(edges, on_ground(WHOLE, "entrances").geometry.to_numpy())
        # one gate is drawn 46.6 m off; the gates of the compound drawn over its neighbour stay where they were
        assert (gap > 20).sum() == 1
        assert (gap > 0.1).sum() <= 4
        assert set(demo().layers["entrances"]["compound_id"]) == set(demo().compounds.index)

    @pytest.mark.parametrize("size", SIZES)
    def test_communities_tile_the_district(self, size: int) -> None:
        communities = on_ground(size, "communities").geometry
        whole = communities.union_all()
        assert abs(communities.area.sum() - whole.area) < 1
        assert whole.geom_type == "Polygon"
        assert not whole.interiors

    @pytest.mark.parametrize("size", [7, 186, 1200])
    def test_compounds_lie_in_their_community(self, size: int) -> None:
        by_code = on_ground(size, "communities").set_index("community_code").geometry
        compounds = on_ground(size, "compounds")
        home = by_code.loc[compounds["community_code"]].to_numpy()
        inside = shapely.area(shapely.intersection(home, compounds.geometry.to_numpy()))
        assert (inside > 0.999 * compounds.area.to_numpy()).all()

    def test_streets_keep_off_compounds(self) -> None:
        roads = on_ground(WHOLE, "roads")
        for road_class, least in (("主干路", 15), ("次干路", 6), ("支路", 5)):
            lines = shapely.union_all(roads.geometry[roads["road_class"].eq(road_class)].to_numpy())
            gap = shapely.distance(lines, on_ground(WHOLE, "compounds").geometry.to_numpy())
            assert gap.min() > least, road_class

    def test_water_and_compounds_are_apart(self) -> None:
        water = on_ground(WHOLE, "water").union_all()
        assert on_ground(WHOLE, "compounds").distance(water).min() > 20

    def test_shapes_are_varied(self) -> None:
        shapes = on_ground(WHOLE, "compounds").geometry
        parts = shapely.get_num_geometries(shapes.to_numpy())
        concave = shapes.area / shapes.convex_hull.area < 0.97
        assert (parts > 1).sum() >= 2
        assert concave.sum() >= 25
        assert (shapes.area < 1800).sum() >= 20
        assert (shapes.area > 30_000).sum() >= 10


class TestValues:
    @pytest.mark.parametrize("size", SIZES)
    @pytest.mark.parametrize("name", ["compounds", *LAYERS, *TABLES])
    def test_enumerations_are_legal(self, size: int, name: str) -> None:
        table, fields = self._table(size, name)
        for field, row in fields[fields["type"].isin(("enum", "enums"))].iterrows():
            if field in table:
                told = {part for cell in table[field].dropna() for part in cell.split(";")}
                assert told <= set(row["values"].split(";")), field

    @pytest.mark.parametrize("name", ["compounds", *LAYERS, *TABLES])
    def test_numbers_stay_within_hard_limits(self, name: str) -> None:
        table, fields = self._table(1200, name)
        for field in table.columns.intersection(fields.index):
            for limit, sign in LIMITS.items():
                text = {"as_of": str(AS_OF.year)}.get(fields.at[field, limit], fields.at[field, limit])
                if text:
                    assert (table[field].dropna().astype(float) * sign >= float(text) * sign).all(), (field, limit)

    def test_what_is_required_is_there(self) -> None:
        for name in ("compounds", *LAYERS, *TABLES):
            table, fields = self._table(WHOLE, name)
            for field in fields.index[fields["required"].eq("yes")]:
                assert table[field].notna().all(), (name, field)

    @pytest.mark.parametrize("size", [186, 1200])
    def test_ids_are_unique_and_known(self, size: int) -> None:
        district = demo(size)
        known = set(district.compounds.index)
        for name, table in {**district.layers, **district.tables}.items():
            first = table.columns[0]
            if first.endswith("_id"):
                assert table[first].is_unique, name
            if "compound_id" in table:
                assert set(table["compound_id"].dropna()) <= known, name
            if "compound_ids" in table:
                assert {i for cell in table["compound_ids"].dropna() for i in cell.split(";")} <= known, name

    def test_committees_point_back_and_never_share_a_compound(self) -> None:
        committees = demo().tables["committees"]
        listed = [
            (i, c)
            for c, ids in zip(committees["committee_id"], committees["compound_ids"], strict=True)
            for i in ids.split(";")
        ]
        assert len({i for i, _ in listed}) == len(listed)
        own = demo().compounds["committee_id"]
        assert {(i, c) for i, c in own.dropna().items()} == set(listed)
        joint = committees.loc[committees["kind"].eq("联合业委会"), "compound_ids"].str.split(";")
        assert joint.map(len).min() >= 2
        assert joint.map(lambda ids: demo().compounds.loc[ids, "community_code"].nunique()).eq(1).all()

    def test_every_survey_field_is_known_somewhere_and_unknown_somewhere(self) -> None:
        fields = load_policy().fields("compounds")
        asked = [f for f in fields.index[fields["survey"].eq("yes")] if f not in ("name", "note", "alias", "address")]
        share = demo().compounds[[f for f in asked if f in demo().compounds]].notna().mean()
        assert (share > 0.05).all(), share[share <= 0.05]
        sure = ("geom_source", "geom_accuracy_m", "households", "buildings_n", "object_type")
        assert (share.drop(list(sure), errors="ignore") < 1).all()

    def test_attributes_go_together_as_in_life(self) -> None:
        compounds = demo().compounds
        firm = compounds["property_status"].eq("专业物业")
        nobody = compounds["property_status"].eq("无")
        assert compounds.loc[firm, "households"].median() > 2 * compounds.loc[nobody, "households"].median()
        known = compounds[compounds["built_year_min"].notna() & compounds["cctv_points"].notna()]
        old, new = known[known["built_year_min"] < 1990], known[known["built_year_min"] > 2003]
        assert (new["cctv_points"] / new["households"]).median() > (old["cctv_points"] / old["households"]).median()
        unknown = compounds.drop(columns="geometry").isna().mean(axis=1)
        assert unknown[compounds["property_status"].isna()].median() > unknown[firm].median()

    def test_names_are_told_apart_but_for_the_planted_pair(self) -> None:
        names = demo().compounds["name"]
        assert names.duplicated().sum() == 1
        assert names.nunique() == 185

    @staticmethod
    def _table(size: int, name: str) -> tuple[pd.DataFrame, pd.DataFrame]:
        district = demo(size)
        tables = {"compounds": district.compounds.reset_index(), **district.layers, **district.tables}
        return pd.DataFrame(tables[name]), load_policy().fields(name)


class TestFlaws:
    """What the checks have to find in the demo, and no more errors than were planted."""

    @functools.cached_property
    def found(self) -> pd.Series:
        problems = run_checks(demo(), load_policy(), AS_OF)
        return problems.groupby(["severity", "rule"]).size()

    def test_errors_are_the_planted_ones(self) -> None:
        assert self.found["error"].to_dict() == {"V15": 1, "V16": 3, "V22": 1}

    @pytest.mark.parametrize("rule", ["V05", "V05b", "V29", "G03"])
    def test_warnings_that_must_fire(self, rule: str) -> None:
        assert self.found["warning"].get(rule, 0) >= 1

    def test_the_list_and_the_rule_disagree_somewhere(self) -> None:
        assert self.found["info"].get("V10", 0) + self.found["info"].get("V10b", 0) >= 1


class TestStates:
    """What the planner says of the demo: every action state, in numbers like those of a real district."""

    @functools.cached_property
    def assessment(self) -> Assessment:
        return assess(demo(), load_policy(), as_of=AS_OF, profile="screen")

    def test_numbers_of_the_seven_states(self) -> None:
        states = self.assessment.states["state"].astype(str).value_counts().to_dict()
        assert states == {
            "可列入": 34,
            "先落实管护": 19,
            "先征询意愿": 12,
            "待核实": 58,
            "已列入/在建": 28,
            "不予安排": 6,
            "维修维护/暂无需求": 29,
        }

    def test_programmes_under_which_they_are_listed(self) -> None:
        states = self.assessment.states
        ready = states[states["state"].eq("可列入")]
        assert ready["lead"].value_counts().to_dict() == {"A": 14, "M": 15, "E": 5}

    def test_safety_findings_are_few_and_named(self) -> None:
        assert 4 <= self.assessment.states["safety"].sum() <= 8

    def test_every_kind_of_unknown_occurs(self) -> None:
        assert set(self.assessment.states["verify"].dropna()) == {"资料空白", "重点摸底", "暂缓摸底", "核实后定"}


class TestDeterminism:
    def test_same_arguments_same_bytes(self, tmp_path: Path) -> None:
        for name in ("one", "two"):
            write_district(make_demo(40, 5), tmp_path / name, as_of=AS_OF)
        written = sorted(p.relative_to(tmp_path / "one") for p in (tmp_path / "one").rglob("*") if p.is_file())
        assert Path("geo/district.gpkg") in written
        for path in written:
            assert (tmp_path / "one" / path).read_bytes() == (tmp_path / "two" / path).read_bytes(), path

    def test_another_seed_is_another_district(self) -> None:
        assert make_demo(40, 6).compounds["name"].tolist() != make_demo(40, 5).compounds["name"].tolist()

    def test_the_committed_demo_is_what_the_program_makes(self, tmp_path: Path) -> None:
        write_district(demo(), tmp_path, as_of=AS_OF)
        for path in (p for p in tmp_path.rglob("*") if p.is_file()):
            assert path.read_bytes() == (DATA / path.relative_to(tmp_path)).read_bytes(), path.name

    def test_the_committed_demo_is_small_and_marked(self) -> None:
        files = [DATA / "compounds.csv", *(DATA / "geo").iterdir(), *(DATA / "governance").iterdir()]
        assert sum(path.stat().st_size for path in files) < 6_000_000
        assert read_district(DATA, load_policy()).demo

    def test_reading_gives_the_district_back(self, tmp_path: Path) -> None:
        write_district(demo(), tmp_path, as_of=AS_OF)
        again = read_district(tmp_path, load_policy())
        assert (again.name, again.demo) == ("云湖区", True)
        ours, theirs = (pd.DataFrame(d.compounds.drop(columns="geometry")) for d in (demo(), again))
        pd.testing.assert_frame_equal(theirs, ours, check_index_type=False)
        pd.testing.assert_frame_equal(again.year_range, demo().year_range, check_index_type=False)
        for name, table in demo().tables.items():
            sort = table.sort_values(table.columns[0], ignore_index=True)
            pd.testing.assert_frame_equal(again.tables[name].sort_values(table.columns[0], ignore_index=True), sort)

    @pytest.mark.parametrize("size", [-1, 220_001])
    def test_impossible_sizes_are_refused(self, size: int) -> None:
        with pytest.raises(CallError, match="220000"):
            make_demo(size)


class TestSizes:
    @pytest.mark.parametrize("size", [0, 1, 7, 1200, 3000])
    def test_any_size(self, size: int) -> None:
        district = make_demo(size)
        assert len(district.compounds) == size
        assert len(district.layers["roads"]) > 0
        assert len(district.layers["communities"]) > 0

    @pytest.mark.parametrize("size", [1200])
    def test_other_sizes_hold_the_same_shares(self, size: int) -> None:
        listed = demo(size).compounds["sanwu_official"].sum()
        assert abs(listed - 16 * size / WHOLE) <= 2
        kinds = demo(size).tables["committees"]["kind"].value_counts()
        assert abs(kinds["业委会"] - 30 * size / WHOLE) <= 1


class TestOfficeFiles:
    def test_same_bytes(self, files: Path, tmp_path: Path) -> None:
        for path in write_messy(demo(), tmp_path, as_of=AS_OF):
            assert path.read_bytes() == (files / path.name).read_bytes(), path.name

    @pytest.mark.parametrize("ledger", [LEDGER_XLSX, LEDGER_CSV])
    def test_import_finds_the_district_again(self, files: Path, ledger: str) -> None:
        request = ImportRequest(
            policy=load_policy(),
            table=Source(files / ledger),
            footprints=Source(files / BOUNDARY),
            areas=Source(files / AREAS),
            area_label="社区",
            crs="auto",
        )
        found = by_place(import_district(request).district.compounds)
        ours = by_place(demo().compounds)
        assert found.index.tolist() == ours.index.tolist()
        for field in ("households", "buildings_n", "floor_area_m2", "property_status", "cctv_points", "sanwu_official"):
            assert found[field].astype("string").fillna("").tolist() == ours[field].astype("string").fillna("").tolist()
        drawn = found.geometry.notna().to_numpy()
        assert drawn.sum() >= WHOLE - 4
        shift = shapely.hausdorff_distance(found.geometry.to_numpy()[drawn], ours.geometry.to_numpy()[drawn])
        assert np.median(shift) < 1e-6  # degrees: GCJ-02 undone to within a hand's breadth


class TestCommand:
    def test_writes_a_district(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["demo", str(tmp_path / "区"), "--compounds", "12", "--seed", "3"]) == 0
        assert len(read_district(tmp_path / "区", load_policy()).compounds) == 12
        assert "〔演示·虚构〕" in capsys.readouterr().err

    def test_writes_office_files(self, tmp_path: Path) -> None:
        assert main(["demo", str(tmp_path / "原件"), "--compounds", "12", "--messy"]) == 0
        assert {p.name for p in (tmp_path / "原件").iterdir()} == {LEDGER_XLSX, LEDGER_CSV, BOUNDARY, AREAS}

    def test_refuses_an_impossible_size(self, tmp_path: Path) -> None:
        assert main(["demo", str(tmp_path / "区"), "--compounds", "-3"]) == 2
        assert not (tmp_path / "区").exists()


class TestParts:
    """The small rules on which the district rests, by hand and by property."""

    def test_names_are_told_apart_in_the_way_of_towns(self) -> None:
        names = np.array(
            ["光明小区", "光明小区", "机械厂家属院", "机械厂家属院", "东街19号院", "东街19号院"], dtype=object
        )
        told = ["光明小区", "光明东小区", "机械厂家属院", "机械厂东家属院", "东街19号院", "东街19-1号院"]
        assert told_apart(names).tolist() == told

    @given(st.lists(st.sampled_from(["光明里", "光明小区", "东街1号院", "粮食局家属院"]), max_size=60))
    def test_told_apart_names_are_unique(self, names: list[str]) -> None:
        told = told_apart(np.array(names, dtype=object))
        assert len(set(told)) == len(names)

    def test_subdistricts_beyond_the_pool_are_numbered(self) -> None:
        names = subdistrict_names(150)
        assert names[:2] == ["云湖街道", "学府街道"]
        assert names[12] == "云湖二街道"
        assert names[12 * 9] == "云湖十街道"
        assert names[12 * 11] == "云湖十二街道"
        assert len(set(names)) == 150

    def test_shares_at_the_base_are_the_numbers_themselves(self) -> None:
        assert [share(186, k) for k in (0, 1, 12, 186)] == [0, 1, 12, 186]
        assert [share(93, k) for k in (12, 1)] == [6, 1]
        assert share(0, 30) == 0

    @given(st.floats(20, 400), st.floats(20, 400), st.floats(0.3, 0.7), st.floats(0, 12))
    def test_a_cut_loses_only_its_own_width(self, wide: float, high: float, at: float, gap: float) -> None:
        rect = pd.DataFrame({"x0": [5.0], "y0": [-3.0], "x1": [5 + wide], "y1": [high - 3], "wish": [1.0]})
        rect = rect.assign(west=1, south=2, east=3, north=4)
        halves = split(rect, np.array([True]), np.array([at]), np.array([gap]), np.array([9]))
        area = ((halves["x1"] - halves["x0"]) * (halves["y1"] - halves["y0"])).sum()
        assert area == pytest.approx(wide * high - gap * min(wide, high))
        inner = ("east", "west") if wide >= high else ("north", "south")
        assert [halves[inner[0]].iloc[0], halves[inner[1]].iloc[1]] == [9, 9]

    @given(st.floats(-5000, 5000), st.floats(-5000, 5000))
    def test_heading_is_where_the_plans_east_goes(self, x: float, y: float) -> None:
        here, there = bend(np.array([[x - 0.5, y], [x + 0.5, y]]))
        assert np.arctan2(*(there - here)[::-1]) == pytest.approx(heading(np.array([[x, y]]))[0], abs=1e-4)

    def test_the_place_is_where_it_says(self) -> None:
        origin = shapely.get_coordinates(in_degrees(np.array([shapely.Point(0, 0), shapely.Point(0, 1000)])))
        assert origin[0].tolist() == [113.98, 39.4]
        assert origin[1, 1] - origin[0, 1] == pytest.approx(1000 / 111_030, rel=1e-3)  # metres per degree at 39.4 N
