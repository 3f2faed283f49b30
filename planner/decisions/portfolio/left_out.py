"""What is not in the plan and what would bring it in, and the standby list (备选项目) in its order."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.decisions.assessment import Assessment
from planner.decisions.portfolio.build import Planning
from planner.decisions.portfolio.lines import option_label
from planner.decisions.portfolio.problem import Problem, Role
from planner.decisions.portfolio.request import RESERVE, PlanRequest
from planner.decisions.portfolio.solve import Solution
from planner.decisions.portfolio.usage import slot_prices
from planner.text import t, wan

LEFT_COLUMNS = ("compound_id", "option", "kind", "yuan", "fields", "reason_zh", "reason_en", "need_zh", "need_en")
RESERVE_COLUMNS = ("place", "compound_id", "option", "label_zh", "label_en", "cost", "source", "why_zh", "why_en")
LANGUAGES = ("zh", "en")


def left_out(assessment: Assessment, planning: Planning, solution: Solution) -> pd.DataFrame:
    """Return every compound with options of which none is in the plan (LEFT_COLUMNS), in suggested order.

    kind: money (its best option is ``yuan`` too dear at the worth of money in this plan), verify, closed or unfunded
    with the fields or the source behind it. A hint by prices; solving again is what proves it.
    """
    problem = planning.problem
    inside = {problem.units[u] for u in problem.slots.unit[solution.plan >= 0]} | set(planning.issued["compound_id"])
    rows = _money_rows(planning, solution, inside)
    told = inside | {str(row["compound_id"]) for row in rows}
    for frame, kind in ((planning.aside, "verify"), (planning.closed, "closed"), (planning.unfunded, "unfunded")):
        more = _other_rows(frame, kind, told)
        told |= {str(row["compound_id"]) for row in more}
        rows += more
    rows += _nothing_rows(assessment, told)
    out = pd.DataFrame(rows, columns=["compound_id", "option", "kind", "yuan", "fields"])
    place = {c: k for k, c in enumerate(assessment.ranking["compound_id"])}
    out = out.iloc[np.argsort([place[c] for c in out["compound_id"]], kind="stable")].reset_index(drop=True)
    for lang in LANGUAGES:
        out[f"reason_{lang}"] = [t(f"plan.left.{k}", lang, option=option_label(assessment.policy, o, lang))
                                 for k, o in zip(out["kind"], out["option"], strict=True)]  # fmt: skip
        out[f"need_{lang}"] = [_need(assessment, row, lang) for _, row in out.iterrows()]
    out["yuan"] = out["yuan"].astype("Int64")
    return out[list(LEFT_COLUMNS)]


def _money_rows(planning: Planning, solution: Solution, inside: set[str]) -> list[dict[str, object]]:
    """For each compound the option that is nearest to being in, with the yuan it is too dear by."""
    problem = planning.problem
    if not len(problem.slots) or not len(solution.price):
        return []
    loss, price = _loss_and_price(problem, solution)
    rows: list[dict[str, object]] = []
    for unit, compound in enumerate(problem.units):
        mine = np.flatnonzero((problem.slots.unit == unit) & (problem.slots.benefit > 0))
        if compound in inside or not len(mine):
            continue
        best = int(mine[np.argmin(loss[mine])])
        cost = int(problem.slots.cost[best].sum())
        yuan = min(cost, int(np.ceil(max(loss[best], 0.0) / price[best]))) if price[best] > 0 else 0
        option = problem.slots.code[best]
        rows.append({"compound_id": compound, "option": option, "kind": "money", "yuan": yuan, "fields": ""})
    return rows


def _loss_and_price(problem: Problem, solution: Solution) -> tuple[np.ndarray, np.ndarray]:
    """What every slot loses in its best year, and what a yuan of its purse is worth then [m]."""
    worth = slot_prices(problem, solution.price, solution.street_price)
    worth = np.where(problem.slots.allowed, worth, -np.inf)
    year = worth.argmax(axis=1)
    rows = np.arange(len(worth))
    purse = problem.slots.cost.argmax(axis=1)
    funds = solution.price[: len(problem.purses) * problem.periods].reshape(-1, problem.periods)
    return -worth[rows, year], funds[purse, year]


def _other_rows(frame: pd.DataFrame, kind: str, told: set[str]) -> list[dict[str, object]]:
    behind = {"verify": "unverified", "closed": "why", "unfunded": "source"}[kind]
    rest = frame.loc[~frame["compound_id"].isin(told)].drop_duplicates("compound_id")
    return [
        {"compound_id": c, "option": o, "kind": kind, "yuan": None, "fields": f}
        for c, o, f in zip(rest["compound_id"], rest["option"], rest[behind], strict=True)
    ]


def _nothing_rows(assessment: Assessment, told: set[str]) -> list[dict[str, object]]:
    """Compounds of the suggested order for which no option exists at all."""
    ranked = assessment.ranking.loc[assessment.ranking["rank"].notna(), "compound_id"]
    rest = [compound for compound in ranked if compound not in told]
    return [{"compound_id": c, "option": "", "kind": "nothing", "yuan": None, "fields": ""} for c in rest]


def _need(assessment: Assessment, row: pd.Series, lang: str) -> str:
    kind = str(row["kind"])
    if kind == "money":
        key = "plan.need.money" if row["yuan"] else "plan.need.place"
        return t(key, lang, amount=wan(int(row["yuan"] or 0)))
    if kind == "nothing":
        return t("plan.need.nothing", lang, state=assessment.states.at[str(row["compound_id"]), "state"])
    if kind == "unfunded":
        return t("plan.need.unfunded", lang, source=row["fields"])
    return t(f"plan.need.{kind}", lang, fields=fields_text(assessment, str(row["fields"]), lang))


def fields_text(assessment: Assessment, fields: str, lang: str) -> str:
    """Return fields and programmes by their labels, with the word for "and" of the language."""
    policy, words = assessment.policy, []
    labels = policy.fields("compounds")[f"label_{lang}"]
    for name in fields.split(";"):
        if name in policy.programmes.index:
            words.append(policy.label("programmes", name, lang))
        elif name in labels.index:
            words.append(str(labels[name]))
        else:
            words.append(t("plan.field.quantity", lang))
    return t("plan.and", lang).join(dict.fromkeys(words))


def standby(
    assessment: Assessment, request: PlanRequest, planning: Planning, solution: Solution
) -> pd.DataFrame:
    """Return the standby list in its order (RESERVE_COLUMNS): the next best options up to settings.plan_standby_share
    of the planned money; then, under the rule ``reserve``, the lines that rest on unknowns.
    """
    problem, policy = planning.problem, assessment.policy
    rows: list[dict[str, object]] = []
    if len(problem.slots) and len(solution.price):
        planned = int(problem.slots.cost[solution.plan >= 0].sum())
        left = planned * policy.number("plan_standby_share")
        for slot in _next_best(problem, solution):
            cost = int(problem.slots.cost[slot].sum())
            if cost <= left:
                left -= cost
                rows.append(_standby_row(planning.options.iloc[slot], "next"))
    if request.unverified == RESERVE:
        rows += [_standby_row(row, "verify") for _, row in planning.aside.iterrows() if row["works"]]
    out = pd.DataFrame(rows, columns=["compound_id", "option", "cost", "source", "kind"])
    out.insert(0, "place", np.arange(1, len(out) + 1))
    for lang in LANGUAGES:
        out[f"label_{lang}"] = [option_label(policy, o, lang) for o in out["option"]]
        out[f"why_{lang}"] = [t(f"plan.standby.{kind}", lang) for kind in out["kind"]]
    return out[list(RESERVE_COLUMNS)]


def _standby_row(row: pd.Series, kind: str) -> dict[str, object]:
    named = {name: row[name] for name in ("compound_id", "option", "source")}
    return {**named, "cost": int(row["cost"]), "kind": kind}


def _next_best(problem: Problem, solution: Solution) -> list[int]:
    """Options outside the plan that could join it, by what they gain for their price; not against what is in."""
    plan, slots = solution.plan, problem.slots
    against = np.zeros(len(slots), dtype=bool)
    for a, b in problem.relations.excludes:
        against[a] |= plan[b] >= 0
        against[b] |= plan[a] >= 0
    for child, parent in problem.relations.needs:
        against[child] |= plan[parent] < 0
    loss, _ = _loss_and_price(problem, solution)
    paid = slots.cost.sum(axis=1)
    open_ = (plan < 0) & ~against & (slots.benefit > 0) & (paid > 0) & (slots.role != Role.KEEPER)
    rate = slots.benefit / np.maximum(slots.benefit + loss, 1e-9)
    chosen = np.flatnonzero(open_)
    return [int(k) for k in chosen[np.argsort(-rate[chosen], kind="stable")]]


__all__ = ["fields_text", "left_out", "standby"]
