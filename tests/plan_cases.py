"""The acceptance cases assessed and planned once for all tests of a process: read only."""

from __future__ import annotations

import functools

from planner.decisions.assessment import Assessment
from planner.decisions.portfolio.plan import Plan, make_plan
from planner.decisions.portfolio.request import ALLOW, PlanRequest
from planner.decisions.portfolio.solve import QUICK
from tests.joined import case_district
from tests.test_plan import MONEY, assessed

REQUEST = PlanRequest(funds=MONEY, unverified=ALLOW)


@functools.cache
def case_assessment() -> Assessment:
    """The acceptance cases as one assessed district, every register compared."""
    return assessed(case_district())


@functools.cache
def case_plan() -> Plan:
    """The plan of 15万元 a year in two years."""
    return make_plan(case_assessment(), REQUEST, effort=QUICK)
