"""What an import is asked to do, and what it hands back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from planner.district.district import District
from planner.district.grid import word_key
from planner.district.headers import LEAVE_OUT, HeaderMap, map_headers
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
    recall: gives header -> field as remembered for a table's headers. remembered_names: name, community, compound_id.
    previous: gives the compounds of an earlier import (index = id), whose ids rows without one keep; it is only asked
    where there are such rows.
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
    recall: Callable[[str, Sequence[str]], Mapping[str, str]] | None = None
    remembered_names: pd.DataFrame | None = None
    previous: Callable[[], pd.DataFrame] | None = None
    name: str = ""

    def map_headers(self, table: str, headers: Sequence[str]) -> HeaderMap:
        """Return what the headers of one file mean for `table`: hands that name its headers, memory, then words.

        A hand counts for a file that has the header, and for a table that has the field.
        """
        keys, fields = {word_key(h) for h in headers}, self.policy.fields(table)
        known = {word_key(w) for w in (*fields.index, *fields["label_zh"], *fields["label_en"])}
        said = {
            h: f for h, f in self.by_hand.items() if word_key(h) in keys and (f in LEAVE_OUT or word_key(f) in known)
        }
        remembered = self.recall(table, headers) if self.recall else {}
        return map_headers(headers, self.policy, table, by_hand=said, remembered=remembered)


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What was done, for people and programs.

    summary: plain values only, the shape of `--json` in CONTRACTS 3 with more beside it. columns: HeaderMap.columns by
    table ("compounds" for the ledger, then the layers). candidates: likely compounds of footprints that found no row.
    problems: PROBLEM_COLUMNS. rejected: rows of the ledger that could not be taken because they contradict another.
    """

    summary: Mapping[str, Any]
    columns: Mapping[str, pd.DataFrame]
    candidates: pd.DataFrame
    problems: pd.DataFrame
    rejected: int


@dataclass(frozen=True, slots=True)
class ImportResult:
    """The checked district and the report on how it came about."""

    district: District
    report: ImportReport
