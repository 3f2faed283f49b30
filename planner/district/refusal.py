"""One way to refuse an input: the words of its rule, and the problem row behind them."""

from __future__ import annotations

from typing import Any

from planner.errors import InputError, problem
from planner.text import render_problems, t


def refuse(rule: str, *, file: str = "", row: int | None = None, value: object = "", **params: Any) -> InputError:
    """Return (not raise) an InputError that says in Chinese what is wrong with `file` and what to do about it.

    The words are `problem.<rule>.message` and `.fix` of text.csv; `.problems` holds the one row for tables and JSON.
    """
    file = file or t("read.nameless")
    rows = problem(rule, file=file, row=row, value=value, **params)
    words = render_problems(rows).iloc[0]
    return InputError(t("read.refused", message=words["message"], fix=words["fix"]), rows)
