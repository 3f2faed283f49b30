"""Foreign tables and footprints in, one checked district out, and a report on every step (CONTRACTS 4, `import`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from planner.district.clean import Cleaned
from planner.district.communities import fill_communities
from planner.district.crs import CGCS2000, System, shapes_to_lonlat, to_lonlat
from planner.district.district import LAYERS, TABLES, District, as_layer, empty_layer, empty_table
from planner.district.grid import word_key
from planner.district.headers import DECIDED
from planner.district.identity import unique_rows
from planner.district.import_crs import CrsDecision, Material, settle_systems
from planner.district.import_layers import Layer, import_layer, open_layer
from planner.district.import_request import (
    AREAS,
    FOOTPRINTS,
    TABLE,
    ImportReport,
    ImportRequest,
    ImportResult,
)
from planner.district.import_shapes import Footprints, Joined, adopt_ids, join_footprints, prepare_footprints
from planner.district.import_table import (
    Ledger,
    account,
    clean_ledger,
    coordinates,
    declared_system,
    labels,
    read_ledger,
)
from planner.district.matching import make_ids
from planner.errors import CallError, join_problems, problem_rows
from planner.text import t

_DIGITS = 8


@dataclass(frozen=True, slots=True)
class _Inputs:
    """Everything read, nothing converted."""

    ledger: Ledger
    cleaned: Cleaned
    points: pd.DataFrame | None
    footprints: Footprints | None
    areas: gpd.GeoDataFrame | None
    problems: pd.DataFrame


@dataclass(frozen=True, slots=True)
class _Compounds:
    """The compounds with their places: index compound_id, and the row of the ledger that each came from."""

    frame: gpd.GeoDataFrame
    labels: pd.Series
    joined: Joined | None
    rejected: pd.Index
    problems: pd.DataFrame


def import_district(request: ImportRequest) -> ImportResult:
    """Return the district that the files of `request` describe, and the report on how it came about.

    Identical rows merge with a note; of rows that share an id and differ the first is kept and the others are errors
    (report.rejected). Footprints join by id, by the rows' points, by a unique name. Layers are typed and assigned to
    compounds; communities also serve as areas where none are given. Nothing is written. Raises InputError for files
    that cannot be used, CrsError where a coordinate system must be asked for, CallError for a request that does not
    fit the files.
    """
    _check(request)
    if request.areas is None and "communities" in request.layers:
        request = replace(request, areas=request.layers["communities"])
    inputs = _read(request)
    decision = settle_systems(request, _material(inputs, request))
    compounds = _compounds(inputs, decision, request)
    settled = {n: decision.systems.get(AREAS) for n, source in request.layers.items() if source == request.areas}
    layers = {
        name: import_layer(name, source, compounds.frame, request, system=settled.get(name))
        for name, source in request.layers.items()
    }
    compounds = _with_communities(compounds, layers, inputs.ledger)
    district, report = _results(inputs, decision, compounds, layers, request)
    _check_hands(request, report, inputs.footprints)
    return ImportResult(district, report)


def _check(request: ImportRequest) -> None:
    if request.table is None and request.footprints is None:
        raise CallError(t("import.nothing_given"))
    wrong = sorted(set(request.layers) - set(LAYERS))
    if wrong:
        raise CallError(t("import.no_such_layer", name="、".join(wrong), choices="、".join(LAYERS)))
    given = {FOOTPRINTS: request.footprints, AREAS: request.areas, **request.layers}
    unknown = sorted(name for name in request.layer_crs if given.get(name) is None)
    if unknown:
        choices = "、".join(name for name, source in given.items() if source is not None)
        raise CallError(t("crs.no_such_source", name="、".join(unknown), choices=choices))


def _check_hands(request: ImportRequest, report: ImportReport, footprints: Footprints | None) -> None:
    """A hand that named no header of any file, or no field of its table, was a slip: nothing of it may pass unseen."""
    headers = [h for columns in report.columns.values() for h in columns["header"]]
    headers += list(footprints.headers) if footprints else []
    decided = {
        word_key(h) for columns in report.columns.values() for h in columns.loc[columns["how"].isin(DECIDED), "header"]
    }
    for theirs, ours in request.by_hand.items():
        if word_key(theirs) not in {word_key(h) for h in headers}:
            raise CallError(t("import.no_such_header", header=theirs, headers="、".join(headers)))
        if word_key(theirs) not in decided and footprints is None:
            raise CallError(t("import.no_such_field", field=ours, table="、".join(report.columns)))


def _read(request: ImportRequest) -> _Inputs:
    layer = open_layer(request.footprints, request.encoding) if request.footprints else None
    areas = open_layer(request.areas, request.encoding) if request.areas else None
    ledger = read_ledger(request, layer)
    cleaned = clean_ledger(ledger, request)
    points, unreadable = coordinates(ledger)
    footprints = prepare_footprints(layer, request) if layer is not None else None
    problems = [ledger.problems, cleaned.problems, unreadable]
    if footprints is not None:
        problems.append(footprints.problems)
    return _Inputs(ledger, cleaned, points, footprints, areas, join_problems(problems))


def _material(inputs: _Inputs, request: ImportRequest) -> Material:
    ids, points, areas = inputs.cleaned.frame["compound_id"], inputs.points, inputs.areas
    label = pd.Series(pd.NA, index=ids.index, dtype="string")
    if areas is not None:
        label = labels(inputs.ledger, inputs.cleaned, areas, request.area_label)
        areas = areas.dissolve(request.area_label) if request.area_label in areas.columns else areas
    if points is not None:
        points = points.assign(label=label, compound_id=ids)
    shapes, by_id = _labelled_footprints(inputs, label)
    return Material(points, declared_system(inputs.cleaned), shapes, by_id, areas)


def _labelled_footprints(inputs: _Inputs, label: pd.Series) -> tuple[gpd.GeoDataFrame | None, bool]:
    if inputs.footprints is None:
        return None, False
    shapes, theirs, ids = (
        inputs.footprints.shapes,
        inputs.footprints.names["compound_id"],
        inputs.cleaned.frame["compound_id"],
    )
    sole = theirs.notna() & ~theirs.duplicated(keep=False) & theirs.isin(ids)
    if not sole.any():
        return shapes, False
    said = label.set_axis(ids)[ids.notna().to_numpy() & ~ids.duplicated().to_numpy()]
    return shapes[sole].set_index(theirs[sole].to_numpy()).assign(label=theirs[sole].map(said).to_numpy()), True


def _compounds(inputs: _Inputs, decision: CrsDecision, request: ImportRequest) -> _Compounds:
    spots = _spots(inputs.points, decision.systems.get(TABLE), inputs.cleaned.frame.index)
    shapes = _shapes(inputs.footprints, decision.systems.get(FOOTPRINTS))
    frame = inputs.cleaned.frame.assign(compound_id=_ids(inputs, spots, shapes, request))
    rows = inputs.ledger.rows.loc[frame.index]
    single = unique_rows(frame, "compound_id", file=inputs.ledger.file, row_numbers=rows)
    kept = single.frame
    rejected = _rejected(frame, kept)
    joined = None
    geometry = _nothing(kept.index)
    if inputs.footprints is not None and shapes is not None:
        joined = join_footprints(inputs.footprints, shapes, kept, points=spots.loc[kept.index], request=request)
        geometry = joined.geometry
    drawn = geometry.notna()
    geometry = geometry.where(drawn, spots.loc[kept.index])
    kept = _placed(kept, spots.loc[kept.index], geometry, drawn, decision.systems)
    order = kept["compound_id"].sort_values(kind="stable").index
    compounds = as_layer(kept.loc[order], geometry.loc[order].to_numpy()).set_index("compound_id")
    without = _without_footprint(inputs, kept, drawn, geometry)
    problems = join_problems([single.problems, joined.problems if joined else join_problems([]), without])
    return _Compounds(compounds, kept.loc[order, "compound_id"], joined, rejected, problems)


def _with_communities(compounds: _Compounds, layers: Mapping[str, Layer], ledger: Ledger) -> _Compounds:
    if "communities" not in layers:
        return compounds
    land = layers["communities"].frame
    known = land.assign(community_code=land["community_code"].mask(layers["communities"].numbered))
    frame, filled = fill_communities(compounds.frame, known)
    row = pd.Series(compounds.labels.index, index=compounds.labels.to_numpy())
    notes = [
        problem_rows(
            "I27",
            ledger.rows.loc[row[part["compound_id"]]],
            severity="info",
            file=ledger.file,
            column=str(field),
            values=part["value"],
        )
        for field, part in filled.groupby("field", sort=True)
    ]
    return replace(compounds, frame=frame, problems=join_problems([compounds.problems, *notes]))


def _ids(inputs: _Inputs, spots: pd.Series, shapes: gpd.GeoSeries | None, request: ImportRequest) -> pd.Series:
    """Given ids, else those of footprints that a row is found in or named like, else new ones."""
    frame = inputs.cleaned.frame
    ids = frame["compound_id"]
    if ids.notna().all():
        return ids
    taken = set(ids.dropna())
    if inputs.footprints is not None and shapes is not None:
        ids = ids.fillna(adopt_ids(inputs.footprints, shapes, frame[ids.isna()], points=spots, request=request))
        taken |= set(ids.dropna()) | set(inputs.footprints.names["compound_id"].dropna())
    rest = frame.drop(columns=["compound_id", "lon", "lat"]).join(_lonlat(spots))[ids.isna()]
    return ids.fillna(make_ids(rest, previous=request.previous() if request.previous else None, taken=taken))


def _nothing(index: pd.Index) -> pd.Series:
    return pd.Series(np.full(len(index), None, dtype=object), index=index)


def _lonlat(spots: pd.Series) -> pd.DataFrame:
    places = spots.to_numpy(dtype=object)
    columns = {"lon": shapely.get_x(places), "lat": shapely.get_y(places)}
    return pd.DataFrame(columns, index=spots.index).astype("Float64")


def _spots(points: pd.DataFrame | None, system: System | None, index: pd.Index) -> pd.Series:
    """The rows' points in EPSG:4490, None where unknown."""
    if points is None or system is None:
        return _nothing(index)
    x, y = (points[axis].to_numpy(dtype=float, na_value=np.nan) for axis in ("x", "y"))
    lon, lat = (np.round(values, _DIGITS) for values in to_lonlat(x, y, system))
    known = np.isfinite(lon) & np.isfinite(lat)
    out = np.full(len(index), None, dtype=object)
    out[known] = shapely.points(lon[known], lat[known])
    return pd.Series(out, index=index, dtype=object)


