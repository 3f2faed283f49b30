"""The table that a form is on a screen: columns, prefilled cells, what each column takes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from planner.district.write import decimal_text
from planner.outputs.forms.form_fields import OTHER, FormField, form_field, form_fields
from planner.outputs.forms.form_set import FormSet
from planner.policy import Policy
from planner.text import t

ID, NAME, ADDRESS, VERSION, DATE, SURVEYOR = "compound_id", "name", "address", "row_version", "surveyed_on", "surveyor"
HEAD = (ID, NAME, ADDRESS, VERSION, DATE, SURVEYOR)
"""Columns before the questions; version, date and surveyor say something about the row."""


@dataclass(frozen=True, slots=True)
class FormColumn:
    """One column: name in the table, heading, and the field that it asks (None for id, version, date, surveyor)."""

    name: str
    heading: str
    field: FormField | None = None


@dataclass(frozen=True, slots=True)
class FormTable:
    """A form as a table of texts (blank: empty), one row per compound; ``wanted`` cells are what a task asks for, with
    the words of ``hints`` (compound_id, field)."""

    columns: tuple[FormColumn, ...]
    rows: pd.DataFrame
    wanted: pd.DataFrame
    hints: Mapping[tuple[str, str], str]


def form_columns(
    policy: Policy, as_of: dt.date, fields: Sequence[FormField] | None = None, lang: str = "zh"
) -> tuple[FormColumn, ...]:
    """Return the columns of a form; without ``fields`` all that a survey fills (the template)."""
    asked = form_fields(policy, as_of, lang, every=True) if fields is None else tuple(fields)
    own = {one.field: one for one in asked}
    head = []
    for name in HEAD:
        field = form_field(policy, as_of, name, group=OTHER, lang=lang) if name in (NAME, ADDRESS) else None
        head.append(FormColumn(name, t(f"form.column.{name}", lang), field))
    return (*head, *(FormColumn(name, one.heading(), one) for name, one in own.items() if name not in HEAD))


def form_table(forms: FormSet, ids: Sequence[str] | None = None, *, prefilled: bool = True) -> FormTable:
    """Return the form of some compounds (default all, in walking order) with what the ledger says.

    Not ``prefilled``: id, name, address and version only, so that an empty cell means not seen.
    """
    chosen = forms.ids if ids is None else list(ids)
    columns = form_columns(forms.assessment.policy, forms.assessment.as_of, forms.fields, forms.lang)
    names = [column.name for column in columns]
    rows = pd.DataFrame("", index=pd.Index(chosen, name=ID), columns=names, dtype=object)
    rows[ID] = chosen
    rows[NAME] = [forms.known(key, NAME) for key in chosen]
    rows[ADDRESS] = [forms.known(key, ADDRESS) for key in chosen]
    rows[VERSION] = [forms.versions.get(key, "") for key in chosen]
    if prefilled:
        asked = [column.name for column in columns if column.name in forms.texts.columns]
        na = t("form.na", "zh")
        rows[asked] = forms.texts.loc[chosen, asked].replace("na", na)
    wanted = forms.wanted.loc[chosen].reindex(columns=names, fill_value=False)
    hints = {
        (key, one.field): hint.could
        for key in chosen
        for hint in forms.hints.get(key, ())
        for one in forms.fields
        if hint.decisive and one.label == hint.label
    }
    return FormTable(columns, rows, wanted, hints)


def empty_table(policy: Policy, as_of: dt.date, lang: str = "zh") -> FormTable:
    """Return the template: every column that a survey fills and no row."""
    columns = form_columns(policy, as_of, None, lang)
    rows = pd.DataFrame(columns=[column.name for column in columns], dtype=object)
    return FormTable(columns, rows, rows.astype(bool), {})


def cell_value(column: FormColumn, text: str) -> str | int | float:
    """Return a text as a workbook holds it: a number where it reads back as the same text."""
    if column.field is None or not column.field.number:
        return text
    try:
        number = float(text)
    except ValueError:
        return text
    return number if decimal_text(number) == text else text
