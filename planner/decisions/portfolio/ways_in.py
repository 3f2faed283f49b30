"""怎样才能列入: for compounds that are left out, what would bring each in, found by solving again.

More funds: the smallest of a few amounts, starting at what the prices say, with which a plan that holds the option is
worth at least as much as the plan without it. Cheaper: the same amount off its cost. Unknown, refused or without
custodian: the plan is made again as if it were known, as if enough households agreed, as if a custodian had signed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from planner.decisions.assessment import Assessment
from planner.decisions.lever_changes import ACT, CONSENT, CUSTODIAN, Change, possible_changes
from planner.decisions.pipeline import assess
from planner.decisions.portfolio.build import plan_problem
from planner.decisions.portfolio.effort import QUICK, Effort
from planner.decisions.portfolio.left_out import fields_text
from planner.decisions.portfolio.lines import option_label
from planner.decisions.portfolio.plan import Plan
from planner.decisions.portfolio.problem import Problem, Years
from planner.decisions.portfolio.request import ALLOW
from planner.decisions.portfolio.solve import INFEASIBLE, Solution, solve
from planner.text import t, wan

COLUMNS = ("compound_id", "option", "kind", "yuan", "year", "proved", "text_zh", "text_en")
LANGUAGES = ("zh", "en")
GROWTH = (1.0, 1.5, 2.5)
"""The amounts tried, as multiples of what the prices say; the last one tried is the whole cost."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way in: kind funds, cheaper, verify, custodian, support or none; yuan and year where money is the matter."""

    compound_id: str
    option: str
    kind: str
    yuan: int | None
    year: int | None
    proved: bool
    text: dict[str, str]


def ways_in(
    plan: Plan, *, most: int = 10, effort: Effort = QUICK, watch: Callable[[float], bool] = lambda _share: False
) -> pd.DataFrame:
    """Return the ways in (COLUMNS) of the first ``most`` compounds of ``plan.left_out``, in suggested order.

    proved: solving again has shown that it comes in this way; False: solving again has shown that this alone is not
    enough. ``watch`` hears the share that is done and returns True to stop.
    """
    rows = plan.left_out.loc[plan.left_out["kind"] != "unfunded"].head(most)
    again = _Again(plan, rows, effort)
    ways: list[Way] = []
    for number, row in enumerate(rows.itertuples()):
        ways += again.ways(str(row.compound_id), str(row.option), str(row.kind), str(row.fields))
        if watch((number + 1) / len(rows)):
            break
    frame = pd.DataFrame(
        [{**{c: getattr(w, c) for c in COLUMNS[:6]}, **{f"text_{k}": v for k, v in w.text.items()}} for w in ways],
        columns=list(COLUMNS),
    )
    return frame.astype({"yuan": "Int64", "year": "Int64", "proved": bool})


