"""What a survey file is read with: rules, date, and what a person decided about it before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import pandas as pd

from planner.policy import Policy

_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class SurveyRequest:
    """How to read one survey file.

    as_of: today, as the shells know it. by_hand: header -> field (`headers.map_headers`; also surveyed_on, surveyor,
    base_version). recall: gives the same as remembered for these headers. names: confirmed names (name, community,
    compound_id; `mappings.recall_names`). encoding, sheet: what to use where the file leaves a choice. surveyed_on,
    surveyor: stand for rows that do not say. every_field: whether fields that no survey fills (columns.csv `survey` =
    no) may change too, as in a ledger that comes back. accept_large: whether somebody has looked at numbers that move a
    lot, so that they need not wait.
    """

    policy: Policy
    as_of: dt.date
    by_hand: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    recall: Callable[[Sequence[str]], Mapping[str, str]] | None = None
    names: pd.DataFrame | None = None
    encoding: str | None = None
    sheet: str | None = None
    surveyed_on: dt.date | None = None
    surveyor: str = ""
    every_field: bool = False
    accept_large: bool = False
