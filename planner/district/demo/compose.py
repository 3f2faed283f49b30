"""The demo district 云湖区, put together: town, facts, roles, blanks and flaws become one checked District."""

from __future__ import annotations

import datetime

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from planner.district.demo import flaws, layers
from planner.district.demo.administration import DISTRICT_CODE
from planner.district.demo.building_table import building_table
from planner.district.demo.buildings import YARD
from planner.district.demo.chance import pick, stream
from planner.district.demo.facts_care import care_facts, employer_state
from planner.district.demo.facts_devices import device_facts
from planner.district.demo.facts_people import people_facts
from planner.district.demo.facts_register import register_facts
from planner.district.demo.facts_yard import yard_facts
from planner.district.demo.forgetting import forget, heap_years
from planner.district.demo.gates import entrance_table, gate_counts, gate_points, lay_gates
from planner.district.demo.governance import (
    appraisal_table,
    committee_of,
    committee_table,
    issue_table,
    meeting_table,
)
from planner.district.demo.hearsay import decade_ends, decade_texts, tell_decades
from planner.district.demo.heating import lay_heating
from planner.district.demo.interventions import finished_years, intervention_table
from planner.district.demo.names import compound_names
from planner.district.demo.roles import assign_roles, role_years
from planner.district.demo.town import Town, build_town
from planner.district.demo.warp import in_degrees
from planner.district.district import District, as_layer, empty_layer, typed, year_ends
from planner.errors import CallError, join_problems
from planner.policy import Policy, load_policy
from planner.text import t

AS_OF = datetime.date(2026, 11, 20)
"""The date to which the demo's data is told."""

NAME = "云湖区"
LARGEST = 220_000


def make_demo(compounds: int = 186, seed: int = 2027, *, policy: Policy | None = None) -> District:
    """Return the fictional district 云湖区 with this many compounds; the same arguments give the same district.

    At 186 compounds it holds the figures of the district report; other sizes hold the same shares. Every value is
    legal by columns.csv; what is missing or contradictory is planted (flaws.py, forgetting.py).
    CallError if compounds is not within 0..220,000.
    """
    if not 0 <= compounds <= LARGEST:
        raise CallError(t("demo.size", count=compounds, most=LARGEST))
    policy = policy or load_policy()
    town = build_town(compounds, seed)
    drawn = _Drawn(town, seed)
    shapes, _ = flaws.overlapping(town.shapes)
    table = typed(drawn.facts.rename_axis("compound_id").reset_index(), policy, "compounds")
    frame = as_layer(table, in_degrees(shapes)).set_index("compound_id")
    return District(
        name=NAME,
        compounds=frame,
        layers=_layers(drawn, policy),
        tables={name: typed(rows.reset_index(drop=True), policy, name) for name, rows in drawn.tables.items()},
        not_applicable=frozenset(),
        original=decade_texts(drawn.decades),
        problems=join_problems([]),
        year_range=decade_ends(year_ends(frame), drawn.decades),
        demo=True,
        crs_note={},
    )


def compound_ids(count: int) -> pd.Index:
    """Return the ids YH0001 and on, wide enough for the count."""
    width = max(4, len(str(count)))
    return pd.Index([f"YH{n + 1:0{width}d}" for n in range(count)], name="compound_id", dtype=object)