def _shapes(footprints: Footprints | None, system: System | None) -> gpd.GeoSeries | None:
    if footprints is None or system is None:
        return None
    shapes = shapes_to_lonlat(footprints.shapes.geometry.to_numpy(), system)
    return gpd.GeoSeries(shapes, index=footprints.shapes.index, crs=CGCS2000)


def _rejected(frame: pd.DataFrame, kept: pd.DataFrame) -> pd.Index:
    """Rows that contradict an earlier one of their id (rows that repeat it are not lost)."""
    gone = frame.index.difference(kept.index)
    return gone[~frame.duplicated().loc[gone].to_numpy()]


def _placed(
    kept: pd.DataFrame, spots: pd.Series, geometry: pd.Series, drawn: pd.Series, systems: Mapping[str, System]
) -> pd.DataFrame:
    known = spots.notna()
    source = pd.Series(pd.NA, index=kept.index, dtype="string")
    for name, where in ((TABLE, known & ~drawn), (FOOTPRINTS, drawn)):
        if name in systems:
            source = source.mask(where, systems[name].name)
    return kept.assign(
        **_lonlat(spots),
        geom_crs_src=kept["geom_crs_src"].fillna(source.where(geometry.notna())),
    )


def _without_footprint(inputs: _Inputs, kept: pd.DataFrame, drawn: pd.Series, geometry: pd.Series) -> pd.DataFrame:
    if inputs.footprints is None:
        return join_problems([])
    reports = []
    for rule, severity, where in (("I22", "info", ~drawn & geometry.notna()), ("I26", "warning", geometry.isna())):
        rows = inputs.ledger.rows.loc[kept.index[where]]
        values = kept.loc[where, "name"].fillna(kept.loc[where, "compound_id"])
        reports.append(
            problem_rows(rule, rows, severity=severity, file=inputs.ledger.file, column=FOOTPRINTS, values=values)
        )
    return join_problems(reports)


