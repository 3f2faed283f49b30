"""The address of 数据核对 says what it shows: a pure codec between a view and the parameters of the query.

``?severity=warning&rule=V05b&street=湖滨街道&id=YH0088`` opens the same problems for everybody. Only what differs from
the plain view stands in the address; a parameter that nobody understands is passed over, never an error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from planner.errors import SEVERITIES
from planner.outputs.quality_view import QualityView
from planner.outputs.sanwu_view import KINDS

PARAMETERS = ("street", "severity", "rule", "id", "sanwu")
"""The names that a view owns in the address; others (lang, unused) are left alone."""

_LONGEST = 200
_RULE = re.compile(r"[A-Za-z][A-Za-z0-9_.]*")


def encode(view: QualityView) -> dict[str, str]:
    """Return the parameters of a view, without those that say nothing; the inverse of ``decode``."""
    values = {"street": view.street, "severity": view.severity, "rule": view.rule, "id": view.chosen}
    return {name: value for name, value in {**values, "sanwu": view.sanwu}.items() if value}


def decode(parameters: Mapping[str, str]) -> QualityView:
    """Return the view of an address; unknown severities, rules that are no rule's name and kinds say nothing."""
    text = {name: str(parameters.get(name, ""))[:_LONGEST] for name in PARAMETERS}
    return QualityView(
        street=text["street"],
        severity=text["severity"] if text["severity"] in SEVERITIES else "",
        rule=text["rule"] if _RULE.fullmatch(text["rule"]) else "",
        chosen=text["id"],
        sanwu=text["sanwu"] if text["sanwu"] in KINDS else "",
    )
