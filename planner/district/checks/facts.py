"""What a check starts from: the district with its tables numbered alike, and the form in which a finding is written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely

from planner.district.crs import metric_crs
from planner.district.district import LAYERS, District
from planner.errors import join_problems, problem_rows
from planner.policy import Policy

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Positions = npt.NDArray[np.intp]

_DEGREE_M = 111_195.0
"""Length of a degree of a sphere of 6,371 km; good to 0.6 % everywhere, enough to choose what is measured."""


@dataclass(frozen=True)
class Facts:
    """The checked district, the policy and the as-of date, with what several checks derive from them, derived once.

    Positions count the rows of `compounds` from 0; -1 means that a row names no compound of this district.
    """

    district: District
    policy: Policy
    as_of: dt.date

    @cached_property
    def compounds(self) -> gpd.GeoDataFrame:
        """The compounds with compound_id as a column, numbered from 0."""
        return self.district.compounds.reset_index()

    def frame(self, table: str) -> pd.DataFrame:
        """Return a table of columns.csv by its name, numbered from 0."""
        if table == "compounds":
            return self.compounds
        return self.district.layers[table] if table in LAYERS else self.district.tables[table]

    def positions(self, ids: pd.Series) -> Positions:
        """Return the position of each compound id; -1 for a blank or unknown id."""
        index = pd.Index(self.compounds["compound_id"])
        first = np.flatnonzero(~index.duplicated())
        found = index[first].get_indexer(pd.Index(ids))
        return np.where(found >= 0, first[found], -1).astype(np.intp)

    @cached_property
    def building_owner(self) -> Positions:
        """The compound of each building."""
        return self.positions(self.frame("buildings")["compound_id"])

    @cached_property
    def buildings_counted(self) -> pd.Series:
        """Footprints per compound (Int64); a compound without any is unknown, not 0."""
        shapes = self.frame("buildings").geometry
        counted = self.sums(shapes.notna().astype("Float64"))
        return counted.where(counted > 0).astype("Int64")

    def sums(self, values: pd.Series) -> pd.Series:
        """Return the sum over each compound's buildings; missing where it has none or any value is missing."""
        owner, n = self.building_owner, len(self.compounds)
        own = owner >= 0
        unknown = np.bincount(owner[own], weights=values.isna().to_numpy()[own], minlength=n)
        total = np.bincount(owner[own], weights=values.to_numpy("float64", na_value=0.0)[own], minlength=n)
        complete = (np.bincount(owner[own], minlength=n) > 0) & (unknown == 0)
        return pd.Series(total, dtype="Float64").where(pd.Series(complete))

    def members(self, table: str) -> pd.DataFrame:
        """Return one line per row and compound of a table with compound_ids: row, compound_id, position."""
        ids = self.frame(table)["compound_ids"].reset_index(drop=True).str.split(";").explode().str.strip()
        ids = ids[ids.notna() & (ids != "")]
        lines = {"row": ids.index.to_numpy(), "compound_id": ids.to_numpy(), "position": self.positions(ids)}
        return pd.DataFrame(lines).astype({"compound_id": "string"})

    @cached_property
    def crs(self) -> pyproj.CRS:
        """The metric system in which this district is measured."""
        compounds = self.district.compounds
        layer = compounds if compounds.geometry.notna().any() else self.district.layers["buildings"]
        return metric_crs(layer)

    def metric(self, shapes: gpd.GeoSeries) -> npt.NDArray[np.object_]:
        """Return shapes in metres as an array, valid ones as they are, broken ones mended; missing stay None."""
        array = np.array(shapes.to_crs(self.crs).array, dtype=object)
        broken = ~shapely.is_valid(array) & ~shapely.is_missing(array)
        array[broken] = shapely.make_valid(array[broken])
        return array

    @cached_property
    def shapes(self) -> npt.NDArray[np.object_]:
        """The compounds' polygons and points in metres; None where nobody has drawn one."""
        return self.metric(self.compounds.geometry)

    @cached_property
    def is_polygon(self) -> Bools:
        """Whether a compound has a polygon (a point or a blank is not one)."""
        return np.asarray(shapely.get_dimensions(np.asarray(self.compounds.geometry.array)) == 2)

    @cached_property
    def areas(self) -> Floats:
        """Area of each compound's polygon in square metres; NaN for points and blanks."""
        return np.where(self.is_polygon, shapely.area(self.shapes), np.nan)

    @cached_property
    def building_boxes(self) -> Floats:
        """West, south, east, north of each footprint in degrees, n x 4; NaN where there is none."""
        return np.asarray(shapely.bounds(np.asarray(self.frame("buildings").geometry.array)))

    @cached_property
    def building_centres(self) -> Floats:
        """Longitude and latitude of the middle of each footprint's box, n x 2; NaN where there is none."""
        west, south, east, north = self.building_boxes.T
        return np.column_stack([(west + east) / 2, (south + north) / 2])

    @cached_property
    def footprints_about(self) -> Floats:
        """Footprint areas in square metres to about 1 %, from degrees: only to choose which ones are measured."""
        shapes = np.asarray(self.frame("buildings").geometry.array)
        return np.asarray(shapely.area(shapes) * _DEGREE_M**2 * np.cos(np.radians(self.building_centres[:, 1])))

    def footprints(self, chosen: Bools) -> Floats:
        """Return the measured area in square metres of the chosen buildings; NaN elsewhere and without a shape."""
        areas = np.full(len(chosen), np.nan)
        shapes = self.frame("buildings").geometry[chosen].to_crs(self.crs)
        areas[chosen] = shapely.area(np.asarray(shapes.array))
        return areas


