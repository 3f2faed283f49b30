"""The result of `pipeline.assess`: everything that was computed about one district, frozen."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd

from planner.decisions import reasons
from planner.decisions.deficits import Deficits
from planner.decisions.reason_basis import Basis
from planner.district.district import District
from planner.policy import Policy


@dataclass(frozen=True, slots=True)
class Assessment:
    """Everything that was computed about one district at one date under one policy. Index compound_id throughout.

    programmes and items are long (compound_id is a column); ranking is the frame of ranking.csv, in suggested order.
    ``policy`` is the policy in force: profile, unused criteria and as-of date are those of this assessment.
    """

    district: District
    measures: pd.DataFrame
    deficits: Deficits
    programmes: pd.DataFrame
    items: pd.DataFrame
    costs: pd.DataFrame
    criteria: pd.DataFrame
    scores: pd.DataFrame
    states: pd.DataFrame
    order: pd.DataFrame
    words: pd.DataFrame
    ranking: pd.DataFrame
    as_of: dt.date
    profile: str
    unused: tuple[str, ...]
    policy: Policy

    def sentences(self, lang: str = "zh") -> pd.DataFrame:
        """Return sentence, state_reason, would_raise and unknowns of every compound in ``lang``."""
        return self.words if lang == "zh" else reasons.sentences(self._basis(), lang)

    def _basis(self) -> Basis:
        frames = (self.programmes, self.items, self.costs, self.criteria, self.scores, self.states)
        return Basis(self.district, self.deficits, *frames, self.policy)
