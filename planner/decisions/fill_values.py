"""Which facts could be filled in, and the values to try: every word, and numbers from the least to the greatest.

A rule answers a growing number in one direction only, but for the places named in `_TURNS`; so between two numbers that
come to the same answers nothing else can hide, and the search (`survey_search`) halves the rest.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.decisions.assessment import Assessment
from planner.decisions.fills import BOTH_YEARS, FILL_COLUMNS, YEARS
from planner.decisions.kleene import Bools, Floats
from planner.decisions.ledger import UNKNOWN_WORDS
from planner.decisions.programmes import REGISTER
from planner.policy import Policy, split_list

UNKNOWN, OLD = "unknown", "old"
NUMBER_KINDS = ("int", "year", "decimal", "ratio", "area", "money")
WHOLE_KINDS = ("int", "year")
GREATEST = 1e9
"""Stands for the end of a range without one: every curve and target has run out long before."""
STEP = 1e-3
"""Numbers of kinds that are not whole are told apart this finely, as a share of their size."""

Turn = Callable[[Assessment], Sequence[Floats]]


def open_facts(assessment: Assessment) -> pd.DataFrame:
    """Return the facts that somebody could fill in: at, field, why (unknown, old), in the order of columns.csv.

    Fields of compounds with a list of words, yes/no or a number, that a rule or the order reads. unknown: blank, 未查,
    不清. old: known, but the compound was surveyed more than settings.survey_old_days before the date; a compound
    without a survey date is not old. Both years stand beside each single one where both may change. A blank cell of a
    register that the data was compared with is an answer (not on the list), not an open fact.
    """
    ledger, stale = assessment.deficits.need.ledger, _surveyed_long_ago(assessment)
    surveyed = assessment.policy.fields("compounds")["survey"].eq("yes")
    parts = []
    for field in _fields(assessment):
        blank = ~ledger.known(field)
        old = stale & ~blank & ~ledger.not_applicable(field) & bool(surveyed[field])
        parts += [_part(blank, field, UNKNOWN), _part(old, field, OLD)]
    blanks = [~ledger.known(field) for field in YEARS]
    parts += [
        _part(blanks[0] & blanks[1], BOTH_YEARS, UNKNOWN),
        _part(stale & ~blanks[0] & ~blanks[1], BOTH_YEARS, OLD),
    ]
    return pd.concat(parts, ignore_index=True)


def _part(where: Bools, field: str, why: str) -> pd.DataFrame:
    return pd.DataFrame({"at": np.flatnonzero(where), "field": field, "why": why})


def _fields(assessment: Assessment) -> list[str]:
    table = assessment.policy.fields("compounds")
    readable = table["type"].isin(["enum", "enums", "bool", *NUMBER_KINDS])
    read = assessment.deficits.need.ledger.fields_read | {"households", *YEARS}
    compared = _compared_registers(assessment.policy)
    return [str(field) for field in table.index[readable] if field in read and field not in compared]


def _compared_registers(policy: Policy) -> frozenset[str]:
    """Fields of lists that somebody else keeps, where settings say when they were compared."""
    rows = zip(policy.programmes["blank_means"], policy.programmes["fields"], strict=True)
    dated = [fields for means, fields in rows if means.startswith(REGISTER) and policy.date(means[len(REGISTER) :])]
    return frozenset(name for fields in dated for name in split_list(fields))


def _surveyed_long_ago(assessment: Assessment) -> Bools:
    days = assessment.policy.number("survey_old_days")
    limit = pd.Timestamp(assessment.as_of - dt.timedelta(days=int(days)))
    return np.asarray((assessment.district.compounds["surveyed_on"] < limit).to_numpy(dtype=bool, na_value=False))


def first_values(assessment: Assessment, facts: pd.DataFrame) -> pd.DataFrame:
    """Return what to try first: pair (row of ``facts``), at, field, value, x (the number, missing for words).

    All words of a list (each alone, and all together where several may be named), 是 and 否, the ends of the hard
    range, the least numbers and those at which a rule turns.
    """
    parts = [_values_of(assessment, str(field), rows) for field, rows in facts.groupby("field", sort=False)]
    columns = ["pair", *FILL_COLUMNS, "x"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def _values_of(assessment: Assessment, field: str, rows: pd.DataFrame) -> pd.DataFrame:
    spec = assessment.policy.fields("compounds").loc[YEARS[0] if field == BOTH_YEARS else field]
    if spec["type"] not in NUMBER_KINDS:
        return _crossed(rows, words_of(spec)).assign(x=np.nan)
    low, high = limits_of(spec, assessment.as_of)
    fixed = [x for x in (low, low + 1, low + 2, 0.0, 1.0, 2.0, high) if low <= x <= high]
    table = pd.concat([_crossed(rows, sorted(set(fixed))), *_own_values(assessment, field, rows)], ignore_index=True)
    table["x"] = table["value"].astype(float)
    table = table[(table["x"] >= low) & (table["x"] <= high)].drop_duplicates(["pair", "x"])
    return table.assign(value=typed_values(table["x"].to_numpy(), str(spec["type"])))


def _crossed(rows: pd.DataFrame, values: Sequence[object]) -> pd.DataFrame:
    """Every row with every value."""
    many = rows.loc[rows.index.repeat(len(values))]
    listed = np.empty(len(many), dtype=object)
    listed[:] = list(values) * len(rows)
    return pd.DataFrame({"pair": many.index, "at": many["at"].array, "field": many["field"].array, "value": listed})


def words_of(spec: Mapping[str, object] | pd.Series) -> list[object]:
    """Return the values of a field with words: those that say something; several together where the field allows it."""
    if spec["type"] == "bool":
        return [True, False]
    words = [word for word in split_list(str(spec["values"])) if word not in UNKNOWN_WORDS]
    return [*words, ";".join(words)] if spec["type"] == "enums" and len(words) > 1 else list(words)


def limits_of(spec: Mapping[str, object] | pd.Series, as_of: dt.date) -> tuple[float, float]:
    """Return the hard range of a number; as_of is the year of the date, an open end is 0 or GREATEST."""
    ends = []
    for name, otherwise in (("hard_min", 0.0), ("hard_max", GREATEST)):
        cell = str(spec[name])
        ends.append(otherwise if cell == "" else float(as_of.year) if cell == "as_of" else float(cell))
    return ends[0], ends[1]


def typed_values(x: Floats, kind: str) -> npt.NDArray[np.object_]:
    """Return numbers as the column holds them."""
    values = np.empty(len(x), dtype=object)
    values[:] = [round(v) for v in x.tolist()] if kind in WHOLE_KINDS else x.tolist()
    return values


def _own_values(assessment: Assessment, field: str, rows: pd.DataFrame) -> list[pd.DataFrame]:
    """The numbers at which a rule turns for a compound, with the whole numbers beside them."""
    found = []
    for numbers in _TURNS.get(field, _no_turns)(assessment):
        base = np.floor(numbers[rows["at"].to_numpy()])
        for step in (-1.0, 0.0, 1.0):
            table = pd.DataFrame({"pair": rows.index, "at": rows["at"].array, "field": field, "value": base + step})
            found.append(table[~np.isnan(base)])
    return found


def _no_turns(_assessment: Assessment) -> Sequence[Floats]:
    return ()


def _year_turns(assessment: Assessment) -> Sequence[Floats]:
    """Years of which one more or less matters, and those that the compound has already."""
    policy, n = assessment.policy, len(assessment.district.compounds)
    limits = [policy.number(name) for name in ("built_before_A", "tolerated_built_before")]
    limits.append(assessment.as_of.year - policy.number("warranty_new_build_years"))
    ledger = assessment.deficits.need.ledger
    return [*(np.full(n, limit) for limit in limits), *(ledger.number(field) for field in YEARS)]


def _household_turns(assessment: Assessment) -> Sequence[Floats]:
    """Consent as a share of a growing number: reached, then missed, then open again."""
    ledger, policy = assessment.deficits.need.ledger, assessment.policy
    agree, asked = (ledger.number(name) for name in ("support_households_n", "surveyed_households_n"))
    shares = [float(policy.fraction(name)) for name in ("consent_min_A", "consent_min_M") if policy.text(name)]
    ends = [agree / share for share in shares] + [(asked - agree) / (1 - share) for share in shares if share < 1]
    return [agree, asked, *ends, agree + np.nan_to_num(ledger.number("households_not_reached"))]


def _gate_turns(assessment: Assessment) -> Sequence[Floats]:
    """Gates beyond what a place of this size needs may be merged: the least number falls back to one."""
    return [assessment.deficits.need.gates.vehicle_needed]


def _ped_gate_turns(assessment: Assessment) -> Sequence[Floats]:
    people = assessment.deficits.need.stock.households
    needed = np.ceil(people / assessment.policy.number("ped_gate_per_h"))
    return [np.where(np.isnan(needed), 1.0, np.maximum(needed, 1.0))]


_TURNS: Mapping[str, Turn] = {
    "built_year_min": _year_turns,
    "built_year_max": _year_turns,
    BOTH_YEARS: _year_turns,
    "households": _household_turns,
    "vehicle_gates_n": _gate_turns,
    "ped_gates_n": _ped_gate_turns,
}
"""Fields of which a growing number turns an answer back: numbers per compound around which to try."""
