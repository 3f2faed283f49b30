"""plan.json, plan.csv and plan.xlsx: the annual plan for programs, for a table, and for people (CONTRACTS 3)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from planner.decisions.portfolio.lines import option_label
from planner.decisions.portfolio.plan import Plan, quality_text
from planner.decisions.portfolio.presolve import Finding
from planner.district.data_version import data_version
from planner.outputs.csv_file import csv_bytes, plain_cells
from planner.outputs.workbook import Field, Sheet, plain_fields, workbook_bytes
from planner.text import date_text, t

PROGRAM = "0.1.0"
"""The version of the program in results; the same as in pyproject.toml."""
_WAN = 10_000
_KINDS = {
    "year": "year", "qty": "number", "works": "number", "fees": "number", "reserve": "number", "saving": "number",
    "cost": "number", "residents": "number", "running_cost": "number", "reason": "note", "need": "note", "why": "note",
    "funds": "number", "spent": "number", "floor": "number", "compounds": "whole", "place": "whole", "yuan": "number",
}  # fmt: skip
_MONEY = ("works", "fees", "reserve", "saving", "cost", "residents", "running_cost", "funds", "spent", "floor", "yuan")
_HEADS = {"basis": "basis_no"}
_LINES = (
    "year", "name", "street", "label", "qty", "unit", "works", "fees", "reserve", "saving", "cost", "residents",
    "source", "running_cost", "payer", "status", "basis", "reason",
)  # fmt: skip
CSV_COLUMNS = (
    "compound_id", "name", "option", "label", "year", "qty", "unit", "works", "fees", "reserve", "saving", "cost",
    "residents", "source", "running_cost", "status", "unverified", "basis", "reason",
)  # fmt: skip


def plan_dict(plan: Plan, *, seed: int, cpu_s: float | None = None, lang: str = "zh") -> dict[str, Any]:
    """Return a plan as CONTRACTS 3 writes it: plain values, yuan as integers, texts in ``lang``.

    ``cpu_s`` differs from run to run, so it is None in files, which are the same bytes for the same input.
    """
    solution = plan.solution
    versions = {"data": data_version(plan.assessment.district), "policy": plan.assessment.policy.version}
    return {
        "status": solution.status,
        "objective": round(solution.objective, 6),
        "bound": round(solution.bound, 6) if solution.bound < float("inf") else None,
        "gap": round(solution.gap, 9) if solution.bound < float("inf") else None,
        "stopped_by": solution.stopped_by,
        "cpu_s": cpu_s,
        "seed": seed,
        "versions": versions | {"program": PROGRAM},
        "as_of": plan.assessment.as_of.isoformat(),
        "unverified": plan.request.unverified,
        "quality": quality_text(plan, lang),
        "notes": notes(plan, lang),
        "years": _years(plan),
        "lines": records(_line_table(plan, lang)),
        "reserve": records(_said(plan.reserve, lang)),
        "left_out": [
            {"compound_id": r["compound_id"], "option": r["option"], "reason": r["reason"],
             "would_need": {"kind": r["kind"], "yuan": r["yuan"], "fields": r["fields"], "text": r["need"]}}
            for r in records(_said(plan.left_out, lang))
        ],
        "binding": records(plan.binding),
        "unmet": records(plan.unmet),
        "departures": records(_said(plan.departures, lang)),
        "clash": records(_said(plan.clash, lang)),
        "remedy": records(_said(plan.remedy, lang)),
    }  # fmt: skip


def notes(plan: Plan, lang: str) -> list[str]:
    """Return the sentences a plan has to carry: what was found before solving, and what was relaxed or assumed."""
    found = [_named(plan, finding, lang).text(lang) for finding in plan.findings]
    found += [t(key, lang, **params) for key, params in plan.planning.notes]
    if plan.request.unverified == "allow":
        found.append(t("plan.note.unverified", lang))
    return found


def _named(plan: Plan, finding: Finding, lang: str) -> Finding:
    """The finding with compounds and options by their names."""
    named = {k: called(plan, str(v), lang) if k in ("what", "needs", "other") else v for k, v in finding.params.items()}
    return Finding(finding.rule, finding.fatal, named)


def called(plan: Plan, slot: str, lang: str) -> str:
    """Return what ``compound_id option`` is called: the name of the compound and the words of the option."""
    compound, _, option = slot.replace("/", " ").partition(" ")
    names, policy = plan.assessment.district.compounds["name"], plan.assessment.policy
    name = names.get(compound)
    known = option in policy.items.index or option in policy.programmes.index
    label = option_label(policy, option, lang) if known else option
    return f"{compound if name is None or pd.isna(name) else name} {label}".strip()


def _years(plan: Plan) -> list[dict[str, Any]]:
    rows = plan.money
    return [
        {
            "year": year,
            "budget": sum(v for v in plain_cells(part["funds"]) if isinstance(v, int)),
            "spent": int(part["spent"].sum()),
            "sources": records(part.drop(columns="year").rename(columns={"purse": "source", "funds": "budget"})),
        }
        for year in plan.request.years
        for part in [rows.loc[rows["year"] == year]]
    ]


def _said(table: pd.DataFrame, lang: str) -> pd.DataFrame:
    """A table with its texts in one language: ``reason_zh`` becomes ``reason``."""
    other = "_en" if lang == "zh" else "_zh"
    kept = [c for c in table.columns if not str(c).endswith(other)]
    return table[kept].rename(columns={c: str(c).removesuffix(f"_{lang}") for c in kept})


def _line_table(plan: Plan, lang: str) -> pd.DataFrame:
    return _said(plan.lines, lang)[list(CSV_COLUMNS)]


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table as plain values."""
    columns = {str(c): plain_cells(table[c]) for c in table.columns}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)] if columns else []


