"""The facts of one compound in words, each with its source and date; what nobody knows is said, never left blank."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from planner.decisions.ledger import UNKNOWN_WORDS
from planner.decisions.pipeline import Assessment
from planner.district.column_spec import UNSET
from planner.district.sanwu import derive_sanwu
from planner.policy import split_list
from planner.text import t

_KINDS_OF_NUMBER = ("int", "decimal", "area", "money")
_OUTSIDE = ("compound_id", "name", "row_version", "geom_crs_src", "lon", "lat")
"""Fields that the full list leaves out: they stand elsewhere on the page or serve programs."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the facts: ``value`` is empty when nobody knows; ``source`` and ``date`` may be empty.

    ``fields``: those of the ledger that it tells of and that can be set, the first one first.
    """

    label: str
    value: str
    source: str
    date: str
    fields: tuple[str, ...] = ()


Told = Mapping[str, tuple[str, str]]
"""Field -> source and date of its last change in the store; what was never changed there is missing."""


@dataclass(frozen=True, slots=True)
class _Case:
    """One compound with everything a fact may read, and the words."""

    assessment: Assessment
    key: str
    row: pd.Series
    lang: str
    told: Told = field(default_factory=dict)

    def get(self, field: str) -> Any:
        """Return a field of the ledger, None where blank or 未查."""
        value = self.row[field]
        return None if pd.isna(value) or value in UNKNOWN_WORDS else value

    def part(self, field: str, value: Any = None, *, words: str = "") -> str:
        """Return one number or word of a fact, or that it is to be found out."""
        found = self.get(field) if value is None else value
        if found is None or pd.isna(found):
            return t("compound.part_unknown", self.lang, field=_label(self, field))
        return t(words or f"compound.part.{field}", self.lang, n=_plain(found))

    def joined(self, *parts: str) -> str:
        """Return the parts of a fact as one text; empty parts are left out."""
        return t("compound.comma", self.lang).join(part for part in parts if part)

    def survey(self) -> tuple[str, str]:
        """Return source and date of the row as a whole."""
        when = self.get("surveyed_on") or self.get("updated_at")
        return str(self.get("source") or ""), _day(when)


_Answer = tuple[str, str, str]


def key_facts(assessment: Assessment, compound_id: str, lang: str = "zh", told: Told | None = None) -> list[Fact]:
    """Return the facts that decide about a compound, in the order of ``FACTS``; KeyError for an unknown id.

    ``told``: where a value that was changed since comes from, and when.
    """
    case = _Case(assessment, compound_id, assessment.district.compounds.loc[compound_id], lang, told or {})
    facts = []
    for name, fact in FACTS.items():
        value, source, date = fact(case)
        fields = FIELDS.get(name, ())
        last = max((case.told[f] for f in fields if f in case.told), key=lambda told: told[1], default=(source, date))
        facts.append(Fact(t(f"compound.fact.{name}", lang), value, *last, fields))
    return facts


def all_facts(assessment: Assessment, compound_id: str, lang: str = "zh", told: Told | None = None) -> list[Fact]:
    """Return every field of columns.csv with its value (source text where it was repaired), unit and na said."""
    case = _Case(assessment, compound_id, assessment.district.compounds.loc[compound_id], lang, told or {})
    fields = assessment.policy.fields("compounds")
    survey = case.survey()
    facts = []
    for name in [str(found) for found in fields.index if found not in _OUTSIDE]:
        value = _field_text(case, name, fields.loc[name])
        last = case.told.get(name, survey if value else ("", ""))
        facts.append(Fact(_label(case, name), value, *last, () if name in UNSET else (name,)))
    return facts


def field_fact(assessment: Assessment, compound_id: str, name: str, lang: str = "zh", told: Told | None = None) -> Fact:
    """Return one field of a compound as `all_facts` does. KeyError for an unknown compound or field."""
    case = _Case(assessment, compound_id, assessment.district.compounds.loc[compound_id], lang, told or {})
    value = _field_text(case, name, assessment.policy.fields("compounds").loc[name])
    return Fact(_label(case, name), value, *case.told.get(name, case.survey() if value else ("", "")), (name,))


def _field_text(case: _Case, name: str, field: pd.Series) -> str:
    if (case.key, name) in case.assessment.district.not_applicable:
        return t("compound.na", case.lang)
    written = _written(case, name)
    value = case.get(name)
    if value is None:
        return written
    kind, unit = str(field["type"]), str(field["unit"] or "")
    if kind == "bool":
        return t("table.yes" if value else "table.no", case.lang)
    if kind == "date":
        return _day(value)
    if kind == "ratio":
        return f"{100 * float(value):.0f}%"
    text = str(int(value)) if kind == "year" else _plain(value) if kind in _KINDS_OF_NUMBER else str(value)
    text = t("compound.comma", case.lang).join(split_list(text)) if kind in ("enums", "ids") else text
    return (written or text) + (unit if kind in _KINDS_OF_NUMBER and not written else "")


def _written(case: _Case, name: str) -> str:
    rows = case.assessment.district.original
    own = rows[(rows["compound_id"] == case.key) & (rows["field"] == name)]
    return str(own["text"].iloc[0]) if len(own) else ""


def _label(case: _Case, field: str) -> str:
    table = case.assessment.policy.fields("compounds")
    return str(table.at[field, f"label_{case.lang}"])


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return value
    return f"{float(value):,.1f}".removesuffix(".0")


def _day(value: Any) -> str:
    """Return a date as 2026-06-17: short, and the same in both languages."""
    return "" if value is None or pd.isna(value) else pd.Timestamp(value).date().isoformat()


def _number(case: _Case, name: str) -> float | None:
    value = case.assessment.deficits.numbers.at[case.key, name]
    return None if pd.isna(value) else float(value)


def _measured(case: _Case, name: str) -> float | None:
    value = case.assessment.measures.at[case.key, name]
    return None if pd.isna(value) or float(value) <= 0 else float(value)


def _built(case: _Case) -> _Answer:
    low, high = case.assessment.district.year_range.loc[case.key, ["year_lo", "year_hi"]]
    if pd.isna(low):
        return "", "", ""
    years = str(int(low)) if low == high or pd.isna(high) else f"{int(low)}—{int(high)}"
    told = _written(case, "built_year_min")
    text = told or t("compound.part.years", case.lang, n=years)
    return text, str(case.get("built_year_source") or case.survey()[0]), case.survey()[1]


def _size(case: _Case) -> _Answer:
    counted, listed = _measured(case, "buildings_counted"), case.get("buildings_n")
    if counted is None and listed is None and case.get("households") is None:
        return "", "", ""
    houses = case.part("buildings_n", counted)
    if counted is not None and listed is not None and counted != float(listed):
        houses += t("compound.part.ledger_says", case.lang, n=_plain(listed))
    text = case.joined(houses, case.part("units_n", _number(case, "units_n")), case.part("households"))
    return text, t("compound.source.map", case.lang) if counted is not None else case.survey()[0], case.survey()[1]


def _site(case: _Case) -> _Answer:
    area = _measured(case, "area_m2")
    if area is not None:
        drawn = str(case.get("geom_source") or t("compound.source.outline", case.lang))
        return t("compound.part.area", case.lang, n=f"{area:,.0f}"), drawn, ""
    return _with_survey(case, "site_area_m2", "compound.part.area")


def _floor(case: _Case) -> _Answer:
    if case.get("floor_area_m2") is not None:
        return _with_survey(case, "floor_area_m2", "compound.part.area")
    area = _measured(case, "gross_floor_area_m2")
    if area is None:
        return "", "", ""
    return t("compound.part.area_about", case.lang, n=f"{area:,.0f}"), t("compound.source.floors", case.lang), ""


def _property(case: _Case) -> _Answer:
    status = case.get("property_status")
    if status is None:
        return "", "", ""
    ends = case.get("contract_end")
    until = t("compound.part.until", case.lang, n=_day(ends)) if ends is not None else ""
    return case.joined(str(status), str(case.get("property_firm") or ""), until), *case.survey()


def _custodian(case: _Case) -> _Answer:
    who, paper = case.get("custodian_type"), case.get("custodian_doc")
    if who is None and paper is None:
        return "", "", ""
    text = case.joined(case.part("custodian_type"), case.part("custodian_doc"))
    dated = _day(case.get("custodian_doc_date"))
    return text, case.survey()[0], dated or case.survey()[1]


def _committee(case: _Case) -> _Answer:
    rows = case.assessment.district.tables["committees"]
    here = [case.key in split_list(str(cell)) for cell in rows["compound_ids"].fillna("")]
    own = rows[np.array(here, dtype=bool)]
    if not len(own):
        return "", "", ""
    kinds = t("compound.comma", case.lang).join(dict.fromkeys(str(kind) for kind in own["kind"].dropna()))
    return kinds, t("compound.source.committees", case.lang), _day(own["formed_on"].max())


def _heating(case: _Case) -> _Answer:
    kind, laid, cold = case.get("heating_type"), _number(case, "heat_laid_year"), _number(case, "heat_fail")
    if kind is None and laid is None:
        return "", "", ""
    pipes = "" if laid is None else t("compound.part.laid", case.lang, n=int(laid))
    homes = "" if cold is None else t("compound.part.cold", case.lang, n=f"{100 * cold:.0f}")
    source = case.survey()[0] if laid is None else t("compound.source.branches", case.lang)
    return case.joined(case.part("heating_type"), pipes, homes), source, case.survey()[1]


def _several(*fields: str) -> Callable[[_Case], _Answer]:
    """A fact of several fields of the ledger: unknown when none of them is known."""

    def fact(case: _Case) -> _Answer:
        na = case.assessment.district.not_applicable
        if all((case.key, field) in na for field in fields):
            return t("compound.na", case.lang), *case.survey()
        if all(case.get(field) is None for field in fields):
            return "", "", ""
        return case.joined(*(case.part(field) for field in fields if (case.key, field) not in na)), *case.survey()

    return fact


def _with_survey(case: _Case, field: str, words: str) -> _Answer:
    value = case.get(field)
    return ("", "", "") if value is None else (t(words, case.lang, n=_plain(value)), *case.survey())


def _flag(field: str) -> Callable[[_Case], _Answer]:
    def fact(case: _Case) -> _Answer:
        value = case.get(field)
        if value is None:
            return "", "", ""
        text = str(value) if isinstance(value, str) else t("table.yes" if value else "table.no", case.lang)
        return text, *case.survey()

    return fact


def _consent(case: _Case) -> _Answer:
    agree, asked = case.get("support_households_n"), case.get("surveyed_households_n")
    if agree is None and asked is None:
        return "", "", ""
    parts = [case.part(name) for name in ("support_households_n", "surveyed_households_n", "households")]
    return case.joined(*parts), case.survey()[0], _day(case.get("vote_date")) or case.survey()[1]


def _sanwu(case: _Case) -> _Answer:
    derived = derive_sanwu(case.assessment.district.compounds.loc[[case.key]], case.assessment.policy).iloc[0]
    listed, words = case.get("sanwu_official"), {True: "table.yes", False: "table.no"}
    parts = []
    if listed is not None:
        parts.append(t("compound.part.sanwu_listed", case.lang, n=t(words[bool(listed)], case.lang)))
    if not pd.isna(derived):
        parts.append(t("compound.part.sanwu_derived", case.lang, n=t(words[bool(derived)], case.lang)))
    return case.joined(*parts), case.survey()[0] if parts else "", _day(case.get("sanwu_list_date"))


def _registers(case: _Case) -> _Answer:
    """What the registers of others say; blank there is 未与名单核对, not unknown."""
    found = [case.part(name) for name in ("expropriation_status", "land_status", "heritage") if case.get(name)]
    settings = ("expropriation_register_as_of", "land_register_as_of", "heritage_register_as_of")
    dates = [date for name in settings if (date := case.assessment.policy.date(name))]
    if not found and not dates:
        return t("compound.part.not_compared", case.lang), "", ""
    text = case.joined(*found) or t("compound.part.not_listed", case.lang)
    return text, t("compound.source.registers", case.lang), _day(max(dates)) if dates else case.survey()[1]


_SEVERAL: Mapping[str, tuple[str, ...]] = {
    "locks": ("access_ctrl_units", "access_ctrl_working"),
    "gates": ("vehicle_gates_n", "barrier_lanes_n", "ped_gates_n"),
    "cctv": ("cctv_points", "cctv_working"),
    "fire": ("fire_lane_min_width_m", "fire_lane_issue"),
    "illegal": ("illegal_structures_n",),
    "hotline": ("hotline_12m_total",),
}

FIELDS: Mapping[str, tuple[str, ...]] = {
    **_SEVERAL,
    "built": ("built_year_min", "built_year_max", "built_year_source"),
    "size": ("buildings_n", "units_n", "households"),
    "site": ("site_area_m2",),
    "floor": ("floor_area_m2",),
    "property": ("property_status", "property_firm", "contract_end"),
    "custodian": ("custodian_type", "custodian_doc", "custodian_doc_date"),
    "heating": ("heating_type",),
    "meter": ("public_meter",),
    "consent": ("support_households_n", "surveyed_households_n", "households_not_reached", "vote_date"),
    "sanwu": ("sanwu_official", "sanwu_list_date"),
    "registers": ("expropriation_status", "land_status", "heritage"),
}
"""Fact -> the fields of the compound that it tells of; others come from the map and from other tables."""

FACTS: Mapping[str, Callable[[_Case], _Answer]] = {
    "built": _built,
    "size": _size,
    "site": _site,
    "floor": _floor,
    "property": _property,
    "custodian": _custodian,
    "committee": _committee,
    "heating": _heating,
    **{name: _several(*_SEVERAL[name]) for name in ("locks", "gates", "cctv", "fire")},
    "meter": _flag("public_meter"),
    "consent": _consent,
    **{name: _several(*_SEVERAL[name]) for name in ("illegal", "hotline")},
    "sanwu": _sanwu,
    "registers": _registers,
}
"""Registry of the facts on the page, in their order: name -> function of the compound."""
