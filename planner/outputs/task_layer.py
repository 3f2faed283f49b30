"""The map of 该核实哪几个数: what finding out something about a compound could change."""

from __future__ import annotations

import numpy as np

from planner.decisions.assessment import Assessment
from planner.decisions.survey_tasks import LEVELS, SurveyTasks
from planner.outputs.map_classes import MapClass, MapLayer
from planner.text import t

_LOOKS = (
    ("ready", "#A34E27", "#5C2A12", ""),
    ("top", "#E5AE63", "#7A5A22", ""),
    ("state", "#F2D19B", "#8A6D35", ""),
    ("together", "hatch", "#7C8894", "3 2"),
    ("register", "#DFE9F1", "#8CA3B5", ""),
    ("nothing", "#FBFBFA", "#A9B4BF", ""),
)


def task_layer(assessment: Assessment, found: SurveyTasks, lang: str = "zh") -> MapLayer:
    """Return the layer: each compound in the class of its most decisive task on the spot, else what is left to do."""
    index = assessment.district.compounds.index
    classes = tuple(
        MapClass(t(f"task.class.{name}", lang, top=found.top), fill, edge, dash=dash)
        for name, fill, edge, dash in _LOOKS
    )
    rows = found.tasks[found.tasks["level"].ne("programme")]
    place = rows["level"].map({name: k for k, name in enumerate(LEVELS)}).where(~rows["register"], 4)
    best = place.astype(int).groupby(rows["compound_id"]).min().reindex(index)
    both = index.isin(found.together["compound_id"])
    codes = best.fillna(5).to_numpy(dtype=np.int64)
    return MapLayer("tasks", t("task.map", lang), classes, np.where(both & (codes >= 4), 3, codes))