def write_plan(plan: Plan, path: Path, *, seed: int, lang: str) -> None:
    """Write a plan to ``path`` in the format of its extension (one of ``FORMATS``)."""
    path.write_bytes(FORMATS[path.suffix.lower()](plan, seed, lang))


def _json(plan: Plan, seed: int, lang: str) -> bytes:
    return (json.dumps(plan_dict(plan, seed=seed, lang=lang), ensure_ascii=False, indent=1) + "\n").encode()


def _csv(plan: Plan, _seed: int, lang: str) -> bytes:
    return csv_bytes(_line_table(plan, lang))


def _xlsx(plan: Plan, seed: int, lang: str) -> bytes:
    title = t("plan.table.title", lang, district=plan.assessment.district.name, years=_span(plan))
    names = plan.assessment.district.compounds["name"]
    lines = _said(plan.lines, lang)
    reserve, left = (_said(x, lang).assign(name=x["compound_id"].map(names)) for x in (plan.reserve, plan.left_out))
    basis = _basis(plan, seed, lang)
    about = pd.DataFrame({"note": [quality_text(plan, lang), basis, *notes(plan, lang)]})
    sheets = [
        _sheet("lines", lines, _LINES, lang, title=title),
        _sheet("money", plan.money.assign(purse=plan.money["purse"].replace("", t("plan.purse.any", lang))),
               ("year", "purse", "funds", "spent"), lang, title=title),
        _sheet("streets", plan.streets, ("street", "floor", "spent", "compounds"), lang, title=title),
        _sheet("reserve", reserve, ("place", "name", "label", "cost", "source", "why"), lang, title=title),
        _sheet("left", left, ("name", "reason", "need"), lang, title=title),
        Sheet(t("plan.sheet.about", lang), about, [Field("note", t("plan.table.note", lang), "note")], title),
        Sheet("plan", _line_table(plan, lang), plain_fields(_line_table(plan, lang))),
    ]  # fmt: skip
    return workbook_bytes(sheets, as_of=plan.assessment.as_of, footer=t("table.footer", lang, basis=basis), title=title)


def _sheet(key: str, table: pd.DataFrame, columns: tuple[str, ...], lang: str, *, title: str) -> Sheet:
    wan = {c: table[c].astype("Float64") / _WAN for c in columns if c in _MONEY}
    fields = [Field(c, t(f"plan.table.{_HEADS.get(c, c)}", lang), _KINDS.get(c, "text")) for c in columns]
    return Sheet(t(f"plan.sheet.{key}", lang), table.assign(**wan)[list(columns)], fields, title, frozen_columns=2)


def _span(plan: Plan) -> str:
    years = plan.request.years
    return f"{years[0]}—{years[-1]}" if len(years) > 1 else str(years[0])


def _basis(plan: Plan, seed: int, lang: str) -> str:
    assessment = plan.assessment
    marks = {"data": data_version(assessment.district), "policy": assessment.policy.version, "program": PROGRAM}
    rule = t(f"plan.unverified.{plan.request.unverified}", lang)
    return t("plan.table.basis", lang, date=date_text(assessment.as_of, lang), rule=rule, seed=seed, **marks)


FORMATS: Mapping[str, Callable[[Plan, int, str], bytes]] = {".json": _json, ".csv": _csv, ".xlsx": _xlsx}
"""The formats of a plan by extension; a new one is one function here."""
