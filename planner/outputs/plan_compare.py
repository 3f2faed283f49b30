"""Plans side by side (方案比选): what is kept of a plan, the figures of each, and what differs between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from planner.decisions.portfolio.options import MICRO
from planner.decisions.portfolio.plan import Plan
from planner.decisions.portfolio.projects import PROPOSED, projects, totals
from planner.decisions.portfolio.solve import Effort
from planner.district.sanwu import derive_sanwu
from planner.outputs.plan_file import plan_dict
from planner.outputs.plan_map import Placed, placed
from planner.outputs.plan_view import DASH, number, plan_figures, street_rows
from planner.policy import Policy
from planner.text import t, wan

FIGURES: Mapping[str, int] = {
    "compounds": 1, "households": 1, "spent": 0, "rest": -1, "points": 1, "gap": -1, "sanwu": 1, "least_street": 1,
}  # fmt: skip
"""The figures of a plan, and which way is better (0: neither)."""
ONLY, YEAR, MONEY = "only", "year", "money"


def scenario_body(plan: Plan, form: Mapping[str, Any], *, rules: str) -> dict[str, Any]:
    """Return what is kept: the form, the plan as in files, its figures, the version of the rules in force."""
    return {
        "form": dict(form), "rules": rules, "figures": scenario_figures(plan),
        "plan": plan_dict(plan, seed=Effort().seed),
    }  # fmt: skip


def scenario_figures(plan: Plan) -> dict[str, float | None]:
    """Return FIGURES of a plan as numbers (yuan, points, shares); None where there is none."""
    rows = projects(plan)
    own = rows.loc[rows["status"] == PROPOSED]
    sums, money = totals(own) if len(own) else {"compounds": 0, "households": 0}, plan_figures(plan)
    each = [row["each"] for row in street_rows(plan, rows) if not np.isnan(row["each"])]
    bound = plan.solution.bound
    return {
        "compounds": float(sums["compounds"]), "households": sums["households"], "spent": float(money["limited"]),
        "rest": float(money["funds"] - money["limited"]), "points": round(plan.solution.objective, 6),
        "gap": round(plan.solution.gap, 9) if np.isfinite(bound) else None, "sanwu": _sanwu_share(plan),
        "least_street": round(min(each), 2) if each else None,
    }  # fmt: skip


def _sanwu_share(plan: Plan) -> float | None:
    """The share of the micro money that goes to 三无 compounds."""
    compounds, lines = plan.assessment.district.compounds, plan.lines
    listed = (compounds["sanwu_official"].astype("boolean") | derive_sanwu(compounds, plan.assessment.policy)).fillna(
        False
    )
    micro = lines.loc[(lines["programme"] == MICRO) & (lines["status"] == PROPOSED)]
    whole = float(micro["cost"].sum())
    own = listed.reindex(micro["compound_id"]).to_numpy(dtype=bool)
    return round(float(micro["cost"][own].sum()) / whole, 6) if whole else None


def figure_rows(bodies: Sequence[Mapping[str, Any]], lang: str) -> list[tuple[str, list[str], list[bool]]]:
    """Return per figure its label, the words of every plan, and which of them are the best where they differ."""
    rows = []
    for name, way in FIGURES.items():
        values = [body["figures"].get(name) for body in bodies]
        known = [way * float(v) for v in values if v is not None]
        best = max(known, default=0.0)
        differ = bool(way) and len(set(known)) > 1
        marks = [differ and v is not None and way * float(v) == best for v in values]
        rows.append((t(f"plan.figure.{name}", lang), [_figure(name, v) for v in values], marks))
    return rows


def _figure(name: str, value: float | None) -> str:
    if value is None:
        return DASH
    if name in ("spent", "rest"):
        return wan(float(value))
    if name in ("gap", "sanwu"):
        digits = 2 if name == "gap" else 1
        return (
            f"{np.ceil(100 * float(value) * 10**digits - 1e-9) / 10**digits:.{digits}f}％"
            if name == "gap"
            else f"{100 * value:.1f}％"
        )
    return number(value, 1 if name == "points" else 0)


def lines_of(body: Mapping[str, Any]) -> pd.DataFrame:
    """Return the lines of a kept plan: compound_id, name, option, year, cost, status."""
    wanted = ["compound_id", "name", "option", "year", "cost", "status"]
    return pd.DataFrame([[line[k] for k in wanted] for line in body["plan"]["lines"]], columns=wanted)


def placed_of(body: Mapping[str, Any]) -> Placed:
    """Return where a kept plan puts the compounds."""
    years = [int(row["year"]) for row in body["plan"]["years"]]
    rows = lines_of(body).assign(cost=lambda x: x["cost"].fillna(0).astype("int64"))
    return placed(years, rows, {str(row["compound_id"]) for row in body["plan"]["reserve"]})


def differences(bodies: Sequence[Mapping[str, Any]], policy: Policy, lang: str = "zh") -> pd.DataFrame:
    """Return what is not the same in all plans: kind, compound_id, name, option, label, and ``plan_<k>`` in words.

    kind: ``only`` (not in every plan), ``year`` or ``money``. Sorted by kind, then by the money at stake.
    """
    keys = ["compound_id", "option"]
    tables = [lines_of(body).drop_duplicates(keys).set_index(keys) for body in bodies]
    index = tables[0].index
    for table in tables[1:]:
        index = index.union(table.index)
    years = pd.DataFrame({k: table["year"].reindex(index) for k, table in enumerate(tables)})
    costs = pd.DataFrame({k: table["cost"].reindex(index) for k, table in enumerate(tables)}).astype("Float64")
    kind = np.where(
        years.isna().any(axis=1), ONLY,
        np.where(years.nunique(axis=1) > 1, YEAR, np.where(costs.nunique(axis=1) > 1, MONEY, "")),
    )  # fmt: skip
    names = pd.concat([table["name"] for table in tables])
    names = names[~names.index.duplicated()].reindex(index)
    out = pd.DataFrame({"kind": kind, "name": names.fillna("").to_numpy()}, index=index)
    out["stake"] = costs.max(axis=1).fillna(0).to_numpy()
    for k in range(len(tables)):
        out[f"plan_{k}"] = [_when(y, c, lang) for y, c in zip(years[k], costs[k], strict=True)]
    out = out.loc[out["kind"] != ""].reset_index()
    out.insert(3, "label", [_label(policy, str(o), lang) for o in out["option"]])
    place = out["kind"].map({ONLY: 0, YEAR: 1, MONEY: 2})
    order = np.lexsort((out["option"].astype(str), out["compound_id"].astype(str), -out["stake"].astype(float), place))
    return out.iloc[order].drop(columns="stake").reset_index(drop=True)


def _label(policy: Policy, option: str, lang: str) -> str:
    table = "items" if option in policy.items.index else "programmes"
    return policy.label(table, option, lang) if option in getattr(policy, table).index else option


def _when(year: Any, cost: Any, lang: str) -> str:
    if pd.isna(year):
        return DASH
    money = wan(int(cost)) if not pd.isna(cost) else DASH
    return t("plan.compare.when", lang, year=int(year), wan=money)
