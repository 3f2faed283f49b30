"""What the page 年度计划 shows of a plan, as finished words and plain numbers: cards, tables, bars."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from planner.decisions.portfolio.plan import Plan
from planner.decisions.portfolio.projects import PROPOSED, street_order, totals
from planner.decisions.portfolio.schedule import heating_days
from planner.text import t, wan

Rows = list[list[str]]
DASH = "—"


@dataclass(frozen=True, slots=True)
class Card:
    """One key figure: what it is, the number, one line of context."""

    label: str
    value: str
    line: str


def figures(plan: Plan, projects: pd.DataFrame, lang: str) -> list[Card]:
    """Return the cards of a plan: compounds, households, money, what it removes, what stands outside."""
    own = projects.loc[projects["status"] == PROPOSED]
    sums, issued = totals(own), projects.loc[projects["status"] != PROPOSED, "compound_id"].nunique()
    values = plan_figures(plan)
    first = plan.solution.first[0]
    return [
        Card(t("plan.card.compounds", lang), f"{sums['compounds']:,}",
             t("plan.card.compounds_line", lang, n=f"{len(own):,}", issued=issued)),
        Card(t("plan.card.households", lang), number(sums["households"]),
             t("plan.card.households_line", lang, share=_percent(sums["households"], _homes(plan)))),
        Card(t("plan.card.money", lang), wan(values["limited"]), _money_line(values, lang)),
        Card(t("plan.card.points", lang), f"{plan.solution.objective:,.1f}",
             t("plan.card.points_line", lang, points=f"{first:,.1f}") if first else t("plan.card.points_open", lang)),
        Card(t("plan.card.reserve", lang), f"{len(plan.reserve):,}",
             t("plan.card.reserve_line", lang, n=f"{plan.left_out['compound_id'].nunique():,}")),
    ]  # fmt: skip


def _money_line(values: dict[str, int], lang: str) -> str:
    text = t("plan.card.money_line", lang, funds=wan(values["funds"]), rest=wan(values["funds"] - values["limited"]))
    more = values["spent"] - values["limited"]
    return text + (t("plan.card.money_more", lang, wan=wan(more)) if more else "")


def plan_figures(plan: Plan) -> dict[str, int]:
    """Return yuan: ``funds`` entered, ``limited`` what is planned of them, ``spent`` with what nobody limits."""
    money = plan.money
    funded = money["funds"].notna() if len(money) else pd.Series(dtype=bool)
    return {
        "funds": int(money.loc[funded, "funds"].sum()) if len(money) else 0,
        "limited": int(money.loc[funded, "spent"].sum()) if len(money) else 0,
        "spent": int(money["spent"].sum()) if len(money) else 0,
    }


def _homes(plan: Plan) -> float:
    return float(plan.assessment.district.compounds["households"].sum())


def _percent(part: float | None, whole: float) -> str:
    return DASH if not part or not whole else f"{100 * part / whole:.0f}％"


def number(value: float | None, decimals: int = 0) -> str:
    """Return a number with thousands commas; a dash where nobody knows."""
    return DASH if value is None or pd.isna(value) else f"{float(value):,.{decimals}f}"


def area(value: Any) -> str:
    """Return square metres as 万平方米 with two decimals."""
    return number(None if value is None or pd.isna(value) else float(value) / 10_000, 2)


def project_groups(plan: Plan, projects: pd.DataFrame, lang: str) -> list[dict[str, Any]]:
    """Return the plan table by 街道 in administrative order: name, words of the subtotal, rows of plain cells."""
    groups = []
    for street in street_order(plan):
        rows = projects.loc[projects["street"] == street]
        if len(rows):
            records = rows.to_dict("records")
            groups.append({
                "street": street or t("plan.no_street", lang), "sum": sum_cells(rows),
                "rows": [_project(row, lang) for row in records],
            })  # fmt: skip
    return groups


def sum_cells(rows: pd.DataFrame) -> dict[str, str]:
    """Return the cells of a subtotal: projects, compounds, households, buildings, area, money of what is proposed."""
    sums, own = totals(rows), rows.loc[rows["status"] == PROPOSED, "cost"].sum()
    return {
        "projects": f"{len(rows):,}", "compounds": f"{sums['compounds']:,}", "households": number(sums["households"]),
        "buildings": number(sums["buildings"]), "area": area(sums["area_m2"]), "cost": wan(int(own)),
    }  # fmt: skip


def year_cells(projects: pd.DataFrame, year: int, lang: str) -> list[str]:
    """Return year, projects, compounds, households and 万元 proposed for a year, without what residents pay."""
    own = projects.loc[(projects["year"] == year) & (projects["status"] == PROPOSED)]
    cells, paid = sum_cells(own), int((own["cost"] - own["residents"]).sum())
    words = [cells[k] for k in ("projects", "compounds", "households")]
    return [t("plan.map.year", lang, year=year), *words, wan(paid)]


def _project(row: dict[Any, Any], lang: str) -> dict[str, Any]:
    paid = "" if not row["residents"] or pd.isna(row["residents"]) else wan(int(row["residents"]))
    cost = DASH if pd.isna(row["cost"]) or not row["cost"] else wan(int(row["cost"]))
    running = "" if pd.isna(row["running_cost"]) else t("plan.runs", lang, wan=wan(int(row["running_cost"])))
    issued = row["status"] != PROPOSED
    notes = [row["class"], t("plan.status.issued", lang) if issued else "",
             t("plan.status.open", lang) if row["unverified"] else "", row["basis"]]  # fmt: skip
    return {
        "id": str(row["compound_id"]), "year": str(row["year"]), "programme": str(row["programme"]),
        "project": str(row["project"]), "note": t("compound.comma", lang).join(n for n in notes if n),
        "content": str(row["content"]), "reason": str(row["reason"] or ""),
        "households": number(row["households"]), "buildings": number(row["buildings"]), "area": area(row["area_m2"]),
        "cost": cost, "residents": t("plan.residents", lang, wan=paid) if paid else running,
        "source": str(row["source"]),
        "dates": dates(row["start"], row["end"]), "body": str(row["body"]), "responsible": str(row["responsible"]),
        "group": "" if pd.isna(row["trench_group"]) else t("plan.group", lang, n=int(row["trench_group"])),
        "issued": issued,
    }  # fmt: skip


def dates(start: Any, end: Any) -> str:
    """Return the months of works: 4.14–10.11."""
    first, last = pd.Timestamp(start), pd.Timestamp(end)
    return f"{first.month}.{first.day}–{last.month}.{last.day}"


def gantt(projects: pd.DataFrame, year: int, *, most: int) -> list[dict[str, Any]]:
    """Return the compounds of a year, dearest first: name and bars (programme, left and width in percent, dates)."""
    own = projects.loc[projects["year"] == year]
    dearest = own.groupby("compound_id")["cost"].sum().sort_values(ascending=False, kind="stable")
    names = own.drop_duplicates("compound_id").set_index("compound_id")["name"]
    found = []
    for compound in dearest.index[:most]:
        bars = own.loc[own["compound_id"] == compound].sort_values(["start", "programme"])
        found.append({
            "id": str(compound), "name": str(names[compound] or compound),
            "bars": [
                (str(b.programme), _share(b.start), max(0.6, _share(b.end) - _share(b.start)), dates(b.start, b.end))
                for b in bars.itertuples()
            ],
        })  # fmt: skip
    return found


def season_bands(plan: Plan, year: int) -> list[tuple[float, float]]:
    """Return the heating season as bands (left, width) in percent of the year."""
    end, start = (pd.Timestamp(day) for day in heating_days(plan.assessment.policy, year))
    return [(0.0, _share(end)), (_share(start), 100.0 - _share(start))]


def _share(day: Any) -> float:
    return round(100.0 * (int(pd.Timestamp(day).day_of_year) - 1) / 365.0, 2)


def money_rows(plan: Plan, lang: str) -> Rows:
    """Return year, purse, funds, planned, rest in 万元, and the sum."""
    rows = [
        [str(row.year), row.purse or t("plan.purse.any", lang), DASH if pd.isna(row.funds) else wan(int(row.funds)),
         wan(int(row.spent)), DASH if pd.isna(row.funds) else wan(int(row.funds) - int(row.spent))]
        for row in plan.money.itertuples() if row.spent or not pd.isna(row.funds)
    ]  # fmt: skip
    values = plan_figures(plan)
    rest = values["funds"] - values["limited"]
    return [*rows, [t("plan.sum", lang), "", wan(values["funds"]), wan(values["spent"]), wan(rest)]]


def running_rows(projects: pd.DataFrame, years: tuple[int, ...], lang: str) -> Rows:
    """Return what custody costs a year once it runs, in 万元, by who carries it: one column per year, adding up."""
    own = projects.loc[projects["running_cost"].notna()]
    if not len(own):
        return []
    payers = own["payer"].replace("", t("plan.payer_open", lang))
    return [
        [str(payer), *(wan(int(rows.loc[rows["year"] <= year, "running_cost"].sum())) for year in years)]
        for payer, rows in own.groupby(payers, sort=True)
    ]


def street_rows(plan: Plan, projects: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the balance: street, compounds, households, floor and money in yuan, yuan per household of the street."""
    own, homes = projects.loc[projects["status"] == PROPOSED], plan.assessment.district.compounds
    per_street = homes["households"].groupby(homes["subdistrict_name"].fillna("")).sum()
    table = plan.streets.set_index("street")
    found = []
    for street in street_order(plan):
        rows, all_homes = own.loc[own["street"] == street], float(per_street.get(street, 0.0) or 0.0)
        line = table.loc[street] if street in table.index else pd.Series({"floor": 0, "spent": 0})
        spent = int(line["spent"])
        found.append({
            "street": street, "compounds": int(rows["compound_id"].nunique()),
            "households": float(rows.drop_duplicates("compound_id")["households"].sum()), "floor": int(line["floor"]),
            "spent": spent, "each": spent / all_homes if all_homes else np.nan,
        })  # fmt: skip
    return found
