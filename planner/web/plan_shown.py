"""What one run of 年度计划 shows: the plan with its projects, and which part of it."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from planner.decisions.portfolio.plan import Plan
from planner.web.plan_state import EVERY_YEAR
from planner.web.session import Opened


@dataclass(frozen=True, slots=True)
class PlanView:
    """One run of the page: the district, the language, the plan with its projects, how it stands, the year shown."""

    opened: Opened
    lang: str
    plan: Plan
    projects: pd.DataFrame
    state: str
    year: int

    def of_year(self) -> pd.DataFrame:
        """Return the projects of the year that is shown, or all."""
        if self.year == EVERY_YEAR:
            return self.projects
        return self.projects.loc[self.projects["year"] == self.year]
