"""What a planner has chosen on 年度计划: the form as typed, the plan it asked for, the year, the compound, the section.

Kept for the session; the form is also remembered on this installation, so that it stands there the next day.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import replace

import pandas as pd
import streamlit as st

from planner.decisions.portfolio.plan_form import (
    CAPACITIES,
    SHARES,
    Ground,
    OrderRow,
    PlanForm,
    first_form,
    form_dict,
    form_of,
    funds_of_year,
    read_form,
    sources,
    with_order,
    without_order,
)
from planner.decisions.portfolio.request import ANY_SOURCE, PlanRequest
from planner.decisions.portfolio.solve import Effort
from planner.store.place import shown
from planner.store.scenarios import keep_form, last_form
from planner.web.installation import var_folder
from planner.web.plan_job import Jobs, PlanJob
from planner.web.session import Opened

EVERY_YEAR = 0
SECTIONS = ("table", "works", "money", "reserve", "left", "sure", "compare", "about")
_FORM, _DISTRICT, _JOB = "plan_form", "plan_district", "plan_job"
_TOLD, _NEXT = "plan_problems", "plan_next_form"


def funds_entered(opened: Opened, year: int) -> int | None:
    """Return the yuan that were entered for a year of this district; None where nobody entered any."""
    held = st.session_state.get(_FORM) if st.session_state.get(_DISTRICT) == _district(opened) else None
    found = held if isinstance(held, PlanForm) else _remembered(opened)
    return funds_of_year(found, ground(opened), year)


def start(opened: Opened) -> None:
    """Begin with what was typed last for this district; another district begins anew."""
    district = _district(opened)
    if st.session_state.get(_DISTRICT) != district or _FORM not in st.session_state:
        for key in (_JOB, _TOLD, "plan_year", "plan_compared"):
            st.session_state.pop(key, None)
        st.session_state[_DISTRICT] = district
        put(_remembered(opened))
        _take_up(opened)
    if _NEXT in st.session_state:
        put(st.session_state.pop(_NEXT))
    for key, value in _fields(form()).items():  # another page lets go of the fields
        st.session_state.setdefault(key, value)
    for key, first in (
        ("plan_year", EVERY_YEAR),
        ("plan_chosen", ""),
        ("plan_section", SECTIONS[0]),
        ("plan_rows", 200),
    ):
        st.session_state.setdefault(key, first)


def ground(opened: Opened) -> Ground:
    """Return what a form of this district is read against."""
    return Ground(set(opened.assessment.states.index), opened.assessment.as_of, opened.policy)


def form() -> PlanForm:
    """Return the form as it is typed now."""
    found: PlanForm = st.session_state[_FORM]
    return found


def put(fresh: PlanForm) -> None:
    """Go on with another form; the fields show it at the next run."""
    st.session_state[_FORM] = fresh
    for key, value in _fields(fresh).items():
        st.session_state[key] = value


def fund_key(source: str, k: int) -> str:
    """Return the widget key of the funds of a source in the k-th year."""
    return f"plan_fund_{source}_{k}"


def show_fund(source: str, k: int) -> None:
    """Let a field of funds show what the form holds, where it has not been shown before."""
    st.session_state.setdefault(fund_key(source, k), _text(form().funds.get(source, ()), k))


def take(policy_sources: tuple[str, ...]) -> None:
    """Take what stands in the fields over into the form; a field that is not shown keeps its text."""
    old, state = form(), st.session_state
    funds = {
        source: tuple(str(state.get(fund_key(source, k), _text(old.funds.get(source, ()), k)) or "") for k in range(5))
        for source in (ANY_SOURCE, *policy_sources)
    }
    state[_FORM] = replace(
        old,
        first_year=int(state.get("plan_first_year", old.first_year)),
        years=int(state.get("plan_years") or old.years),
        by_source=bool(state.get("plan_by_source", old.by_source)),
        unverified=str(state.get("plan_unverified", old.unverified)),
        funds=funds,
        capacity={key: _shown(key, old.capacity) for key in CAPACITIES},
        shares={key: _shown(key, old.shares) for key in SHARES},
    )


def _shown(key: str, known: Mapping[str, str]) -> str:
    return str(st.session_state.get(f"plan_{key}", known.get(key, "")) or "")


def ask(opened: Opened, wanted: PlanForm | None = None) -> bool:
    """Read the form (or ``wanted`` in its place): begin the plan, or keep its problems to be shown.

    True when a plan is on its way.
    """
    if wanted is None:
        take(sources(opened.policy))
    else:
        st.session_state[_FORM] = wanted
        put_next(wanted)
    request, problems = read_form(form(), ground(opened))
    st.session_state[_TOLD] = problems
    if request is None:
        return False
    remember(opened)
    st.session_state["plan_busy"] = False
    if jobs().begin(job_key(opened, request), opened.assessment, request, Effort()) is None:
        st.session_state["plan_busy"] = True
        return False
    st.session_state[_JOB] = job_key(opened, request)
    st.session_state["plan_drawn"] = 0.0
    return True


def problems() -> pd.DataFrame | None:
    """Return the problems of the form as it was read last; None before it was read."""
    found: pd.DataFrame | None = st.session_state.get(_TOLD)
    return found


def job(opened: Opened) -> PlanJob | None:
    """Return the job whose plan is shown; None before one was asked for."""
    key = st.session_state.get(_JOB)
    return jobs().find(key, opened.assessment) if key else None


def put_next(fresh: PlanForm) -> None:
    """Go on with another form at the next run: fields that are drawn already cannot be changed in this one."""
    st.session_state[_NEXT] = fresh


def decide(row: OrderRow) -> None:
    """Take a decision about a compound into the form, at the next run."""
    put_next(with_order(form(), row))


def undecide(compound_id: str, option: str) -> None:
    """Take a decision about a compound out of the form."""
    put(without_order(form(), compound_id, option))


def remember(opened: Opened) -> None:
    """Keep the form for the next visit; a disk that cannot be written costs only that."""
    try:
        keep_form(var_folder(), _district(opened), form_dict(form()))
    except OSError:
        logging.getLogger("planner").warning("the form of the plan is not remembered", exc_info=True)


def job_key(opened: Opened, request: PlanRequest) -> str:
    """Return a text that differs whenever the plan could."""
    told = {
        "funds": sorted(request.funds.items()), "must": request.must, "never": request.never,
        "under_way": request.under_way, "rules": sorted(request.rules.items()), "unverified": request.unverified,
        "capacities": sorted(request.capacities.items()),
    }  # fmt: skip
    return hashlib.sha256(f"{opened.key} {told!r}".encode()).hexdigest()[:24]


@st.cache_resource(show_spinner=False)
def jobs() -> Jobs:
    """Return the jobs of this server."""
    return Jobs()


def _district(opened: Opened) -> str:
    """What tells one district of this installation from another."""
    return shown(opened.store) if opened.store is not None else str(opened.folder)


def _remembered(opened: Opened) -> PlanForm:
    first, kept = first_form(ground(opened)), last_form(var_folder(), _district(opened))
    if kept is None:
        return first
    try:
        found = form_of(kept)
    except (KeyError, TypeError, ValueError):
        return first
    return found if found.first_year >= opened.assessment.as_of.year else replace(found, first_year=first.first_year)


def _take_up(opened: Opened) -> None:
    """Where the plan of the remembered form was made already, show it."""
    request, _ = read_form(form(), ground(opened))
    if request is not None:
        key = job_key(opened, request)
        if jobs().find(key, opened.assessment) is not None:
            st.session_state[_JOB] = key


def _fields(fresh: PlanForm) -> Mapping[str, object]:
    found: dict[str, object] = {
        "plan_first_year": fresh.first_year, "plan_years": fresh.years, "plan_by_source": fresh.by_source,
        "plan_unverified": fresh.unverified,
    }  # fmt: skip
    found |= {fund_key(source, k): text for source, texts in fresh.funds.items() for k, text in enumerate(texts)}
    found |= {f"plan_{key}": fresh.capacity.get(key, "") for key in CAPACITIES}
    return found | {f"plan_{key}": fresh.shares.get(key, "") for key in SHARES}


def _text(texts: tuple[str, ...], k: int) -> str:
    return texts[k] if k < len(texts) else ""
