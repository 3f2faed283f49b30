"""What stands before an item: programme, custodian, consent, meter, trench, illegal structures, an issued renovation.

A condition that is known to fail blocks the row; one that nobody can judge yet is said (待核实) and blocks nothing,
except that an item whose programme is not certain cannot be done now. Facts of the site that no table holds (a locked
room, an outfall) are named as what the design has to settle.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from planner.decisions.deficits import Deficits
from planner.decisions.field_labels import FieldLabels
from planner.decisions.kleene import Bools, Floats, Kleene, any_where, joined_where
from planner.decisions.phrases import Phrase, Value, worded
from planner.decisions.stock import custodian_of
from planner.decisions.verdicts import Verdicts, Words
from planner.policy import Policy, split_list

ALWAYS_OPEN = ("S", "W")
"""Overlay and repair: an item of theirs hangs on its own deficit, not on a programme."""

SETTLED_BY_SURVEY = ("closable", "fire_lane_4m", "not_public_road", "bays_20_or_through", "custodian", "public_meter")
LIVE = ("拟列入", "已公示", "已批", "施工")
STOP_ALL = ("A", "E", "M")
NAMED = 3
"""So many fields of an uncertain programme are named in a row; more stand with the programme itself."""

UNSTOPPABLE = ("safety", "repair")
"""Classes of items that no exclusion stops."""


@dataclass(frozen=True, slots=True)
class Site:
    """What the conditions of all items share: answers, custodians by level, trenches, holds."""

    deficits: Deficits
    verdicts: Verdicts
    policy: Policy
    custodians: Mapping[str, Kleene]
    closed: Bools
    held_items: tuple[str, ...]
    trench_year: Floats
    labels: FieldLabels
    missing: Mapping[str, Mapping[str, Words]]
    few: Mapping[str, Bools]

    @property
    def n(self) -> int:
        """The number of compounds."""
        return self.deficits.need.ledger.n


@dataclass(slots=True)
class Conditions:
    """Conditions of one item, gathered: phrases to print, what blocks and why, fields still to be verified."""

    phrases: list[Phrase] = field(default_factory=list)
    blocks: dict[str, Bools] = field(default_factory=dict)
    open_fields: dict[str, Bools] = field(default_factory=dict)

    def say(self, key: str, where: Bools, **values: Value) -> None:
        """Add a condition that does not block."""
        self.phrases.append(Phrase(key, where, values))

    def block(self, key: str, where: Bools, name: str, **values: Value) -> None:
        """Add a condition that blocks the rows of ``where`` because of the field or programme ``name``."""
        self.say(key, where, **values)
        _add(self.blocks, name, where)

    def verify(self, name: str, where: Bools) -> None:
        """Add a field that somebody has to find out in the rows of ``where``; it blocks nothing."""
        _add(self.open_fields, name, where)

    def blocking(self, n: int) -> Bools:
        """Return where anything blocks."""
        return any_where(n, self.blocks.values())

    def blocking_fields(self, n: int) -> Words:
        """Return per row the names of what blocks, ``;`` separated."""
        return joined_where(self.blocks, n)


def _add(flags: dict[str, Bools], name: str, where: Bools) -> None:
    flags[name] = flags[name] | where if name in flags else where


def look_at_site(deficits: Deficits, evaluated: pd.DataFrame, policy: Policy) -> Site:
    """Return what all items share; ``evaluated`` is `programmes.evaluate` of the same district."""
    ledger = deficits.need.ledger
    verdicts = Verdicts(evaluated, ledger.index)
    levels = ("none", "self_group", "community", "firm")
    labels = FieldLabels(policy)
    fields = {code: verdicts.words(code, "missing") for code in labels.programmes}
    few = {code: _short_lists(words) for code, words in fields.items()}
    return Site(
        deficits=deficits,
        verdicts=verdicts,
        policy=policy,
        custodians={level: custodian_of(ledger, policy, level) for level in levels},
        closed=verdicts.any_yes(_stopping_rows(policy)),
        held_items=_held_items(policy),
        trench_year=_trench_year(deficits),
        labels=labels,
        missing={code: labels.of(np.where(few[code], words, "")) for code, words in fields.items()},
        few=few,
    )


def programmes_open(site: Site, item: pd.Series) -> tuple[Bools, Bools]:
    """Return where one of the item's programmes holds, and where one may still hold.

    A compound that gets nothing (X1, X2, X8) keeps safety and repair only. An issued comprehensive renovation stops
    micro items but not locks and lights (settings.suppress_exempt_items).
    """
    codes = split_list(item["in_programmes"])
    holds, perhaps = site.verdicts.any_yes(codes), site.verdicts.any_unknown(codes)
    if set(codes) & set(ALWAYS_OPEN):
        holds = np.ones(site.n, dtype=bool)
    if "M" in codes and item.name in site.policy.values("suppress_exempt_items"):
        holds = holds | site.verdicts.yes("M13")
    if item["class"] not in UNSTOPPABLE:
        holds, perhaps = holds & ~site.closed, perhaps & ~site.closed
    return holds, perhaps & ~holds


def conditions_of(site: Site, item: pd.Series, deficit: Kleene) -> Conditions:
    """Return the conditions of one item for every compound; ``deficit`` says where it lacks."""
    found = Conditions(open_fields=dict(deficit.missing))
    _programme(found, site, item)
    _custody(found, site, item)
    _issued_or_held(found, site, item)
    _meter(found, site, item)
    _trench(found, site, item)
    names = joined_where(found.open_fields, site.n)
    found.say("item.verify", names != "", **site.labels.of(names))
    _design(found, site, item)
    return found


def _programme(found: Conditions, site: Site, item: pd.Series) -> None:
    """Not certain which programme pays: it cannot be done now. Paid by A alone: A's own gates stand before it."""
    codes = split_list(item["in_programmes"])
    holds, perhaps = programmes_open(site, item)
    stopping = _stopping_rows(site.policy) if item["class"] not in UNSTOPPABLE else []
    asked_of = {code: perhaps & site.verdicts.unknown(code) for code in codes}
    asked_of |= {row: holds & site.verdicts.unknown(row) for row in stopping}
    _programme_unknown(found, site, asked_of)
    others = [code for code in codes if code != "A"]
    only_a = holds & site.verdicts.yes("A") & ~site.verdicts.any_yes(others)
    if "A" not in codes or set(codes) & set(ALWAYS_OPEN):
        return
    paper, below = site.custodians["self_group"], site.verdicts.yes("X7")
    found.block("item.a_needs_custodian", only_a & paper.no, "custodian_doc")
    found.block("item.a_needs_consent", only_a & below, "support_households_n")
    found.verify("custodian_doc", only_a & paper.unknown)
    found.say("item.a_verify_consent", only_a & site.verdicts.unknown("X7"))


