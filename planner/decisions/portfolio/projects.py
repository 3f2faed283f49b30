"""The annual plan as a bureau writes it: one row per project (compound, programme, year): content, scale, money, dates.

The columns are those of an annual renovation plan; totals count compounds, households, buildings and area in the order
of the national statistics, each compound once.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from planner.decisions.portfolio.plan import Plan
from planner.decisions.portfolio.problem import Problem, Years, saved
from planner.decisions.portfolio.schedule import with_dates
from planner.decisions.summary import streets
from planner.policy import Policy
from planner.text import t

COLUMNS = (
    "compound_id", "name", "street", "year", "programme", "project", "content", "class", "households", "buildings",
    "area_m2", "cost", "residents", "saving", "source", "running_cost", "payer", "start", "end", "trench_group", "body",
    "responsible", "status", "unverified", "basis", "reason", "rank",
)  # fmt: skip
PROPOSED = "拟列入"
"""The status of a line that is proposed; the others are issued or under way."""
TOTALS = ("compounds", "households", "buildings", "area_m2", "cost", "residents")
_CLASSES = ("basic", "improving", "safety", "repair")


def projects(plan: Plan, lang: str = "zh") -> pd.DataFrame:
    """Return the projects of a plan (COLUMNS), by year, street in administrative order, then suggested order.

    cost and residents in yuan; households, buildings and area are of the compound and missing where nobody knows;
    class: 基础, 提升 of what is built. start and end are what the rules allow (`schedule`), not a programme of works.
    """
    lines = plan.lines
    if not len(lines):
        return pd.DataFrame(columns=list(COLUMNS))
    worded = lines.assign(
        part=[_part(row, lang) for row in zip(lines[f"label_{lang}"], lines["qty"], lines["unit"], strict=True)],
        kind=_kinds(plan),
        open_=(lines["unverified"] != ""),
    )
    keys = ["year", "compound_id", "programme"]
    best = worded.sort_values("points", ascending=False, kind="stable").drop_duplicates(keys).set_index(keys)
    grouped = worded.groupby(keys, sort=False, observed=True)
    frame = grouped.agg(
        name=("name", "first"), street=("street", "first"), content=("part", lambda x: _listed(x, lang)),
        kinds=("kind", ";".join), cost=("cost", "sum"), residents=("residents", "sum"),
        saving=("saving", "sum"), source=("source", lambda x: _listed([s for s in x if s], lang)),
        running_cost=("running_cost", lambda x: x.sum(min_count=1)), payer=("payer", "max"), status=("status", "first"),
        unverified=("open_", "max"), basis=("basis", "max"),
    )  # fmt: skip
    frame["reason"] = best[f"reason_{lang}"].reindex(frame.index)
    frame = _placed(plan, frame.reset_index(), lang)
    return with_dates(frame, plan.assessment.policy, plan.assessment.as_of)[list(COLUMNS)]


def totals(rows: pd.DataFrame) -> dict[str, Any]:
    """Return TOTALS of projects: every compound once; what is unknown is left out, and None where all of it is."""
    once = rows.drop_duplicates("compound_id")
    sums = {name: once[name].sum(min_count=1) for name in ("households", "buildings", "area_m2")}
    sums |= {name: rows[name].sum() for name in ("cost", "residents")}
    return {"compounds": len(once), **{k: None if pd.isna(v) else float(v) for k, v in sums.items()}}


def trench_groups(problem: Problem, plan: Years) -> dict[tuple[str, int], int]:
    """Return (compound, year) -> the number of its group of works in one trench (开挖组), numbered from 1."""
    used = problem.relations.shares[saved(problem, plan)]
    leader: dict[tuple[str, int], tuple[str, int]] = {}

    def first(of: tuple[str, int]) -> tuple[str, int]:
        while leader.setdefault(of, of) != of:
            of = leader[of]
        return of

    for a, b in used.tolist():
        year = problem.years[int(plan[a])]
        one, other = (first((problem.units[problem.slots.unit[slot]], year)) for slot in (a, b))
        leader[max(one, other)] = min(one, other)
    roots = sorted({first(of) for of in leader}, key=lambda of: (of[1], of[0]))
    number = {root: k for k, root in enumerate(roots, 1)}
    return {of: number[first(of)] for of in leader}


def named(policy: Policy, key: str) -> dict[str, str]:
    """Return a setting ``A:word;B:word`` as a mapping."""
    return {name: word for name, _, word in (part.partition(":") for part in policy.values(key))}


def street_order(plan: Plan) -> list[str]:
    """Return the sub-districts in administrative order, an empty text for compounds without one."""
    return [str(name) for name in streets(plan.assessment)["street"].iloc[:-1]]


def _kinds(plan: Plan) -> list[str]:
    """The classes of the items of every line, ``;`` separated; none for what is issued already."""
    options, classes = plan.planning.options, plan.assessment.policy.items["class"].to_dict()
    keys = zip(options["compound_id"], options["option"], strict=True)
    items = dict(zip(keys, options["items"].astype(str), strict=True))
    lines = zip(plan.lines["compound_id"], plan.lines["option"], strict=True)
    return [";".join({classes.get(item, "") for item in items.get(line, "").split(";")}) for line in lines]


def _part(row: tuple[str, Any, str], lang: str) -> str:
    label, qty, unit = row
    if pd.isna(qty) or not unit:
        return label
    return t("plan.project.part", lang, label=label, qty=f"{float(qty):,.10g}", unit=unit)


def _listed(words: Any, lang: str) -> str:
    return t("plan.and", lang).join(dict.fromkeys(str(w) for w in words))


def _placed(plan: Plan, frame: pd.DataFrame, lang: str) -> pd.DataFrame:
    """The rows with scale, bodies, trench group and place, in their order."""
    policy, compounds = plan.assessment.policy, plan.assessment.district.compounds
    ids = frame["compound_id"]
    groups = trench_groups(plan.planning.problem, plan.solution.plan)
    numbers = [groups.get((c, int(y))) for c, y in zip(ids, frame["year"], strict=True)]
    ranking = plan.assessment.ranking.set_index("compound_id")["rank"]
    labels = {code: policy.label("programmes", code, lang) for code in frame["programme"].unique()}
    out = frame.assign(
        households=compounds["households"].reindex(ids).array, buildings=compounds["buildings_n"].reindex(ids).array,
        area_m2=compounds["floor_area_m2"].reindex(ids).array, trench_group=pd.array(numbers, dtype="Int64"),
        body=frame["programme"].map(named(policy, "plan_body")).fillna(""),
        responsible=frame["programme"].map(named(policy, "plan_responsible")).fillna(""),
        rank=ranking.reindex(ids).array, **{"class": [_class_words(k, lang) for k in frame["kinds"]]},
        project=[t("plan.project.title", lang, name=n or c, programme=labels[p])
                 for n, c, p in zip(frame["name"], ids, frame["programme"], strict=True)],
    )  # fmt: skip
    street = {name: k for k, name in enumerate(street_order(plan))}
    place = {c: k for k, c in enumerate(plan.assessment.ranking["compound_id"])}
    keys = (out["programme"], [place.get(c, 0) for c in ids], [street.get(s, 0) for s in out["street"]], out["year"])
    return out.iloc[np.lexsort(keys)].reset_index(drop=True)


def _class_words(kinds: str, lang: str) -> str:
    there = [kind for kind in _CLASSES if kind in kinds.split(";")]
    return _listed([t(f"plan.class.{kind}", lang) for kind in there], lang)
