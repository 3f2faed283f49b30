"""One compound many times over, each time with other facts: the rules run on all of them at once.

A state rests on the compound's own facts and tables only (neighbours make a candidate, never a state), so copies side
by side give what the district would give with that one fact changed; a test compares the two.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import geopandas as gpd
import pandas as pd

from planner.decisions import deficits, programmes, states
from planner.decisions.assessment import Assessment
from planner.district.district import District

Cells = Mapping[str, object]
SIGNATURE = ("A", "M", "E", "Z", "X1", "X2", "X7", "X8")
"""Programme rows of which the answers decide the state, beside custodian and consent."""


def states_with(assessment: Assessment, compound_id: str, changes: Sequence[Cells]) -> pd.DataFrame:
    """Return what each change of cells would make of a compound: state, and signature (all that the state rests on).

    One row per change, in their order (RangeIndex). A change maps fields of compounds to typed values; None is
    unknown. ``year`` in a change is the year of building, exact and documented. An empty change is the compound as it
    is. Raises KeyError for an unknown compound.
    """
    district = copies(assessment.district, compound_id, changes)
    index = district.compounds.index
    size = assessment.measures.loc[[compound_id] * len(changes)].set_axis(index)
    lacking = deficits.find_deficits(district, size, assessment.policy)
    answers = programmes.evaluate(district, lacking, assessment.policy, assessment.as_of, words=False)
    scores = pd.DataFrame({"score_low": [], "score_high": []}, dtype=float)
    decided = states.decide(district, answers, lacking, scores=scores, policy=assessment.policy)
    results = answers.pivot_table(index="compound_id", columns="code", values="result", aggfunc="first", observed=True)
    seen = results.reindex(index)[[code for code in SIGNATURE if code in results]]
    held = zip(*(seen[code] for code in seen), decided["custodian"], decided["consent"], strict=True)
    signature = ["|".join(map(str, row)) for row in held]
    return pd.DataFrame({"state": decided["state"].to_numpy(dtype=object), "signature": signature})


def copies(district: District, compound_id: str, changes: Sequence[Cells]) -> District:
    """Return a district that holds one compound once per change, with the rows of its own in layers and tables.

    Ids are compound_id, a stroke and the number of the change. Roads, communities and the like stay as they are.
    """
    ids = pd.Index([f"{compound_id}/{k}" for k in range(len(changes))], name=district.compounds.index.name)
    compounds = district.compounds.loc[[compound_id] * len(changes)].set_axis(ids)
    years = district.year_range.reindex([compound_id] * len(changes)).set_axis(ids)
    blank = {field for key, field in district.not_applicable if key == compound_id}
    written = [_written(cells) for cells in changes]
    for field in dict.fromkeys(field for cells in written for field in cells):
        values = {at: cells[field] for at, cells in enumerate(written) if field in cells}
        compounds.isetitem(compounds.columns.get_loc(field), _with(compounds[field], values))
    exact = [at for at, cells in enumerate(changes) if "year" in cells]
    for end in years.columns:
        years.isetitem(years.columns.get_loc(end), _with(years[end], {at: changes[at]["year"] for at in exact}))
    kept = {(key, field) for key, cells in zip(ids, written, strict=True) for field in blank - set(cells)}
    return dataclasses.replace(
        district,
        compounds=compounds,
        year_range=years,
        layers={name: gpd.GeoDataFrame(_own(f, compound_id, ids), crs=f.crs) for name, f in district.layers.items()},
        tables={name: _own(frame, compound_id, ids) for name, frame in district.tables.items()},
        not_applicable=frozenset(kept),
    )


def _written(cells: Cells) -> dict[str, object]:
    """The cells of compounds that a change writes; a year is written at both ends."""
    plain = {field: value for field, value in cells.items() if field != "year"}
    return plain | ({"built_year_min": cells["year"], "built_year_max": cells["year"]} if "year" in cells else {})


def _with(column: pd.Series, values: Mapping[int, object]) -> pd.Series:
    changed = column.copy()
    changed.iloc[list(values)] = pd.array([pd.NA if v is None else v for v in values.values()], dtype=column.dtype)
    return changed


def _own(frame: pd.DataFrame, compound_id: str, ids: pd.Index) -> pd.DataFrame:
    """The rows that name the compound, once for every copy; a table of nobody's rows stays whole."""
    if "compound_id" in frame.columns:
        field, mine = "compound_id", frame["compound_id"] == compound_id
    elif "compound_ids" in frame.columns:
        field, mine = "compound_ids", frame["compound_ids"].str.split(";").map(_holds(compound_id), na_action="ignore")
    else:
        return frame
    rows = frame[mine.fillna(False).astype(bool)]
    whole = rows.loc[rows.index.repeat(len(ids))]
    named = pd.array(list(ids) * len(rows), dtype="string")
    return whole.assign(**{field: named}).reset_index(drop=True)


def _holds(compound_id: str) -> object:
    return lambda parts: compound_id in [part.strip() for part in parts]
