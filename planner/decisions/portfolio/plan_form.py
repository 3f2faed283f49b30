"""The form of an annual plan as it is typed: read into a request, or into all its problems at once, in words."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

import pandas as pd

from planner.decisions.portfolio.options import HEAT, MICRO, PACKAGES
from planner.decisions.portfolio.orders import UNDER_WAY
from planner.decisions.portfolio.request import ALLOW, ANY_SOURCE, RESERVE, UNVERIFIED, Order, PlanRequest
from planner.decisions.summary import REGISTERS
from planner.errors import join_problems, problem
from planner.policy import Policy

MUST, NEVER, STARTED = "must", "never", "under_way"
KINDS = (MUST, NEVER, STARTED)
"""What may be decided about a compound: 确定列入, 不列入, 在建."""
SHARES = ("plan_floor_share", "plan_share_sanwu", "plan_share_later", "plan_standby_share")
"""Settings that the form shows in percent and may change for this plan."""
CAPACITIES = ("trench_m", "crews")
MOST_YEARS = 5
_UNITS = {"": 10_000, "万": 10_000, "万元": 10_000, "元": 1, "亿": 100_000_000, "亿元": 100_000_000}
_AMOUNT = re.compile(r"(?P<number>(\d{1,3}(,\d{3})+|\d+)(\.\d+)?|\.\d+)\s*(?P<unit>亿元|亿|万元|万|元)?")


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One decision about a compound as typed. option "": its whole programme; year "": any."""

    kind: str
    compound_id: str
    option: str = ""
    year: str = ""
    basis: str = ""
    document: str = ""


