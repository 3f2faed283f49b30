"""A district folder to a checked District: what is usable is used, everything else is written down."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from planner.district.clean import Cleaned, clean_table
from planner.district.district import TABLES, District, as_layer, empty_table
from planner.district.folder_layers import FolderLayers, read_folder_layers, with_all_layers
from planner.district.folder_tables import FolderTable, find_table, read_folder_table
from planner.district.identity import unique_rows
from planner.district.refusal import refuse
from planner.district.whose import with_owners
from planner.errors import InputError, join_problems, problem, problem_rows
from planner.policy import Policy


@dataclass(frozen=True, slots=True)
class _Compounds:
    frame: gpd.GeoDataFrame
    cleaned: Cleaned
    ids: pd.Series
    problems: pd.DataFrame


def read_district(folder: Path | str, policy: Policy) -> District:
    """Return the district of a folder (CONTRACTS 1): compounds.csv, geo/, governance/, import.json, district.json.

    Rows without id are left out, identical rows merged, of rows that share an id and differ the first is kept; all of
    it is reported. A compound without shape gets a point where it has lon and lat. A shape without row is reported.
    InputError only where there is neither a ledger nor a layer of compounds.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise refuse("district.folder", file=str(folder), value=str(folder))
    layers = read_folder_layers(folder, policy, ledger=find_table(folder, "compounds") is not None)
    compounds = _compounds(folder, layers, policy)
    tables, table_reports = _governance(folder, policy)
    head, head_report = _json(folder / "district.json")
    note, note_report = _json(folder / "import.json")
    kept = compounds.ids
    frame = compounds.frame
    original, stale = _original(folder, compounds, policy)
    return District(
        name=str(head.get("name") or _name(frame)),
        compounds=frame,
        layers=with_all_layers({n: g for n, g in layers.layers.items() if n != "compounds"}, policy),
        tables=tables,
        not_applicable=frozenset((kept[row], f) for row, f in compounds.cleaned.not_applicable if row in kept.index),
        original=original,
        problems=join_problems([compounds.problems, layers.problems, table_reports, head_report, note_report, stale]),
        year_range=compounds.cleaned.year_range.loc[kept.index].set_axis(frame.index),
        demo=head.get("demo") is True,
        crs_note=note,
    )


def _compounds(folder: Path, layers: FolderLayers, policy: Policy) -> _Compounds:
    shapes = layers.layers.get("compounds")
    path = find_table(folder, "compounds")
    if path is not None:
        table = read_folder_table(path, policy, "compounds", file=path.name)
    elif shapes is not None:
        table = _from_layer(shapes, policy)
    else:
        raise refuse("district.nothing", file=str(folder), value=str(folder))
    single = unique_rows(table.cleaned.frame, "compound_id", file=table.file, row_numbers=table.row_numbers)
    frame = single.frame
    geometry, shape_report = _shapes(frame, shapes)
    kept = frame["compound_id"]
    typed = as_layer(frame, geometry).set_index("compound_id")
    said = join_problems([table.problems, single.problems])
    found = with_owners(said, table.cleaned.frame, table.row_numbers, file=table.file)
    return _Compounds(typed, table.cleaned, kept, join_problems([found, shape_report]))


def _from_layer(shapes: gpd.GeoDataFrame, policy: Policy) -> FolderTable:
    """A folder with nothing but a layer: its attributes are the ledger, features numbered from 1."""
    attributes = pd.DataFrame(shapes.drop(columns="geometry"))
    rows = pd.Series(range(1, len(shapes) + 1), index=shapes.index)
    cleaned = clean_table(attributes, "compounds", policy, file="compounds", row_numbers=rows)
    return FolderTable(cleaned, rows, join_problems([]), "compounds")


def _shapes(frame: pd.DataFrame, shapes: gpd.GeoDataFrame | None) -> tuple[np.ndarray, pd.DataFrame]:
    """The shape of every row: drawn, else the point of lon and lat, else None."""
    ids = frame["compound_id"]
    drawn, report = (np.full(len(frame), None, dtype=object), join_problems([]))
    if shapes is not None:
        by_id, report = _one_shape_each(shapes, set(ids))
        drawn[:] = [by_id.get(name) for name in ids.to_numpy(dtype=object)]
    lon, lat = (frame[field].to_numpy(dtype=float, na_value=np.nan) for field in ("lon", "lat"))
    point = np.isfinite(lon) & np.isfinite(lat) & np.array([shape is None for shape in drawn], dtype=bool)
    drawn[point] = shapely.points(lon[point], lat[point])
    return drawn, report


