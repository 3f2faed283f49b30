"""What a list of tasks leaves out, tried value by value the slow way: the district itself changed."""

from __future__ import annotations

import bisect
import dataclasses
import datetime as dt
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from planner.decisions import order
from planner.decisions.fill_values import GREATEST, NUMBER_KINDS, limits_of, open_facts, words_of
from planner.decisions.fills import BOTH_YEARS, YEARS
from planner.decisions.pipeline import Assessment, Numbers, compute
from planner.decisions.survey_tasks import SurveyTasks
from planner.district.district import District, year_ends

Pair = tuple[str, str]


def left_out(assessment: Assessment, tasks: SurveyTasks) -> set[Pair]:
    """Every open fact that the list does not name as able to change a state or the top list."""
    facts = open_facts(assessment)
    ids = assessment.district.compounds.index
    every = {(str(ids[at]), str(field)) for at, field in zip(facts["at"], facts["field"], strict=True)}
    strong = tasks.tasks[tasks.tasks["level"].ne("programme")]
    return every - set(zip(strong["compound_id"], strong["field"], strict=True))


def values_of(assessment: Assessment, field: str, *, fine: int) -> list[object]:
    """Values over the whole hard range of a field, close together where rules have their limits."""
    spec = assessment.policy.fields("compounds").loc[YEARS[0] if field == BOTH_YEARS else field]
    if spec["type"] not in NUMBER_KINDS:
        return words_of(spec)
    low, high = limits_of(spec, assessment.as_of)
    if spec["type"] == "year":
        return list(range(int(low), int(high) + 1, max(1, 127 // fine)))
    if spec["type"] == "ratio":
        return [float(x) for x in np.linspace(low, high, fine)]
    wide = np.geomspace(1, min(high, GREATEST), fine).round(0 if spec["type"] == "int" else 2)
    near = np.linspace(0, 12, fine).round(0 if spec["type"] == "int" else 1)
    numbers = sorted({float(x) for x in [low, *near, *wide, high] if low <= x <= high})
    return [int(x) for x in numbers] if spec["type"] == "int" else list(numbers)


def with_value(district: District, field: str, value: object, chosen: Sequence[str]) -> District:
    """The district with one field of some compounds filled in."""
    names = YEARS if field == BOTH_YEARS else (field,)
    compounds = district.compounds.copy()
    for name in names:
        column = compounds[name].copy()
        column.loc[list(chosen)] = value
        compounds[name] = column
    years = district.year_range.copy()
    if set(names) & set(YEARS):
        years.loc[list(chosen)] = year_ends(compounds.loc[list(chosen)])
    na = frozenset((key, name) for key, name in district.not_applicable if name not in names or key not in set(chosen))
    return dataclasses.replace(district, compounds=compounds, year_range=years, not_applicable=na)


def broken_promises(
    assessment: Assessment, tasks: SurveyTasks, fields: Sequence[str], *, fine: int
) -> Iterator[tuple[str, str, object]]:
    """Facts left out that change a state or the top list after all, with the value that does it."""
    omitted = left_out(assessment, tasks)
    before = compute(assessment.district, assessment.policy, assessment.as_of, words=False)
    keys = _keys(before, assessment.district)
    for field in fields:
        chosen = sorted(key for key, name in omitted if name == field)
        for value in values_of(assessment, field, fine=fine) if chosen else ():
            district = with_value(assessment.district, field, value, chosen)
            after = compute(district, assessment.policy, assessment.as_of, words=False)
            yield from _wrong((before, after), (keys, _keys(after, district)), chosen, tasks.top, (field, value))


def _keys(numbers: Numbers, district: District) -> dict[str, tuple[object, ...]]:
    block = order.block_numbers(numbers.scores, numbers.states, numbers.rules)
    columns = order.order_keys(district, numbers.scores, block)
    return dict(zip(district.compounds.index, zip(*columns.values(), strict=True), strict=True))


def _wrong(
    numbers: tuple[Numbers, Numbers], keys: tuple[dict[str, tuple[object, ...]], dict[str, tuple[object, ...]]],
    chosen: Sequence[str], top: int, cell: tuple[str, object],
) -> Iterator[tuple[str, str, object]]:  # fmt: skip
    """Of each compound alone: the others stay as they were, so its place is how many of them come before it."""
    ranked = sorted(key for key in keys[0].values() if int(str(key[0])) <= 1)
    old, new = (side.states["state"] for side in numbers)
    for name in chosen:
        others = [key for key in ranked if key != keys[0][name]]
        place = bisect.bisect_left(others, keys[1][name])
        inside = int(str(keys[1][name][0])) <= 1 and place < top
        was = keys[0][name] in ranked[:top]
        if inside != was or old[name] != new[name]:
            yield (name, *cell)


def readable_fields(assessment: Assessment) -> list[str]:
    """Every field with words or numbers that is open somewhere, both years among them."""
    return [str(field) for field in pd.unique(open_facts(assessment)["field"])]


AS_OF = dt.date(2026, 11, 20)
