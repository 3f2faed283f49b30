"""A district from wherever it is kept: a folder, a store in a file, a store on a server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd

from planner.district import load
from planner.district.clean import clean_table
from planner.district.district import TABLES, District, as_layer
from planner.district.folder_layers import FolderLayers, read_folder_layers
from planner.district.folder_tables import read_table_bytes
from planner.district.write import layer_order
from planner.errors import CallError, join_problems, problem
from planner.policy import Policy
from planner.store.marks import HEAD
from planner.store.place import is_store, shown
from planner.store.tables import BASE_LAYERS, SHAPED
from planner.text import t

if TYPE_CHECKING:
    from planner.store.connection import Store


def read_district(place: Path | str, policy: Policy, *, layers: Path | None = None) -> District:
    """Return the district of a folder, a store file or a store's URL (CONTRACTS 1).

    layers: the folder of the base layers (roads, water, green) of a store, where it is not the one that the store was
    filled from. Raises as `district.load.read_district` does, StoreError where a store cannot be read.
    """
    if not is_store(place):
        return load.read_district(place, policy)
    from planner.store.opening import open_store

    store = open_store(place, policy)
    try:
        return district_of(store, policy, layers=layers)
    finally:
        store.close()


def folder_of(place: Path | str) -> Path | None:
    """Return the folder behind a place: a folder itself, of a store the folder that it was filled from, if any."""
    if not is_store(place):
        return Path(place)
    import sqlalchemy as sa

    from planner.store.connection import connect, snapshot
    from planner.store.trouble import explained

    engine = connect(place)
    try:
        with explained(shown(place)), snapshot(engine) as connection:
            if not sa.inspect(connection).has_table(HEAD):
                raise CallError(t("store.error.none", place=shown(place)))
            found = connection.exec_driver_sql(f"SELECT folder FROM {HEAD}").scalar()
    finally:
        engine.dispose()
    return Path(found) if found else None


def district_of(store: Store, policy: Policy, *, layers: Path | None = None) -> District:
    """Return the district that an open store holds: the same as from the folder that its export writes."""
    from planner.store.export import table_bytes
    from planner.store.state import store_tables

    states, head = store_tables(store)
    files = {name: table_bytes(states[name], policy, name) for name in ("compounds", *TABLES) if name in states}
    read = {n: read_table_bytes(data, policy, n, file=f"{n}.csv") for n, data in files.items() if data is not None}
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
        problems=join_problems([table.problems for table in read.values()]),
    )
    return load.assemble_district(parts, policy)


def _layers(states: dict[str, pd.DataFrame], policy: Policy, folder: Path, known: str) -> FolderLayers:
    from planner.store.folders import folder_hashes, shapes_of

    found: dict[str, gpd.GeoDataFrame] = {}
    reports = []
    for name in SHAPED:
        shapes = shapes_of(states[name]["geometry"]) if name in states else []
        if name == "compounds":
            shaped = as_layer(states[name][["compound_id"]].reset_index(drop=True).astype("string"), shapes)
            found[name] = shaped[shaped.geometry.notna()].reset_index(drop=True)
        elif len(states[name]):
            texts = states[name].drop(columns="geometry").reset_index(drop=True)
            cleaned = clean_table(texts, name, policy, file=f"district.gpkg:{name}")
            layer = as_layer(cleaned.frame, shapes)
            found[name] = layer.iloc[layer_order(layer)].reset_index(drop=True)
            reports.append(cleaned.problems)
    base, report = _base(folder, policy)
    if report is None and folder_hashes(folder)[1] != known:
        report = problem("store.layers_changed", severity="info", file=str(folder))
    return FolderLayers(found | dict(base.layers), join_problems([*reports, base.problems, *_some(report)]))


def _base(folder: Path, policy: Policy) -> tuple[FolderLayers, pd.DataFrame | None]:
    if not folder.is_dir():
        return FolderLayers({}, join_problems([])), problem("store.no_layers", severity="warning", file=str(folder))
    return read_folder_layers(folder, policy, wanted=BASE_LAYERS), None


def _some(report: pd.DataFrame | None) -> list[pd.DataFrame]:
    return [] if report is None else [report]