def _one_shape_each(shapes: gpd.GeoDataFrame, ids: set[str]) -> tuple[dict[str, Any], pd.DataFrame]:
    """Shape by id; several features of one id are joined, because parts of a compound are often drawn apart."""
    file = "compounds"
    owner, drawn = shapes["compound_id"], shapes.geometry
    nameless = owner.isna()
    reports = [
        problem_rows(
            "district.shape_no_id",
            [int(n) + 1 for n in np.flatnonzero(nameless)],
            severity="warning",
            file=file,
            column="compound_id",
            values=[""] * int(nameless.sum()),
        )
    ]
    known = (~nameless & drawn.notna()).to_numpy()
    owners, outlines = owner[known].to_numpy(dtype=object), drawn[known].to_numpy()
    by_id = dict(zip(owners, outlines, strict=True))
    counts = owner[known].value_counts()
    for name in counts.index[counts > 1]:
        by_id[name] = shapely.union_all(outlines[owners == name])
        reports.append(
            problem("district.parts_joined", severity="info", file=file, value=name, count=int(counts[name]))
        )
    orphans = [name for name in by_id if name not in ids]
    reports.append(
        problem_rows(
            "district.shape_without_row",
            [None] * len(orphans),
            severity="warning",
            file=file,
            column="compound_id",
            values=orphans,
        )
    )
    return by_id, join_problems(reports)


def _governance(folder: Path, policy: Policy) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    tables: dict[str, pd.DataFrame] = {}
    reports = []
    for name in TABLES:
        path = find_table(folder / "governance", name)
        tables[name] = empty_table(policy, name)
        if path is None:
            continue
        try:
            table = read_folder_table(path, policy, name, file=path.name)
        except InputError as error:
            reports.append(error.problems)
            continue
        tables[name] = table.cleaned.frame.reset_index(drop=True)
        reports.append(with_owners(table.problems, table.cleaned.frame, table.row_numbers, file=table.file))
    return tables, join_problems(reports)


def _original(folder: Path, compounds: _Compounds, policy: Policy) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Texts of repaired cells: of this reading, and those kept in original.csv that still say what the cell says."""
    now = compounds.cleaned.original
    now = now[now["row"].isin(compounds.ids.index)]
    fresh = pd.DataFrame(
        {"compound_id": compounds.ids.reindex(now["row"]).to_numpy(), "field": now["field"], "text": now["text"]}
    )
    path = folder / "original.csv"
    if not path.is_file():
        return fresh.astype("string").reset_index(drop=True), join_problems([])
    try:
        kept = _still_true(pd.read_csv(path, dtype="string", keep_default_na=False), compounds.frame, policy)
    except (ValueError, KeyError, UnicodeDecodeError) as error:
        report = problem("file.csv", severity="warning", file=path.name, row=1, reason=str(error)[:120])
        return fresh.astype("string").reset_index(drop=True), report
    both = pd.concat([fresh.astype("string"), kept], ignore_index=True)
    return both.drop_duplicates(["compound_id", "field"], ignore_index=True), join_problems([])


def _still_true(kept: pd.DataFrame, frame: gpd.GeoDataFrame, policy: Policy) -> pd.DataFrame:
    """The kept texts whose reading is still the cell's value: a value edited since has no other original."""
    kept = kept[["compound_id", "field", "text"]]
    kept = kept[kept["compound_id"].isin(frame.index) & kept["field"].isin(policy.fields("compounds").index)]
    wide = kept.drop_duplicates(["compound_id", "field"]).pivot(index="compound_id", columns="field", values="text")
    again = clean_table(wide.fillna(""), "compounds", policy).frame
    true = {f: again[f].eq(frame[f].reindex(again.index)).fillna(False).astype(bool) for f in wide.columns}
    holds = [bool(true[field][owner]) for owner, field in zip(kept["compound_id"], kept["field"], strict=True)]
    return kept[np.array(holds, dtype=bool)]


def _json(path: Path) -> tuple[Mapping[str, Any], pd.DataFrame]:
    if not path.is_file():
        return {}, join_problems([])
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, OSError):
        return {}, problem("district.json", severity="warning", file=path.name)
    return (content, join_problems([])) if isinstance(content, dict) else ({}, problem("district.json", file=path.name))


def _name(frame: gpd.GeoDataFrame) -> str:
    """The district that most compounds say they are in."""
    named = frame["district_name"].dropna().mode()
    return str(named.iloc[0]) if len(named) else ""
