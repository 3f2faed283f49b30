"""A district as the store's rows, and the folder that it came from: which files, and whether they changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from planner.district.district import TABLES, District
from planner.district.folder_tables import find_table
from planner.district.write import kept_original, ledger_texts, sorted_texts, storable_layer, table_texts
from planner.store.cell_values import GEOMETRY
from planner.store.chain import compact, sha256
from planner.store.tables import KEPT_LAYERS

_LEDGER_FILES = ("original.csv", "district.json", "import.json")


def district_rows(district: District) -> dict[str, pd.DataFrame]:
    """Return the rows that a store keeps of a district: by table, texts by field, index row id.

    The id of a row is that of its first field; where that is blank or stands twice, a name made from all it says.
    """
    rows = {"compounds": _compounds(district)}
    for name in TABLES:
        texts = sorted_texts(table_texts(district.tables[name]))
        rows[name] = texts.set_axis(_row_ids(texts), axis=0)
    for name in KEPT_LAYERS:
        rows[name] = _layer(district.layers[name])
    return {**rows, "planner_district": _head(district), "planner_original": _original(district)}


def geometry_texts(shapes: gpd.GeoSeries) -> list[str]:
    """Return shapes as the store's texts; a missing shape is blank."""
    binary = shapely.to_wkb(shapes.to_numpy(), hex=True, byte_order=1, flavor="iso")
    return ["" if text is None else str(text).lower() for text in binary]


def shapes_of(texts: pd.Series) -> list[shapely.Geometry | None]:
    """Return the shapes that the store's texts hold; blank gives None."""
    return [shapely.from_wkb(text) if text else None for text in texts]


def folder_hashes(folder: Path) -> tuple[str, str]:
    """Return a hash of the ledger's files (compounds, governance, notes) and one of the layers' files."""
    ledger = [find_table(folder, "compounds"), *(folder / name for name in _LEDGER_FILES)]
    ledger += [find_table(folder / "governance", name) for name in TABLES]
    layers = sorted((folder / "geo").glob("*"))
    return _files_hash([f for f in ledger if f is not None], folder), _files_hash(layers, folder)


def _files_hash(files: list[Path], folder: Path) -> str:
    digest = hashlib.sha256()
    for file in files:
        if file.is_file() and not file.name.startswith("."):
            digest.update(f"{file.relative_to(folder).as_posix()}\n".encode())
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _compounds(district: District) -> pd.DataFrame:
    texts = ledger_texts(district).set_index("compound_id", drop=False)
    shapes = pd.Series(geometry_texts(district.compounds.geometry), index=district.compounds.index, dtype=object)
    return texts.assign(**{GEOMETRY: shapes.reindex(texts.index)})


def _layer(layer: gpd.GeoDataFrame) -> pd.DataFrame:
    if layer.empty:
        return pd.DataFrame()
    ordered = storable_layer(layer)
    attributes = pd.DataFrame(ordered.drop(columns="geometry"))
    days = {n: pd.to_datetime(attributes[n]).astype("datetime64[s]") for n in attributes if _dates(layer, str(n))}
    texts = table_texts(attributes.assign(**days)).assign(**{GEOMETRY: geometry_texts(ordered.geometry)})
    return texts.set_axis(_row_ids(texts), axis=0)


def _dates(layer: gpd.GeoDataFrame, name: str) -> bool:
    return bool(pd.api.types.is_datetime64_any_dtype(layer[name].dtype))


def _row_ids(texts: pd.DataFrame) -> pd.Index:
    if texts.empty:
        return pd.Index([], dtype=object)
    first = texts.iloc[:, 0]
    named = first.ne("") & ~first.duplicated(keep=False)
    said = [sha256(compact(row))[:16] for row in texts.to_numpy(dtype=object).tolist()]
    again = pd.Series(said).groupby(said).cumcount()
    made = [f"#{name}" if n == 0 else f"#{name}-{n}" for name, n in zip(said, again, strict=True)]
    return pd.Index([own if has else other for own, has, other in zip(first, named, made, strict=True)], dtype=object)


def _head(district: District) -> pd.DataFrame:
    note = dict(district.crs_note)
    head: Mapping[str, str] = {
        "name": district.name,
        "demo": "是" if district.demo else "",
        "note": json.dumps(note, ensure_ascii=False) if note else "",
    }
    return pd.DataFrame([head], index=["district"], dtype=object)


def _original(district: District) -> pd.DataFrame:
    kept = kept_original(district)
    return kept.set_axis(pd.Index(kept["compound_id"] + "/" + kept["field"], dtype=object), axis=0)
