"""该核实哪几个数 as a table: by community, the most decisive first, with what each fact could change in words."""

from __future__ import annotations

import pandas as pd

from planner.decisions.assessment import Assessment
from planner.decisions.fills import BOTH_YEARS, YEARS
from planner.decisions.states import STATES
from planner.decisions.survey_task_words import could_words, field_names, value_words
from planner.decisions.survey_tasks import LEVELS, SurveyTasks
from planner.district.survey.incoming import texts_of
from planner.outputs.workbook import Field, Sheet, workbook_bytes
from planner.text import date_text, t

FIELDS, REGISTERS, TOGETHER = "fields", "registers", "together"
LISTS = (FIELDS, REGISTERS, TOGETHER)
"""What can be seen on the spot; what somebody else's list tells; what only two facts together could move."""

COLUMNS = (
    "list", "street", "community", "compound_id", "name", "rank", "state", "level", "field", "now", "why", "could",
)  # fmt: skip
_KINDS = {"rank": "whole", "field": "text", "could": "note"}


def task_table(assessment: Assessment, found: SurveyTasks, lang: str = "zh", *, answers: bool = False) -> pd.DataFrame:
    """Return one row per fact worth finding out: COLUMNS, in words of ``lang``.

    By list, then by community, that with the most decisive tasks first, inside it the most decisive compound and fact
    first. Facts that only an answer of a programme rests on come along with ``answers``. field, now: the fact and what
    the ledger has; rank missing outside the suggested order.
    """
    parts = [_single(assessment, found, lang, answers=answers), _together(assessment, found, lang)]
    rows = pd.concat([part for part in parts if len(part)] or [_nothing()], ignore_index=True)
    rows = rows.assign(list_place=rows["list"].map({name: n for n, name in enumerate(LISTS)}))
    rows = rows.sort_values(_order_of(rows), kind="stable")
    return rows.assign(level=[t(f"task.level.{n}", lang) for n in rows["level"]])[list(COLUMNS)].reset_index(drop=True)


def _nothing() -> pd.DataFrame:
    return pd.DataFrame(columns=[*COLUMNS, "best"])


def _order_of(rows: pd.DataFrame) -> list[str]:
    """Sort keys: a community weighs as much as it has tasks that could bring a compound in or out."""
    strong = rows["level"].isin(LEVELS[:2])
    rows["weight"] = -strong.groupby([rows["list"], rows["street"], rows["community"]]).transform("sum")
    rows["place"] = rows["level"].map({name: n for n, name in enumerate(LEVELS)})
    rows["first"] = rows.groupby(["list", "compound_id"])["place"].transform("min")
    rows["order"] = rows["rank"].astype("Float64").fillna(1e9)
    return ["list_place", "weight", "street", "community", "first", "order", "compound_id", "place"]


def _single(assessment: Assessment, found: SurveyTasks, lang: str, *, answers: bool) -> pd.DataFrame:
    tasks = found.tasks if answers else found.tasks[found.tasks["level"].ne("programme")]
    if not len(tasks):
        return _nothing()
    words = could_words(assessment, found, lang).loc[tasks.index]
    names = field_names(assessment, tasks["field"], lang)
    why = [t(f"task.why.{reason}", lang) for reason in tasks["why"]]
    table = tasks[["compound_id", "level"]].assign(
        list=tasks["register"].map({True: REGISTERS, False: FIELDS}),
        field=names,
        now=_now(assessment, tasks, lang),
        why=why,
        could=words,
    )
    return _placed(assessment, table, lang)


def _together(assessment: Assessment, found: SurveyTasks, lang: str) -> pd.DataFrame:
    rows = found.together
    if not len(rows):
        return _nothing()
    first, second = (field_names(assessment, rows[name], lang) for name in ("field", "field2"))
    values = [[value_words(v, lang) for v in rows[name]] for name in ("value", "value2")]
    now = assessment.states["state"].reindex(rows["compound_id"]).to_numpy(dtype=object)
    could = []
    for a, x, b, y, state, before, moved in zip(
        first, values[0], second, values[1], rows["state"], now, rows["moved"], strict=True
    ):
        ends = [t("task.becomes", lang, state=t(f"state.{STATES.index(state)}", lang))] if state != before else []
        ends += [t(f"task.moves.{moved}", lang, top=found.top)] if moved else []
        could.append(t("task.both", lang, a=a, x=x, b=b, y=y, then=t("compound.comma", lang).join(ends)))
    fields = [t("task.and", lang).join(pair) for pair in zip(first, second, strict=True)]
    table = rows[["compound_id"]].assign(list=TOGETHER, level="state", field=fields, now="", why="", could=could)
    return _placed(assessment, table, lang)


def _now(assessment: Assessment, tasks: pd.DataFrame, lang: str) -> list[str]:
    """What the ledger has in the cells of the tasks, 未知 where blank."""
    texts = texts_of(assessment.district, pd.Index(tasks["compound_id"].unique()))
    cells = []
    for key, field in tasks[["compound_id", "field"]].itertuples(index=False):
        names = YEARS if field == BOTH_YEARS else (field,)
        told = [str(texts.at[key, name]) for name in names if name in texts.columns and texts.at[key, name]]
        cells.append("—".join(dict.fromkeys(told)) or t("form.unknown", lang))
    return cells


def _placed(assessment: Assessment, table: pd.DataFrame, lang: str) -> pd.DataFrame:
    own = assessment.district.compounds.reindex(table["compound_id"])
    states = assessment.states["state"].reindex(table["compound_id"])
    return table.assign(
        street=own["subdistrict_name"].astype("string").fillna("").to_numpy(dtype=object),
        community=own["community_name"].astype("string").fillna("").to_numpy(dtype=object),
        name=own["name"].astype("string").fillna("").to_numpy(dtype=object),
        rank=assessment.order["rank"].reindex(table["compound_id"]).array,
        state=[t(f"state.{STATES.index(str(state))}", lang) for state in states],
    )


def task_workbook(assessment: Assessment, table: pd.DataFrame, top: int, lang: str = "zh") -> bytes:
    """Return the task table as a workbook for A3 print, a sheet for each list that has rows."""
    title = t("task.sheet.title", lang, district=assessment.district.name)
    subtitle = t("task.sheet.subtitle", lang, date=date_text(assessment.as_of, lang), top=top)
    if assessment.district.demo:
        subtitle += t("overview.demo", lang)
    fields = [Field(name, t(f"task.column.{name}", lang), _KINDS.get(name, "text")) for name in COLUMNS[1:]]
    sheets = []
    for name in LISTS:
        rows = table[table["list"] == name]
        if len(rows) or name == FIELDS:
            sheet_title = t(f"task.list.{name}", lang)
            sheets.append(Sheet(sheet_title, rows.reset_index(drop=True), fields, title, subtitle, frozen_columns=4))
    return workbook_bytes(sheets, as_of=assessment.as_of, footer=subtitle, title=title)