def _results(
    inputs: _Inputs,
    decision: CrsDecision,
    compounds: _Compounds,
    layers: Mapping[str, Layer],
    request: ImportRequest,
) -> tuple[District, ImportReport]:
    found = [inputs.problems, decision.problems, compounds.problems, *(layer.problems for layer in layers.values())]
    problems = join_problems(found)
    accounts = account(inputs.ledger, inputs.cleaned, problems, compounds.rejected)
    problems = join_problems([problems, accounts.problems])
    summary = _summary(inputs, decision, compounds, layers, problems)
    summary |= {"cells": accounts.as_dict(), "problem_cells": accounts.cells.to_dict("records")}
    district = _district(inputs.cleaned, compounds, layers, problems, summary=summary, request=request)
    candidates = compounds.joined.candidates if compounds.joined else pd.DataFrame()
    columns = {"compounds": inputs.ledger.headers.columns, **{n: layer.columns for n, layer in layers.items()}}
    return district, ImportReport(summary, columns, candidates, problems, len(compounds.rejected))


def _district(
    cleaned: Cleaned,
    compounds: _Compounds,
    layers: Mapping[str, Layer],
    problems: pd.DataFrame,
    *,
    summary: Mapping[str, Any],
    request: ImportRequest,
) -> District:
    owner = compounds.labels
    original = cleaned.original[cleaned.original["row"].isin(owner.index)]
    original = original.assign(compound_id=original["row"].map(owner))[["compound_id", "field", "text"]]
    years = cleaned.year_range.loc[owner.index].set_axis(compounds.frame.index)
    return District(
        name=request.name,
        compounds=compounds.frame,
        layers={n: layers[n].frame if n in layers else empty_layer(request.policy, n) for n in LAYERS},
        tables={name: empty_table(request.policy, name) for name in TABLES},
        not_applicable=frozenset((owner[row], f) for row, f in cleaned.not_applicable if row in owner.index),
        original=original.astype("string").reset_index(drop=True),
        problems=problems,
        year_range=years,
        crs_note=summary,
    )


