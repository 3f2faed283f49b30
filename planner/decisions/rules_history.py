"""Rules over the register of interventions: what was done, what is issued, what is still in warranty.

Not listed is no; while the register has no as-of date, programmes.py says 未与名单核对 beside it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from planner.decisions.kleene import Bools, Floats, Kleene, answer
from planner.decisions.ledger import Rows
from planner.decisions.phrases import Phrase
from planner.decisions.rule_parts import Evidence, Rule, RuleResult, limits
from planner.policy import Policy

FINISHED = ("完工", "验收")
ISSUED = ("已批", "施工")
WITH_MONEY = (*ISSUED, *FINISHED)


def renovated_within(facts: Evidence, params: str, policy: Policy) -> RuleResult:
    """X3: a comprehensive renovation ended within the years of the setting in ``params``."""
    return _finished_within(facts, ("A",), limits(params, policy)[0], "rule.x3.renovated")


def environment_within(facts: Evidence, params: str, policy: Policy) -> RuleResult:
    """X3c: environment works ended within the years of the setting in ``params``."""
    return _finished_within(facts, ("E",), limits(params, policy)[0], "rule.x3c.environment")


def central_subsidy_before(facts: Evidence, _params: str, _policy: Policy) -> RuleResult:
    """X3b: a comprehensive renovation with central money was ever issued or finished."""
    rows = facts.ledger.rows("interventions")
    paid = rows.is_in("programme", ("A",)) & rows.is_in("status", WITH_MONEY) & (rows.number("funds_central_yuan") > 0)
    verdict = rows.listed(paid)
    year = rows.pick(paid).highest(rows.pick(paid).number("year"))
    triggers = (
        Phrase("rule.x3b.subsidy_year", verdict.yes & ~np.isnan(year), {"year": year}),
        Phrase("rule.x3b.subsidy", verdict.yes & np.isnan(year)),
    )
    return RuleResult(verdict, triggers)


def a_issued_within(facts: Evidence, params: str, policy: Policy) -> RuleResult:
    """M13: a comprehensive renovation is issued or under way, for a year not later than the setting says."""
    rows = facts.ledger.rows("interventions")
    issued = rows.pick(rows.is_in("programme", ("A",)) & rows.is_in("status", ISSUED))
    year = issued.number("year")
    soon = ~(year > facts.as_of.year + limits(params, policy)[0])
    verdict = issued.listed(soon)
    when = issued.pick(soon).highest(issued.pick(soon).number("year"))
    triggers = (
        Phrase("rule.m13.issued_year", verdict.yes & ~np.isnan(when), {"year": when}),
        Phrase("rule.m13.issued", verdict.yes & np.isnan(when)),
    )
    return RuleResult(verdict, triggers)


def device_in_warranty(facts: Evidence, params: str, policy: Policy) -> RuleResult:
    """WD: devices of a finished A or M are still in warranty; the builder repairs them."""
    return _in_warranty(facts, ("A", "M"), limits(params, policy)[0], "rule.wd")


def roof_in_warranty(facts: Evidence, params: str, policy: Policy) -> RuleResult:
    """WR: the roof of a finished comprehensive renovation is still in warranty."""
    return _in_warranty(facts, ("A",), limits(params, policy)[0], "rule.wr")


def issued_programme(facts: Evidence, code: str) -> Kleene:
    """Return whether programme ``code`` is 已批 or 施工 for a compound, in any year."""
    rows = facts.ledger.rows("interventions")
    return rows.listed(rows.is_in("programme", (code,)) & rows.is_in("status", ISSUED))


def _finished_within(facts: Evidence, codes: Sequence[str], years: float, key: str) -> RuleResult:
    done = _finished(facts, codes)
    first, last = _ends(done)
    since = facts.years_before(years)
    verdict = _any_row(done, first >= since, last < since)
    return RuleResult(verdict, (Phrase(key, verdict.yes, {"date": _latest(done, last)}),))


def _in_warranty(facts: Evidence, codes: Sequence[str], years: float, key: str) -> RuleResult:
    done = _finished(facts, codes)
    first, last = _ends(done)
    since = facts.years_before(years)
    verdict = _any_row(done, first >= since, last < since)
    ended = _latest(done, last)
    until = _plus_years(ended, years)
    there = ~np.isnat(ended)
    triggers = (
        Phrase(f"{key}.runs", verdict.yes & there, {"date": until}),
        Phrase(f"{key}.over", verdict.no & there, {"date": until}),
    )
    return RuleResult(verdict, triggers)


def _finished(facts: Evidence, codes: Sequence[str]) -> Rows:
    rows = facts.ledger.rows("interventions")
    return rows.pick(rows.is_in("programme", codes) & rows.is_in("status", FINISHED))


def _ends(rows: Rows) -> tuple[np.ndarray, np.ndarray]:
    """Earliest and latest day on which each row may have ended: its date, else the year; NaT where neither is told."""
    end = rows.frame["end"].to_numpy(dtype="datetime64[s]").astype("datetime64[D]")
    year = rows.number("year")
    start = _new_year(year)
    told = ~np.isnat(end)
    return np.where(told, end, start), np.where(told, end, _new_year(year + 1) - np.timedelta64(1, "D"))


def _new_year(year: Floats) -> np.ndarray:
    days = np.full(len(year), np.datetime64("NaT", "D"))
    real = ~np.isnan(year)
    days[real] = (year[real].astype(int) - 1970).astype("datetime64[Y]").astype("datetime64[D]")
    return days


def _any_row(rows: Rows, yes: Bools, no: Bools) -> Kleene:
    some = rows.count(yes) > 0
    open_question = rows.count(~yes & ~no) > 0
    return answer(some, ~some & ~open_question, "interventions.end")


def _latest(rows: Rows, last: np.ndarray) -> np.ndarray:
    days = np.where(np.isnat(last), np.nan, last.astype("int64").astype(float))
    latest = rows.highest(days)
    dates = np.full(rows.n, np.datetime64("NaT", "D"))
    real = ~np.isnan(latest)
    dates[real] = latest[real].astype("int64").astype("datetime64[D]")
    return dates


def _plus_years(days: np.ndarray, years: float) -> np.ndarray:
    months = days.astype("datetime64[M]") + np.timedelta64(round(years * 12), "M")
    return months.astype("datetime64[D]")


RULES: dict[str, Rule] = {
    "renovated_within": renovated_within,
    "central_subsidy_before": central_subsidy_before,
    "environment_within": environment_within,
    "a_issued_within": a_issued_within,
    "device_in_warranty": device_in_warranty,
    "roof_in_warranty": roof_in_warranty,
}
