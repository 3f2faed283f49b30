"""Which facts of one compound could turn out or be made otherwise: what 怎样才能列入 tries, one change after the other.

Three sorts: a blank or doubtful fact that some rule waits for is found to be any of its values; a custodian comes with
a paper, or consent is reached; a fact that work can change (settings.lever_changes) is changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import pandas as pd

from planner.decisions.assessment import Assessment
from planner.decisions.ledger import UNKNOWN_WORDS
from planner.policy import Policy, split_list

FIND, ACT = "find", "act"
CUSTODIAN, CONSENT, YEAR = "custodian", "consent", "built_year_max"
_COVERED = (
    "custodian_doc",
    "custodian_type",
    "support_households_n",
    "surveyed_households_n",
    "households_not_reached",
)
"""Fields that the acts of finding a custodian and reaching consent speak for."""

_STEPS = {"ratio": 0.01, "decimal": 0.1}
_FEW, _WIDE, _BETWEEN, _UNBOUNDED = 5, 12, 64, 10_000.0
_TRUTH = {"是": True, "否": False}
_NOMINAL = 100


@dataclass(frozen=True, slots=True)
class Change:
    """One change: what it is about (a field, custodian or consent), the cells written, and the value.

    ``value`` is a number on a scale with its finest ``step``, or a word (是/否 for yes/no, the custodian's type).
    ``sort`` is FIND or ACT. ``before`` is what stands now: the value that work changes, or how many households are
    asked (empty where nobody counted them).
    """

    about: str
    cells: Mapping[str, object]
    value: float | str
    sort: str = FIND
    before: str = ""
    step: float = 1.0


def possible_changes(assessment: Assessment, compound_id: str) -> list[Change]:
    """Return every change of one fact that is worth trying for a compound: acts first, then what is to be found out.

    Facts to be found out are the fields of compounds that an open answer of a programme or exclusion waits for.
    """
    row = assessment.district.compounds.loc[compound_id]
    acts = [
        *_custodian(assessment, compound_id, row),
        *_consent(assessment, compound_id, row),
        *_works(assessment, row),
    ]
    fields = assessment.policy.fields("compounds")
    asked = [field for field in _waited_for(assessment, compound_id) if field in fields.index]
    asked = [field for field in asked if field not in _COVERED]
    return [*acts, *(change for field in asked for change in _found(field, fields.loc[field], row, assessment))]


def between(low: Change, high: Change) -> list[Change]:
    """Return the changes of the same fact to the values between two others, at most 64 of them."""
    count = round((float(high.value) - float(low.value)) / low.step) - 1
    places = np.unique(np.linspace(1, count, min(count, _BETWEEN)).round()) if count > 0 else np.empty(0)
    return [_at(low, round(float(low.value) + place * low.step, 2)) for place in places.tolist()]


def _at(change: Change, value: float) -> Change:
    """The same fact at another value of its scale."""
    field = "year" if change.about == YEAR else change.about
    return replace(change, value=value, cells={**change.cells, field: value})


def _waited_for(assessment: Assessment, compound_id: str) -> list[str]:
    rows = assessment.programmes
    own = rows[(rows["compound_id"] == compound_id) & (rows["result"] == "unknown")]
    names = dict.fromkeys(name for cell in own["missing"].dropna() for name in split_list(str(cell)))
    return ["built_year_max" if name == "built_year_min" else name for name in names]


def _custodian(assessment: Assessment, compound_id: str, row: pd.Series) -> Iterator[Change]:
    """A custodian of each level with a paper; whoever looks after the place already keeps doing so."""
    if _holds(assessment.states.at[compound_id, "custodian"]):
        return
    policy, present = assessment.policy, row["custodian_type"]
    levels = [policy.values(f"custodian_{level}")[:1] for level in ("community", "firm", "self_group")]
    types = [word for level in levels for word in level]
    kept = [] if pd.isna(present) or present == "无" else [str(present)]
    for word in kept or types:
        cells = {"custodian_doc": policy.values("custodian_documents")[-1], "custodian_type": word}
        yield Change(CUSTODIAN, cells, word, ACT)


def _consent(assessment: Assessment, compound_id: str, row: pd.Series) -> Iterator[Change]:
    """Enough households agree; where nobody knows how many there are, of a nominal number."""
    if _holds(assessment.states.at[compound_id, "consent"]):
        return
    whole = _NOMINAL if pd.isna(row["households"]) else int(row["households"])
    need = households_needed(whole, assessment.policy)
    asked = need if pd.isna(row["surveyed_households_n"]) else max(need, int(row["surveyed_households_n"]))
    cells = {"households": whole, "support_households_n": need, "surveyed_households_n": asked}
    known = "" if pd.isna(row["households"]) else str(whole)
    yield Change(CONSENT, cells, float(need), ACT, known)


def households_needed(whole: int, policy: Policy) -> int:
    """Return how many of ``whole`` households make the shares that consent asks for."""
    shares = [policy.fraction(name) for name in ("consent_min_A", "consent_min_M") if policy.text(name)]
    exact = max(shares, default=Fraction(0)) * whole
    return int(-(-exact.numerator // exact.denominator))


def _holds(answer: object) -> bool:
    return not pd.isna(answer) and bool(answer)


def _works(assessment: Assessment, row: pd.Series) -> Iterator[Change]:
    for rule in assessment.policy.values("lever_changes"):
        field, _, words = rule.partition(":")
        before, _, after = words.partition(">")
        if not pd.isna(row[field]) and row[field] == _TRUTH.get(before, before):
            yield Change(field, {field: _TRUTH.get(after, after)}, after, ACT, before)


def _found(field: str, spec: pd.Series, row: pd.Series, assessment: Assessment) -> Iterator[Change]:
    """The values that a field could turn out to have; one that is filled in already can only be another."""
    kind = spec["type"]
    if field == YEAR:
        yield from (Change(YEAR, _documented(year, assessment), float(year)) for year in _years(spec, assessment))
    elif kind in ("enum", "enums"):
        words = [
            w for w in split_list(spec["values"]) if w not in UNKNOWN_WORDS and (pd.isna(row[field]) or w != row[field])
        ]
        yield from (Change(field, {field: word}, word) for word in words)
    elif kind == "bool" and pd.isna(row[field]):
        yield from (Change(field, {field: truth}, word) for word, truth in _TRUTH.items())
    elif kind in ("int", "decimal", "ratio", "area", "money") and pd.isna(row[field]):
        step = _STEPS.get(kind, 1.0)
        yield from (Change(field, {field: x}, float(x), step=step) for x in _scale(spec, row))


def _documented(year: int, assessment: Assessment) -> dict[str, object]:
    hearsay = assessment.policy.values("hearsay_sources")
    sources = split_list(assessment.policy.fields("compounds").at["built_year_source", "values"])
    return {"year": year, "built_year_source": next(word for word in sources if word not in hearsay)}


def _years(spec: pd.Series, assessment: Assessment) -> list[int]:
    last = assessment.as_of.year
    return sorted({*range(int(spec["hard_min"]), last, _FEW), last})


def _scale(spec: pd.Series, row: pd.Series) -> list[float]:
    """Points from the least to the greatest value, wider and wider apart; the thresholds between are found later.

    The compound's own households, units and buildings are among them, one less and one more too: counts are compared
    with those.
    """
    low = float(spec["hard_min"] or 0)
    top = next((float(spec[name]) for name in ("soft_max", "hard_max") if spec[name]), _UNBOUNDED)
    if spec["type"] == "ratio":
        return [low, *np.linspace(low, top, _WIDE).round(2).tolist()[1:]]
    own = [float(row[n]) for n in ("households", "units_n", "buildings_n") if not pd.isna(row[n])]
    near = {n + step for n in own for step in (-1.0, 0.0, 1.0)}
    wide = np.geomspace(_FEW, max(top, _FEW + 1), _WIDE).round()
    return sorted({x for x in {*range(_FEW + 1), *near, *wide.tolist()} if low <= x <= top})
