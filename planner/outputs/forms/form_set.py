"""The compounds of a set of forms in walking order: what the ledger says of them, what is open, what to look for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from planner.decisions.assessment import Assessment
from planner.decisions.survey_task_words import could_words, field_names
from planner.decisions.survey_tasks import SurveyTasks, fields_to_fill
from planner.decisions.walk import walks
from planner.district.data_version import data_version
from planner.district.survey.incoming import texts_of
from planner.errors import CallError
from planner.outputs.forms.form_fields import OTHER, FormField, form_field, form_fields
from planner.text import t


@dataclass(frozen=True, slots=True)
class Hint:
    """One thing to look for: the field as people read it, what it could change, whether that is more than an answer of
    a programme."""

    label: str
    could: str
    decisive: bool


@dataclass(frozen=True, slots=True)
class FormSet:
    """What forms are made of.

    walk: `walk.WALK_COLUMNS`, index compound_id in walking order. fields: what is asked. texts: compounds x fields as
    compounds.csv holds them, blank unknown, ``na`` not applicable. wanted: compounds x fields, what a task asks for.
    hints: compound_id -> what to look for, the most decisive first. versions: compound_id -> version
    of its row as text, blank where the ledger counts none. version: of the data as a whole.
    """

    assessment: Assessment
    walk: pd.DataFrame
    fields: tuple[FormField, ...]
    texts: pd.DataFrame
    wanted: pd.DataFrame
    hints: Mapping[str, tuple[Hint, ...]]
    versions: Mapping[str, str]
    version: str
    lang: str

    @property
    def ids(self) -> list[str]:
        """The compounds in walking order."""
        return [str(key) for key in self.walk.index]

    def known(self, key: str, column: str) -> str:
        """Return a text of the ledger about a compound, blank where there is none."""
        value = self.assessment.district.compounds.at[key, column]
        return "" if pd.isna(value) else str(value)


def form_set(
    assessment: Assessment, ids: Sequence[str], *, tasks: SurveyTasks | None = None,
    versions: pd.Series | None = None, lang: str = "zh",
) -> FormSet:  # fmt: skip
    """Return the forms for some compounds.

    tasks: what is worth finding out (`survey_tasks`); fields of tasks that the form does not ask anyway are added at
    its end. versions: of the rows, as a store counts them (default: the column row_version). Raises CallError for ids
    that the district does not have.
    """
    district, policy = assessment.district, assessment.policy
    strange = [key for key in ids if key not in district.compounds.index]
    if strange:
        raise CallError(t("form.error.id", lang, value="、".join(strange[:10])))
    walk = walks(district, ids)
    own = _own_tasks(tasks, walk.index)
    fields = list(form_fields(policy, assessment.as_of, lang))
    asked = {one.field for one in fields}
    more = [name for name in policy.fields("compounds").index if name in set(own["field"]) - asked]
    fields += [form_field(policy, assessment.as_of, str(name), group=OTHER, lang=lang) for name in more]
    names = [one.field for one in fields]
    texts = texts_of(district, walk.index).reindex(index=walk.index, columns=names).astype(object).fillna("")
    wanted = pd.DataFrame(False, index=walk.index, columns=names)
    for key, field in own[["compound_id", "field"]].itertuples(index=False):
        wanted.loc[key, field] = True
    counted = district.compounds["row_version"] if versions is None else versions
    shown = counted.reindex(walk.index).astype("Int64").astype("string").fillna("")
    return FormSet(
        assessment,
        walk,
        tuple(fields),
        texts,
        wanted,
        _hints(assessment, tasks, lang),
        shown.to_dict(),
        data_version(district),
        lang,
    )


def _own_tasks(tasks: SurveyTasks | None, ids: pd.Index) -> pd.DataFrame:
    if tasks is None or not len(tasks.tasks):
        return pd.DataFrame(columns=["compound_id", "field"])
    rows = tasks.tasks[~tasks.tasks["register"] & tasks.tasks["compound_id"].isin(ids)]
    return fields_to_fill(rows[rows["level"].ne("programme")])


def _hints(assessment: Assessment, tasks: SurveyTasks | None, lang: str) -> Mapping[str, tuple[Hint, ...]]:
    if tasks is None or not len(tasks.tasks):
        return {}
    seen = tasks.tasks[~tasks.tasks["register"]]
    names = field_names(assessment, seen["field"], lang)
    words = could_words(assessment, tasks, lang).loc[seen.index]
    found: dict[str, list[Hint]] = {}
    rows = zip(seen["compound_id"], names, words, seen["level"].ne("programme"), strict=True)
    for key, name, could, decisive in rows:
        found.setdefault(str(key), []).append(Hint(str(name), str(could), bool(decisive)))
    return {key: tuple(hints) for key, hints in found.items()}
