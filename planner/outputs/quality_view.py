"""What a planner looks at in 数据核对: which problems, how many, of which compounds. Pure: any script gets the same.

The problems are those of ``planner check``, in the same order; a view is a handful of plain values, which
`planner.web.quality_address` puts into the address of the page and back.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.district.checks import find_problems
from planner.district.district import District
from planner.errors import SEVERITIES
from planner.outputs.map_classes import MapClass, MapLayer
from planner.policy import Policy, split_list
from planner.text import t

Mask = npt.NDArray[np.bool_]

CLASSES = (*SEVERITIES, "none")
"""The worst that is to be said about a compound; ``none`` where nothing is."""

_FILLS = ("#A8321C", "#EDA63A", "#A9CBE3", "#FCFCFB")
_EDGES = ("#6E1F10", "#6B5B4B", "#5E7F99", "#A9B4BF")


@dataclass(frozen=True, slots=True)
class QualityView:
    """One look at the problems: empty texts filter nothing.

    ``severity`` is one of errors.SEVERITIES, ``rule`` a code of the problem table, ``chosen`` the id of the compound
    that is open, ``sanwu`` a key of `sanwu_view.KINDS`.
    """

    street: str = ""
    severity: str = ""
    rule: str = ""
    chosen: str = ""
    sanwu: str = ""


@dataclass(frozen=True, slots=True)
class Findings:
    """All problems of a district and whom they concern.

    problems: PROBLEM_COLUMNS, numbered from 0, as ``planner check`` finds them. links: problem (its number), at (the
    row of the compound), one line per problem and compound; a problem about no single compound has none. streets: the
    sub-district of every compound (index compound_id), empty where it has none.
    """

    problems: pd.DataFrame
    links: pd.DataFrame
    streets: pd.Series


def find(district: District, policy: Policy, as_of: dt.date) -> Findings:
    """Return the problems of a district with the compounds that each of them concerns."""
    problems = find_problems(district, policy, as_of)
    index = district.compounds.index
    streets = pd.Series(district.compounds["subdistrict_name"].fillna("").astype(str).to_numpy(dtype=object), index)
    return Findings(problems, _links(problems, index), streets)


def _links(problems: pd.DataFrame, index: pd.Index) -> pd.DataFrame:
    """A problem's ``params`` name its compound, and a second one where two overlap; several ids are joined by ``;``."""
    pairs = [
        (k, name)
        for k, params in enumerate(problems["params"])
        for name in dict.fromkeys(split_list(f"{params.get('compound_id') or ''};{params.get('other_id') or ''}"))
    ]
    table = pd.DataFrame(pairs, columns=["problem", "id"])
    at = index.get_indexer(pd.Index(table["id"], dtype=object)) if len(table) else np.zeros(0, dtype=np.intp)
    found = pd.DataFrame({"problem": table["problem"].astype("int64"), "at": np.asarray(at, dtype=np.int64)})
    return found[found["at"] >= 0].reset_index(drop=True)


def shown(findings: Findings, view: QualityView, *, any_rule: bool = False) -> Mask:
    """Return which problems a view shows; ``any_rule`` leaves its rule out (the list of rules to choose from).

    A problem about no single compound belongs to no sub-district: it is shown where none is chosen.
    """
    problems = findings.problems
    found = np.ones(len(problems), dtype=bool)
    if view.severity in SEVERITIES:
        found &= (problems["severity"] == view.severity).to_numpy(dtype=bool)
    if view.rule and not any_rule:
        found &= (problems["rule"] == view.rule).to_numpy(dtype=bool)
    if view.street:
        inside = (findings.streets == view.street).to_numpy(dtype=bool)[findings.links["at"].to_numpy()]
        found &= np.isin(np.arange(len(problems)), findings.links["problem"].to_numpy()[inside])
    return found