Check = Callable[[Facts], pd.DataFrame]


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of finding: its code (the key of its words), its severity, and the table and column it is about."""

    code: str
    severity: str
    table: str
    column: str

    @property
    def file(self) -> str:
        """The file of a district folder that holds the column (CONTRACTS 1)."""
        if self.table in LAYERS or self.column == "geometry":
            return f"geo/district.gpkg:{self.table}"
        return "compounds.csv" if self.table == "compounds" else f"governance/{self.table}.csv"

    def found(self, facts: Facts, mask: object, **params: object) -> pd.DataFrame:
        """Return a problem for each row of the table where `mask` is certainly true; unknown is not a finding.

        `params` fill the message: scalars, or one value per row of the table. compound_id and name are added; a
        `value` among them is shown in place of the cell.
        """
        hit = np.flatnonzero(certain(mask))
        if not len(hit):
            return join_problems([])
        return self.at(facts, hit, **{key: _picked(value, hit) for key, value in params.items()})

    def at(self, facts: Facts, hit: Positions, **params: Sequence[object]) -> pd.DataFrame:
        """Return a problem for each position of the table, in that order; `params` have one value per problem."""
        frame = facts.frame(self.table)
        whose = {key: _picked(value, hit) for key, value in _whose(facts, frame).items()}
        cells = {**whose, **{key: [_plain(value) for value in values] for key, values in params.items()}}
        shown = cells.pop("value", None)
        if shown is None:
            shown = [""] * len(hit) if self.column == "geometry" else _picked(frame[self.column], hit)
        details = [dict(zip(cells, line, strict=True)) for line in zip(*cells.values(), strict=True)]
        return problem_rows(self.code, [None] * len(hit), severity=self.severity, file=self.file, column=self.column,
                            values=shown, params=details)  # fmt: skip

    def district_wide(self, **params: object) -> pd.DataFrame:
        """Return one problem about the whole table, without a compound."""
        details = {key: _plain(value) for key, value in {"compound_id": "", "name": "", **params}.items()}
        value = details.pop("value", "")
        return problem_rows(self.code, [None], severity=self.severity, file=self.file, column=self.column,
                            values=[value], params=[details])  # fmt: skip


def certain(mask: object) -> Bools:
    """Return a three-valued mask as an array that is true only where it is certainly true."""
    if isinstance(mask, pd.Series):
        return np.asarray(mask.astype("boolean").fillna(False).to_numpy(bool))
    return np.asarray(mask, dtype=np.bool_)


def outside(values: pd.Series, low: float, high: float) -> pd.Series:
    """Return whether values lie outside low..high (boolean, missing where the value is)."""
    return (values < low) | (values > high)


def positive(values: pd.Series) -> pd.Series:
    """Return values with zeros and negatives as missing, to divide by."""
    return values.where(values > 0)


def _whose(facts: Facts, frame: pd.DataFrame) -> Mapping[str, object]:
    """Return the compound_id and name of each row; a row without a name is called by its id."""
    if "compound_id" not in frame:
        return {"compound_id": "", "name": ""}
    ids = frame["compound_id"].reset_index(drop=True)
    if frame is facts.compounds:
        return {"compound_id": ids, "name": frame["name"].fillna(ids)}
    return {"compound_id": ids, "name": _Names(facts, ids)}


@dataclass(frozen=True, slots=True)
class _Names:
    """Names of the compounds that rows belong to, looked up for the few rows of a finding only."""

    facts: Facts
    ids: pd.Series

    def at(self, hit: Positions) -> pd.Series:
        ids = self.ids.iloc[hit].reset_index(drop=True)
        where = self.facts.positions(ids)
        names = self.facts.compounds["name"].reindex(np.where(where >= 0, where, -1)).reset_index(drop=True)
        return names.fillna(ids)


def _picked(values: Any, hit: Positions) -> list[object]:
    if isinstance(values, _Names):
        values, hit = values.at(hit), np.arange(len(hit))
    if isinstance(values, pd.Series):
        return [_plain(value) for value in values.iloc[hit]]
    if isinstance(values, np.ndarray):
        return [_plain(value) for value in values[hit]]
    return [_plain(values)] * len(hit)


def _plain(value: Any) -> object:
    """Return a value as people write it: whole numbers without .0, 是 and 否, dates without a time."""
    if value is None or value is pd.NA or value is pd.NaT:
        return ""
    if isinstance(value, (bool, np.bool_)):
        return "是" if value else "否"
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    if isinstance(value, (float, np.floating)):
        return f"{value:.4f}".rstrip("0").rstrip(".") if np.isfinite(value) else ""
    return value.item() if isinstance(value, np.generic) else value
