"""What the command line says while it works: progress, counts and errors, all on standard error."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pandas as pd

from planner.errors import PlannerError
from planner.text import in_language, render_problems, t

QUIET_SECONDS = 1.0
"""Work shorter than this is done without a word."""
_REPEAT_SECONDS = 10.0
_SHOWN_PROBLEMS = 20


def say(text: str) -> None:
    """Print one line on standard error, where it does not mix with results."""
    print(text, file=sys.stderr, flush=True)


@contextmanager
def progress(key: str, lang: str, **params: object) -> Iterator[None]:
    """Show that a step is under way once it takes more than a second, and how long it took in the end."""
    label, start, done = t(key, lang, **params), time.monotonic(), threading.Event()
    watch = threading.Thread(target=_watch, args=(label, start, done), kwargs={"lang": lang}, daemon=True)
    watch.start()
    try:
        yield
    finally:
        done.set()
        watch.join()
    seconds = time.monotonic() - start
    if seconds > QUIET_SECONDS:
        _line(t("cli.progress.done", lang, label=label, seconds=f"{seconds:.1f}"), last=True)


def _watch(label: str, start: float, done: threading.Event, *, lang: str) -> None:
    wait = QUIET_SECONDS
    while not done.wait(wait):
        seconds = f"{time.monotonic() - start:.0f}"
        _line(t("cli.progress.running", lang, label=label, seconds=seconds), last=False)
        wait = QUIET_SECONDS if sys.stderr.isatty() else _REPEAT_SECONDS


def _line(text: str, *, last: bool) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="\n" if last else "", file=sys.stderr, flush=True)
    else:
        say(text)


def report_error(error: PlannerError, lang: str) -> None:
    """Print what is wrong and what to do; the rows behind it follow, at most twenty."""
    say(in_language(error.args[0], lang))
    if len(error.problems):
        report_problems(error.problems, lang)


def report_problems(problems: pd.DataFrame, lang: str) -> None:
    """Print the first problems of a table, errors first, one to a line with its cure, and how many more there are."""
    order = problems["severity"].map({"error": 0, "warning": 1, "info": 2}).sort_values(kind="stable").index
    shown = render_problems(problems.loc[order[:_SHOWN_PROBLEMS]], lang)
    for message, fix in zip(shown["message"], shown["fix"], strict=True):
        say(t("cli.problem_line", lang, message=message, fix=fix))
    if len(problems) > _SHOWN_PROBLEMS:
        say(t("cli.more_problems", lang, n=len(problems) - _SHOWN_PROBLEMS))
