"""怎样才能列入: each change of a fact that would change the suggested action of a compound, found by running the rules.

Where no single change makes it 可列入, two at a time are tried. Nothing is guessed: every answer is what the rules say
of the changed compound.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from planner.decisions.assessment import Assessment
from planner.decisions.lever_changes import ACT, CONSENT, CUSTODIAN, Change, between, possible_changes
from planner.decisions.states import LISTED, READY, STATES
from planner.decisions.what_if import states_with

MOST_PAIRS = 6
_MOST_KINDS = 24


@dataclass(frozen=True, slots=True)
class Part:
    """A fact and the values of it that have one effect: words, or a span of numbers (an end that is open is None)."""

    change: Change
    words: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Lever:
    """What would have to be so, one or two facts together, and the state that it would lead to."""

    parts: tuple[Part, ...]
    state: str


def levers(assessment: Assessment, compound_id: str) -> list[Lever]:
    """Return the changes that would move a compound, those to 可列入 first; empty where nothing would.

    First every single fact with another outcome. Where none of them leads to 可列入, pairs that do. A compound that is
    可列入 or under way needs nothing: empty. Raises KeyError for an unknown compound.
    """
    present = str(assessment.states.at[compound_id, "state"])
    if present in (READY, LISTED):
        return []
    now, tried = _tried(assessment, compound_id)
    single = [Lever((part,), made) for part, made in _runs(tried, "state") if made != now.state]
    if not any(lever.state == READY for lever in single):
        kinds = [part for part, made in _runs(tried, "signature") if made != now.signature]
        single += _pairs(assessment, compound_id, kinds)
    return sorted(single, key=lambda lever: (lever.state != READY, len(lever.parts), STATES.index(lever.state)))


@dataclass(frozen=True, slots=True)
class _Tried:
    change: Change
    state: str
    signature: str


_NOTHING = Change("", {}, "")


def _tried(assessment: Assessment, compound_id: str) -> tuple[_Tried, list[_Tried]]:
    """The compound as it is and with every change; on a scale also with what lies between two unlike outcomes."""
    now, *first = _run(assessment, compound_id, [_NOTHING, *possible_changes(assessment, compound_id)])
    steps = [(a, b) for a, b in itertools.pairwise(first) if _neighbours(a, b) and a.signature != b.signature]
    finer = [change for a, b in steps for change in between(a.change, b.change)]
    more = _run(assessment, compound_id, finer) if finer else []
    places = {_fact(one.change): place for place, one in reversed(list(enumerate(first)))}
    return now, sorted([*first, *more], key=lambda one: (places[_fact(one.change)], _height(one.change)))


def _run(assessment: Assessment, compound_id: str, changes: Sequence[Change]) -> list[_Tried]:
    found = states_with(assessment, compound_id, [change.cells for change in changes])
    rows = zip(changes, found["state"], found["signature"], strict=True)
    return [_Tried(change, str(state), str(signature)) for change, state, signature in rows]


def _neighbours(a: _Tried, b: _Tried) -> bool:
    return _fact(a.change) == _fact(b.change) and isinstance(a.change.value, float)


def _height(change: Change) -> float:
    return change.value if isinstance(change.value, float) else 0.0


def _runs(tried: Sequence[_Tried], outcome: str) -> list[tuple[Part, str]]:
    """The changes of each fact put together where they have the same outcome: words anywhere, numbers side by side."""
    found: list[tuple[Part, str]] = []
    for _, members in itertools.groupby(tried, key=lambda one: _fact(one.change)):
        pairs = [(one.change, str(getattr(one, outcome))) for one in members]
        found += _spans(pairs) if isinstance(pairs[0][0].value, float) else _words(pairs)
    return found


def _fact(change: Change) -> tuple[str, str]:
    return change.about, change.before


def _words(pairs: Iterable[tuple[Change, str]]) -> list[tuple[Part, str]]:
    together: dict[str, list[Change]] = {}
    for change, outcome in pairs:
        together.setdefault(outcome, []).append(change)
    return [(Part(made[0], tuple(str(c.value) for c in made)), outcome) for outcome, made in together.items()]


def _spans(pairs: Sequence[tuple[Change, str]]) -> list[tuple[Part, str]]:
    found = []
    runs = [list(run) for _, run in itertools.groupby(pairs, key=lambda pair: pair[1])]
    for at, run in enumerate(runs):
        first, last = float(run[0][0].value), float(run[-1][0].value)
        low = first if at or len(runs) == 1 else None
        high = last if at < len(runs) - 1 else None
        change = run[-1][0] if low is None else run[0][0]
        found.append((Part(change, (), low, high), run[0][1]))
    return found


def _pairs(assessment: Assessment, compound_id: str, kinds: Sequence[Part]) -> list[Lever]:
    """Two facts of different sorts that make the compound 可列入 together, custodian and consent before the others."""
    order = sorted(kinds, key=lambda part: (part.change.about not in (CUSTODIAN, CONSENT), part.change.sort != ACT))
    some = [
        (a, b)
        for a, b in itertools.combinations(order[:_MOST_KINDS], 2)
        if not set(a.change.cells) & set(b.change.cells)
    ]
    if not some:
        return []
    together = [{**a.change.cells, **b.change.cells} for a, b in some]
    made = states_with(assessment, compound_id, together)["state"].tolist()
    ready = [Lever(pair, state) for pair, state in zip(some, made, strict=True) if state == READY]
    return ready[:MOST_PAIRS]
