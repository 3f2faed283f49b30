"""What a form asks, group by group, and how each field is asked (columns.csv; settings form_group_*)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from planner.decisions.fill_values import NUMBER_KINDS, WHOLE_KINDS
from planner.decisions.ledger import UNKNOWN_WORDS
from planner.policy import Policy, split_list
from planner.text import t

GROUPS = ("base", "care", "gates", "devices", "safety", "yard", "space", "people")
OTHER = "other"
CLEAR = "#清空"
NOT_APPLICABLE = "不适用"


@dataclass(frozen=True, slots=True)
class FormField:
    """One field on a form.

    group: of GROUPS or OTHER. label: with the unit in brackets where `heading` is asked for. kind: type of columns.csv.
    words: the values to choose from as they are stored, empty for numbers, dates and text. low, high: the hard range,
    None where it is open.
    """

    field: str
    group: str
    label: str
    unit: str
    kind: str
    words: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None

    @property
    def number(self) -> bool:
        """Whether a number is asked."""
        return self.kind in NUMBER_KINDS

    @property
    def whole(self) -> bool:
        """Whether a whole number is asked."""
        return self.kind in WHOLE_KINDS

    def heading(self) -> str:
        """Return the label with the unit in brackets, as a table's header."""
        return f"{self.label}（{self.unit}）" if self.unit and not self.label.endswith("）") else self.label


def form_fields(policy: Policy, as_of: dt.date, lang: str = "zh", *, every: bool = False) -> tuple[FormField, ...]:
    """Return what a form asks in its order; with ``every`` also all other fields that a survey fills, as OTHER."""
    fields = policy.fields("compounds")
    surveyed = [str(name) for name in fields.index[fields["survey"].eq("yes")]]
    grouped = {name: group for group in GROUPS for name in policy.values(f"form_group_{group}") if name in surveyed}
    rest = [name for name in surveyed if name not in grouped] if every else []
    pairs = [*grouped.items(), *((name, OTHER) for name in rest)]
    return tuple(form_field(policy, as_of, name, group=group, lang=lang) for name, group in pairs)


def form_field(policy: Policy, as_of: dt.date, field: str, *, group: str, lang: str = "zh") -> FormField:
    """Return how one field is asked."""
    spec = policy.fields("compounds").loc[field]
    kind = str(spec["type"])
    words = tuple(word for word in split_list(spec["values"]) if word not in UNKNOWN_WORDS)
    truth = (t("table.yes", "zh"), t("table.no", "zh"))
    ends = [_end(str(spec[name]), as_of) for name in ("hard_min", "hard_max")]
    unit = "" if kind == "ratio" or lang != "zh" else str(spec["unit"])
    return FormField(field, group, str(spec[f"label_{lang}"]), unit, kind, truth if kind == "bool" else words, *ends)


def _end(cell: str, as_of: dt.date) -> float | None:
    if cell == "":
        return None
    return float(as_of.year) if cell == "as_of" else float(cell)
