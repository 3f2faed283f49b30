"""ranking.csv and the same rows as a workbook, a map layer or Parquet (CONTRACTS 3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio

from planner.decisions.pipeline import Assessment
from planner.district.district import District
from planner.outputs.csv_file import csv_bytes
from planner.outputs.tables import programmes_table, ranking_table, ranking_workbook

LAYER = "ranking"
_WGS84 = "EPSG:4326"


def write_ranking(assessment: Assessment, district: District, *, path: Path, lang: str) -> None:
    """Write the list of compounds to ``path`` in the format of its extension (one of ``FORMATS``)."""
    FORMATS[path.suffix.lower()](assessment, district, path, lang)


def programmes_file(path: Path) -> Path | None:
    """Return where the programmes go: a file beside ``path``, or None for formats that hold several tables."""
    suffix = _BESIDE[path.suffix.lower()]
    return path.with_name(f"{path.stem}_programmes{suffix}") if suffix else None


def write_programmes(assessment: Assessment, path: Path, *, lang: str) -> None:
    """Write one row per compound and rule to ``path``, as .csv or .parquet."""
    table = programmes_table(assessment, lang)
    if path.suffix.lower() == ".parquet":
        table.to_parquet(path, index=False)
    else:
        path.write_bytes(csv_bytes(table))


def ranking_layer(assessment: Assessment, district: District, lang: str = "zh") -> gpd.GeoDataFrame:
    """Return the ranking with its geometry in EPSG:4490, in suggested order.

    Columns are those of ranking.csv; raw values are text as written there, since a criterion may hold a number, a
    category or ``na``. A compound without footprint has its point, or no geometry.
    """
    table = ranking_table(assessment, lang)
    raw = {name: _as_text(table[name]) for name in table.columns if str(name).endswith("_x")}
    shapes = district.compounds.geometry.reindex(table["compound_id"]).array
    return gpd.GeoDataFrame(table.assign(**raw), geometry=shapes, crs=district.compounds.crs)


def _as_text(column: pd.Series) -> pd.Series:
    words = column.map(lambda value: value if isinstance(value, str) else repr(value), na_action="ignore")
    return words.astype("string")


@contextmanager
def _dated(day: dt.date) -> Iterator[None]:
    """GDAL writes the date of a change into a GeoPackage: here it is the date that the result speaks of."""
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{day.isoformat()}T00:00:00.000Z"})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def _write_csv(assessment: Assessment, _district: District, path: Path, lang: str) -> None:
    path.write_bytes(csv_bytes(ranking_table(assessment, lang)))


def _write_xlsx(assessment: Assessment, district: District, path: Path, lang: str) -> None:
    path.write_bytes(ranking_workbook(assessment, district, lang))


def _write_geopackage(assessment: Assessment, district: District, path: Path, lang: str) -> None:
    with _dated(assessment.as_of):
        layer = ranking_layer(assessment, district, lang)
        pyogrio.write_dataframe(layer, path, layer=LAYER, driver="GPKG", dataset_options={"VERSION": "1.2"})
        table = programmes_table(assessment, lang)
        pyogrio.write_dataframe(table, path, layer="programmes", driver="GPKG", append=True)


def _write_geojson(assessment: Assessment, district: District, path: Path, lang: str) -> None:
    # RFC 7946 knows WGS84 only; CGCS2000 differs from it by less than the width of a wall and is taken as equal.
    layer = ranking_layer(assessment, district, lang).set_crs(_WGS84, allow_override=True)
    pyogrio.write_dataframe(layer, path, driver="GeoJSON", layer_options={"RFC7946": "YES", "COORDINATE_PRECISION": 7})


def _write_parquet(assessment: Assessment, district: District, path: Path, lang: str) -> None:
    ranking_layer(assessment, district, lang).to_parquet(path, index=False)


FORMATS: Mapping[str, Callable[[Assessment, District, Path, str], None]] = {
    ".csv": _write_csv,
    ".xlsx": _write_xlsx,
    ".gpkg": _write_geopackage,
    ".geojson": _write_geojson,
    ".parquet": _write_parquet,
}
"""The formats of the ranking by extension; a new one is one function here."""

_BESIDE: Mapping[str, str] = {".csv": ".csv", ".xlsx": "", ".gpkg": "", ".geojson": ".csv", ".parquet": ".parquet"}
