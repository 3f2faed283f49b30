"""A short mark of the data of a district: equal data, equal mark (数据版本号)."""

from __future__ import annotations

import hashlib

import geopandas as gpd
import pandas as pd

from planner.district.district import District

LENGTH = 8


def data_version(district: District) -> str:
    """Return eight hex characters of the SHA-256 of every table and shape; the order of rows does not matter."""
    digest = hashlib.sha256()
    frames: dict[str, pd.DataFrame] = {"compounds": district.compounds.reset_index()}
    frames |= dict(district.layers) | dict(district.tables)
    for name in sorted(frames):
        digest.update(f"{name}\n".encode())
        for line in sorted(_lines(frames[name])):
            digest.update(line.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:LENGTH]


def _lines(frame: pd.DataFrame) -> list[str]:
    columns = [c for c in frame.columns if c != "geometry"]
    text = frame[columns].astype("string").fillna("").astype(object)
    parts = ["\x1f".join(row) + "\x1e" for row in text.itertuples(index=False, name=None)]
    if isinstance(frame, gpd.GeoDataFrame) and "geometry" in frame.columns:
        shapes = frame.geometry.to_wkb(hex=True)
        return [part + str(shape or "") for part, shape in zip(parts, shapes, strict=True)]
    return parts
