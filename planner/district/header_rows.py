"""Where the header of an office table is, and what its columns are called: title rows, two-row merged headers."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pandas as pd

from planner.district.grid import Grid, Merge, plain, word_keys
from planner.errors import join_problems, problem

_LOOKED_AT = 40
_NUMBER = re.compile(r"[-+]?[\d.,]+%?$")
_BREAK = re.compile(r"\s*[\r\n]+\s*")


@dataclass(frozen=True, slots=True)
class Header:
    """Rows `top` to `bottom` (from 0) of a grid are the header; `names` has one unique name per column."""

    top: int
    bottom: int
    names: tuple[str, ...]
    problems: pd.DataFrame


def find_header(grid: Grid, known: frozenset[str], *, file: str) -> Header:
    """Return the header of the grid.

    It is the row, or the pair of rows that stand one over the other (merged cells, or blanks where merged cells were),
    with most `known` words (keys as `grid.word_key`); without any, the first row with two texts that data follow.
    A child that is known or unique stands alone, else it is joined to its parent. Duplicate and blank names are
    numbered. Everything of this is reported.
    """
    top, bottom = _best_rows(grid, known)
    names, joined = _names(grid, top, bottom, known)
    unique, renamed = _unique(names)
    reports = [_title_rows(grid, top, file)]
    row = bottom + 1
    reports += [problem("read.header_joined", severity="info", file=file, row=row, value=name) for name in joined]
    reports += [
        problem("read.header_renamed", severity="info", file=file, row=row, column=new, value=old)
        for old, new in renamed
    ]
    return Header(top, bottom, unique, join_problems(reports))


def _best_rows(grid: Grid, known: frozenset[str]) -> tuple[int, int]:
    rows = range(min(_LOOKED_AT, len(grid.rows)))
    single = [_hits(grid.rows[row], known) for row in rows]
    clear = [hits if hits > 1 or 2 * hits >= _filled(grid.rows[row]) else 0 for row, hits in enumerate(single)]
    best = max(clear, default=0)
    span = (clear.index(best), clear.index(best)) if best else (-1, -1)
    for row in rows[1:]:
        if not _stacked(grid, row - 1):
            continue
        names, _ = _names(grid, row - 1, row, known)
        both = _hits(names, known)
        nameless = not set(span).isdisjoint((row - 1, row)) and _is_incomplete(grid.rows[row])
        if both > max(best, 1) or (both == best and both and nameless):
            best, span = both, (row - 1, row)
    return span if best else _first_table_row(grid)


def _is_incomplete(row: list[str]) -> bool:
    """Whether a header row has blanks or says the same word twice, so that it needs the row above it."""
    labels = [_label(cell) for cell in row]
    return "" in labels or len(set(labels)) < len(labels)


def _hits(cells: list[str] | tuple[str, ...], known: frozenset[str]) -> int:
    return len({keys[0] for cell in cells if cell and not known.isdisjoint(keys := word_keys(cell))})


def _filled(row: list[str]) -> int:
    return sum(1 for cell in row if cell.strip())


def _first_table_row(grid: Grid) -> tuple[int, int]:
    texts = [sum(1 for c in row if c.strip() and not _NUMBER.match(plain(c))) for row in grid.rows[:_LOOKED_AT]]
    for row, count in enumerate(texts):
        if count >= min(2, grid.width) and any(_filled(later) > 1 for later in grid.rows[row + 1 : row + 4]):
            return row, row
    first = next((row for row, count in enumerate(texts) if count), 0)
    return first, first


def _stacked(grid: Grid, row: int) -> bool:
    """Whether the rows `row` and `row + 1` are one header: groups above, their columns below."""
    upper, lower = grid.rows[row], grid.rows[row + 1]
    groups = _groups(grid, row)
    wide = [group for group in groups if len(group) > 1]
    if _filled(upper) < 2 or not wide or any(":" in plain(cell) for cell in upper):
        return False
    if any(_NUMBER.match(plain(cell)) for cell in lower if cell.strip()):
        return False
    filled_below = {column for column, cell in enumerate(lower) if cell.strip()}
    alone = [group.start in filled_below for group in groups if len(group) == 1]
    mostly_blank = not alone or 2 * sum(alone) < len(alone)
    return mostly_blank and any(set(group) <= filled_below for group in wide)


def _groups(grid: Grid, row: int) -> list[range]:
    """Runs of columns that one cell of `row` heads: its merged range, or itself and the blanks to its right."""
    merged = {m.left: m for m in grid.merges if m.top == row}
    starts = [c for c, cell in enumerate(grid.rows[row]) if cell.strip()]
    ends = [*starts[1:], grid.width][: len(starts)]
    if not grid.merges:
        return [range(start, end) for start, end in zip(starts, ends, strict=True)]
    return [range(start, _right(merged.get(start), start) + 1) for start in starts]


def _right(merge: Merge | None, column: int) -> int:
    return column if merge is None else merge.right


def _names(grid: Grid, top: int, bottom: int, known: frozenset[str]) -> tuple[list[str], list[str]]:
    upper = [_label(cell) for cell in grid.rows[top]]
    if top == bottom:
        return upper, []
    lower = [_label(cell) for cell in grid.rows[bottom]]
    parents = [""] * grid.width
    for group in _groups(grid, top):
        for column in group:
            parents[column] = upper[group.start]
    pairs = list(zip(parents, lower, strict=True))
    names = [_join(parent, child, known, lower.count(child) == 1) for parent, child in pairs]
    joined = [name for name, (parent, child) in zip(names, pairs, strict=True) if parent and child and name != child]
    return names, joined


def _join(parent: str, child: str, known: frozenset[str], alone: bool) -> str:
    if not child or not parent or parent == child:
        return child or parent
    for whole in (f"{parent}（{child}）", parent + child):
        if word_keys(whole)[0] in known:
            return whole
    return child if alone and not known.isdisjoint(word_keys(child)) else parent + child


def _label(cell: str) -> str:
    return _BREAK.sub("", cell).strip()


def _unique(names: list[str]) -> tuple[tuple[str, ...], list[tuple[str, str]]]:
    taken: set[str] = set()
    unique, renamed = [], []
    for column, name in enumerate(names):
        new, count = name or f"（第{column + 1}列）", 1
        while new in taken:
            count += 1
            new = f"{name}（{count}）"
        taken.add(new)
        unique.append(new)
        if new != name:
            renamed.append((name, new))
    return tuple(unique), renamed


def _title_rows(grid: Grid, top: int, file: str) -> pd.DataFrame:
    rows = [(i, " ".join(c.strip() for c in grid.rows[i] if c.strip())) for i in range(top)]
    listed = [problem("read.title", severity="info", file=file, row=i + 1, value=text) for i, text in rows if text]
    return join_problems(listed)