def groups(findings: Findings, mask: Mask) -> pd.DataFrame:
    """Return the problems of ``mask`` by severity and rule: severity, rule, n, compounds; worst and most first.

    ``compounds`` counts different ones; the n of all groups add up to the problems of ``mask``.
    """
    table = findings.problems.loc[mask, ["severity", "rule"]]
    n = table.groupby(["severity", "rule"]).size().rename("n")
    links = findings.links[mask[findings.links["problem"].to_numpy()]]
    named = links.join(table, on="problem")
    whose = named.groupby(["severity", "rule"])["at"].nunique().rename("compounds")
    out = pd.concat([n, whose], axis=1).fillna(0).astype("int64").reset_index()
    rank = out["severity"].map({name: k for k, name in enumerate(SEVERITIES)}).astype("int64")
    order = out.assign(rank=rank).sort_values(["rank", "n", "rule"], ascending=[True, False, True]).index
    return out.loc[order, ["severity", "rule", "n", "compounds"]].reset_index(drop=True)


def severity_counts(findings: Findings, mask: Mask) -> pd.DataFrame:
    """Return problems and different compounds per severity (index errors.SEVERITIES, columns n, compounds)."""
    severity = findings.problems["severity"].to_numpy(dtype=object)
    links = findings.links
    rows = {}
    for name in SEVERITIES:
        own = mask & (severity == name)
        rows[name] = (int(own.sum()), int(links.loc[own[links["problem"].to_numpy()], "at"].nunique()))
    return pd.DataFrame.from_dict(rows, orient="index", columns=["n", "compounds"])


def per_compound(findings: Findings, mask: Mask) -> pd.DataFrame:
    """Return for every compound its worst severity among ``mask`` (a word of CLASSES) and its number of problems.

    Index compound_id, columns worst, n.
    """
    links = findings.links[mask[findings.links["problem"].to_numpy()]]
    at = links["at"].to_numpy()
    ranks = findings.problems["severity"].map({name: k for k, name in enumerate(SEVERITIES)}).to_numpy(dtype=np.int64)
    worst = np.full(len(findings.streets), len(SEVERITIES), dtype=np.int64)
    np.minimum.at(worst, at, ranks[links["problem"].to_numpy()])
    names = np.array(CLASSES, dtype=object)[worst]
    n = np.bincount(at, minlength=len(worst)).astype(np.int64)
    return pd.DataFrame({"worst": names, "n": n}, index=findings.streets.index)


def problems_of(findings: Findings, compound_id: str) -> list[int]:
    """Return the numbers of the problems that concern a compound, worst first; none for an unknown id."""
    if compound_id not in findings.streets.index:
        return []
    links = findings.links
    own = links.loc[links["at"] == findings.streets.index.get_loc(compound_id), "problem"]
    severity = findings.problems["severity"].reindex(own).map({name: k for k, name in enumerate(SEVERITIES)})
    return [int(k) for k in severity.sort_values(kind="stable").index]


def street_names(findings: Findings, order: Sequence[str]) -> list[str]:
    """Return the sub-districts that have compounds, those of ``order`` first and in its order."""
    present = set(findings.streets) - {""}
    return [name for name in order if name in present] + sorted(present - set(order))


def quality_layer(findings: Findings, mask: Mask, lang: str = "zh", *, filtered: bool = False) -> MapLayer:
    """Return the map layer of the problems of ``mask``: every compound in the class of its worst one.

    ``filtered``: the words of the last class speak of these problems only, not of all.
    """
    labels = [t(f"quality.class.{name}", lang) for name in CLASSES]
    if filtered:
        labels[-1] = t("quality.class.none_of_these", lang)
    drawing = zip(labels, _FILLS, _EDGES, strict=True)
    classes = tuple(MapClass(label, fill, edge, white=k == 0) for k, (label, fill, edge) in enumerate(drawing))
    worst = per_compound(findings, mask)["worst"].map({name: k for k, name in enumerate(CLASSES)})
    return MapLayer("quality", t("quality.page", lang), classes, worst.to_numpy(dtype=np.int64))
