"""What an import is asked to do, and what it hands back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from planner.district.district import District
from planner.policy import Policy

AUTO = "auto"
TABLE, FOOTPRINTS, AREAS = "table", "footprints", "areas"


@dataclass(frozen=True, slots=True)
class Source:
    """One file that was handed in: a path, or bytes from an upload with their `name`; `layer` where it has several."""

    content: Path | bytes
    name: str = ""
    layer: str = ""

    @property
    def label(self) -> str:
        """What reports call it: its name, else the file name of its path."""
        return self.name or (self.content.name if isinstance(self.content, Path) else "")


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """One call of `planner import` (CONTRACTS 4); at least one of `table` and `footprints`.

    layers: layer name -> file. areas, area_label: polygons that the points carry the label of, for CRS evidence only;
    area_label is a column of the table, or of the areas. by_hand: header -> field. lonlat: the two columns of the
    table that hold coordinates, east first. crs: None (convert nothing), "auto", or a system, for the table's
    coordinates (for the footprints where the table has none). layer_crs: the same for footprints, areas or a layer.
    remembered_headers: header -> field; remembered_names: name, community, compound_id; previous: the compounds of an
    earlier import (index = id), whose generated ids are kept.
    """

    policy: Policy
    table: Source | None = None
    footprints: Source | None = None
    layers: Mapping[str, Source] = field(default_factory=dict)
    areas: Source | None = None
    area_label: str = ""
    by_hand: Mapping[str, str] = field(default_factory=dict)
    lonlat: tuple[str, str] | None = None
    crs: str | None = None
    layer_crs: Mapping[str, str] = field(default_factory=dict)
    encoding: str | None = None
    sheet: str | None = None
    remembered_headers: Mapping[str, str] = field(default_factory=dict)
    remembered_names: pd.DataFrame | None = None
    previous: pd.DataFrame | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What was done, for people and programs.

    summary: plain values only, the shape of `--json` in CONTRACTS 3 with more beside it; columns: HeaderMap.columns of
    the table; candidates: likely compounds of rows and footprints that found no partner; problems: PROBLEM_COLUMNS;
    rejected: rows of the table that could not be taken at all.
    """

    summary: Mapping[str, Any]
    columns: pd.DataFrame
    candidates: pd.DataFrame
    problems: pd.DataFrame
    rejected: int


@dataclass(frozen=True, slots=True)
class ImportResult:
    """The checked district and the report on how it came about."""

    district: District
    report: ImportReport
