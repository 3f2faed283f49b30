"""The panel of a full sheet: the list in its columns, legend, key, summary and imprint beside it, then the locator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from planner.decisions.pipeline import Assessment
from planner.district.district import District
from planner.outputs.sheet.compounds import Drawn
from planner.outputs.sheet.frame import Frame, Layout, layout_of
from planner.outputs.sheet.index_table import index_blocks
from planner.outputs.sheet.locator import locator_block
from planner.outputs.sheet.order_table import Order, order_blocks
from planner.outputs.sheet.panel import Block, facts_block, key_block, legend, moved
from planner.outputs.sheet.request import SheetRequest
from planner.outputs.sheet.scene import Mark
from planner.outputs.sheet.summary_table import summary_block
from planner.outputs.sheet.table import HEAD_STEP, STEP, TITLE, Row

GAP = 4.0
LOCATOR = (34.0, 56.0)
"""Least and greatest height of the locator in millimetres on A3."""


@dataclass(slots=True)
class _Columns:
    """The columns of the panel: how far each is filled from the top (``free`` is what is left) and from its foot."""

    lefts: list[float]
    width: float
    low: float
    tall: float
    gap: float
    free: list[float]
    feet: list[float]
    marks: list[Mark]

    @property
    def half(self) -> int:
        """How many of the first columns are for the list."""
        return len(self.lefts) // 2

    def put(self, block: Block, column: int) -> None:
        """Place a block below what stands in a column already."""
        self.marks += [moved(mark, self.lefts[column], self.low + self.free[column]) for mark in block.marks]
        self.free[column] -= block.height + self.gap

    def foot(self, block: Block, column: int) -> None:
        """Place a block at the foot of a column, over what stands there already."""
        top = self.low + self.feet[column] + block.height
        self.marks += [moved(mark, self.lefts[column], top) for mark in block.marks]
        self.feet[column] += block.height + self.gap


def _columns(layout: Layout) -> _Columns:
    x, y, wide, tall = layout.panel
    count = 2 if layout.landscape else 4
    gap = 5.0 * layout.k
    width = (wide - gap * (count - 1)) / count
    lefts = [x + n * (width + gap) for n in range(count)]
    return _Columns(lefts, width, y, tall, GAP * layout.k, [tall] * count, [0.0] * count, [])


def wall_panel(
    district: District, assessment: Assessment, request: SheetRequest, *, drawn: Drawn, frame: Frame, order: Order,
    index: Sequence[Row],
) -> tuple[list[Mark], bool, bool]:  # fmt: skip
    """Return the panel, whether the list is whole, and whether the index of names stands in it.

    Landscape has two columns, portrait four; the first half is for the list. What is beside it stands from the top
    of the last columns; where those are full, at the foot of the first.
    """
    layout = layout_of(request)
    columns, k = _columns(layout), layout.k
    width, lang = columns.width, drawn.lang
    blocks = [
        legend(drawn, width, k),
        key_block(district, drawn, frame, width, k),
        summary_block(district, assessment, drawn, width=width, k=k),
        facts_block(district, assessment, request, frame=frame, width=width, lang=lang),
    ]
    for block in blocks:
        place = next(
            (c for c in range(columns.half, len(columns.lefts)) if columns.free[c] >= block.height - 0.1), None
        )
        columns.foot(block, 0) if place is None else columns.put(block, place)
    _put_locator(columns, district, frame, k, lang)
    whole, last = _put_order(columns, order, k)
    return columns.marks, whole, _put_index(columns, index, last, k, lang)


def _put_locator(columns: _Columns, district: District, frame: Frame, k: float, lang: str) -> None:
    """The locator stands below the other blocks where there is room, else at the foot of the list."""
    spare = max(range(columns.half, len(columns.lefts)), key=lambda c: columns.free[c])
    below = columns.free[spare] >= LOCATOR[0] * k
    height = min(columns.free[spare], LOCATOR[1] * k) if below else (LOCATOR[0] + 3.0) * k
    block = locator_block(district, frame, width=columns.width, height=height, lang=lang)
    columns.put(block, spare) if below else columns.foot(block, columns.half - 1)


def _put_order(columns: _Columns, order: Order, k: float) -> tuple[bool, int]:
    """Place the list in the first columns; return whether it is whole and the last column that it takes."""
    room = [columns.tall - foot for foot in columns.feet[: columns.half]]
    blocks, whole = order_blocks(order, room, width=columns.width, k=k)
    for column, block in enumerate(blocks):
        columns.put(block, column)
    return whole, len(blocks) - 1


def _put_index(columns: _Columns, index: Sequence[Row], column: int, k: float, lang: str) -> bool:
    """Place the index below the list where all of it has room; True when there is nothing left to print elsewhere."""
    if not index:
        return True
    room = columns.free[column] - columns.feet[column]
    if room < (TITLE + 1.0 + HEAD_STEP + STEP * len(index)) * k:
        return False
    columns.put(index_blocks(index, [room], width=columns.width, k=k, lang=lang)[0], column)
    return True
