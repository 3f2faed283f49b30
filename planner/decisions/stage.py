"""Another stage (profile) of an assessment: everything before the score stays, but where a programme reads it.

In 初筛 new compounds with a firm are presumed to lack no device (rules_programmes), so M, its items and their costs
differ there and nowhere else. Those few are computed anew by themselves; scores and order follow for everybody.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import geopandas as gpd
import pandas as pd

from planner.decisions import criteria, deficits, items, order, programmes, scoring, states
from planner.decisions.assessment import Assessment
from planner.decisions.rules_programmes import firm_and_no_device
from planner.district.district import District
from planner.policy import Policy


@dataclass(frozen=True, slots=True)
class Standing:
    """Where every compound stands under ``rules``, and the costs and raw values that it follows from."""

    rules: Policy
    costs: pd.DataFrame
    criteria: pd.DataFrame
    scores: pd.DataFrame
    states: pd.DataFrame
    order: pd.DataFrame


def in_stage(assessment: Assessment, rules: Policy) -> Standing:
    """Return what `pipeline.compute` gives under ``rules``, where only the stage is another than in the assessment.

    ``rules`` as `pipeline.in_force` gives them. Frames as in the assessment, index compound_id.
    """
    district, lacking = assessment.district, assessment.deficits
    index = district.compounds.index
    costs, decided = _anew(assessment, rules, reads_stage(lacking, assessment.programmes))
    raw = criteria.raw(lacking, costs, rules, dt.date.fromisoformat(rules.text("as_of")))
    scores = scoring.score(raw, rules)
    kinds = states.verify_kinds(decided["state"].to_numpy(dtype=object), lacking.need.ledger, scores, rules)
    decided = decided.assign(verify=pd.Series(kinds, index=index))
    return Standing(rules, costs, raw, scores, decided, order.rank(district, scores, states=decided, policy=rules))


def reads_stage(lacking: deficits.Deficits, answers: pd.DataFrame) -> pd.Index:
    """Return the compounds whose programmes may differ from stage to stage; ``answers`` is `programmes.evaluate`."""
    ledger = lacking.need.ledger
    new = answers.loc[(answers["code"] == "X5") & (answers["result"] == "yes"), "compound_id"]
    return ledger.index[firm_and_no_device(ledger) & ledger.index.isin(new)]


def _anew(assessment: Assessment, rules: Policy, ids: pd.Index) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Costs and states with the rows of ``ids`` under the other rules; the kinds of 待核实 are still the old ones."""
    if not len(ids):
        return assessment.costs, assessment.states
    part = part_of(assessment.district, ids)
    lacking = deficits.find_deficits(part, assessment.measures.loc[ids], rules)
    answers = programmes.evaluate(part, lacking, rules, dt.date.fromisoformat(rules.text("as_of")))
    listed = items.list_items(part, lacking, answers, rules, words=False)
    costs = items.costs(listed, rules, compounds=ids)
    decided = states.decide(part, answers, lacking, scores=assessment.scores.loc[ids], policy=rules)
    return _with_rows(assessment.costs, costs), _with_rows(assessment.states, decided)


def _with_rows(whole: pd.DataFrame, part: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([whole.drop(index=part.index), part]).reindex(whole.index)


def part_of(district: District, ids: pd.Index) -> District:
    """Return a district of these compounds with their own rows in layers and tables; what is nobody's stays whole."""
    return replace(
        district,
        compounds=district.compounds.loc[ids],
        year_range=district.year_range.reindex(ids),
        layers={name: gpd.GeoDataFrame(_own(f, ids), crs=f.crs) for name, f in district.layers.items()},
        tables={name: _own(frame, ids) for name, frame in district.tables.items()},
        not_applicable=frozenset((key, field) for key, field in district.not_applicable if key in ids),
    )


def _own(frame: pd.DataFrame, ids: pd.Index) -> pd.DataFrame:
    if "compound_id" in frame.columns:
        return frame[frame["compound_id"].isin(ids)].reset_index(drop=True)
    if "compound_ids" not in frame.columns:
        return frame
    named = frame["compound_ids"].map(lambda text: _of(text, ids), na_action="ignore").astype("string")
    return frame.assign(compound_ids=named)[(named != "").fillna(False).to_numpy(dtype=bool)].reset_index(drop=True)


def _of(text: str, ids: pd.Index) -> str:
    return ";".join(name for name in (part.strip() for part in text.split(";")) if name in ids)
