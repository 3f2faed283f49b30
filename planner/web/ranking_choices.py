"""What a planner has chosen in 建议次序: filters, order and compound, by the callbacks of its widgets and its table."""

from __future__ import annotations

from planner.outputs.ranking_view import RankingView
from planner.web import links
from planner.web.address import PARAMETERS, decode, encode
from planner.web.choices import PAGE_ROWS
from planner.web.component import RANKING_TABLE
from planner.web.kept_view import KeptView

KEPT = KeptView("ranking", RankingView(), encode, decode, PARAMETERS, "q", PAGE_ROWS)
start, view, keep, first_rows, more_rows = KEPT.start, KEPT.view, KEPT.keep, KEPT.first_rows, KEPT.more_rows


def clear() -> None:
    """Take every filter away; the order and the chosen compound stay."""
    now = view()
    KEPT.fill(RankingView(sort=now.sort, chosen=now.chosen))


def pick_street() -> None:
    """Another sub-district: its communities are others."""
    KEPT.set("community", "")
    first_rows()


def pick_row() -> None:
    """A row was clicked: choose it, or let it go."""
    KEPT.set("chosen", RANKING_TABLE.answer("pick"))


def open_row() -> None:
    """A name was clicked: open the page of the compound."""
    links.want_compound(RANKING_TABLE.answer("open"))


def sort_by() -> None:
    """A heading was clicked."""
    column = RANKING_TABLE.answer("sort")
    KEPT.set("sort", "" if column == "rank" else column)
