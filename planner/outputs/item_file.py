"""item_list.csv and .xlsx: the ranked list of (compound, item), the heart of the product (CONTRACTS 3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from planner.decisions.pipeline import Assessment
from planner.district.district import District
from planner.outputs.csv_file import csv_bytes
from planner.outputs.tables import item_table, item_workbook


def write_items(assessment: Assessment, district: District, *, path: Path, lang: str, known: bool) -> None:
    """Write the item list to ``path`` in the format of its extension (one of ``FORMATS``).

    ``known`` leaves out rows whose deficit is unknown.
    """
    path.write_bytes(FORMATS[path.suffix.lower()](assessment, district, lang, known))


def _csv(assessment: Assessment, _district: District, lang: str, known: bool) -> bytes:
    return csv_bytes(item_table(assessment.items, lang=lang, known=known))


def _xlsx(assessment: Assessment, district: District, lang: str, known: bool) -> bytes:
    return item_workbook(assessment, district, lang=lang, known=known)


FORMATS: Mapping[str, Callable[[Assessment, District, str, bool], bytes]] = {".csv": _csv, ".xlsx": _xlsx}
"""The formats of the item list by extension; a new one is one function here."""
