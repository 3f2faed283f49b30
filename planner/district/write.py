"""A District to its folder, in one canonical form: the same district gives the same bytes, on every machine."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from planner.district.district import LAYERS, TABLES, District
from planner.district.years import ends_text, parse_year

_SINGLE = {0: "Point", 1: "LineString", 3: "Polygon", 5: "LineString", 6: "Polygon"}
"""What each shapely type id is one or several of; a MultiPoint and anything else has no such layer type."""
_MULTI = 4
"""Type ids from here on are of several parts."""
_UNDATED = dt.date(2000, 1, 1)
_TO_QUOTE = '[,"\r\n]'
_YEARS = ("built_year_min", "built_year_max")


def write_district(district: District, folder: Path, *, as_of: dt.date | None = None) -> None:
    """Write the district into `folder` (made where it is missing), replacing what an earlier writing left there.

    compounds.csv and governance/*.csv: field names, columns that hold something, rows sorted by id as text, UTF-8 with
    BOM so that Excel opens them, LF, `na` where a cell is not applicable, a year with two ends as it was told (90年代).
    geo/district.gpkg: every layer that has rows. original.csv: texts of repaired cells. district.json: name, demo mark.
    import.json: `crs_note`, where there is one. as_of: the date inside the GeoPackage (default: the newest survey
    date, else 2000-01-01). Reading the folder and writing it again gives the same bytes. Each file is replaced whole.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _put(folder / "compounds.csv", table_csv(ledger_texts(district)))
    for name in TABLES:
        table = district.tables[name]
        texts = sorted_texts(filled_texts(table_texts(table[_present(table, set())])))
        _put(folder / "governance" / f"{name}.csv", table_csv(texts) if len(texts) else None)
    original = kept_original(district)
    _put(folder / "original.csv", table_csv(original) if len(original) else None)
    _put(folder / "district.json", _json({"name": district.name, "demo": district.demo}))
    if district.crs_note:
        _put(folder / "import.json", _json(dict(district.crs_note)))
    _write_layers(district, folder / "geo" / "district.gpkg", as_of or _newest(district))


def _put(path: Path, content: bytes | None) -> None:
    """Replace a file whole, or remove it where there is nothing to say."""
    if content is None:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    _replaced(path, lambda part: part.write_bytes(content))


def _replaced(path: Path, write: Callable[[Path], object]) -> None:
    part = path.with_name(f".{path.stem}.part{path.suffix}")
    try:
        write(part)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def _json(content: dict[str, object]) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


def table_csv(texts: pd.DataFrame) -> bytes:
    """Return a table of texts as CSV: UTF-8 with BOM, LF.

    Our own quoting, because csv.writer leaves a lone carriage return bare when lines end in LF.
    """
    columns = [[str(name), *_quoted(texts[name])] for name in texts.columns]
    lines = [",".join(row) for row in zip(*columns, strict=True)]
    return ("\n".join(lines) + "\n").encode("utf-8-sig")


def _quoted(column: pd.Series) -> list[str]:
    cells: list[str] = column.tolist()
    for place in np.flatnonzero(column.astype(str).str.contains(_TO_QUOTE, regex=True)):
        cells[place] = '"' + cells[place].replace('"', '""') + '"'
    return cells


def ledger_texts(district: District) -> pd.DataFrame:
    """Return compounds.csv as text: compound_id, name, every field that holds something; rows sorted by id."""
    told = {field for _, field in district.not_applicable}
    compounds = pd.DataFrame(district.compounds.drop(columns="geometry"))
    texts = table_texts(compounds[_present(compounds, {"name", *_YEARS, *told})])
    for field in _YEARS:
        texts[field] = _year_texts(district, field, texts[field])
    for owner, field in district.not_applicable:
        texts.at[owner, field] = "na"
    return sorted_texts(filled_texts(texts.reset_index(names="compound_id"), always=("compound_id", "name")))


def _present(table: pd.DataFrame, always: set[str]) -> list[str]:
    """The columns that hold something, in their order, and those asked for."""
    return [name for name in table.columns if name in always or table[name].notna().any()]


def table_texts(table: pd.DataFrame) -> pd.DataFrame:
    """Return every column as text that reads back as the same value; missing is blank."""
    return pd.DataFrame({name: _column_text(table[name]) for name in table.columns}, index=table.index)


def _column_text(values: pd.Series) -> pd.Series:
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        texts = values.dt.strftime("%Y-%m-%d")
    elif pd.api.types.is_bool_dtype(values.dtype):
        texts = values.map({True: "是", False: "否"}, na_action="ignore")
    elif pd.api.types.is_float_dtype(values.dtype):
        texts = values.astype(object).map(decimal_text, na_action="ignore")
    else:
        texts = values.astype("string")
    return texts.astype(object).where(values.notna(), "").astype(object)


def decimal_text(value: float) -> str:
    """Return the shortest text of a number, never with an exponent: 80, 12.5, 0.00001."""
    if float(value).is_integer() and abs(value) < 1e15:
        return str(int(value))
    return np.format_float_positional(float(value), trim="-")


def filled_texts(texts: pd.DataFrame, *, always: tuple[str, ...] = ()) -> pd.DataFrame:
    """Return the columns that say something, and those asked for."""
    kept = [name for name in texts.columns if name in always or texts[name].ne("").any()]
    return texts[kept]


def sorted_texts(texts: pd.DataFrame) -> pd.DataFrame:
    """Return the rows by their first column as text, then by all they say, so that no order of the input shows."""
    return texts.iloc[_order(texts)].reset_index(drop=True)


def _order(texts: pd.DataFrame) -> np.ndarray:
    """Positions of the rows in canonical order; ids alone decide it where they are given and unique."""
    if texts.empty:
        return np.arange(len(texts))
    first = texts.iloc[:, 0]
    keys = texts.iloc[:, :1] if first.is_unique else texts
    columns = [keys[name].to_numpy(dtype=object).astype(str) for name in reversed(keys.columns)]
    return np.lexsort(columns)


def _year_texts(district: District, field: str, plain: pd.Series) -> pd.Series:
    """Years as told, where they have two ends that the number alone would lose.

    That is a decade in the source's own words; without them (a district not read from a file) its ends, where both
    columns hold their mean. Two different documented years are two plain numbers.
    """
    ends = district.year_range.reindex(plain.index)
    wide = (ends["year_lo"] < ends["year_hi"]).fillna(False).astype(bool)
    same = district.compounds[_YEARS[0]].eq(district.compounds[_YEARS[1]]).fillna(False).astype(bool)
    told = district.original[district.original["field"] == field].set_index("compound_id")["text"]
    out = plain.copy()
    for owner in plain.index[wide & plain.ne("")]:
        text = told.get(owner)
        if text is not None and parse_year(text, 0).rule == "repair.year_ends":
            out[owner] = text
        elif same[owner]:
            out[owner] = ends_text(int(ends.at[owner, "year_lo"]), int(ends.at[owner, "year_hi"]))
    return out


def kept_original(district: District) -> pd.DataFrame:
    """Return the texts of repaired cells, but for the years, which compounds.csv tells itself."""
    kept = district.original[~district.original["field"].isin(_YEARS)]
    kept = kept[kept["compound_id"].isin(district.compounds.index)]
    return sorted_texts(table_texts(kept[["compound_id", "field", "text"]]))


def _newest(district: District) -> dt.date:
    newest = district.compounds["surveyed_on"].max()
    return _UNDATED if pd.isna(newest) else newest.date()


def _write_layers(district: District, path: Path, as_of: dt.date) -> None:
    shapes = district.compounds[["geometry"]].reset_index()
    layers = {"compounds": shapes[shapes.geometry.notna()], **{name: district.layers[name] for name in LAYERS}}
    filled = {name: layer for name, layer in layers.items() if len(layer)}
    if not filled:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with _dated(as_of):
        _replaced(path, lambda part: _write_geopackage(filled, part))


@contextmanager
def _dated(as_of: dt.date) -> Iterator[None]:
    """GDAL writes today into a GeoPackage unless it is told a date; it keeps what it is told for the whole process."""
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{as_of.isoformat()}T00:00:00.000Z"})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def _write_geopackage(layers: dict[str, gpd.GeoDataFrame], path: Path) -> None:
    path.unlink(missing_ok=True)
    for name, layer in layers.items():
        geometry_type, multi = _geometry_type(layer)
        pyogrio.write_dataframe(
            storable_layer(layer),
            path,
            layer=name,
            driver="GPKG",
            append=path.exists(),
            use_arrow=True,
            geometry_type=geometry_type,
            promote_to_multi=multi,
        )


def _geometry_type(layer: gpd.GeoDataFrame) -> tuple[str, bool]:
    """One type per layer where it has one: Polygon, LineString, Point, Multi... where any has parts; else any."""
    ids = np.unique(shapely.get_type_id(layer.geometry.to_numpy()))
    kinds = {_SINGLE.get(int(kind), "") for kind in ids if kind >= 0}
    if kinds in ({"Polygon"}, {"LineString"}):
        parts = bool((ids >= _MULTI).any())
        return ("Multi" if parts else "") + kinds.pop(), parts
    return ("Point", False) if kinds == {"Point"} else ("Unknown", False)


def storable_layer(layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the layer as it is written: columns that hold something, no time of day, rows by what they say."""
    kept = _present(pd.DataFrame(layer.drop(columns="geometry")), set())
    out = layer[[*kept, "geometry"]].iloc[layer_order(layer)].reset_index(drop=True)
    for name in out.columns[out.dtypes.astype(str) == "datetime64[s]"]:
        days = out[name].astype(object).map(lambda day: day.date(), na_action="ignore")
        out[name] = days.where(out[name].notna(), None)
    return out


def layer_order(layer: gpd.GeoDataFrame) -> np.ndarray:
    """Return the positions of a layer's rows in the order in which they are written: by id, else by all they say."""
    attributes = pd.DataFrame(layer.drop(columns="geometry"))
    kept = _present(attributes, set())
    first = table_texts(attributes[kept[:1]])
    known = bool(kept) and first.iloc[:, 0].is_unique
    rows = first if known else table_texts(attributes[kept]).assign(_wkb=layer.geometry.to_wkb(hex=True).fillna(""))
    return _order(rows)
