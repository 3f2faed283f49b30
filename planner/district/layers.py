"""Layers in: GeoPackage, GeoJSON, Shapefile (also zipped), GeoParquet; attributes as they are, CRS as declared."""

from __future__ import annotations

import io
import json
import tempfile
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
from pyogrio.errors import DataSourceError

from planner.district.dbf_encoding import dbf_encoding, whole_characters
from planner.district.decoder import decode
from planner.district.refusal import refuse
from planner.errors import InputError

_T = TypeVar("_T")
MAX_UNPACKED = 2 << 30
"""Bytes a zipped shapefile may unpack to: the 2 GB that a DBF can hold."""
_FORMATS = ".gpkg .geojson .json .shp .zip .parquet .geoparquet"


def list_layers(path: Path) -> list[str]:
    """Return the names of the layers of a file that have a geometry, in file order; one name for one-layer formats."""
    if path.suffix.lower() in (".parquet", ".geoparquet"):
        return [path.stem]
    layers = _guarded(path, lambda: pyogrio.list_layers(path))
    return [str(name) for name, kind in layers if kind is not None]


def read_layer(path: Path, layer: str | None = None, *, encoding: str | None = None) -> gpd.GeoDataFrame:
    """Return one layer of a file as it is: every attribute, geometries untouched, rows numbered from 0.

    layer: its name; None means the only one, and several raise InputError with their names. encoding: of the DBF or
    the GeoJSON; otherwise it is found as for every text (CONTRACTS 1). A CRS that the file does not declare is None.
    Raises InputError for an unknown format, a missing layer, a damaged file.
    """
    suffix = path.suffix.lower()
    if suffix not in _FORMATS.split():
        raise refuse("layer.format", file=path.name, value=suffix, choices=_FORMATS)
    if not path.exists():
        raise refuse("file.unreadable", file=path.name, reason=str(path))
    if suffix in (".parquet", ".geoparquet"):
        return _settled(_guarded(path, lambda: gpd.read_parquet(path)))
    if suffix == ".zip":
        return _zipped(path, layer, encoding)
    if suffix == ".shp":
        return _shapefile(path, dbf_encoding(path, encoding))
    if suffix in (".geojson", ".json"):
        return _settled(_guarded(path, lambda: pyogrio.read_dataframe(_utf8(path, encoding), use_arrow=True)))
    return _settled(_named_layer(path, layer or _layer_name(path, None)))


def _named_layer(path: Path, name: str) -> gpd.GeoDataFrame:
    """A layer by name; the names of the file, as dear as a layer, are asked for only where it is not there."""
    try:
        read = _guarded(path, lambda: pyogrio.read_dataframe(path, layer=name, use_arrow=True))
    except InputError:
        _layer_name(path, name)
        raise
    if not isinstance(read, gpd.GeoDataFrame):
        _layer_name(path, name)
    return read


def _shapefile(path: Path, codec: str) -> gpd.GeoDataFrame:
    with tempfile.TemporaryDirectory() as folder:
        whole = whole_characters(path, Path(folder)) if codec.upper() == "UTF-8" else path
        return _settled(_guarded(path, lambda: pyogrio.read_dataframe(whole, encoding=codec)))


def _guarded(path: Path, read: Callable[[], _T]) -> _T:
    """Run a reader; what GDAL or Arrow cannot open is an InputError, what they merely remark on is not."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return read()
    except InputError:
        raise
    except (DataSourceError, ValueError, OSError, RuntimeError, KeyError) as error:
        raise refuse("layer.unreadable", file=path.name, reason=str(error).split("\n", 1)[0][:160]) from error


def _layer_name(path: Path, layer: str | None) -> str:
    names = list_layers(path)
    if layer is None and len(names) == 1:
        return names[0]
    if layer is None or layer not in names:
        rule = "layer.which" if layer is None else "layer.missing"
        raise refuse(rule, file=path.name, value=layer or "", choices="、".join(names))
    return layer


def _utf8(path: Path, encoding: str | None) -> Path | io.BytesIO:
    """A GeoJSON in another encoding than UTF-8, as older desktop tools write it, is handed on as UTF-8."""
    data = path.read_bytes()
    found = decode(data, encoding, file=path.name)
    return path if found.encoding == "UTF-8" else io.BytesIO(found.text.encode())


def _zipped(path: Path, layer: str | None, encoding: str | None) -> gpd.GeoDataFrame:
    with tempfile.TemporaryDirectory() as folder:
        try:
            with zipfile.ZipFile(path) as archive:
                if sum(member.file_size for member in archive.infolist()) > MAX_UNPACKED:
                    raise refuse("file.large", file=path.name, limit=MAX_UNPACKED >> 20)
                archive.extractall(folder)
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
            raise refuse("layer.unreadable", file=path.name, reason=str(error)[:160]) from error
        shapes = sorted(p for p in Path(folder).rglob("*") if p.suffix.lower() == ".shp")
        names = [shape.stem for shape in shapes]
        chosen = [shape for shape in shapes if layer in (None, shape.stem)]
        if len(chosen) != 1:
            rule = "layer.missing" if layer and chosen == [] else "layer.which"
            raise refuse(rule, file=path.name, value=layer or "", choices="、".join(names))
        return read_layer(chosen[0], encoding=encoding)


def _settled(read: pd.DataFrame) -> gpd.GeoDataFrame:
    """One shape for all formats: a geometry column called geometry, RangeIndex, no lists in cells."""
    if not isinstance(read, gpd.GeoDataFrame):
        read = gpd.GeoDataFrame(read, geometry=[None] * len(read))
    frame = read.reset_index(drop=True)
    if frame.geometry.name != "geometry":
        frame = frame.rename_geometry("geometry")
    for name in [n for n in frame.columns if pd.api.types.is_object_dtype(frame[n].dtype)]:
        nested = frame[name].map(lambda value: isinstance(value, list | dict | np.ndarray))
        if nested.any():
            frame[name] = frame[name].map(_flat)
    return frame


def _flat(value: object) -> object:
    if isinstance(value, np.ndarray):
        value = value.tolist()
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, list | dict) else value
