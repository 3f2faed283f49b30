"""The layers of a district folder: every file in geo/ by layer name, attributes typed, shapes repaired, EPSG:4490."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj

from planner.district.clean import clean_table
from planner.district.district import CRS, LAYERS, as_layer, empty_layer
from planner.district.geometry_repair import repair_geometry
from planner.district.headers import map_headers
from planner.district.layers import list_layers, read_layer
from planner.district.whose import with_owners
from planner.errors import InputError, join_problems, problem
from planner.policy import Policy

_SUFFIXES = (".gpkg", ".geojson", ".json", ".shp", ".zip", ".parquet", ".geoparquet")
_SAME_AS_OURS = ("EPSG:4490", "EPSG:4326", "OGC:CRS84")
_DEGREES = (73.0, 3.0, 136.0, 54.0)
_NAMES = ("compounds", *LAYERS)


@dataclass(frozen=True, slots=True)
class FolderLayers:
    """Every layer found, typed and repaired, by name; what was found on the way."""

    layers: Mapping[str, gpd.GeoDataFrame]
    problems: pd.DataFrame


def read_folder_layers(
    folder: Path, policy: Policy, *, ledger: bool = True, wanted: tuple[str, ...] = _NAMES
) -> FolderLayers:
    """Return the layers of `folder`/geo in EPSG:4490: district.gpkg first, then the other files by name.

    With a ledger the layer of compounds gives ids and shapes only: its other columns are not the ledger's.
    A file with one layer gives the layer of its own name. A layer that cannot be read is an error row, the rest goes
    on. Absent layers are not in the result (`with_all_layers` adds them empty). wanted: the layers to read,
    others are passed over without a word.
    """
    found: dict[str, gpd.GeoDataFrame] = {}
    reports: list[pd.DataFrame] = []
    for path in _files(folder / "geo"):
        for name, layer in _layers_of(path, reports):
            known = problem("layer.ignored", severity="info", file=path.name, value=name, choices="、".join(_NAMES))
            again = problem("layer.twice", severity="warning", file=path.name, value=name)
            if name in _NAMES and name not in wanted:
                continue
            if name not in _NAMES or name in found:
                reports.append(known if name not in _NAMES else again)
                continue
            only = ("compound_id",) if ledger and name == "compounds" else None
            ours, report = _read(path, name, layer, policy, only=only)
            reports.append(report)
            if ours is not None:
                found[name] = ours
    return FolderLayers(found, join_problems(reports))


def with_all_layers(found: Mapping[str, gpd.GeoDataFrame], policy: Policy) -> dict[str, gpd.GeoDataFrame]:
    """Return every layer of LAYERS, the absent ones empty."""
    return {name: found[name] if name in found else empty_layer(policy, name) for name in LAYERS}


def typed_layer(
    raw: gpd.GeoDataFrame, table: str, policy: Policy, *, file: str, only: tuple[str, ...] | None = None
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Return a layer with its attributes mapped by header and typed, its shapes repaired; its CRS as it came.

    only: the fields to take (default: every one that the layer has).
    """
    attributes = pd.DataFrame(raw.drop(columns="geometry"))
    named = map_headers([str(name) for name in attributes.columns], policy, table)
    taken = {header: field for header, field in named.fields.items() if only is None or field in only}
    cells = attributes[list(taken)].rename(columns=taken)
    rows = pd.Series(range(1, len(raw) + 1), index=raw.index)
    cleaned = clean_table(cells, table, policy, file=file, row_numbers=rows, columns=named.columns)
    shaped = gpd.GeoDataFrame(cleaned.frame, geometry=gpd.GeoSeries(raw.geometry, index=raw.index, crs=raw.crs))
    repaired, report = repair_geometry(shaped, file, table)
    found = join_problems([named.problems, cleaned.problems, report])
    return repaired, with_owners(found, cleaned.frame, rows, file=file)


def to_ours(layer: gpd.GeoDataFrame, *, file: str) -> tuple[gpd.GeoDataFrame | None, pd.DataFrame]:
    """Return the layer in EPSG:4490, or None where it declares no system and its coordinates are no degrees.

    WGS84 and CGCS2000 are taken as equal (domain.md 8.3), so their coordinates stay to the last bit.
    """
    if layer.crs is None:
        inside = layer.geometry.notna().sum() == 0 or _in_degrees(layer)
        rule, severity = ("layer.crs_assumed", "warning") if inside else ("layer.crs_missing", "error")
        return (layer.set_crs(CRS) if inside else None), problem(rule, severity=severity, file=file)
    if any(layer.crs == pyproj.CRS(ours) for ours in _SAME_AS_OURS):
        return layer.set_crs(CRS, allow_override=True), join_problems([])
    return layer.to_crs(CRS), join_problems([])


def _files(geo: Path) -> list[Path]:
    if not geo.is_dir():
        return []
    paths = [path for path in geo.iterdir() if path.suffix.lower() in _SUFFIXES and path.is_file()]
    return sorted(paths, key=lambda path: (path.name != "district.gpkg", path.name))


def _layers_of(path: Path, reports: list[pd.DataFrame]) -> list[tuple[str, str | None]]:
    """Layer name and what the file calls it; a file that cannot be opened is reported and gives none."""
    if path.suffix.lower() != ".gpkg":
        return [(path.stem, None)]
    try:
        return [(name, name) for name in list_layers(path)]
    except InputError as error:
        reports.append(error.problems)
        return []


def _read(
    path: Path, name: str, layer: str | None, policy: Policy, *, only: tuple[str, ...] | None
) -> tuple[gpd.GeoDataFrame | None, pd.DataFrame]:
    file = f"{path.name}:{name}" if layer else path.name
    try:
        raw = read_layer(path, layer)
    except InputError as error:
        return None, error.problems
    shaped, report = typed_layer(raw, name, policy, file=file, only=only)
    ours, moved = to_ours(shaped, file=file)
    reports = join_problems([report, moved])
    if ours is None:
        return None, reports
    return as_layer(pd.DataFrame(ours.drop(columns="geometry")), ours.geometry.to_numpy()), reports


def _in_degrees(layer: gpd.GeoDataFrame) -> bool:
    west, south, east, north = layer.total_bounds
    low_x, low_y, high_x, high_y = _DEGREES
    return bool(np.all([west >= low_x, south >= low_y, east <= high_x, north <= high_y]))
