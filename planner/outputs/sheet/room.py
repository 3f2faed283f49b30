"""Room for words on the map: a grid of half-millimetre cells in which the weightier name takes its place first."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from planner.outputs.sheet.frame import Frame

CELL = 0.5


class Room:
    """The free places inside a frame; names are offered in order of weight, so the same names give the same sheet."""

    def __init__(self, frame: Frame) -> None:
        self._x, self._y, self._w, self._h = frame.x, frame.y, frame.width, frame.height
        self._taken = np.zeros((math.ceil(frame.height / CELL) + 1, math.ceil(frame.width / CELL) + 1), dtype=bool)

    def free(self, x: float, y: float, width: float, height: float) -> bool:
        """Return whether a box around the middle ``x``, ``y`` lies in the frame and on nothing that is taken."""
        left, low = x - width / 2 - self._x, y - height / 2 - self._y
        inside = left >= 0.6 and low >= 0.6 and left + width <= self._w - 0.6 and low + height <= self._h - 0.6
        return inside and not self._taken[self._cells(x, y, width, height)].any()

    def take(self, x: float, y: float, width: float, height: float) -> None:
        """Mark the box around ``x``, ``y`` as taken."""
        self._taken[self._cells(x, y, width, height)] = True

    def place(self, places: Iterable[tuple[float, float]], width: float, height: float) -> tuple[float, float] | None:
        """Take the first of the places that is free and return it; None where there is none."""
        for x, y in places:
            if self.free(x, y, width, height):
                self.take(x, y, width, height)
                return x, y
        return None

    def _cells(self, x: float, y: float, width: float, height: float) -> tuple[slice, slice]:
        left, low = (x - width / 2 - self._x) / CELL, (y - height / 2 - self._y) / CELL
        right, top = left + width / CELL, low + height / CELL
        return (
            slice(max(0, math.floor(low)), max(0, math.ceil(top))),
            slice(max(0, math.floor(left)), max(0, math.ceil(right))),
        )
