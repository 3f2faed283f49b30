"""Which tables a store holds, their fields and types: those of columns.csv, and what planners keep beside them."""

from __future__ import annotations

from collections.abc import Mapping

from planner.district.district import LAYERS, TABLES
from planner.policy import Policy
from planner.store.cell_values import GEOMETRY

BASE_LAYERS = ("roads", "water", "green")
"""Layers that are drawn below and surveyed by nobody here: they stay in the folder."""
KEPT_LAYERS = tuple(name for name in LAYERS if name not in BASE_LAYERS)
DISTRICT_TABLES = ("compounds", *TABLES, *KEPT_LAYERS)
"""The tables of a district that the store holds, with their own names."""
SHAPED = ("compounds", *KEPT_LAYERS)
"""Tables whose rows have a shape."""

PRESENT = "@present"
"""The pseudo-field of a row itself: "1" while it stands, blank once it is retired."""

PLANNER_TABLES: Mapping[str, tuple[str, ...]] = {
    "planner_district": ("name", "demo", "note"),
    "planner_original": ("compound_id", "field", "text"),
    "planner_variants": ("name", "what", "code", "value"),
    "planner_header_mappings": ("key", "table", "header", "field"),
    "planner_name_matches": ("name", "community", "compound_id"),
    "planner_scenarios": ("name", "kind", "note", "content"),
    "planner_held": (
        "table", "row_id", "field", "base", "current", "incoming", "why", "file", "file_row", "surveyed_on",
        "surveyor", "decision",
    ),
    "planner_submissions": ("instance", "compound_id", "content", "submitted"),
}  # fmt: skip
"""What planners keep, all text. planner_original: the texts of repaired cells (original.csv). planner_variants: trial
rules, a row per line of their file (variants.py). planner_scenarios: a plan's settings or result as JSON (kind:
scenario, plan). planner_held: cells that wait for a decision. planner_submissions: forms of ODK and KoboToolbox
that were applied, each with a key of what it said."""

Fields = Mapping[str, Mapping[str, str]]
"""Table -> field -> how it is kept: int, decimal, bool, date, text; a shaped table also has the field `geometry`."""

_KEPT_AS = {
    "int": "int",
    "year": "int",
    "bool": "bool",
    "date": "date",
    **dict.fromkeys(("decimal", "ratio", "area", "money"), "decimal"),
}


def store_fields(policy: Policy) -> dict[str, dict[str, str]]:
    """Return every table of a store with its fields and how they are kept, in the order of columns.csv."""
    kinds = {table: policy.fields(table)["type"] for table in DISTRICT_TABLES}
    fields = {table: {str(f): _KEPT_AS.get(kind, "text") for f, kind in of.items()} for table, of in kinds.items()}
    for table in SHAPED:
        fields[table][GEOMETRY] = GEOMETRY
    return fields | {table: dict.fromkeys(names, "text") for table, names in PLANNER_TABLES.items()}


def key_field(table: str, fields: Fields) -> str:
    """Return the field that names the rows of a table of columns.csv (its first one)."""
    return next(iter(fields[table]))
