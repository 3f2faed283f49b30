"""The map itself: ground, compounds, borders, names in the order of their weight, frame and furniture around it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from planner.decisions.pipeline import Assessment
from planner.district.district import District
from planner.outputs.sheet import compounds, furniture, ground
from planner.outputs.sheet.frame import Frame, Layout
from planner.outputs.sheet.index_table import numbered
from planner.outputs.sheet.request import SheetRequest
from planner.outputs.sheet.room import Room
from planner.outputs.sheet.scene import Mark, Word
from planner.outputs.sheet.table import Row
from planner.text import t


@dataclass(frozen=True, slots=True)
class MapPart:
    """The marks of the map, the compounds without a name on it, and their rows of the index."""

    marks: list[Mark]
    unnamed: tuple[int, ...] = ()
    index: tuple[Row, ...] = ()


def map_part(
    district: District, assessment: Assessment, drawn: compounds.Drawn, *, frame: Frame, layout: Layout,
    request: SheetRequest,
) -> MapPart:  # fmt: skip
    """Return the map; a full sheet has the grid, corner coordinates, and numbers for names that found no room."""
    full, indexed = request.full, request.full and not request.overview
    if frame.empty:
        x, y = frame.x + frame.width / 2, frame.y + frame.height / 2
        nothing = Word(t("sheet.nothing", drawn.lang), x, y, 12.0, align="center", role="nothing")
        marks = [*ground.ground(district, frame), *furniture.map_edge(frame, layout.k)[:1], nothing]
        missing = [int(i) for i in np.flatnonzero(drawn.shown)]
        numbers = numbered(district, drawn, missing, room=Room(frame), k=layout.k) if indexed else ([], [])
        return MapPart(marks, tuple(missing), tuple(numbers[1]))
    names, unnamed, index = _names(district, assessment, drawn, frame=frame, layout=layout, request=request)
    marks = [
        *ground.ground(district, frame),
        *compounds.areas(drawn),
        *ground.buildings(district, frame),
        *compounds.rings(drawn),
        *ground.borders(district, frame),
        *names,
        *furniture.map_edge(frame, layout.k, 36.0 * layout.k if full else 0.0),
        *(furniture.grid(frame, layout.k) if full else []),
        *furniture.north_arrow(frame, layout.k, drawn.lang),
        *furniture.scale_marks(frame, layout, drawn.lang),
    ]
    return MapPart(marks, tuple(unnamed), tuple(index))


def _names(
    district: District, assessment: Assessment, drawn: compounds.Drawn, *, frame: Frame, layout: Layout,
    request: SheetRequest,
) -> tuple[list[Mark], list[int], list[Row]]:  # fmt: skip
    """Names and letters in order of weight: each takes the room that the weightier ones leave."""
    room, k, full = Room(frame), layout.k, request.full
    corner = (frame.x + frame.width - 8.5 * k, frame.y + frame.height - 13 * k)
    room.take(*corner, 13 * k, 22 * k)
    obstacles = drawn.shapes[drawn.inside]
    streets = ground.street_names(district, frame, room, obstacles=obstacles, k=k)
    letters = compounds.letters(district, assessment, drawn, frame=frame, room=room)
    base = [*ground.area_names(district, frame, room, k), *ground.road_names(district, frame, room, k)]
    weight = suggested_weight(district, assessment) if full else np.zeros(len(drawn.shapes))
    names, unnamed = compounds.compound_names(district, drawn, frame=frame, room=room, k=k, weight=weight)
    absent = [int(i) for i in np.flatnonzero(drawn.shown & ~drawn.inside) if drawn.shapes[i] is None]
    numbers, rows = (
        numbered(district, drawn, [*unnamed, *absent], room=room, k=k) if full and not request.overview else ([], [])
    )
    communities = ground.community_names(district, frame, room, obstacles=obstacles, k=k)
    return [*streets, *letters, *base, *names, *numbers, *communities], [*unnamed, *absent], rows


def suggested_weight(district: District, assessment: Assessment) -> npt.NDArray[np.float64]:
    """Return per compound a weight that falls along the suggested order."""
    place = assessment.ranking.reset_index(drop=True).reset_index().set_index("compound_id")["index"]
    return np.asarray(-place.reindex(district.compounds.index).to_numpy(dtype=np.float64))
