"""The part of reading a workbook that runs in a process of its own: calamine, and nothing of ours but `as_text`.

A damaged .xls can make the reader ask for more memory than there is, and Rust then ends the process it runs in. That
must not be the one that serves everybody. The workbook comes in on stdin; what was found goes out on stdout as JSON.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum

from planner.district.cell_text import as_text

_EXACT = 10**15


def main() -> None:
    """Read stdin, write JSON: `names`, `visible`, `sheets` of name, rows, merges, lost; or `error` with its reason.

    Arguments: memory limit in bytes, most cells of a sheet, and the one sheet to read ("" = every visible one).
    """
    memory, most, only = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    _limit_memory(memory)
    try:
        found = read(sys.stdin.buffer.read(), most, only)
    except PasswordError:
        found = {"error": "file.password"}
    except (CalamineError, ValueError, OSError, MemoryError) as error:
        found = {"error": "file.workbook", "reason": str(error)[:120]}
    sys.stdout.buffer.write(json.dumps(found, ensure_ascii=False).encode("utf-8", "surrogatepass"))


def read(data: bytes, most: int, only: str) -> dict[str, Any]:
    """Return what `main` writes. A sheet with more than `most` cells is named in `huge` and not read."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    names = list(book.sheet_names)
    visible = [meta.name for meta in book.sheets_metadata if meta.visible == SheetVisibleEnum.Visible] or names
    found: dict[str, Any] = {"names": names, "visible": visible, "sheets": [], "huge": []}
    for name in [only] if only else visible:
        if name not in names:
            continue
        sheet = book.get_sheet_by_name(name)
        rows, columns = (sheet.end[0] + 1, sheet.end[1] + 1) if sheet.end else (0, 0)
        if rows * columns > most:
            found["huge"].append([name, rows, columns])
            continue
        values = sheet.to_python(skip_empty_area=False)
        found["sheets"].append(
            {
                "name": name,
                "rows": [[as_text(value) for value in row] for row in values],
                "merges": [[*first, *last] for first, last in sheet.merged_cell_ranges or []],
                "lost": _lost_digits(values),
            }
        )
    return found


def _lost_digits(values: list[list[Any]]) -> list[tuple[int, str]]:
    """Whole numbers of 16 digits and more, with their row: Excel keeps 15, so a code typed as a number lost its end."""
    return [
        (i + 1, as_text(value))
        for i, row in enumerate(values)
        for value in row
        if isinstance(value, float | int) and abs(value) >= _EXACT
    ]


def _limit_memory(memory: int) -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource  # absent on Windows, where the process is only timed

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
