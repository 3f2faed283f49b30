"""Further pages of a full sheet: the whole list where the panel held its beginning only, and the index of names."""

from __future__ import annotations

from collections.abc import Sequence

from planner.outputs.sheet import furniture
from planner.outputs.sheet.frame import Layout, layout_of
from planner.outputs.sheet.index_table import index_blocks
from planner.outputs.sheet.order_table import Order, order_blocks
from planner.outputs.sheet.panel import Block, moved
from planner.outputs.sheet.request import SheetRequest
from planner.outputs.sheet.scene import Mark, Page
from planner.outputs.sheet.table import Row, capacity
from planner.text import t

COLUMN = 68.0
"""Width of a column in millimetres on A3."""


def annex_pages(
    order: Order | None, index: Sequence[Row], request: SheetRequest, *, title: str, demo: bool, lang: str = "zh"
) -> list[Page]:  # fmt: skip
    """Return the pages that ``order`` (None: it stands on the map's page) and ``index`` need; none for neither."""
    layout = layout_of(request)
    gap = 5.0 * layout.k
    inner = layout.width - 2 * layout.margin
    count = int((inner + gap) // (COLUMN * layout.k + gap))
    width = (inner - gap * (count - 1)) / count
    height = layout.title[1] - layout.panel[1]
    blocks: list[Block] = []
    if order is not None:
        blocks += _order_columns(order, height, width, layout.k)
    if index:
        most = capacity(height, layout.k, title=False)
        columns = -(-(len(index) + 3) // max(most, 1)) + 1
        blocks += index_blocks(index, [height] * columns, width=width, k=layout.k, lang=lang)
    words = t("sheet.annex", lang, title=title)
    pages = [blocks[n : n + count] for n in range(0, len(blocks), count)]
    return [_page(part, layout, request, width=width, words=words, demo=demo, lang=lang) for part in pages]


def _order_columns(order: Order, height: float, width: float, k: float) -> list[Block]:
    columns = 1
    while True:
        blocks, whole = order_blocks(order, [height] * columns, width=width, k=k)
        if whole:
            return blocks
        columns += 1


def _page(
    blocks: Sequence[Block], layout: Layout, request: SheetRequest, *, width: float, words: str, demo: bool, lang: str
) -> Page:  # fmt: skip
    gap = 5.0 * layout.k
    marks: list[Mark] = [*furniture.paper_edge(layout), *furniture.title(layout, words, "")]
    marks += furniture.use_marks(layout, demo=demo, lang=lang)
    for n, block in enumerate(blocks):
        left = layout.margin + n * (width + gap)
        marks += [moved(mark, left, layout.title[1]) for mark in block.marks]
    whole = (0.0, 0.0, *request.size)
    return Page(tuple(marks), request.size, whole, words)
