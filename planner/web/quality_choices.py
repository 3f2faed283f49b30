"""What a planner has chosen in 数据核对: filters, open rule and compound, by the callbacks of its widgets and table."""

from __future__ import annotations

from planner.outputs.quality_view import QualityView
from planner.web import links
from planner.web.component import QUALITY_TABLE
from planner.web.kept_view import KeptView
from planner.web.quality_address import PARAMETERS, decode, encode

PAGE_ROWS = 100
"""Rows of an open rule that are sent at first, and again with each wish for more."""

KEPT = KeptView("quality", QualityView(), encode, decode, PARAMETERS, "street", PAGE_ROWS)
view, keep, first_rows, more_rows = KEPT.view, KEPT.keep, KEPT.first_rows, KEPT.more_rows


def start() -> None:
    """Begin as `KeptView.start`; the map looks at the compound that is chosen then."""
    if KEPT.start():
        KEPT.set("look", view().chosen)


def clear() -> None:
    """Take every filter and the chosen compound away."""
    KEPT.fill(QualityView())
    KEPT.set("look", "")
    first_rows()


def pick_severity(severity: str) -> None:
    """A card was clicked: its problems only, or all of them again; an open rule of another severity is closed."""
    KEPT.set("severity", "" if view().severity == severity else severity)
    KEPT.set("rule", "")
    first_rows()


def open_rule() -> None:
    """A rule was clicked: open it, or close it (the answer is empty)."""
    KEPT.set("rule", QUALITY_TABLE.answer("rule"))
    first_rows()


def pick_row() -> None:
    """A row was clicked: choose its compound and show where it is, or let it go."""
    for name in ("chosen", "look"):
        KEPT.set(name, QUALITY_TABLE.answer("pick"))


def open_compound() -> None:
    """A name was clicked: open the page of the compound."""
    links.want_compound(QUALITY_TABLE.answer("go"))
