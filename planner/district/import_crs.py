"""Which system each source of an import is taken to be in: told, declared, or proposed with clear evidence.

Without `--crs` nothing is converted: a source is taken in the system that it declares, or that clear evidence shows
to be the one of its declared neighbour; otherwise the import stops and asks, showing what the evidence proposes.
With `auto` a clear proposal is applied and recorded (CONTRACTS 4, DESIGN rule 5.6).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj

from planner.district.crs import (
    CGCS2000,
    System,
    datum_is_doubtful,
    hypotheses,
    in_china,
    parse_system,
    system_of,
    to_lonlat,
)
from planner.district.crs_evidence import CrsEvidence, Declared, Limits, detect_crs, own_footprints_hold
from planner.district.import_request import AREAS, AUTO, FOOTPRINTS, TABLE, ImportRequest
from planner.errors import CrsError, join_problems, problem
from planner.policy import Policy
from planner.text import t

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Material:
    """The sources in their own coordinates.

    points: x, y, label, compound_id of the table's rows, None where it has no coordinates. footprints: index
    compound_id where `by_id`, any index otherwise; None where there are none. areas: polygons for evidence.
    """

    points: pd.DataFrame | None
    points_declared: System | None
    footprints: gpd.GeoDataFrame | None
    by_id: bool
    areas: gpd.GeoDataFrame | None


@dataclass(frozen=True, slots=True)
class CrsDecision:
    """The system of each source (table, footprints, areas), the note for import.json, and what to tell."""

    systems: Mapping[str, System]
    note: Mapping[str, Any]
    problems: pd.DataFrame = field(default_factory=lambda: join_problems([]))


@dataclass(frozen=True, slots=True)
class _Case:
    """What is known before deciding.

    declared, told: systems by source; auto: sources left to the evidence. evidence: of the pair `moved` (table or
    footprints) against `against` (areas or footprints). trusted: points lie in their own footprints as declared.
    """

    declared: Mapping[str, System | None]
    told: Mapping[str, System]
    auto: frozenset[str]
    evidence: CrsEvidence | None
    moved: str
    against: str
    trusted: bool


def settle_systems(request: ImportRequest, material: Material) -> CrsDecision:
    """Return the system of the table's points, of the footprints and of the areas.

    Raises CrsError where a source declares none and the evidence is not clear (with --crs auto) or would convert
    (without --crs); CallError for a system or source name that does not exist.
    """
    case = _case(request, material)
    chosen = {name: _choice(name, case) for name in _present(material)}
    systems = {name: system for name, system in chosen.items() if system is not None}
    if request.layer_crs.get(FOOTPRINTS) == AUTO and TABLE in systems and material.footprints is not None:
        systems[FOOTPRINTS] = _footprints_by_points(material, systems[TABLE], request.policy)
    _check_places(material, systems)
    return CrsDecision(systems, _note(case, systems), _warnings(case, systems))


def settle_layer(name: str, layer: gpd.GeoDataFrame, compounds: gpd.GeoDataFrame, request: ImportRequest) -> System:
    """Return the system of one more layer: told by --layer-crs, declared, or by `auto` against the compounds.

    layer: own coordinates, compound_id where its file gives it. compounds: index compound_id, EPSG:4490. Raises
    CrsError where nothing decides.
    """
    asked = request.layer_crs.get(name)
    declared = system_of(layer.crs)
    if asked and asked != AUTO:
        return parse_system(asked)
    if asked == AUTO:
        evidence = _against_compounds(layer, compounds, declared, request.policy)
        if evidence.clear and evidence.proposed:
            return evidence.proposed[0]
        if declared is None:
            raise CrsError(t("crs.ask_unclear", source=name, option=f"--layer-crs {name}=", shown=_shown(evidence)))
    if declared is None:
        raise CrsError(t("crs.ask_layer", source=name, option=f"--layer-crs {name}="))
    return declared


def _check_places(material: Material, systems: Mapping[str, System]) -> None:
    """Refuse a system that puts a source out of China where another one would put it inside."""
    for name, places in (
        (TABLE, material.points),
        (FOOTPRINTS, _corners(material.footprints)),
        (AREAS, _corners(material.areas)),
    ):
        if places is None or name not in systems:
            continue
        x, y = (places[axis].to_numpy(dtype=float, na_value=np.nan) for axis in ("x", "y"))
        better = hypotheses(x, y)
        if better and not in_china(*to_lonlat(x, y, systems[name])):
            choices = "、".join(system.name for system in better[:_SHOWN])
            source = t(f"crs.source.{name}")
            raise CrsError(t("crs.out_of_place", source=source, system=systems[name].name, choices=choices))


def _corners(layer: gpd.GeoDataFrame | None) -> pd.DataFrame | None:
    if layer is None:
        return None
    bounds = layer.total_bounds
    return pd.DataFrame({"x": bounds[[0, 2]], "y": bounds[[1, 3]]})


def _present(material: Material) -> list[str]:
    sources = {TABLE: material.points, FOOTPRINTS: material.footprints, AREAS: material.areas}
    return [name for name, source in sources.items() if source is not None]


def _case(request: ImportRequest, material: Material) -> _Case:
    moved = TABLE if material.points is not None else FOOTPRINTS
    asked = {k: v for k, v in request.layer_crs.items() if k in (FOOTPRINTS, AREAS)}
    if request.crs:
        asked.setdefault(moved, request.crs)
    declared = {
        TABLE: material.points_declared,
        FOOTPRINTS: _declared(material.footprints),
        AREAS: _declared(material.areas),
    }
    if request.crs == AUTO:
        asked.setdefault(AREAS, AUTO)
        if declared[FOOTPRINTS] is None:
            asked.setdefault(FOOTPRINTS, AUTO)
    auto = frozenset(name for name, text in asked.items() if text == AUTO)
    told = {name: parse_system(text) for name, text in asked.items() if name not in auto}
    said = Declared(told.get(moved, declared[moved]), told.get(AREAS, declared[AREAS]))
    evidence, trusted = _evidence(request, material, said)
    against = FOOTPRINTS if material.areas is None else AREAS
    return _Case(declared, told, auto, evidence, moved, against, trusted)


def _declared(layer: gpd.GeoDataFrame | None) -> System | None:
    return None if layer is None else system_of(layer.crs)


def _evidence(request: ImportRequest, material: Material, said: Declared) -> tuple[CrsEvidence | None, bool]:
    """The evidence, and whether points in their own footprints bear out the declared system (no areas needed)."""
    limits = Limits.of(request.policy)
    if material.areas is not None:
        points = _middles(material.footprints) if material.points is None else material.points
        return (None if points is None else detect_crs(points, material.areas, declared=said, limits=limits)), False
    if material.points is None or material.footprints is None:
        return None, False
    both = Declared(said.points, _declared(material.footprints))
    points = material.points.assign(label=material.points["compound_id"] if material.by_id else None)
    found = detect_crs(points, material.footprints, declared=both, limits=limits, own=material.by_id)
    return found, material.by_id and own_footprints_hold(found, both, limits)


def _middles(layer: gpd.GeoDataFrame | None) -> pd.DataFrame | None:
    if layer is None:
        return None
    spots = layer.geometry.representative_point()
    label = layer.get("label")
    return pd.DataFrame({"x": spots.x, "y": spots.y, "label": label}, index=layer.index)


def _choice(name: str, case: _Case) -> System | None:
    """Told, clearly proposed where asked for, declared, or borne out as it stands; areas may stay undecided."""
    if name in case.told:
        return case.told[name]
    proposal, declared = _proposal(name, case), case.declared[name]
    if name in case.auto and proposal:
        return proposal
    if declared:
        return declared
    if proposal and _converts_nothing(case):
        return proposal
    if name == AREAS:
        return None
    raise _question(name, case)


def _proposal(name: str, case: _Case) -> System | None:
    found = case.evidence
    if found is None or found.proposed is None or not (found.clear or case.trusted):
        return None
    return {case.against: found.proposed[1], case.moved: found.proposed[0]}.get(name)


def _converts_nothing(case: _Case) -> bool:
    found = case.evidence
    return found is not None and found.proposed is not None and found.proposed[0] == found.proposed[1]


def _question(name: str, case: _Case) -> CrsError:
    option = "--crs " if name == case.moved else f"--layer-crs {name}="
    source = t(f"crs.source.{name}")
    if case.evidence is None or case.evidence.proposed is None:
        return CrsError(t("crs.ask_declare", source=source, option=option))
    key = "crs.ask_auto" if case.evidence.clear and name not in case.auto else "crs.ask_unclear"
    return CrsError(t(key, source=source, option=option, shown=_shown(case.evidence)))


def _shown(evidence: CrsEvidence) -> str:
    best = evidence.records()[:_SHOWN]
    return "；".join(f"{r['table']} / {r['areas']} {r['agreement']:.1%}" for r in best)


def _footprints_by_points(material: Material, table: System, policy: Policy) -> System:
    assert material.points is not None
    assert material.footprints is not None
    said = Declared(table, _declared(material.footprints))
    points = material.points.assign(label=material.points["compound_id"] if material.by_id else None)
    found = detect_crs(
        points, material.footprints, declared=said, limits=Limits.of(policy), own=material.by_id, settled="points"
    )
    if found.clear and found.proposed:
        return found.proposed[1]
    if said.areas:
        return said.areas
    option = f"--layer-crs {FOOTPRINTS}="
    raise CrsError(t("crs.ask_unclear", source=t("crs.source.footprints"), option=option, shown=_shown(found)))


def _against_compounds(
    layer: gpd.GeoDataFrame, compounds: gpd.GeoDataFrame, declared: System | None, policy: Policy
) -> CrsEvidence:
    ids = layer.get("compound_id")
    own = ids is not None and bool(ids.isin(compounds.index).any())
    points = _middles(layer[["geometry"]])
    assert points is not None
    points = points.assign(label=ids if own else None)
    said = Declared(declared, System(CGCS2000))
    return detect_crs(points, compounds, declared=said, limits=Limits.of(policy), own=own, settled="areas")


def _note(case: _Case, systems: Mapping[str, System]) -> dict[str, Any]:
    found = case.evidence
    pair = found.proposed if found else None
    return {
        "applied": {name: system.name for name, system in systems.items()},
        "declared": {name: s.name for name, s in case.declared.items() if s and name in systems},
        "proposed": {"table": pair[0].name, "areas": pair[1].name} if pair else None,
        "clear": bool(found and (found.clear or case.trusted)),
        "points": found.points if found else 0,
        "evidence": found.records() if found else [],
        "method": f"PROJ {pyproj.proj_version_str}; public GCJ-02 / BD-09 formulas, iterated inverse, residual < 1 mm",
    }


def _warnings(case: _Case, systems: Mapping[str, System]) -> pd.DataFrame:
    reports = [
        problem("I31", severity="warning", column=name, value=system.name)
        for name, system in systems.items()
        if datum_is_doubtful(system)
    ]
    found = case.evidence
    if found is None or found.proposed is None:
        return join_problems(reports)
    shown = _shown(found)
    if case.auto and not (found.clear or case.trusted):
        reports.append(problem("I32", severity="warning", value=systems[case.moved].name, shown=shown))
    elif found.clear and found.proposed[0] != systems[case.moved]:
        reports.append(problem("I33", severity="warning", value=systems[case.moved].name, shown=shown))
    return join_problems(reports)
