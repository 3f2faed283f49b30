"""A table on paper: rows of one height, columns of given widths, one of them taking what the others leave."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from planner.outputs.sheet.fonts import text_width
from planner.outputs.sheet.panel import HAIR, Block, heading
from planner.outputs.sheet.scene import INK, MUTED, Mark, Shape, Word, fit_size, line, plain, rectangle

STEP, HEAD_STEP, TITLE = 3.75, 4.6, 7.0
"""Heights in millimetres on A3: a row, the row of the headings, the bar with the title."""

SIZE = 7.1
"""Points: 2.5 mm high on A3."""
BAND = "#EAF0F5"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, its width in millimetres on A3 (0 = what is left), how its cells stand."""

    head: str
    width: float
    align: str = "left"


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of a row as text; ``band`` shades it, ``marked`` colours the first cell that stands left."""

    cells: tuple[str, ...]
    bold: bool = False
    band: bool = False
    colour: str = INK
    role: str = "cell"


def capacity(height: float, k: float, *, title: bool) -> int:
    """Return how many rows fit below the headings (and the title) in a height."""
    used = (HEAD_STEP + (TITLE + 1.0 if title else 0)) * k
    return max(0, int((height - used + 0.01) / (STEP * k)))


def table_block(title: str, columns: Sequence[Column], rows: Sequence[Row], *, width: float, k: float) -> Block:
    """Return a table of ``width`` millimetres; texts too long for their column are written smaller, then cut."""
    marks: list[Mark] = heading(title, width, k) if title else []
    y = -(TITLE + 1.0) * k if title else 0.0
    edges = list(_edges(columns, width, k))
    y -= HEAD_STEP * k / 2
    for column, edge in zip(columns, edges, strict=True):
        marks += fitted(Word(column.head, 0, y, 6.6 * k, colour=MUTED, align=column.align, role="head cell"), edge)
    y -= HEAD_STEP * k / 2
    marks.append(Shape(line((0, y), (width, y)), 66, "", "#7C8894", 0.6))
    for row in rows:
        marks += _row(row, columns, edges, y=y - STEP * k / 2, k=k)
        y -= STEP * k
    return Block(marks, -y)


def _edges(columns: Sequence[Column], width: float, k: float) -> Iterator[tuple[float, float]]:
    free = width - sum(column.width for column in columns) * k
    left = 0.0
    for column in columns:
        right = left + (column.width * k or free)
        yield left + 0.8 * k, right - 0.8 * k
        left = right


def _row(
    row: Row, columns: Sequence[Column], edges: Sequence[tuple[float, float]], *, y: float, k: float
) -> Iterator[Mark]:
    width, half = edges[-1][1] + 0.8 * k, STEP * k / 2
    if row.band:
        yield Shape(rectangle(0, y - half, width, 2 * half), 65, BAND)
    else:
        yield Shape(line((0, y - half), (width, y - half)), 66, "", HAIR, 0.3)
    for column, edge, text in zip(columns, edges, row.cells, strict=True):
        look = Word(text, 0, y, SIZE * k, bold=row.bold, colour=row.colour, align=column.align, role=row.role)
        yield from fitted(look, edge)


def fitted(word: Word, edge: tuple[float, float]) -> Iterator[Word]:
    """Yield the word between two edges, made smaller where it is too long, then cut; nothing for an empty text."""
    text, room = word.text, edge[1] - edge[0]
    if not text:
        return
    size = fit_size(text, room, word.size, lambda words, points: text_width(words, points, word.bold))
    size = max(size, word.size * 0.72)
    while len(text) > 1 and text_width(text, size, word.bold) > room + 0.3:
        text = plain(text[:-2] + "…")
    x = {"left": edge[0], "right": edge[1], "center": sum(edge) / 2}[word.align]
    yield replace(word, text=text, x=x, size=size)
