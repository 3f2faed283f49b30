"""The panel of a full sheet: the list in its columns, legend, key, summary and imprint beside it, then the locator."""

from __future__ import annotations

from collections.abc import Sequence

from planner.decisions.pipeline import Assessment
from planner.district.district import District
from planner.outputs.sheet.compounds import Drawn
from planner.outputs.sheet.frame import Frame, layout_of
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


def wall_panel(
    district: District, assessment: Assessment, request: SheetRequest, *, drawn: Drawn, frame: Frame, order: Order,
    index: Sequence[Row],
) -> tuple[list[Mark], bool, bool]:  # fmt: skip
    """Return the panel, whether the list is whole, and whether the index of names stands in it.

    Landscape has two columns, portrait four; the first half is for the list. What is beside it stands from the top
    of the last columns; where those are full, at the foot of the first.
    """
    layout = layout_of(request)
    x, y, wide, tall = layout.panel
    k, columns = layout.k, 2 if layout.landscape else 4
    gap = 5.0 * k
    width = (wide - gap * (columns - 1)) / columns
    lefts = [x + n * (width + gap) for n in range(columns)]
    free = [tall] * columns
    marks: list[Mark] = []

    def put(block: Block, column: int, *, foot: bool = False) -> None:
        top = y + block.height if foot else y + free[column]
        marks.extend(moved(mark, lefts[column], top) for mark in block.marks)
        free[column] -= block.height + GAP * k

    facts = facts_block(district, assessment, request, frame=frame, width=width, lang=drawn.lang)
    blocks = [
        legend(drawn, width, k),
        key_block(district, drawn, frame, width, k),
        summary_block(district, assessment, drawn, width=width, k=k),
        facts,
    ]
    half = columns // 2
    feet = [0.0] * half
    for block in blocks:
        place = next((c for c in range(half, columns) if free[c] >= block.height - 0.1), None)
        if place is not None:
            put(block, place)
        else:
            feet[0] += block.height + GAP * k
            marks += [moved(mark, lefts[0], y + feet[0] - GAP * k) for mark in block.marks]
    spare = max(range(half, columns), key=lambda c: free[c])
    if free[spare] >= LOCATOR[0] * k:
        height = min(free[spare], LOCATOR[1] * k)
        put(locator_block(district, frame, width=width, height=height, lang=drawn.lang), spare)
    else:
        height = (LOCATOR[0] + 3.0) * k
        block = locator_block(district, frame, width=width, height=height, lang=drawn.lang)
        marks += [moved(mark, lefts[half - 1], y + feet[half - 1] + height) for mark in block.marks]
        feet[half - 1] += height + GAP * k
    room = [tall - foot for foot in feet]
    listed, whole = order_blocks(order, room, width=width, k=k)
    for n, block in enumerate(listed):
        marks += [moved(mark, lefts[n], y + tall) for mark in block.marks]
        room[n] -= block.height + GAP * k
    needed = (TITLE + 1 + HEAD_STEP + STEP * len(index)) * k
    last = len(listed) - 1
    if index and room[last] >= needed:
        table = index_blocks(index, [room[last]], width=width, k=k, lang=drawn.lang)[0]
        marks += [moved(mark, lefts[last], y + feet[last] + room[last]) for mark in table.marks]
        return marks, whole, True
    return marks, whole, not index
