"""A boundary or a point that a person drew, on its way into the store: the shape, how it was drawn, how exact it is."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd
import shapely

from planner.policy import Policy
from planner.store.batches import Batch, Receipt, Signature, apply_batch
from planner.store.cell_values import GEOMETRY
from planner.store.changes import changes_frame
from planner.store.connection import Store
from planner.store.folders import geometry_texts
from planner.store.values import canonical_changes

_DIGITS = 7


@dataclass(frozen=True, slots=True)
class Drawing:
    """A shape for a compound (lon, lat; checked by `drawn_shape.check_shape`).

    seen: the text of the shape when the person began. how: a value of geom_source. accuracy: metres, None unknown.
    source, told_on, remark: as of `editing.Edit`.
    """

    compound_id: str
    shape: shapely.Geometry
    seen: str
    how: str
    accuracy: float | None
    source: str
    told_on: dt.date
    remark: str = ""


def drawing_changes(drawing: Drawing, policy: Policy) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the changes of a drawing, and what is wrong with the words beside it; a point also moves lon and lat."""
    shared = {"table": "compounds", "row_id": drawing.compound_id, "source": drawing.source,
              "surveyed_on": drawing.told_on.isoformat()}  # fmt: skip
    accuracy = "" if drawing.accuracy is None else f"{drawing.accuracy:g}"
    cells = {"geom_source": drawing.how, "geom_accuracy_m": accuracy}
    if drawing.shape.geom_type == "Point":
        cells |= {"lon": f"{drawing.shape.x:.{_DIGITS}f}", "lat": f"{drawing.shape.y:.{_DIGITS}f}"}
    rows = [{**shared, "field": field, "value": value} for field, value in cells.items()]
    told, problems = canonical_changes(changes_frame(rows), policy)
    told = told[told["table"] == "compounds"]
    text = geometry_texts(gpd.GeoSeries([drawing.shape]))[0]
    shape = changes_frame([{**shared, "field": GEOMETRY, "value": text, "old": drawing.seen}])
    return pd.concat([shape, told], ignore_index=True), problems


def apply_drawing(store: Store, policy: Policy, drawing: Drawing, signature: Signature) -> Receipt:
    """Write a drawing as a batch of its own; a shape that somebody changed meanwhile is held, not overwritten."""
    changes, _ = drawing_changes(drawing, policy)
    reason = "：".join(part for part in (drawing.source, drawing.remark.strip()) if part)
    return apply_batch(store, Batch("set", signature.actor, signature.at, reason, changes))
