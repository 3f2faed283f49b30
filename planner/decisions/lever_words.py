"""The levers of one compound in words: what would have to be so, and the suggested action that it would lead to."""

from __future__ import annotations

from collections.abc import Sequence

from planner.decisions.field_labels import FieldLabels
from planner.decisions.lever_changes import ACT, CONSENT, CUSTODIAN
from planner.decisions.levers import Lever, Part
from planner.decisions.states import READY
from planner.policy import Policy
from planner.text import t


def lever_rows(found: Sequence[Lever], policy: Policy, lang: str = "zh") -> list[tuple[str, str]]:
    """Return (what changes, the state that it leads to) for each lever, in order; the state is one of STATES."""
    labels = FieldLabels(policy)
    return [(t("lever.and", lang).join(_part(p, policy, labels, lang) for p in x.parts), x.state) for x in found]


def lever_summary(found: Sequence[Lever], lang: str = "zh") -> str:
    """Return the sentence over the rows: that nothing, or no single change, brings the compound in; else empty."""
    ready = [lever for lever in found if lever.state == READY]
    if not ready:
        return t("lever.none", lang)
    return "" if min(len(lever.parts) for lever in ready) == 1 else t("lever.none_one", lang)


def _part(part: Part, policy: Policy, labels: FieldLabels, lang: str) -> str:
    change = part.change
    if change.about == CUSTODIAN:
        return t("lever.custodian", lang, who=t("lever.or", lang).join(part.words))
    if change.about == CONSENT:
        key = "lever.consent" if change.before else "lever.consent_share"
        return t(key, lang, n=_number(float(change.value)), share=_share(policy))
    field = labels.words[change.about][lang]
    value = t("lever.or", lang).join(part.words) if part.words else _span(part, policy, lang)
    key = "lever.work" if change.sort == ACT else "lever.find"
    return t(key, lang, field=field, before=change.before, value=value)


def _span(part: Part, policy: Policy, lang: str) -> str:
    spec = policy.fields("compounds").loc[part.change.about]
    low, high = ("" if end is None else _number(end) for end in (part.low, part.high))
    reach = ("one" if low == high else "span") if low and high else "at_least" if low else "at_most"
    kind = "year_" if spec["type"] == "year" else ""
    return t(f"lever.{kind}{reach}", lang, low=low, high=high, n=low or high, unit=spec["unit"])


def _share(policy: Policy) -> str:
    shares = [policy.fraction(name) for name in ("consent_min_A", "consent_min_M") if policy.text(name)]
    return str(max(shares))


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
