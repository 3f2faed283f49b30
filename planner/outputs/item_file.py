"""item_list.csv and .xlsx: the ranked list of (compound, item), the heart of the product (CONTRACTS 3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd

from planner.decisions.pipeline import Assessment
from planner.district.district import District
from planner.outputs.columns import ITEM_COLUMNS
from planner.outputs.csv_file import csv_bytes
from planner.outputs.tables import item_workbook


def item_table(items: pd.DataFrame, *, lang: str = "zh", known: bool = False) -> pd.DataFrame:
    """Return the rows of item_list.csv: ranked rows first by rank, then the others by compound and item order.

    ``items`` is `items.prioritise`; ``condition`` and ``reason`` are taken in ``lang``; ``known`` leaves out rows
    whose deficit is unknown. Quantities and yuan stay numbers, unknown ones missing.
    """
    rows = items.loc[items["deficit"].notna()] if known else items
    ordered = rows.sort_values("rank", kind="stable", na_position="last").reset_index(drop=True)
    spoken = {name: ordered[f"{name}_{lang}"] for name in ("condition", "reason")}
    return ordered.assign(**spoken)[list(ITEM_COLUMNS)]


def write_items(assessment: Assessment, district: District, *, path: Path, lang: str, known: bool) -> None:
    """Write the item list to ``path`` in the format of its extension (one of ``FORMATS``)."""
    FORMATS[path.suffix.lower()](assessment, district, path, lang=lang, known=known)


def _write_csv(assessment: Assessment, _district: District, path: Path, *, lang: str, known: bool) -> None:
    path.write_bytes(csv_bytes(item_table(assessment.items, lang=lang, known=known)))


def _write_xlsx(assessment: Assessment, district: District, path: Path, *, lang: str, known: bool) -> None:
    path.write_bytes(item_workbook(assessment, district, lang=lang, known=known))


FORMATS: Mapping[str, Callable[..., None]] = {".csv": _write_csv, ".xlsx": _write_xlsx}
"""The formats of the item list by extension; a new one is one function here."""
