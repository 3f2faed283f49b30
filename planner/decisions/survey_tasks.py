"""该核实哪几个数: the open facts that could change a suggested action, the top list or a programme, one task each.

What the list leaves out may be filled in with any value of its hard range, the others as they are, and neither the
compound's state nor the set of the first compounds changes (`survey_search` says how this is made sure). Compounds that
no single fact can move, but two together can, are named in a second list.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.decisions.assessment import Assessment
from planner.decisions.fill_outcomes import Ground, prepare
from planner.decisions.fill_values import open_facts
from planner.decisions.fills import BOTH_YEARS, YEARS
from planner.decisions.kleene import RESULTS
from planner.decisions.states import READY
from planner.decisions.survey_pairs import TOGETHER_COLUMNS, movable_together
from planner.decisions.survey_search import Search, edge_of, search

LEVELS = ("ready", "top", "state", "programme")
"""What a task could change, the most decisive first: enters or leaves 可列入, the top list, another suggested action,
only the answer of a programme."""

TASK_COLUMNS = ["compound_id", "field", "why", "level", "register", "open"]
OUTCOME_COLUMNS = ["compound_id", "field", "about", "result", "word", "low", "high"]


@dataclass(frozen=True, slots=True)
class SurveyTasks:
    """What is worth finding out.

    tasks: TASK_COLUMNS, by compound in suggested order, the most decisive first: why unknown or old; level of LEVELS;
    register: a list that somebody else keeps, not a thing to see on the spot; open: listed because the search could not
    rule it out. outcomes: OUTCOME_COLUMNS, what each task could come to: about state, top or the code of a programme;
    result the state, enters or leaves, or the answer; for which word, or which numbers from low to high. together:
    `survey_pairs.TOGETHER_COLUMNS`. top: how long the top list is.
    """

    tasks: pd.DataFrame
    outcomes: pd.DataFrame
    together: pd.DataFrame
    top: int


def survey_tasks(assessment: Assessment, *, top: int | None = None) -> SurveyTasks:
    """Return the facts worth finding out, at the date and under the rules of an assessment.

    top: how many of the suggested order are the top list (default settings.survey_top).
    """
    first = int(assessment.policy.number("survey_top")) if top is None else top
    ground, facts, edge = prepare(assessment), open_facts(assessment), edge_of(assessment, first)
    if not len(facts):
        return SurveyTasks(
            pd.DataFrame(columns=TASK_COLUMNS),
            pd.DataFrame(columns=OUTCOME_COLUMNS),
            pd.DataFrame(columns=TOGETHER_COLUMNS),
            first,
        )
    found = search(ground, facts, edge)
    outcomes = _outcomes(ground, found)
    tasks = _tasks(assessment, facts, outcomes, found)
    seen = set(tasks.loc[~tasks["register"] & tasks["level"].ne("programme"), "compound_id"])
    still = ~assessment.district.compounds.index.isin(seen)
    together = movable_together(ground, facts, found, edge=edge, rows=still)
    return SurveyTasks(tasks, outcomes.drop(columns="pair"), together, first)


def _outcomes(ground: Ground, found: Search) -> pd.DataFrame:
    """Every other outcome of every fact with the words or the spans of numbers that lead to it."""
    assessment = ground.assessment
    tried, at = found.tried, found.tried["at"].to_numpy(dtype=np.intp)
    programmes = assessment.programmes.pivot_table(
        index="compound_id", columns="code", values="result", aggfunc="first", observed=True
    ).reindex(assessment.district.compounds.index)
    parts = [
        _told(tried, "state", np.where(found.changed, found.outcomes.state, "")),
        _told(tried, "top", found.moved),
    ]
    names = np.array(RESULTS, dtype=object)
    for column, code in enumerate(ground.codes[: ground.reported]):
        result = names[found.outcomes.answers[:, column]]
        now = programmes[code].astype(object).to_numpy()[at]
        parts.append(_told(tried, code, np.where(result != now, result, "")))
    told = pd.concat(parts, ignore_index=True)
    ids = assessment.district.compounds.index.to_numpy(dtype=object)
    return told.assign(compound_id=ids[told["at"].to_numpy(dtype=np.intp)])[["pair", *OUTCOME_COLUMNS]]


def _told(tried: pd.DataFrame, about: str, result: np.ndarray) -> pd.DataFrame:
    """The words with an outcome, and neighbouring numbers with the same one put together."""
    order = np.lexsort((tried["x"].to_numpy(dtype=float), tried["pair"].to_numpy()))
    rows = tried.iloc[order].assign(about=about, result=result[order])
    number = rows["x"].notna()
    words = rows[~number & rows["result"].ne("")].assign(word=lambda r: r["value"], low=np.nan, high=np.nan)
    scale = rows[number]
    run = ((scale["pair"] != scale["pair"].shift()) | (scale["result"] != scale["result"].shift())).cumsum()
    keys = ["pair", "at", "field", "about", "result"]
    spans = scale.groupby([*keys, run.rename("run")], sort=False)["x"].agg(["min", "max"]).reset_index()
    spans = spans[spans["result"].ne("")].rename(columns={"min": "low", "max": "high"}).assign(word="")
    return pd.concat([part[[*keys, "word", "low", "high"]] for part in (words, spans)], ignore_index=True)


def _tasks(assessment: Assessment, facts: pd.DataFrame, outcomes: pd.DataFrame, found: Search) -> pd.DataFrame:
    state = outcomes["about"].eq("state")
    now = assessment.states["state"].reindex(outcomes["compound_id"]).to_numpy(dtype=object)
    ready = state & (outcomes["result"].eq(READY) | (now == READY))
    level = np.select([ready, outcomes["about"].eq("top"), state], [0, 1, 2], default=3)
    best = pd.Series(level, index=outcomes.index).groupby(outcomes["pair"]).min()
    best = best.reindex(best.index.union(sorted(found.open))).fillna(1).astype(int)
    rows = facts.loc[best.index]
    ids = assessment.district.compounds.index.to_numpy(dtype=object)[rows["at"].to_numpy(dtype=np.intp)]
    surveyed = assessment.policy.fields("compounds")["survey"].eq("yes")
    register = [field != BOTH_YEARS and not surveyed[field] for field in rows["field"]]
    tasks = pd.DataFrame(
        {
            "compound_id": ids,
            "field": rows["field"].to_numpy(dtype=object),
            "why": rows["why"].to_numpy(dtype=object),
            "level": np.array(LEVELS, dtype=object)[best.to_numpy()],
            "register": np.array(register, dtype=bool),
            "open": best.index.isin(found.open),
        }
    )
    return _in_order(assessment, tasks, best.to_numpy())


def _in_order(assessment: Assessment, tasks: pd.DataFrame, level: np.ndarray) -> pd.DataFrame:
    fields = [BOTH_YEARS, *assessment.policy.fields("compounds").index]
    place = {str(field): n for n, field in enumerate(fields)}
    position = assessment.order["position"].reindex(tasks["compound_id"]).to_numpy()
    order = np.lexsort((tasks["field"].map(place), level, position))
    return tasks.iloc[order].reset_index(drop=True)


def fields_to_fill(tasks: pd.DataFrame) -> pd.DataFrame:
    """Return compound_id and field of tasks as a form asks them: both years as two fields, each once."""
    both = tasks["field"].eq(BOTH_YEARS)
    years = [tasks[both].assign(field=name) for name in YEARS]
    rows = pd.concat([tasks[~both], *years])[["compound_id", "field"]]
    return rows.drop_duplicates(ignore_index=True)
