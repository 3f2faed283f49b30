"""The form for phones: an XLSForm that ODK Collect and KoboCollect take, in both languages, with the compounds inside.

The phone carries the version of the ledger that the form was made from (``base_version``), so that what comes back is
merged cell by cell; exports of ODK Central and KoboToolbox are read as they are.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator, Sequence
from typing import Any

from planner.errors import CallError
from planner.outputs.forms.form_fields import FormField, form_fields
from planner.outputs.forms.form_set import FormSet
from planner.policy import Policy
from planner.text import LANGUAGES, t

LANGUAGE_NAMES = {"zh": "中文(zh)", "en": "English(en)"}
FORM_ID = "compound_survey"
_TYPES = {"int": "integer", "year": "integer", "decimal": "decimal", "area": "decimal", "ratio": "decimal"}
_TYPES |= {"money": "decimal", "date": "date"}
_TRUTH, _COMPOUNDS = "yes_no", "compounds"
_SURVEY = (
    "type", "name", *(f"label::{name}" for name in LANGUAGE_NAMES.values()),
    *(f"hint::{name}" for name in LANGUAGE_NAMES.values()), "required", "constraint",
    *(f"constraint_message::{name}" for name in LANGUAGE_NAMES.values()), "calculation", "default", "appearance",
)  # fmt: skip
_CHOICES = ("list_name", "name", *(f"label::{name}" for name in LANGUAGE_NAMES.values()), "row_version")
Row = dict[str, str]


def xlsform(policy: Policy, as_of: dt.date, *, forms: FormSet | None = None) -> bytes:
    """Return the form as a workbook with the sheets survey, choices and settings; equal input gives equal bytes.

    forms: the compounds to choose from, with their versions; without them the id is typed. Raises CallError where the
    set has no compound.
    """
    import xlsxwriter  # no page waits for it before somebody asks for a file

    if forms is not None and not forms.ids:
        raise CallError(t("form.error.none"))
    fields = form_fields(policy, as_of, every=False)
    version = as_of.strftime("%Y%m%d") + (f"-{forms.version}" if forms else "")
    settings = {
        "form_title": t("form.xlsform.title"), "form_id": FORM_ID, "version": version,
        "default_language": LANGUAGE_NAMES["zh"], "instance_name": "concat(${compound_id}, ' ', ${surveyed_on})",
    }  # fmt: skip
    sheets = {
        "survey": (_SURVEY, list(_survey_rows(policy, as_of, fields, listed=forms is not None))),
        "choices": (_CHOICES, list(_choice_rows(fields, forms))),
        "settings": (tuple(settings), [settings]),
    }
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        book.set_properties({"title": settings["form_title"], "created": dt.datetime.combine(as_of, dt.time())})
        for name, (columns, rows) in sheets.items():
            _write(book.add_worksheet(name), columns, rows)
    return buffer.getvalue()


def _write(sheet: Any, columns: Sequence[str], rows: Sequence[Row]) -> None:
    for place, name in enumerate(columns):
        sheet.write_string(0, place, name)
        for n, row in enumerate(rows, 1):
            if row.get(name):
                sheet.write_string(n, place, row[name])
    sheet.freeze_panes(1, 2)


def _labels(kind: str, key: str, **params: object) -> Row:
    """A label, hint or message in both languages."""
    return {f"{kind}::{LANGUAGE_NAMES[lang]}": t(key, lang, **params) for lang in LANGUAGES}


def _survey_rows(policy: Policy, as_of: dt.date, fields: Sequence[FormField], *, listed: bool) -> Iterator[Row]:
    for kind in ("start", "end", "today", "username"):
        yield {"type": kind, "name": kind}
    which = {"type": f"select_one {_COMPOUNDS}", "appearance": "autocomplete"} if listed else {"type": "text"}
    yield {**which, "name": "compound_id", "required": "yes", **_labels("label", "form.column.compound_id"),
           **_labels("hint", "form.xlsform.blank")}  # fmt: skip
    if listed:
        found = f"instance('{_COMPOUNDS}')/root/item[name=${{compound_id}}]/row_version"
        yield {"type": "calculate", "name": "base_version", "calculation": found}
    yield {
        "type": "date", "name": "surveyed_on", "default": "today()", "constraint": ". <= today()",
        **_labels("label", "form.column.surveyed_on"), **_labels("constraint_message", "form.xlsform.not_ahead"),
    }  # fmt: skip
    yield {
        "type": "text",
        "name": "surveyor",
        **_labels("label", "form.foot.surveyor"),
        **_labels("hint", "form.notice"),
    }
    english = {one.field: one for one in form_fields(policy, as_of, "en")}
    for group in dict.fromkeys(one.group for one in fields):
        yield {"type": "begin_group", "name": f"group_{group}", **_labels("label", f"form.group.{group}")}
        for one in fields:
            if one.group == group:
                yield _question(one, english[one.field])
        yield {"type": "end_group"}
    yield {"type": "geopoint", "name": "location", **_labels("label", "form.xlsform.location")}


def _question(field: FormField, english: FormField) -> Row:
    labels = {f"label::{LANGUAGE_NAMES['zh']}": field.heading(), f"label::{LANGUAGE_NAMES['en']}": english.label}
    row = {"name": field.field, **labels}
    if field.words:
        several = "select_multiple" if field.kind == "enums" else "select_one"
        return {**row, "type": f"{several} {_TRUTH if field.kind == 'bool' else field.field}"}
    if not field.number:
        return {**row, "type": _TYPES.get(field.kind, "text")}
    low, high = (0.0 if field.low is None else field.low), field.high
    limit = f". >= {low:g}" + ("" if high is None else f" and . <= {high:.12g}")
    key = "form.take.least" if high is None else "form.take.between"
    told = _labels("constraint_message", key, low=f"{low:g}", high=f"{high or 0:.12g}", unit=field.unit)
    return {**row, "type": _TYPES[field.kind], "constraint": limit, **told}


def _choice_rows(fields: Sequence[FormField], forms: FormSet | None) -> Iterator[Row]:
    for word, key in ((t("table.yes"), "table.yes"), (t("table.no"), "table.no")):
        yield {"list_name": _TRUTH, "name": word, **_labels("label", key)}
    for one in fields:
        for word in one.words if one.kind != "bool" else ():
            labels = {f"label::{name}": word for name in LANGUAGE_NAMES.values()}
            yield {"list_name": one.field, "name": word, **labels}
    for key in forms.ids if forms else ():
        where = forms.walk.at[key, "community"] if forms else ""
        shown = " ".join(part for part in (forms.known(key, "name") if forms else "", str(where), key) if part)
        labels = {f"label::{name}": shown for name in LANGUAGE_NAMES.values()}
        version = forms.versions.get(key, "") if forms else ""
        yield {"list_name": _COMPOUNDS, "name": key, **labels, "row_version": version}
