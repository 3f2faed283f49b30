"""The summary on the sheet: 街道, compounds, households, what is ready and what it costs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.decisions.pipeline import Assessment
from planner.decisions.states import READY
from planner.district.district import District
from planner.outputs.sheet.compounds import Drawn
from planner.outputs.sheet.order_table import sum_text
from planner.outputs.sheet.panel import Block
from planner.outputs.sheet.scene import plain
from planner.outputs.sheet.streets import street_masks
from planner.outputs.sheet.table import Column, Row, table_block
from planner.text import t


def summary_block(district: District, assessment: Assessment, drawn: Drawn, *, width: float, k: float) -> Block:
    """Return one row per street of the shown compounds and the sum; sums of partly unknown figures say ≥."""
    lang = drawn.lang
    ready = (assessment.states["state"] == READY).reindex(district.compounds.index).fillna(False)
    facts = pd.DataFrame(
        {
            "households": district.compounds["households"],
            "ready": ready.astype(int),
            "yuan": assessment.costs["cost_now"].reindex(district.compounds.index).astype("Float64").where(ready, 0),
        }
    )
    masks = [(plain(name, 10), mask & drawn.shown) for name, mask in street_masks(district, lang)]
    rows = [_row(name, facts[mask]) for name, mask in masks if mask.any()] if len(masks) > 1 else []
    total = _row(t("sheet.total", lang), facts[np.asarray(drawn.shown)], last=True)
    heads = ("street", "compounds", "households", "ready", "cost")
    looks = ((0.0, "left"), (9.0, "right"), (14.0, "right"), (11.0, "right"), (16.0, "right"))
    columns = [Column(t(f"sheet.summary.{h}", lang), *look) for h, look in zip(heads, looks, strict=True)]
    return table_block(
        t("sheet.summary" if rows else "sheet.summary.whole", lang), columns, [*rows, total], width=width, k=k
    )


def _row(name: str, facts: pd.DataFrame, *, last: bool = False) -> Row:
    people = sum_text(facts["households"], 0)
    cells = (name, f"{len(facts):,}", people, f"{int(facts['ready'].sum()):,}", sum_text(facts["yuan"], 2))
    return Row(cells, bold=last, band=last, role="summary")