@dataclass(frozen=True, slots=True)
class PlanForm:
    """What is typed: texts, funds in 万元 by source ("": one pot for all) and year; shares in percent."""

    first_year: int
    years: int = 3
    by_source: bool = False
    funds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unverified: str = RESERVE
    capacity: Mapping[str, str] = field(default_factory=dict)
    shares: Mapping[str, str] = field(default_factory=dict)
    orders: tuple[OrderRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Ground:
    """What a form is read against: the ids of the district, the purses, the date and the rules."""

    ids: Collection[str]
    as_of: dt.date
    policy: Policy


def first_form(ground: Ground) -> PlanForm:
    """Return the empty form: three years from the next one on, the shares of the settings.

    Where a register was never compared, unknowns have to be allowed; the form then begins so.
    """
    shares = {name: percent(ground.policy.text(name)) for name in SHARES}
    rule = ALLOW if unchecked(ground.policy) else RESERVE
    return PlanForm(first_year=ground.as_of.year + 1, unverified=rule, shares=shares)


def unchecked(policy: Policy) -> list[str]:
    """Return the registers that nobody compared the data with."""
    return [name for name in REGISTERS if policy.date(f"{name}_register_as_of") is None]


def sources(policy: Policy) -> tuple[str, ...]:
    """Return the purses that may be given funds one by one: those that pay the programmes of a plan."""
    purses = policy.programmes["money_purse"].reindex([*PACKAGES, MICRO, HEAT]).dropna().astype(str)
    return tuple(dict.fromkeys(purse for purse in purses if purse))


def percent(text: str) -> str:
    """Return a share as percent: ``0.35`` becomes ``35``."""
    return f"{float(Fraction(text)) * 100:g}" if text else ""


def read_form(form: PlanForm, ground: Ground) -> tuple[PlanRequest | None, pd.DataFrame]:
    """Return the request of a form, None where it has problems, and the table of all its problems."""
    problems: list[pd.DataFrame] = []
    if not ground.as_of.year <= form.first_year <= ground.as_of.year + 10 or not 1 <= form.years <= MOST_YEARS:
        problems.append(problem("PF1", value=form.first_year, first=ground.as_of.year, n=MOST_YEARS))
    funds = _funds(form, ground.policy, problems)
    shares = _shares(form, ground.policy, problems)
    capacities = _capacities(form, problems)
    orders = _orders(form, ground, problems)
    if form.unverified not in UNVERIFIED or (form.unverified != ALLOW and unchecked(ground.policy)):
        problems.append(problem("PF10"))
    if problems:
        return None, join_problems(problems)
    request = PlanRequest(funds=funds, unverified=form.unverified, capacities=capacities, rules=shares, **orders)
    return request, join_problems([])


def funds_of_year(form: PlanForm, ground: Ground, year: int) -> int | None:
    """Return the yuan that a form gives a year, outside purses (heat company) apart; None where it gives none.

    A form with problems gives nothing.
    """
    request, _ = read_form(replace(form, orders=()), ground)
    if request is None or year not in request.years:
        return None
    outside = ground.policy.values("outside_purses")
    return sum(request.yuan(source, year) for source in request.sources if source not in outside)


def years_of(form: PlanForm) -> tuple[int, ...]:
    """Return the years of a form."""
    return tuple(range(form.first_year, form.first_year + form.years))


def yuan_of(text: str) -> int | None:
    """Return an amount typed in 万元 (or with its unit: 800, 1,200.5万, 0.5亿, 8000000元) in yuan; None: unreadable."""
    found = _AMOUNT.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if found is None:
        return None
    try:
        yuan = Decimal(found["number"].replace(",", "")) * _UNITS[found["unit"] or ""]
    except InvalidOperation:
        return None
    return int(yuan) if yuan == int(yuan) else None


def _funds(form: PlanForm, policy: Policy, problems: list[pd.DataFrame]) -> dict[tuple[int, str], int]:
    most = int(policy.number("plan_funds_most_wan")) * 10_000
    listed = sources(policy) if form.by_source else (ANY_SOURCE,)
    found: dict[tuple[int, str], int] = {}
    for source in listed:
        for year, text in zip(years_of(form), form.funds.get(source, ()), strict=False):
            if not text.strip():
                continue
            yuan, where = yuan_of(text), f"{year} {source}".strip()
            if yuan is None:
                problems.append(problem("PF2", column=where, value=text))
            elif yuan > most:
                problems.append(problem("PF3", column=where, value=text, most=f"{most // 10_000:,}"))
            else:
                found[year, source] = yuan
    if not any(found.values()) and not problems:
        problems.append(problem("PF4"))
    first, last = years_of(form)[0], years_of(form)[-1]
    for source in {source for _, source in found}:  # a year without funds stays a year of the plan
        for year in (first, last):
            found.setdefault((year, source), 0)
    return found


def _shares(form: PlanForm, policy: Policy, problems: list[pd.DataFrame]) -> dict[str, str]:
    """The settings that differ from those in force."""
    found: dict[str, str] = {}
    for name, text in form.shares.items():
        cell = unicodedata.normalize("NFKC", text).strip().removesuffix("%")
        try:
            share = Fraction(cell) / 100
        except (ValueError, ZeroDivisionError):
            share = Fraction(-1)
        if not 0 <= share <= 1:
            problems.append(problem("PF5", column=name, value=text))
        elif share != Fraction(policy.text(name)):
            found[name] = f"{float(share):g}"
    return found


def _capacities(form: PlanForm, problems: list[pd.DataFrame]) -> dict[tuple[str, int], int]:
    found: dict[tuple[str, int], int] = {}
    for name, text in form.capacity.items():
        cell = re.sub(r"[,_]", "", unicodedata.normalize("NFKC", text).strip())
        if cell and not re.fullmatch(r"\d{1,9}", cell):
            problems.append(problem("PF6", column=name, value=text))
        elif cell:
            found |= {(name, year): int(cell) for year in years_of(form)}
    return found


def _orders(form: PlanForm, ground: Ground, problems: list[pd.DataFrame]) -> dict[str, Any]:
    found: dict[str, list[Order]] = {kind: [] for kind in KINDS}
    for row in form.orders:
        wrong = _wrong_order(row, form, ground)
        problems += wrong
        if not wrong:
            year = int(row.year) if row.year else None
            found[row.kind].append(Order(row.compound_id, basis_text(row.basis, row.document), row.option, year))
    never = {(o.compound_id, o.option) for o in found[NEVER]}
    for order in (*found[MUST], *found[STARTED]):
        if {(order.compound_id, ""), (order.compound_id, order.option)} & never:
            problems.append(problem("PF9", value=order.compound_id))
    return {kind: tuple(listed) for kind, listed in found.items()}


def _wrong_order(row: OrderRow, form: PlanForm, ground: Ground) -> list[pd.DataFrame]:
    if row.compound_id not in ground.ids:
        return [problem("PF7", value=row.compound_id)]
    found = []
    if not row.basis.strip() or (row.kind != NEVER and not row.document.strip()):
        found.append(problem("PF8n" if row.kind == NEVER else "PF8", value=row.compound_id))
    if row.year and row.year not in [str(year) for year in years_of(form)]:
        found.append(problem("PF11", value=row.compound_id, year=row.year))
    if row.kind == STARTED and (row.option not in UNDER_WAY or not row.year):
        found.append(problem("PF12", value=row.compound_id))
    return found


def basis_text(basis: str, document: str) -> str:
    """Return a basis with its document number as lines of a plan quote it."""
    return f"{basis.strip()}（{document.strip()}）" if document.strip() else basis.strip()


def with_order(form: PlanForm, row: OrderRow) -> PlanForm:
    """Return the form with one more decision; an earlier one about the same compound and option gives way."""
    rest = without_order(form, row.compound_id, row.option).orders
    return replace(form, orders=(*rest, row))


def without_order(form: PlanForm, compound_id: str, option: str) -> PlanForm:
    """Return the form without the decision about a compound and option."""
    return replace(form, orders=tuple(o for o in form.orders if (o.compound_id, o.option) != (compound_id, option)))


def form_dict(form: PlanForm) -> dict[str, Any]:
    """Return a form as plain values, to be kept."""
    return asdict(form) | {"funds": {k: list(v) for k, v in form.funds.items()}}


def form_of(values: Mapping[str, Any]) -> PlanForm:
    """Return the form of ``form_dict``; raises KeyError, TypeError or ValueError for anything else."""
    orders = tuple(OrderRow(**{k: str(v) for k, v in row.items()}) for row in _list(values["orders"]))
    if any(row.kind not in KINDS for row in orders):
        raise ValueError("orders")
    texts = {name: {str(k): str(v) for k, v in dict(values[name]).items()} for name in ("capacity", "shares")}
    return PlanForm(
        first_year=int(values["first_year"]),
        years=min(MOST_YEARS, max(1, int(values["years"]))),
        by_source=bool(values["by_source"]),
        funds={str(k): tuple(str(x) for x in v) for k, v in dict(values["funds"]).items()},
        unverified=str(values["unverified"]),
        orders=orders,
        **texts,
    )


def _list(value: Any) -> Sequence[Any]:
    if not isinstance(value, list | tuple):
        raise TypeError("orders")
    return value