def _summary(
    inputs: _Inputs, decision: CrsDecision, compounds: _Compounds, layers: Mapping[str, Layer], problems: pd.DataFrame
) -> dict[str, Any]:
    kinds = shapely.get_type_id(compounds.frame.geometry.to_numpy())
    drawn, points = int((kinds > 2).sum()), int((kinds == 0).sum())
    joined = compounds.joined
    footprints = {"matched_by": joined.how, "unclaimed": joined.unclaimed} if joined else None
    repairs = problems[problems["rule"].str.startswith("repair.")].groupby(["rule", "column"], sort=True).size()
    headers = inputs.ledger.headers
    return {
        "file": inputs.ledger.file,
        "rows": len(compounds.frame),
        "matched": drawn,
        "points": points,
        "unmatched": len(compounds.frame) - drawn - points,
        "merged": inputs.ledger.merged,
        "rejected": len(compounds.rejected),
        "encoding": inputs.ledger.encoding,
        "columns": headers.fields,
        "unmapped": headers.unmapped,
        "repairs": [{"rule": r, "column": c, "count": int(n)} for (r, c), n in repairs.items()],
        "footprints": footprints,
        "crs": _crs(decision, layers),
        "layers": {name: layer.summary for name, layer in layers.items()},
        "problems": {s: int((problems["severity"] == s).sum()) for s in ("error", "warning", "info")},
    }


def _crs(decision: CrsDecision, layers: Mapping[str, Layer]) -> dict[str, Any]:
    """The note of the decision, with the system of every other layer among those applied."""
    applied = {**decision.note["applied"], **{name: layer.summary["crs"] for name, layer in layers.items()}}
    return {**decision.note, "applied": applied}
