"""Districts at the edge of sense, written to a folder: none, one, nothing known, only points, all excluded."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from shapely.geometry import Point, box

from planner.district.write import write_district
from tests.builders import make_district

Rows = list[dict[str, Any]]


def _square(k: int) -> Any:
    return box(116 + k * 0.002, 39, 116.001 + k * 0.002, 39.001)


KNOWN = {"name": "甲院", "built_year_min": 1986, "households": 90, "property_status": "无"}
PLACED = {**KNOWN, "subdistrict_name": "东街街道", "expropriation_status": "已划定范围"}

DEGENERATE: Mapping[str, Rows] = {
    "none": [],
    "one": [{"compound_id": "A1", "geometry": _square(0), **KNOWN}],
    "unknown": [{"compound_id": f"U{k}", "geometry": _square(k)} for k in range(3)],
    "points": [{"compound_id": f"P{k}", "geometry": Point(116 + k * 0.002, 39), **KNOWN} for k in range(3)],
    "undrawn": [{"compound_id": f"N{k}", **KNOWN} for k in range(2)],
    "excluded": [{"compound_id": f"X{k}", "geometry": _square(k), **PLACED} for k in range(2)],
}
"""Name -> rows of compounds."""


def write_degenerate(name: str, folder: Path) -> Path:
    """Write one of DEGENERATE below ``folder`` and return where it stands."""
    target = folder / name
    write_district(make_district(DEGENERATE[name]), target)
    return target
