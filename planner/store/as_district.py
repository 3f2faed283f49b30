"""The district that an open store holds, put together by the same rules as a folder's."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import pandas as pd

from planner.district import load
from planner.district.clean import clean_table
from planner.district.district import TABLES, District, as_layer
from planner.district.folder_layers import FolderLayers, read_folder_layers
from planner.district.folder_tables import FolderTable, read_table_bytes
from planner.district.whose import with_owners
from planner.district.write import filled_texts, layer_order, sorted_texts, table_csv
from planner.errors import join_problems, problem
from planner.policy import Policy
from planner.store.chain import compact, sha256
from planner.store.connection import Store
from planner.store.folders import folder_hashes, shapes_of
from planner.store.recent import recent
from planner.store.state import store_tables
from planner.store.tables import BASE_LAYERS, SHAPED, key_field, store_fields


def district_of(store: Store, policy: Policy, *, layers: Path | None = None) -> District:
    """Return the district that an open store holds: the same as from the folder that its export writes."""
    states, head = store_tables(store)
    files = {name: table_bytes(states[name], policy, name) for name in ("compounds", *TABLES) if name in states}
    read = {n: _read_table(n, data, policy) for n, data in files.items() if data is not None}
    ledger = read.pop("compounds")
    told = states["planner_district"].reindex(["district"]).fillna("").loc["district"]
    parts = load.DistrictParts(
        place=store.place,
        ledger=ledger,
        layers=_layers(states, policy, layers or Path(head.folder), head.layers_hash),
        tables=read,
        original=states["planner_original"].reset_index(drop=True).astype("string"),
        head={"name": told["name"], "demo": told["demo"] == "是"},
        note=json.loads(told["note"]) if told["note"] else {},
        problems=join_problems([load.owned_problems(table) for table in read.values()]),
    )
    return load.assemble_district(parts, policy)


def table_bytes(state: pd.DataFrame, policy: Policy, table: str) -> bytes | None:
    """Return one table of a store as its CSV file; None for a table of no rows, but for the ledger.

    state: texts as `table_state` returns them; fields that columns.csv no longer has are left out.
    """
    ledger = table == "compounds"
    if state.empty and not ledger:
        return None
    key = key_field(table, store_fields(policy))
    names = [str(name) for name in policy.fields(table).index]
    texts = state.reindex(columns=names, fill_value="")
    always = (key, "name") if ledger else ()
    return table_csv(sorted_texts(filled_texts(texts, always=always)))


def _layers(states: dict[str, pd.DataFrame], policy: Policy, folder: Path, known: str) -> FolderLayers:
    found: dict[str, gpd.GeoDataFrame] = {}
    reports = []
    for name in SHAPED:
        if name == "compounds":
            shapes = shapes_of(states[name]["geometry"])
            shaped = as_layer(states[name][["compound_id"]].reset_index(drop=True).astype("string"), shapes)
            found[name] = shaped[shaped.geometry.notna()].reset_index(drop=True)
        elif len(states[name]):
            found[name], report = _read_layer(name, states[name], policy)
            reports.append(report)
    base, report, now = _base(folder, policy)
    if report is None and now != known:
        report = problem("store.layers_changed", severity="info", file=str(folder))
    return FolderLayers(found | dict(base.layers), join_problems([*reports, base.problems, *_some(report)]))


def _read_table(name: str, data: bytes, policy: Policy) -> FolderTable:
    def read() -> FolderTable:
        return read_table_bytes(data, policy, name, file=f"{name}.csv")

    return recent((name, sha256(data)), policy, read)


def _read_layer(name: str, state: pd.DataFrame, policy: Policy) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """A surveyed layer in the order of the canonical folder, and what is to be said about it."""

    def read() -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
        texts = state.drop(columns="geometry").reset_index(drop=True)
        file, rows = f"district.gpkg:{name}", pd.Series(range(1, len(texts) + 1), index=texts.index)
        cleaned = clean_table(texts, name, policy, file=file, row_numbers=rows)
        layer = as_layer(cleaned.frame, shapes_of(state["geometry"]))
        ordered = layer.iloc[layer_order(layer)].reset_index(drop=True)
        return ordered, with_owners(cleaned.problems, cleaned.frame, rows, file=file)

    said = compact([list(state.columns), state.to_numpy(dtype=object).tolist()])
    return recent((f"layer {name}", sha256(said)), policy, read)


def _base(folder: Path, policy: Policy) -> tuple[FolderLayers, pd.DataFrame | None, str]:
    """The base layers of the folder, why there are none, and the hash of the files of all its layers."""
    if not folder.is_dir():
        missing = problem("store.no_layers", severity="warning", file=str(folder))
        return FolderLayers({}, join_problems([])), missing, ""
    now = folder_hashes(folder)[1]
    found = recent((str(folder), now), policy, lambda: read_folder_layers(folder, policy, wanted=BASE_LAYERS))
    return found, None, now


def _some(report: pd.DataFrame | None) -> list[pd.DataFrame]:
    return [] if report is None else [report]