class _Drawn:
    """Everything that is drawn for one town, in the order in which one thing depends on another."""

    def __init__(self, town: Town, seed: int) -> None:
        self.town, self.seed = town, seed
        self.ids = compound_ids(len(town.sites))
        sites = town.sites.set_axis(self.ids)
        self.roles = assign_roles(sites, seed)
        years = role_years(sites, self.roles, seed)
        self.base = _base(town, sites, years, seed)
        care = care_facts(self.base, self.roles, seed)
        self.base = self.base.assign(
            property_status=care["property_status"], firm=care["property_status"] == "专业物业"
        )
        self.base["wear"] = _wear(self.base, seed)
        self.gates = lay_gates(self.base, self.roles, seed)
        counts = gate_counts(self.gates, len(self.ids)).set_axis(self.ids)
        self.base["gate_width"] = counts["width"]
        self.facts = self._facts(care, counts)
        self.tables = self._tables()
        self.facts["committee_id"] = committee_of(self.tables["committees"]).reindex(self.ids)
        self.facts = _appraised(self.facts, self.tables["appraisals"])
        self.whole = self.facts
        known = heap_years(forget(self.facts, self.roles, seed), self.roles)
        self.facts, self.decades = tell_decades(known, self.roles, seed)
        self.facts = flaws.miscounted(self.facts, self.roles, seed)

    def _facts(self, care: pd.DataFrame, counts: pd.DataFrame) -> pd.DataFrame:
        parts = [
            _identity(self.base, self.town, self.seed),
            employer_state(self.base, self.seed),
            care,
            device_facts(self.base, self.roles, counts, self.seed),
            yard_facts(self.base, self.roles, self.seed),
            people_facts(self.base, self.roles, self.seed),
            register_facts(self.base, self.roles, self.seed),
        ]
        return pd.concat(parts, axis=1)

    def _tables(self) -> dict[str, pd.DataFrame]:
        told = self.base
        meetings = meeting_table(told, self.town.communities, self.seed)
        return {
            "committees": committee_table(told, self.seed),
            "meetings": meetings,
            "issues": issue_table(meetings, self.seed),
            "appraisals": appraisal_table(told, self.seed),
            "interventions": intervention_table(told, self.roles, self.seed),
        }


def _layers(drawn: _Drawn, policy: Policy) -> dict[str, gpd.GeoDataFrame]:
    """Return every layer, typed; a layer without rows is empty but there."""
    sets = {**layers.base_layers(drawn.town, drawn.seed), **_doors(drawn), **_pipes(drawn), **_houses(drawn)}
    return {
        name: as_layer(typed(table, policy, name), shapes) if len(table) else empty_layer(policy, name)
        for name, (table, shapes) in sets.items()
    }


def _houses(drawn: _Drawn) -> dict[str, layers.Layer]:
    """Return the buildings; those of renovated compounds say when."""
    table = building_table(drawn.town.buildings, drawn.base, drawn.roles, drawn.seed)
    renovated = table["compound_id"].map(finished_years(drawn.tables["interventions"], "A"))
    return {"buildings": (table.assign(renovated_year=renovated), in_degrees(drawn.town.building_shapes))}


def _doors(drawn: _Drawn) -> dict[str, layers.Layer]:
    """Return entrances and the cameras at them; one entrance stands where it does not belong."""
    town, seed = drawn.town, drawn.seed
    table = entrance_table(drawn.gates, drawn.base, drawn.whole, seed)
    points = gate_points(drawn.gates, town.sites, town.shapes, seed)
    strayed = flaws.strayed_gate(table, points, shapely.centroid(town.shapes), drawn.roles)
    cameras = layers.camera_layer(drawn.whole, table, points, seed)
    return {"entrances": (table, in_degrees(strayed)), "devices": cameras}


def _pipes(drawn: _Drawn) -> dict[str, layers.Layer]:
    """Return heat stations and branches; finished heating works show as the year of renewal."""
    heated = drawn.base.assign(heating_type=drawn.whole["heating_type"])
    stations, places, branches, lines = lay_heating(drawn.town, heated, drawn.roles, drawn.seed)
    if len(branches):
        done = branches["compound_ids"].map(finished_years(drawn.tables["interventions"], "H"))
        branches = branches.assign(renewed_year=done.where(done.notna(), branches["renewed_year"]))
    return {"heat_stations": (stations, in_degrees(places)), "heat_branches": (branches, in_degrees(lines))}