def _programme_unknown(found: Conditions, site: Site, asked_of: Mapping[str, Bools]) -> None:
    """Name the fields that would settle a programme where they are few, else only the programmes."""
    many: dict[str, Bools] = {}
    for code, asked in asked_of.items():
        names = {f"programme_{lang}": word for lang, word in site.labels.words[code].items()}
        few = asked & site.few[code]
        found.block("item.programme_unknown", few, code, **names, **site.missing[code])
        _add(found.blocks, code, asked)
        many[code] = asked & ~few
    codes = joined_where(many, site.n)
    found.say("item.programmes_unknown", codes != "", **site.labels.of(codes))


def _custody(found: Conditions, site: Site, item: pd.Series) -> None:
    level = item["custodian_min"]
    if level == "none":
        return
    there = site.custodians[level]
    anybody = site.custodians["self_group"]
    found.block(f"item.custodian_{level}", there.no, "custodian_doc")
    found.verify("custodian_doc", there.unknown & anybody.unknown)
    found.verify("custodian_type", there.unknown & ~anybody.unknown)


def _issued_or_held(found: Conditions, site: Site, item: pd.Series) -> None:
    exempt = item["class"] in UNSTOPPABLE or item.name in site.policy.values("suppress_exempt_items")
    if "M" in split_list(item["in_programmes"]) and not exempt:
        found.block("item.issued", site.verdicts.yes("M13"), "M13")
    if item.name in site.held_items:
        found.block("item.held", site.verdicts.yes("X6"), "illegal_blocking")