class _Again:
    """Plans made again for one finished plan."""

    def __init__(self, plan: Plan, rows: pd.DataFrame, effort: Effort) -> None:
        self.plan, self.effort = plan, effort
        others = rows.loc[rows["kind"] != "money", "compound_id"].astype("str").tolist()
        verify = (rows["kind"] == "verify").any()
        self.verified = self._inside(plan.assessment, ALLOW) if verify else set()
        self.acts = {about: _acts(plan.assessment, others, about) for about in (CUSTODIAN, CONSENT)}
        rule = plan.request.unverified
        done = {about: _as_if(plan.assessment, acts) for about, acts in self.acts.items() if acts}
        self.after = {about: self._inside(assessment, rule) for about, assessment in done.items()}

    def _inside(self, assessment: Assessment, unverified: str) -> set[str]:
        """The compounds of the plan that is made when these are the data and the rule for unknowns."""
        planning = plan_problem(assessment, replace(self.plan.request, unverified=unverified))
        solution = solve(planning.problem, place=planning.place, effort=self.effort)
        return {planning.problem.units[k] for k in planning.problem.slots.unit[solution.plan >= 0]}

    def ways(self, compound: str, option: str, kind: str, fields: str) -> Iterator[Way]:
        """The ways of one compound."""
        if kind == "money":
            yield from self._money(compound, option)
            return
        if kind == "verify":
            named = {lang: fields_text(self.plan.assessment, fields, lang) for lang in LANGUAGES}
            yield self._way(compound, option, "verify", compound in self.verified, {"fields": named})
        for about, key in ((CUSTODIAN, "custodian"), (CONSENT, "support")):
            change = self.acts[about].get(compound)
            if change is not None:
                said = dict.fromkeys(LANGUAGES, str(_more(self.plan.assessment, compound, change)))
                yield self._way(compound, option, key, compound in self.after[about], {"what": said})

    @staticmethod
    def _way(compound: str, option: str, kind: str, yes: bool, said: dict[str, dict[str, str]]) -> Way:
        key = f"plan.way.{'' if yes else 'not_'}{kind}"
        texts = {lang: t(key, lang, **{name: words[lang] for name, words in said.items()}) for lang in LANGUAGES}
        return Way(compound, option, kind, None, None, yes, texts)

    def _money(self, compound: str, option: str) -> Iterator[Way]:
        planning = self.plan.planning
        unit = planning.problem.units.index(compound)
        mine = (planning.problem.slots.unit == unit) & (planning.problem.slots.code == option)
        slot = int(np.flatnonzero(mine)[0])
        hint = self.plan.left_out.set_index("compound_id")["yuan"].get(compound)
        cost = int(planning.problem.slots.cost[slot].sum())
        tries = sorted({min(cost, max(1, int(k * int(hint or cost)))) for k in GROWTH} | {cost})
        years = _best_years(planning.problem, self.plan.solution, slot)
        purse = int(planning.problem.slots.cost[slot].argmax())
        found = next((y for y in tries if self._enough(_with_funds(planning.problem, purse, years[0], y), slot)), None)
        source = planning.problem.purses[purse]
        year = planning.problem.years[years[0]]
        if found is None:
            texts = {lang: t("plan.way.none", lang) for lang in LANGUAGES}
            yield Way(compound, option, "none", None, None, False, texts)
            return
        named = {lang: source or t("plan.purse.any", lang) for lang in LANGUAGES}
        texts = {k: t("plan.way.funds", k, year=year, source=named[k], amount=wan(found)) for k in LANGUAGES}
        yield Way(compound, option, "funds", found, year, True, texts)
        if found < cost and self._enough(_cheaper(planning.problem, slot, purse, found), slot):
            labels = {lang: option_label(self.plan.assessment.policy, option, lang) for lang in LANGUAGES}
            texts = {k: t("plan.way.cheaper", k, option=labels[k], amount=wan(found)) for k in LANGUAGES}
            yield Way(compound, option, "cheaper", found, None, True, texts)

    def _enough(self, problem: Problem, slot: int) -> bool:
        """Whether a plan that holds the option is worth at least as much as the plan as it is."""
        must = problem.slots.must.copy()
        must[slot] = True
        known = _added(problem, self.plan.solution.plan, slot)
        changed = replace(problem, slots=replace(problem.slots, must=must))
        solution = solve(changed, place=self.plan.planning.place, known=known, effort=self.effort)
        return solution.status != INFEASIBLE and solution.objective >= self.plan.solution.objective - 1e-6


def _added(problem: Problem, plan: Years, slot: int) -> list[Years]:
    """The plan with the option in each of its years: where it fits, solving again starts from it."""
    found = []
    for year in np.flatnonzero(problem.slots.allowed[slot]).tolist():
        changed = plan.copy()
        changed[slot] = year
        found.append(changed)
    return found


def _best_years(problem: Problem, solution: Solution, slot: int) -> list[int]:
    """The years in which an option may be done, the cheapest by the prices of its purse first."""
    years = np.flatnonzero(problem.slots.allowed[slot])
    prices = solution.price[: problem.funds.size].reshape(problem.funds.shape)
    gain = problem.slots.benefit[slot] * problem.discount[years] - problem.slots.cost[slot] @ prices[:, years]
    return [int(k) for k in years[np.argsort(-gain, kind="stable")]]


def _with_funds(problem: Problem, purse: int, year: int, yuan: int) -> Problem:
    funds = problem.funds.copy()
    funds[purse, year] += yuan
    return replace(problem, funds=funds)


def _cheaper(problem: Problem, slot: int, purse: int, yuan: int) -> Problem:
    cost = problem.slots.cost.copy()
    cost[slot, purse] = max(0, cost[slot, purse] - yuan)
    return replace(problem, slots=replace(problem.slots, cost=cost))


def _acts(assessment: Assessment, compounds: list[str], about: str) -> dict[str, Change]:
    """The act that is missing in each compound: a custodian with a paper, or enough households in favour."""
    found: dict[str, Change] = {}
    for compound in compounds:
        acts = [c for c in possible_changes(assessment, compound) if c.about == about and c.sort == ACT]
        found |= {compound: acts[0]} if acts else {}
    return found


def _more(assessment: Assessment, compound: str, change: Change) -> str:
    """How many households more have to be in favour; of a custodian what it is."""
    agree = assessment.district.compounds.at[compound, "support_households_n"]
    if isinstance(change.value, str):
        return change.value
    return str(int(change.value) - (0 if pd.isna(agree) else int(agree)))


def _as_if(assessment: Assessment, acts: dict[str, Change]) -> Assessment:
    """The district as if these acts were done."""
    compounds = assessment.district.compounds.copy()
    for compound, change in acts.items():
        for field, value in change.cells.items():
            compounds.loc[compound, field] = value
    district = replace(assessment.district, compounds=compounds)
    return assess(district, assessment.policy, as_of=assessment.as_of, profile=assessment.profile)


__all__ = ["COLUMNS", "Way", "ways_in"]
