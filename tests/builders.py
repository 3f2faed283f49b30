"""Districts by hand: a few dicts of typed values become a checked District."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from typing import Any

import geopandas as gpd
import pandas as pd

from planner.district.district import LAYERS, TABLES, District, as_layer, typed, year_ends
from planner.errors import join_problems
from planner.policy import Policy, load_policy

NA = "na"
"""Write this as a value of a compound to mark the cell not applicable."""

Row = Mapping[str, Any]


@functools.cache
def shared_policy() -> Policy:
    """The project's own policy, read once per test run."""
    return load_policy()


def make_district(
    compounds: Iterable[Row] = (), *, policy: Policy | None = None, demo: bool = False, **rows: Iterable[Row]
) -> District:
    """Return a District of these rows: dicts of typed values, missing keys are unknown.

    compounds: compound_id is required; `geometry` (EPSG:4490) is optional; the value NA ("na") marks a cell not
    applicable; `year_lo`, `year_hi` give the ends of a hearsay year; `original` a dict field -> text.
    rows: by table name, e.g. buildings=[...], entrances=[...], heat_branches=[...], interventions=[...].
    An unknown table, an unknown field or a duplicate id is a mistake of the test: it raises.
    """
    policy = policy or shared_policy()
    unknown = set(rows) - set(LAYERS) - set(TABLES)
    if unknown:
        raise KeyError(f"no such table: {sorted(unknown)}")
    people = [dict(row) for row in compounds]
    frame = _compounds(people, policy)
    return District(
        name="测试区",
        compounds=frame,
        layers={name: _layer(rows.get(name, ()), policy, name) for name in LAYERS},
        tables={name: _table(rows.get(name, ()), policy, name) for name in TABLES},
        not_applicable=frozenset((r["compound_id"], k) for r in people for k, v in r.items() if _is_na(v)),
        original=_original(people),
        problems=join_problems([]),
        year_range=_years(people, frame),
        demo=demo,
    )


def make_table(rows: Iterable[Row], table: str, policy: Policy | None = None) -> pd.DataFrame:
    """Return one typed table of these rows (without geometry)."""
    return _table(rows, policy or shared_policy(), table)


def _is_na(value: Any) -> bool:
    return isinstance(value, str) and value == NA


def _raw(rows: Iterable[Row], policy: Policy, table: str, extra: tuple[str, ...]) -> pd.DataFrame:
    listed = [{k: (None if _is_na(v) else v) for k, v in row.items()} for row in rows]
    known = set(policy.fields(table).index) | set(extra)
    wrong = {key for row in listed for key in row} - known
    if wrong:
        raise KeyError(f"no such field in {table}: {sorted(wrong)}")
    return pd.DataFrame(listed, dtype=object)


def _table(rows: Iterable[Row], policy: Policy, table: str) -> pd.DataFrame:
    return typed(_raw(rows, policy, table, ("geometry",)), policy, table)


def _layer(rows: Iterable[Row], policy: Policy, table: str) -> gpd.GeoDataFrame:
    listed = list(rows)
    return as_layer(_table(listed, policy, table), [row.get("geometry") for row in listed])


def _compounds(rows: list[dict[str, Any]], policy: Policy) -> gpd.GeoDataFrame:
    raw = _raw(rows, policy, "compounds", ("geometry", "year_lo", "year_hi", "original"))
    table = typed(raw, policy, "compounds")
    frame = as_layer(table, [row.get("geometry") for row in rows]).set_index("compound_id")
    if not frame.index.is_unique or frame.index.isna().any():
        raise ValueError("compound_id must be given and unique")
    return frame


def _original(rows: list[dict[str, Any]]) -> pd.DataFrame:
    cells = [(r["compound_id"], f, text) for r in rows for f, text in dict(r.get("original") or {}).items()]
    return pd.DataFrame(cells, columns=["compound_id", "field", "text"], dtype="string")


def _years(rows: list[dict[str, Any]], frame: pd.DataFrame) -> pd.DataFrame:
    ends = year_ends(frame)
    for row in rows:
        for end in ("year_lo", "year_hi"):
            if row.get(end) is not None:
                ends.loc[row["compound_id"], end] = row[end]
    return ends