def _meter(found: Conditions, site: Site, item: pd.Series) -> None:
    if "public_meter" in split_list(item["requires"]):
        missing = site.deficits.answers["public_meter_missing"]
        found.say("item.after_meter", missing.yes)
        found.verify("public_meter", missing.unknown)


def _trench(found: Conditions, site: Site, item: pd.Series) -> None:
    """Surfaces after pipes: when a trench is planned, the item waits for it; when H holds, it should."""
    if "pipes" not in split_list(item["after"]):
        return
    plan, wait = site.policy.number("plan_year"), site.policy.number("trench_wait_years")
    year = site.trench_year
    found.say("item.same_trench", year == plan)
    found.say("item.later_trench", (year > plan) & (year <= plan + wait), year=year)
    found.say("item.trench_if_h", ~(year >= plan) & site.verdicts.yes("H"))


def _design(found: Conditions, site: Site, item: pd.Series) -> None:
    tokens = [token for token in split_list(item["requires"]) if token not in SETTLED_BY_SURVEY]
    if "season_window" in tokens:
        found.say("item.season", _all(site), **_window(site.policy))
    rest: dict[str, Bools] = {f"item.design.{t}": _all(site) for t in tokens if worded(f"item.design.{t}", "")}
    if rest:
        found.say("item.design", _all(site), list=rest)


def _window(policy: Policy) -> dict[str, str]:
    """First and last day on which heating pipes may be dug up, as people write days."""
    end, start = (dt.date.fromisoformat(f"2001-{policy.text(f'heating_season_{k}')}") for k in ("end", "start"))
    days = {
        "first": end + dt.timedelta(days=policy.number("heating_window_after_days")),
        "last": start - dt.timedelta(days=policy.number("heating_window_before_days")),
    }
    chinese = {f"{name}_zh": f"{day.month}月{day.day}日" for name, day in days.items()}
    return chinese | {f"{name}_en": f"{day.day} {day:%B}" for name, day in days.items()}


def _short_lists(fields: Words) -> Bools:
    """Where at most ``NAMED`` fields are listed."""
    codes, distinct = pd.factorize(fields)
    return np.asarray(np.array([str(cell).count(";") < NAMED for cell in distinct], dtype=bool)[codes])


def _stopping_rows(policy: Policy) -> list[str]:
    """Rows that close A, E and M together: such a compound gets nothing but safety and repair."""
    effects = policy.programmes["effect"].str.split()
    return [str(code) for code, words in effects.items() if set(STOP_ALL) <= set(words)]


def _held_items(policy: Policy) -> tuple[str, ...]:
    """The items that blocking illegal structures hold up: ``hold A items:road drain`` of the rule's effect."""
    effects = policy.programmes.loc[policy.programmes["rule"] == "illegal_blocking", "effect"]
    return tuple(word for effect in effects for word in effect.partition("items:")[2].split())


def _trench_year(deficits: Deficits) -> Floats:
    """The first year in which the ground is opened by plan: heating branches, or an intervention with a trench."""
    rows = deficits.need.ledger.rows("interventions")
    digging = rows.known("trench_group") | rows.is_in("programme", ("H",))
    planned = rows.pick(digging & rows.is_in("status", LIVE))
    by_project = -planned.highest(-planned.number("year"))
    return np.fmin(by_project, deficits.need.heating.planned_year)


def _all(site: Site) -> Bools:
    return np.ones(site.n, dtype=bool)
