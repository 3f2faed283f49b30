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


@dataclass(frozen=True, slots=True)
class DistrictParts:
    """What a district is put together from, whatever kept it: a folder or a store.

    place: what errors call it. ledger: compounds.csv as read, None where there is none. layers: every layer found, that
    of the compounds among them. tables: the governance tables found. original: compound_id, field, text of repaired
    cells, as kept. head, note: district.json and import.json. problems: what was found on the way in tables and notes.
    """

    place: str
    ledger: FolderTable | None
    layers: FolderLayers
    tables: Mapping[str, FolderTable]
    original: pd.DataFrame | None
    head: Mapping[str, Any]
    note: Mapping[str, Any]
    problems: pd.DataFrame


def read_district(folder: Path | str, policy: Policy) -> District:
    """Return the district of a folder (CONTRACTS 1): compounds.csv, geo/, governance/, import.json, district.json.

    Rows without id are left out, identical rows merged, of rows that share an id and differ the first is kept; all of
    it is reported. A compound without shape gets a point where it has lon and lat. A shape without row is reported.
    InputError only where there is neither a ledger nor a layer of compounds.
    """
    return assemble_district(_folder_parts(Path(folder), policy), policy)


def assemble_district(parts: DistrictParts, policy: Policy) -> District:
    """Return the checked district of these parts; InputError where they hold neither a ledger nor compounds."""
    compounds = _compounds(parts, policy)
    kept, frame = compounds.ids, compounds.frame
    layers = {name: layer for name, layer in parts.layers.layers.items() if name != "compounds"}
    tables = {n: t.cleaned.frame.reset_index(drop=True) for n, t in parts.tables.items()}
    return District(
        name=str(parts.head.get("name") or _name(frame)),
        compounds=frame,
        layers=with_all_layers(layers, policy),
        tables={name: tables[name] if name in tables else empty_table(policy, name) for name in TABLES},
        not_applicable=frozenset((kept[row], f) for row, f in compounds.cleaned.not_applicable if row in kept.index),
        original=_original(parts.original, compounds, policy),
        problems=join_problems([compounds.problems, parts.layers.problems, parts.problems]),
        year_range=compounds.cleaned.year_range.loc[kept.index].set_axis(frame.index),
        demo=parts.head.get("demo") is True,
        crs_note=parts.note,
    )


def _folder_parts(folder: Path, policy: Policy) -> DistrictParts:
    if not folder.is_dir():
        raise refuse("district.folder", file=str(folder), value=str(folder))
    path = find_table(folder, "compounds")
    layers = read_folder_layers(folder, policy, ledger=path is not None)
    ledger = None if path is None else read_folder_table(path, policy, "compounds", file=path.name)
    tables, table_reports = _governance(folder, policy)
    head, head_report = _json(folder / "district.json")
    note, note_report = _json(folder / "import.json")
    original, stale = _kept_original(folder / "original.csv")
    problems = join_problems([table_reports, head_report, note_report, stale])
    return DistrictParts(str(folder), ledger, layers, tables, original, head, note, problems)


def _compounds(parts: DistrictParts, policy: Policy) -> _Compounds:
    shapes = parts.layers.layers.get("compounds")
    if parts.ledger is None and shapes is None:
        raise refuse("district.nothing", file=parts.place, value=parts.place)
    table = parts.ledger if parts.ledger is not None else _from_layer(shapes, policy)
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


def _governance(folder: Path, policy: Policy) -> tuple[dict[str, FolderTable], pd.DataFrame]:
    tables: dict[str, FolderTable] = {}
    reports = []
    for name in TABLES:
        path = find_table(folder / "governance", name)
        if path is None:
            continue
        try:
            table = read_folder_table(path, policy, name, file=path.name)
        except InputError as error:
            reports.append(error.problems)
            continue
        tables[name] = table
        reports.append(owned_problems(table))
    return tables, join_problems(reports)


def owned_problems(table: FolderTable) -> pd.DataFrame:
    """Return what reading a table found, each row with the compound whose it is."""
    return with_owners(table.problems, table.cleaned.frame, table.row_numbers, file=table.file)


def _kept_original(path: Path) -> tuple[pd.DataFrame | None, pd.DataFrame]:
    """The texts of original.csv; a file that cannot be read is reported and counts for nothing."""
    if not path.is_file():
        return None, join_problems([])
    try:
        kept = pd.read_csv(path, dtype="string", keep_default_na=False)
        return kept[["compound_id", "field", "text"]], join_problems([])
    except (ValueError, KeyError, UnicodeDecodeError) as error:
        return None, problem("file.csv", severity="warning", file=path.name, row=1, reason=str(error)[:120])


def _original(kept: pd.DataFrame | None, compounds: _Compounds, policy: Policy) -> pd.DataFrame:
    """Texts of repaired cells: of this reading, and those kept before that still say what the cell says."""
    now = compounds.cleaned.original
    now = now[now["row"].isin(compounds.ids.index)]
    fresh = pd.DataFrame(
        {"compound_id": compounds.ids.reindex(now["row"]).to_numpy(), "field": now["field"], "text": now["text"]}
    )
    if kept is None:
        return fresh.astype("string").reset_index(drop=True)
    both = pd.concat([fresh.astype("string"), _still_true(kept, compounds.frame, policy)], ignore_index=True)
    return both.drop_duplicates(["compound_id", "field"], ignore_index=True)


def _still_true(kept: pd.DataFrame, frame: gpd.GeoDataFrame, policy: Policy) -> pd.DataFrame:
    """The kept texts whose reading is still the cell's value: a value edited since has no other original."""
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
