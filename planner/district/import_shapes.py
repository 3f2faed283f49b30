"""Footprints of an import to the rows of its ledger: by id, else by the row's point, else by a name that is unique."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from planner.district.cells import as_cell_text
from planner.district.clean import clean_table
from planner.district.geometry_repair import repair_geometry
from planner.district.import_request import FOOTPRINTS, ImportRequest
from planner.district.matching import match_names
from planner.errors import join_problems, problem, problem_rows

_FIELDS = ("compound_id", "name", "alias", "address", "community_name")
_TABLE = "compounds"


@dataclass(frozen=True, slots=True)
class Footprints:
    """The footprint layer as read: shapes repaired, in their own coordinates, and the names that it gives them.

    headers: its attribute columns. shapes: RangeIndex, column geometry. names: same index; compound_id, name, alias,
    address, community_name (string, missing where the layer has no such column).
    """

    file: str
    headers: tuple[str, ...]
    shapes: gpd.GeoDataFrame
    names: pd.DataFrame
    problems: pd.DataFrame


@dataclass(frozen=True, slots=True)
class Joined:
    """Footprints and rows together.

    geometry: index of the ledger's rows, None where a row has no footprint. how: how many features by "id", "point",
    "name". candidates: as matching.Matches, rows are footprint features. unclaimed: features without a row.
    """

    geometry: pd.Series
    how: dict[str, int]
    candidates: pd.DataFrame
    unclaimed: int
    problems: pd.DataFrame


def prepare_footprints(layer: gpd.GeoDataFrame, request: ImportRequest) -> Footprints:
    """Return the footprint layer with repaired shapes and its naming columns; other attributes are left alone."""
    file = request.footprints.label if request.footprints else ""
    shapes, problems = repair_geometry(layer[["geometry"]], file, _TABLE)
    headers = tuple(str(c) for c in layer.columns if c != "geometry")
    mapped = request.map_headers(_TABLE, headers).fields
    naming = {h: f for h, f in mapped.items() if f in _FIELDS}
    text = layer[list(naming)].rename(columns=naming).apply(as_cell_text)
    names = clean_table(text, _TABLE, request.policy, file=file).frame[list(_FIELDS)]
    return Footprints(file, headers, shapes, names, problems)


def adopt_ids(
    footprints: Footprints, shapes: gpd.GeoSeries, rows: pd.DataFrame, *, points: pd.Series, request: ImportRequest
) -> pd.Series:
    """Return the id that each of `rows` (without ids of their own) takes over from the footprints, NA where none.

    A row takes the id of the only footprint that its point lies in, where no other row's point does; else of the
    footprint whose name is equal. Footprints without an id give none.
    """
    named = footprints.names[footprints.names["compound_id"].notna()]
    named = named[~named["compound_id"].duplicated(keep=False)]
    spots = points.loc[rows.index].set_axis(range(len(rows)))
    found, _ = _by_point(shapes.loc[named.index], spots)
    found = found.dropna()
    ids = pd.Series(named.loc[found.index, "compound_id"].to_numpy(), index=rows.index[found.to_numpy(dtype=int)])
    ids = ids.reindex(rows.index).astype("string")
    left = named[~named["compound_id"].isin(ids)].set_index("compound_id")
    least = request.policy.number("match_propose")
    by_name = match_names(rows[ids.isna()], left, least=least, remembered=request.remembered_names)
    return ids.fillna(by_name.found["compound_id"])


def join_footprints(
    footprints: Footprints, shapes: gpd.GeoSeries, rows: pd.DataFrame, *, points: pd.Series, request: ImportRequest
) -> Joined:
    """Return the footprint of each row.

    shapes: the footprints in EPSG:4490. rows: compound_id and the naming fields; points: the rows' points in EPSG:4490
    (None where unknown). A feature takes its row by id; else by the only row whose point lies in it; else by a name
    that is equal to one row's only (matching.match_names, remembered names first). Several features of one row become
    one multi-part shape, with a note.
    """
    owner = pd.Series(pd.NA, index=shapes.index, dtype="Int64")
    known = pd.Series(np.arange(len(rows)), index=rows["compound_id"].to_numpy())
    owner = owner.fillna(footprints.names["compound_id"].map(known).astype("Int64"))
    how = {"id": int(owner.notna().sum())}
    polygons = shapely.get_dimensions(shapes.to_numpy()) == 2
    free = np.setdiff1d(np.arange(len(rows)), owner.dropna().to_numpy(dtype=int))
    found, crowded = _by_point(shapes[owner.isna() & polygons], points.set_axis(range(len(rows))).iloc[free])
    owner = owner.fillna(found)
    how["point"] = int(owner.notna().sum()) - how["id"]
    found, candidates = _by_name(footprints, owner, rows, request)
    owner = owner.fillna(found)
    how["name"] = int(owner.notna().sum()) - how["id"] - how["point"]
    geometry, several = _united(shapes, owner, rows)
    problems = [several, _unclaimed(footprints, shapes, owner, candidates, crowded)]
    return Joined(geometry, how, candidates, int((owner.isna() & shapes.notna()).sum()), join_problems(problems))


def _by_point(shapes: gpd.GeoSeries, points: pd.Series) -> tuple[pd.Series, frozenset[object]]:
    """Row (position) whose point is the only one in a shape; shapes with several are named."""
    place = np.asarray(points.index)
    feature, spot = shapely.STRtree(points.to_numpy()).query(shapes.to_numpy(), predicate="covers")
    pairs = pd.DataFrame({"feature": np.asarray(shapes.index)[feature], "row": place[spot]})
    sole = ~pairs["feature"].duplicated(keep=False) & ~pairs["row"].duplicated(keep=False)
    found = pairs[sole].set_index("feature")["row"].reindex(shapes.index).astype("Int64")
    return found, frozenset(pairs.loc[pairs["feature"].duplicated(), "feature"])


def _by_name(
    footprints: Footprints, owner: pd.Series, rows: pd.DataFrame, request: ImportRequest
) -> tuple[pd.Series, pd.DataFrame]:
    wanted = footprints.names[owner.isna()]
    free = np.setdiff1d(np.arange(len(rows)), owner.dropna().to_numpy(dtype=int))
    known = rows.iloc[free].set_index("compound_id")
    least = request.policy.number("match_propose")
    matches = match_names(wanted, known, least=least, remembered=request.remembered_names)
    place = pd.Series(free, index=known.index)
    return matches.found["compound_id"].map(place).astype("Int64"), matches.candidates


def _united(shapes: gpd.GeoSeries, owner: pd.Series, rows: pd.DataFrame) -> tuple[pd.Series, pd.DataFrame]:
    taken = owner.notna() & shapes.notna()
    place, mine = owner[taken].to_numpy(dtype=int), shapes[taken].to_numpy()
    out: npt.NDArray[np.object_] = np.full(len(rows), None, dtype=object)
    out[place] = mine
    counts = np.bincount(place, minlength=len(rows))
    several = np.flatnonzero(counts > 1)
    for row in several:
        out[row] = shapely.union_all(mine[place == row])
    ids = rows["compound_id"].to_numpy()
    notes = [problem("I21", severity="info", column=FOOTPRINTS, value=ids[r], count=int(counts[r])) for r in several]
    return pd.Series(out, index=rows.index, dtype=object), join_problems(notes)


def _unclaimed(
    footprints: Footprints,
    shapes: gpd.GeoSeries,
    owner: pd.Series,
    candidates: pd.DataFrame,
    crowded: frozenset[object],
) -> pd.DataFrame:
    left = owner.isna() & shapes.notna()
    called = footprints.names["compound_id"].fillna(footprints.names["name"]).fillna("")
    likely = candidates.groupby("row")["compound_id"].agg("、".join) if len(candidates) else pd.Series(dtype=object)
    reports = []
    for rule, where in (
        ("I24", left & left.index.isin(crowded)),
        ("I25", left & left.index.isin(likely.index)),
        ("I23", left & ~left.index.isin(likely.index) & ~left.index.isin(crowded)),
    ):
        numbers = [int(i) + 1 for i in left.index[where]]
        params = [{"likely": likely.get(i, "")} for i in left.index[where]]
        values = called[where]
        reports.append(
            problem_rows(
                rule, numbers, severity="warning", file=footprints.file, column=FOOTPRINTS, values=values, params=params
            )
        )
    return join_problems(reports)
