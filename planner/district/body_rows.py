"""What the rows under a header are: data, subtotals, section titles, notes; merged cells and 同上 filled down."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pandas as pd

from planner.district.grid import Grid, plain
from planner.district.header_rows import Header
from planner.errors import join_problems, problem, problem_rows

DITTO = frozenset({"同上", "〃", "″", '"', "''", "”", "“", "〞", "々", "同前", "同左上"})
_TOTAL = re.compile(r"(.{0,12}(小计|合计|总计|共计|累计)|(小计|合计|总计)[:(].{0,40})[:]?$")
_NOTE_WORDS = "备注|附注|注|说明|填表|制表|填报|审核|复核|单位负责人|负责人|经办人|联系人|数据来源|截至"
_NOTE = re.compile(rf"({_NOTE_WORDS})[人单位日期时间]{{0,4}}\d*[:、.(]")
_SECTION = re.compile(r"(第?[一二三四五六七八九十]+[、.)章]|\([一二三四五六七八九十]+\)|[IVX]+[.、])")
_SUSPECT = re.compile(r"计|^\s*(?:[(（第一二三四五六七八九十]|[IVX]+[.、．])")
_GROUP_HEADER = re.compile(r"(街道|镇街|社区|居委会|区县|网格|片区|服务中心|乡镇)")
_WIDE_ENOUGH = 4


@dataclass(frozen=True, slots=True)
class Body:
    """Data rows as text, their rows in the file as a person counts, and what was skipped or filled."""

    cells: pd.DataFrame
    row_numbers: pd.Series
    problems: pd.DataFrame


def read_body(grid: Grid, header: Header, *, file: str) -> Body:
    """Return the data rows below the header.

    Left out and listed: 小计 / 合计 / 总计 rows, repeated headers, numbering rows, section titles, notes at the end;
    rows with more cells than the header are errors. Filled down and reported: merged cells, 同上 and its signs, and
    in files without merged cells the 街道 / 社区 columns that are plainly an unmerged export.
    """
    start = header.bottom + 1
    kinds = _kinds(grid, header, start)
    kept = [i for i, kind in kinds.items() if kind == "data"]
    cells = pd.DataFrame([grid.rows[i] for i in kept], columns=list(header.names), dtype=str)
    numbers = pd.Series([i + 1 for i in kept], index=cells.index, dtype="int64", name="row")
    reports = [_listed(grid, kinds, file), _short(grid, header, kept, file)]
    for fill in (_fill_merged, _fill_ditto, _fill_groups):
        cells, report = fill(cells, numbers, grid, file)
        reports.append(report)
    named = [not _is_unnamed(name) or bool(cells[name].str.strip().any()) for name in cells.columns]
    return Body(cells.loc[:, named], numbers, join_problems(reports))


def _kinds(grid: Grid, header: Header, start: int) -> dict[int, str]:
    above = grid.rows[header.bottom]
    labels = [_squeeze(cell) for cell in above]
    kinds: dict[int, str] = {}
    for i in range(start, len(grid.rows)):
        row = grid.rows[i]
        if i > start and _is_usual(row, above):
            kinds[i] = "data"
            continue
        filled = [c for c, cell in enumerate(row) if cell and not cell.isspace()]
        if filled:
            usual = i > start and not _is_suspect(row, filled, above)
            kinds[i] = "data" if usual else _kind([(c, row[c]) for c in filled], grid, labels, i - start)
    return _with_overlong(_with_notes_at_end(kinds, grid), grid, header)


def _with_overlong(kinds: dict[int, str], grid: Grid, header: Header) -> dict[int, str]:
    """A text row with cells beyond the last header has one comma too many somewhere: its cells may be shifted."""
    named = max((c + 1 for c, name in enumerate(header.names) if not _is_unnamed(name)), default=grid.width)
    data = [i for i, kind in kinds.items() if kind == "data"]
    over = {i for i in data if grid.lengths and any(cell.strip() for cell in grid.rows[i][named:])}
    if 2 * len(over) > len(data):
        return kinds
    return {i: "overlong" if i in over else kind for i, kind in kinds.items()}


def _is_usual(row: list[str], above: list[str]) -> bool:
    """A row whose first two cells are filled and not suspect: what nearly every row is, told without a list."""
    first, second = row[0], row[1] if len(row) > 1 else ""
    filled = first and second and not first.isspace() and not second.isspace()
    return bool(filled) and first != above[0] and "计" not in second and not _SUSPECT.search(first)


def _is_suspect(row: list[str], filled: list[int], above: list[str]) -> bool:
    """A cheap look at the first two cells that rules out nearly every row of data before it is looked into."""
    first = row[filled[0]]
    if _SUSPECT.search(first) or first == above[filled[0]]:
        return True
    return len(filled) > 1 and "计" in row[filled[1]]


def _kind(filled: list[tuple[int, str]], grid: Grid, labels: list[str], depth: int) -> str:
    first = _squeeze(filled[0][1])
    if _TOTAL.match(first) or (len(filled) > 1 and first.isdigit() and _TOTAL.match(_squeeze(filled[1][1]))):
        return "total"
    if len(filled) > 1 and all(labels[c] == _squeeze(cell) for c, cell in filled):
        return "header_again"
    if depth == 0 and len(filled) >= _WIDE_ENOUGH and _is_numbering([_squeeze(cell) for _, cell in filled]):
        return "numbering"
    if len(filled) == 1 and grid.width >= _WIDE_ENOUGH and _SECTION.match(first):
        return "section"
    return "data"


def _is_numbering(cells: list[str]) -> bool:
    """甲 乙 1 2 3 or 1 2 3 4: numbers of columns, not data."""
    digits = [cell for cell in cells if cell.isdigit()]
    rest = cells[: len(cells) - len(digits)]
    counted = digits == [str(n) for n in range(1, len(digits) + 1)]
    return counted and len(digits) > 1 and all(cell in "甲乙丙丁戊ABCD" for cell in rest)


def _with_notes_at_end(kinds: dict[int, str], grid: Grid) -> dict[int, str]:
    if grid.width < 2:
        return kinds
    out = dict(kinds)
    for i in sorted(kinds, reverse=True):
        filled = [plain(cell) for cell in grid.rows[i] if cell.strip()]
        is_note = _NOTE.match(_squeeze(filled[0])) or (len(filled) == 1 and len(filled[0]) > 20)
        few = len(filled) <= max(2, grid.width // 2)
        if kinds[i] == "data" and not (is_note and few):
            break
        out[i] = "note" if kinds[i] == "data" else kinds[i]
    return out


def _listed(grid: Grid, kinds: dict[int, str], file: str) -> pd.DataFrame:
    reports = []
    for kind in ("total", "header_again", "numbering", "section", "note", "overlong"):
        rows = [i for i, found in kinds.items() if found == kind]
        texts = [" ".join(cell.strip() for cell in grid.rows[i] if cell.strip()) for i in rows]
        numbers = [i + 1 for i in rows]
        severity = "error" if kind == "overlong" else "info"
        reports.append(problem_rows(f"read.{kind}", numbers, severity=severity, file=file, column="", values=texts))
    return join_problems(reports)


def _short(grid: Grid, header: Header, kept: list[int], file: str) -> pd.DataFrame:
    named = max((c + 1 for c, name in enumerate(header.names) if not _is_unnamed(name)), default=grid.width)
    short = [i for i in kept if grid.lengths and grid.lengths[i] < named]
    values = [" ".join(cell for cell in grid.rows[i] if cell.strip()) for i in short]
    params = [{"cells": grid.lengths[i], "columns": named} for i in short]
    return problem_rows(
        "read.short",
        [i + 1 for i in short],
        severity="warning",
        file=file,
        column="",
        values=values,
        params=params,
    )


Filled = tuple[pd.DataFrame, pd.DataFrame]


def _fill_merged(cells: pd.DataFrame, numbers: pd.Series, grid: Grid, file: str) -> Filled:
    if cells.empty:
        return cells, join_problems([])
    cells, reports = cells.copy(), []
    for merge in grid.merges:
        inside = (numbers > merge.top) & (numbers <= merge.bottom + 1)
        if merge.bottom == merge.top or merge.left >= grid.width or inside.sum() < 1 or merge.top + 1 < numbers.iloc[0]:
            continue
        name, value = cells.columns[merge.left], grid.rows[merge.top][merge.left]
        cells.loc[inside, name] = value
        params = {"last": merge.bottom + 1, "count": int(inside.sum())}
        reports.append(
            problem("repair.merged", severity="info", file=file, row=merge.top + 1, column=name, value=value, **params)
        )
    return cells, join_problems(reports)


def _fill_ditto(cells: pd.DataFrame, numbers: pd.Series, _grid: Grid, file: str) -> Filled:
    cells, reports = cells.copy(), []
    for name in cells.columns:
        text = cells[name]
        ditto = text.str.strip().isin(DITTO)
        if not ditto.any():
            continue
        filled = text.mask(ditto).ffill().fillna("")
        cells[name] = filled
        params = [{"filled": value} for value in filled[ditto]]
        reports.append(
            problem_rows(
                "repair.ditto",
                numbers[ditto],
                severity="info",
                file=file,
                column=name,
                values=text[ditto],
                params=params,
            )
        )
    return cells, join_problems(reports)


def _fill_groups(cells: pd.DataFrame, numbers: pd.Series, grid: Grid, file: str) -> Filled:
    if grid.merges or len(cells) < 3:
        return cells, join_problems([])
    cells, reports = cells.copy(), []
    for name in _unmerged(cells[[n for n in cells.columns if _GROUP_HEADER.search(n)]]):
        blank = cells[name].str.strip().eq("")
        filled = cells[name].mask(blank).ffill()
        cells[name] = filled
        rows, values = numbers[blank], filled[blank]
        reports.append(problem_rows("repair.fill_down", rows, severity="info", file=file, column=name, values=values))
    return cells, join_problems(reports)


def _unmerged(groups: pd.DataFrame) -> list[str]:
    """Group columns that merged cells left behind: each value once, at the head of its run, inside its outer group.

    At least one of them must be blank in half of its rows; a few blanks alone are gaps, and gaps stay unknown.
    """
    text = groups.apply(lambda column: column.str.strip())
    blank = text.eq("")
    heads = pd.Series(False, index=groups.index)
    found: list[str] = []
    for name in groups.columns:
        present = text.loc[~blank[name], name]
        if blank[name].any() and not blank[name].iloc[0] and present.is_unique and not (heads & blank[name]).any():
            found.append(name)
        heads |= ~blank[name] & (blank[name].any())
    return found if any(2 * blank[name].sum() >= len(groups) for name in found) else []


def _squeeze(text: str) -> str:
    return re.sub(r"\s+", "", plain(text))


def _is_unnamed(name: str) -> bool:
    return bool(re.fullmatch(r"（第\d+列）", name))