def _base(town: Town, sites: pd.DataFrame, years: np.ndarray, seed: int) -> pd.DataFrame:
    """Return what every draw looks at: sizes, year, names, community."""
    buildings, size = town.buildings, len(sites)
    site = buildings["site"].to_numpy()
    footprint = shapely.area(town.building_shapes)
    number = np.bincount(site, minlength=size)
    communities = town.communities.iloc[sites["community"]].set_axis(sites.index)
    base = pd.DataFrame(
        {
            "kind": sites["kind"],
            "year": years,
            "year_max": years + _later(number, seed),
            "households": sites["households"],
            "units": np.bincount(site, buildings["units"] * (buildings["style"] != YARD), size),
            "buildings": number,
            "floors": np.bincount(site, buildings["floors"], size) / np.maximum(1, number),
            "floor_area": np.bincount(site, footprint * buildings["floors"].to_numpy(), size),
            "area": shapely.area(town.shapes),
            "perimeter": shapely.length(town.shapes),
            "laned": sites["lane"],
            "community": sites["community"],
            "street": sites["street"],
            "number": sites["number"],
        },
        index=sites.index,
    )
    names = compound_names(base.reset_index(drop=True), seed).set_axis(sites.index)
    return pd.concat([base, names, communities], axis=1)


def _later(number: np.ndarray, seed: int) -> np.ndarray:
    """Return how many years after the first building the last one was built."""
    rng = stream(seed, "phases")
    phased = (number > 4) & (rng.random(len(number)) < 0.45)
    return np.where(phased, rng.integers(1, 5, len(number)), 0)


def _wear(base: pd.DataFrame, seed: int) -> pd.Series:
    """Return how worn each compound is, 0 to 1: by age, less where a firm works."""
    age = (AS_OF.year - base["year"].to_numpy(float)) / 52
    drawn = stream(seed, "wear").normal(0, 0.12, len(base))
    return pd.Series(np.clip(age - 0.14 * base["firm"].to_numpy(float) + drawn, 0, 1), index=base.index)


def _identity(base: pd.DataFrame, town: Town, seed: int) -> pd.DataFrame:
    """Return names, codes, address, place, size and year."""
    rng = stream(seed, "identity")
    size = len(base)
    middle = shapely.get_coordinates(in_degrees(shapely.point_on_surface(town.shapes))) if size else np.zeros((0, 2))
    drawn = pick(rng, ("影像勾绘", "规划红线", "宗地", "现场"), (40, 28, 22, 10), size)
    accuracy = pd.Series(drawn).map({"影像勾绘": 3.0, "规划红线": 1.0, "宗地": 0.1, "现场": 0.5}).to_numpy(float)
    grid = 1 + (np.arange(size) % 3)
    source = np.where(base["year"] >= 1992, "不动产登记", pick(rng, ("竣工档案", "不动产登记"), (7, 3), size))
    return pd.DataFrame(
        {
            "name": base["name"],
            "alias": base["alias"],
            "object_type": base["kind"],
            "district_code": DISTRICT_CODE,
            "district_name": NAME,
            "subdistrict_code": base["subdistrict_code"],
            "subdistrict_name": base["subdistrict_name"],
            "community_code": base["community_code"],
            "community_name": base["community_name"],
            "grid_code": [f"{c}{n:02d}" for c, n in zip(base["community_code"], grid, strict=True)],
            "grid_name": [f"{c}第{'一二三'[n - 1]}网格" for c, n in zip(base["community_name"], grid, strict=True)],
            "address": base["street"] + base["number"].astype(str) + "号",
            "lon": np.round(middle[:, 0], 6),
            "lat": np.round(middle[:, 1], 6),
            "geom_source": drawn,
            "geom_crs_src": "CGCS2000",
            "geom_accuracy_m": accuracy,
            "built_year_min": base["year"],
            "built_year_max": base["year_max"],
            "built_year_source": source,
            "households": base["households"],
            "buildings_n": base["buildings"],
            "units_n": np.where(base["kind"] == "院落", np.nan, base["units"]),
            "floor_area_m2": np.round(base["floor_area"] * rng.normal(1, 0.02, size)),
            "site_area_m2": np.round(base["area"] * rng.normal(1, 0.008, size)),
            "former_unit": base["former_unit"],
        },
        index=base.index,
    )


def _appraised(facts: pd.DataFrame, appraisals: pd.DataFrame) -> pd.DataFrame:
    """Write the newest appraisal into the compounds."""
    newest = appraisals.drop_duplicates("compound_id", keep="last").set_index("compound_id").reindex(facts.index)
    return facts.assign(service_grade=newest["grade"], service_score=newest["score"], score_period=newest["period"])
