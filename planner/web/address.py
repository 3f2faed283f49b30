"""The address of a page says what it shows: a pure codec between a view and the parameters of the query.

``?street=湖滨街道&programme=M&sort=-need&id=YH0088`` opens the same list for everybody. Only what differs from the
plain view stands in the address; a parameter that nobody understands is passed over, never an error.
"""

from __future__ import annotations

from collections.abc import Mapping

from planner.outputs.map_classes import PROGRAMMES, STATE_KEYS
from planner.outputs.ranking_view import SORTS, RankingView

PARAMETERS = ("street", "community", "state", "programme", "sanwu", "complete", "q", "sort", "id")
"""The names that a view owns in the address; others (lang, unused) are left alone."""

_LONGEST = 200


def encode(view: RankingView) -> dict[str, str]:
    """Return the parameters of a view, without those that say nothing; the inverse of ``decode``."""
    values = {
        "street": view.street,
        "community": view.community,
        "state": view.state,
        "programme": view.programme,
        "sanwu": "1" if view.sanwu else "",
        "complete": str(view.completeness) if view.completeness else "",
        "q": view.q,
        "sort": view.sort,
        "id": view.chosen,
    }
    return {name: value for name, value in values.items() if value}


def decode(parameters: Mapping[str, str]) -> RankingView:
    """Return the view of an address; unknown states, programmes, columns and numbers say nothing."""
    text = {name: str(parameters.get(name, ""))[:_LONGEST] for name in PARAMETERS}
    return RankingView(
        street=text["street"],
        community=text["community"],
        state=text["state"] if text["state"] in STATE_KEYS else "",
        programme=text["programme"] if text["programme"] in PROGRAMMES else "",
        sanwu=text["sanwu"] == "1",
        completeness=_percent(text["complete"]),
        q=text["q"],
        sort=text["sort"] if text["sort"].removeprefix("-") in SORTS else "",
        chosen=text["id"],
    )


def _percent(text: str) -> int:
    return min(100, int(text)) if text.isascii() and text.isdigit() and len(text) < 4 else 0
