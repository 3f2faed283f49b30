"""The answers of `programmes.evaluate` as arrays again, aligned to the compounds, whatever the order of its rows."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.decisions.kleene import Bools, any_where

Words = npt.NDArray[np.object_]


class Verdicts:
    """Answers of every programme row for the compounds of ``index``; what was not evaluated is no."""

    def __init__(self, evaluated: pd.DataFrame, index: pd.Index) -> None:
        self._n = len(index)
        at = index.get_indexer(pd.Index(evaluated["compound_id"]))
        self._evaluated = evaluated
        self._parts: dict[str, tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]] = {}
        self._yes = np.asarray(evaluated["result"] == "yes", dtype=bool)
        self._unknown = np.asarray(evaluated["result"] == "unknown", dtype=bool)
        for code, listed in evaluated.groupby("code", observed=True).indices.items():
            rows = listed[at[listed] >= 0]
            self._parts[str(code)] = (at[rows], rows)

    def yes(self, code: str) -> Bools:
        """Return where the row ``code`` is yes."""
        return self._where(code, self._yes)

    def unknown(self, code: str) -> Bools:
        """Return where the row ``code`` is unknown."""
        return self._where(code, self._unknown)

    def any_yes(self, codes: Iterable[str]) -> Bools:
        """Return where any of the rows is yes."""
        return any_where(self._n, (self.yes(code) for code in codes))

    def any_unknown(self, codes: Iterable[str]) -> Bools:
        """Return where any of the rows is unknown."""
        return any_where(self._n, (self.unknown(code) for code in codes))

    def words(self, code: str, column: str) -> Words:
        """Return a text column (missing, triggers_zh, triggers_en) of the row ``code``."""
        text = np.full(self._n, "", dtype=object)
        if code in self._parts:
            at, rows = self._parts[code]
            text[at] = self._evaluated[column].take(rows).to_numpy(dtype=object)
        return text

    def _where(self, code: str, result: Bools) -> Bools:
        where = np.zeros(self._n, dtype=bool)
        if code in self._parts:
            at, rows = self._parts[code]
            where[at] = result[rows]
        return where
