"""``planner survey form template tasks``: what goes out into the field, and what is worth going for."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import pandas as pd

from planner.cli.assessing import assess_inputs
from planner.cli.inputs import Inputs, read_inputs, resolve_as_of
from planner.cli.keeping import opened_store
from planner.cli.parser import as_of_option, district_option, help_text, json_option, out_option, rule_options
from planner.cli.terminal import progress, say
from planner.cli.writing import replacing
from planner.decisions.assessment import Assessment
from planner.decisions.survey_tasks import SurveyTasks, survey_tasks
from planner.errors import CallError
from planner.outputs.csv_file import csv_bytes
from planner.outputs.forms.form_pdf import forms_pdf
from planner.outputs.forms.form_set import FormSet, form_set
from planner.outputs.forms.form_table import empty_table, form_table
from planner.outputs.forms.form_xlsx import form_workbook, forms_xlsx, forms_zip
from planner.outputs.forms.xlsform import xlsform
from planner.outputs.task_table import FIELDS, LISTS, task_table, task_workbook
from planner.policy import load_policy
from planner.store.place import as_place, is_store
from planner.store.state import row_versions
from planner.text import t

XLSFORM_NAME = "xlsform.xlsx"
_FORMS = {".pdf": forms_pdf, ".xlsx": forms_xlsx, ".zip": forms_zip}
_TABLES = (".csv", ".xlsx")


def add_parser(verbs: Any) -> None:
    """Add the actions ``form``, ``template`` and ``tasks``."""
    form = verbs.add_parser(
        "form", help=help_text("cli.survey.form.help"), description=help_text("cli.survey.form.about")
    )
    district_option(form)
    for name in ("street", "community", "ids"):
        form.add_argument(f"--{name}", metavar="A,B", help=help_text(f"cli.survey.form.{name}"))
    form.add_argument("--tasks-only", action="store_true", help=help_text("cli.survey.form.tasks_only"))
    rule_options(form)
    out_option(form, "cli.survey.form.out", metavar="x.pdf")
    about = help_text("cli.survey.template.about")
    template = verbs.add_parser("template", help=help_text("cli.survey.template.help"), description=about)
    template.add_argument("--district", type=as_place, metavar="S", help=help_text("cli.survey.template.district"))
    template.add_argument("--policy", type=Path, metavar="DIR", help=help_text("cli.help.policy"))
    as_of_option(template)
    out_option(template, "cli.survey.template.out", metavar="x.xlsx")
    about = help_text("cli.survey.tasks.about")
    tasks = verbs.add_parser("tasks", help=help_text("cli.survey.tasks.help"), description=about)
    district_option(tasks)
    tasks.add_argument("--top", type=int, metavar="N", help=help_text("cli.survey.tasks.top"))
    tasks.add_argument("--answers", action="store_true", help=help_text("cli.survey.tasks.answers"))
    rule_options(tasks)
    out_option(tasks, "cli.survey.tasks.out", metavar="x.xlsx")
    json_option(tasks)
    for parser, does in ((form, _form), (template, _template), (tasks, _tasks)):
        parser.set_defaults(does=does)


def _form(args: argparse.Namespace) -> int:
    kind = _kind(args.out, tuple(_FORMS))
    inputs = read_inputs(args)
    assessment = assess_inputs(inputs, args.lang)
    ids = _chosen(args, assessment)
    tasks = _found(assessment, None, args.lang)
    if args.tasks_only:
        wanted = tasks.tasks[~tasks.tasks["register"] & tasks.tasks["level"].ne("programme")]["compound_id"]
        ids = [key for key in ids if key in set(wanted)]
    if not ids:
        value = "；".join(filter(None, (args.street, args.community, args.ids))) or "--tasks-only"
        raise CallError(t("cli.survey.form.none", args.lang, value=value))
    forms = form_set(assessment, ids, tasks=tasks, versions=_versions(args.district, inputs), lang=args.lang)
    with progress("cli.progress.forms", args.lang, n=len(ids)), replacing(args.out) as path:
        path.write_bytes(_FORMS[kind](forms))
    communities = len(forms.walk[["street", "community"]].drop_duplicates())
    say(t("cli.survey.form.done", args.lang, n=len(ids), m=communities))
    return 0


def _template(args: argparse.Namespace) -> int:
    kind = _kind(args.out, _TABLES)
    phone = args.out.name.lower().endswith(XLSFORM_NAME)
    forms = _carried(args) if args.district is not None else None
    policy = forms.assessment.policy if forms else load_policy(args.policy)
    as_of = forms.assessment.as_of if forms else resolve_as_of(args.as_of, policy)
    if phone:
        content = xlsform(policy, as_of, forms=forms)
    else:
        table = form_table(forms, prefilled=False) if forms else empty_table(policy, as_of, args.lang)
        where = forms.assessment.district.name if forms else ""
        version = forms.version if forms else ""
        shown = table.rows.set_axis([column.heading for column in table.columns], axis=1)
        content = (
            csv_bytes(shown)
            if kind == ".csv"
            else form_workbook(table, where=where, as_of=as_of, version=version, lang=args.lang)
        )
    with replacing(args.out) as path:
        path.write_bytes(content)
    return 0


def _tasks(args: argparse.Namespace) -> int:
    kind = _kind(args.out, _TABLES)
    if args.top is not None and args.top < 1:
        raise CallError(t("cli.error.top", args.lang, value=args.top))
    assessment = assess_inputs(read_inputs(args), args.lang)
    found = _found(assessment, args.top, args.lang)
    table = task_table(assessment, found, args.lang, answers=args.answers)
    with replacing(args.out) as path:
        path.write_bytes(csv_bytes(table) if kind == ".csv" else task_workbook(assessment, table, found.top, args.lang))
    counts = {name: int((table["list"] == name).sum()) for name in LISTS}
    compounds = int(table.loc[table["list"] == FIELDS, "compound_id"].nunique())
    say(t("cli.survey.tasks.said", args.lang, compounds=compounds, **counts))
    if args.json:
        print(
            json.dumps({"top": found.top, "compounds": compounds, **counts, "tasks": str(args.out)}, ensure_ascii=False)
        )
    return 0


def _kind(out: Path, allowed: tuple[str, ...]) -> str:
    kind = out.suffix.lower()
    if kind not in allowed:
        raise CallError(t("cli.error.format", value=out.name, choices="、".join(allowed)))
    return kind


def _found(assessment: Assessment, top: int | None, lang: str) -> SurveyTasks:
    with progress("cli.progress.tasks", lang, n=len(assessment.district.compounds)):
        return survey_tasks(assessment, top=top)


def _chosen(args: argparse.Namespace, assessment: Assessment) -> list[str]:
    compounds = assessment.district.compounds
    keep = pd.Series(True, index=compounds.index)
    for column, asked in (("subdistrict_name", args.street), ("community_name", args.community)):
        if asked:
            keep &= compounds[column].isin(_parts(asked)).fillna(False).astype(bool)
    ids = [str(key) for key in compounds.index[keep]]
    return [key for key in _parts(args.ids) if key in ids or key not in compounds.index] if args.ids else ids


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.replace("，", ",").replace("、", ",").split(",") if part.strip()]


def _versions(place: Path | str, inputs: Inputs) -> pd.Series | None:
    """The versions of the rows as a store counts them; a folder has its column."""
    if not is_store(place):
        return None
    with opened_store(place, inputs.policy) as store:
        return row_versions(store, "compounds")


def _carried(args: argparse.Namespace) -> FormSet:
    args.profile, args.unused = None, None
    inputs = read_inputs(args)
    assessment = assess_inputs(inputs, args.lang)
    ids = [str(key) for key in assessment.district.compounds.index]
    return form_set(assessment, ids, versions=_versions(args.district, inputs), lang=args.lang)
