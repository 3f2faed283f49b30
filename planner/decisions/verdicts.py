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
        results = evaluated["result"].to_numpy(dtype=object)
        columns = {name: evaluated[name].to_numpy(dtype=object) for name in ("missing", "triggers_zh", "triggers_en")}
        self._parts: dict[str, tuple[npt.NDArray[np.intp], Words, dict[str, Words]]] = {}
        for code, listed in evaluated.groupby("code", observed=True).indices.items():
            rows = listed[at[listed] >= 0]
            self._parts[str(code)] = (at[rows], results[rows], {n: c[rows] for n, c in columns.items()})

    def yes(self, code: str) -> Bools:
        """Return where the row ``code`` is yes."""
        return self._where(code, "yes")

    def unknown(self, code: str) -> Bools:
        """Return where the row ``code`` is unknown."""
        return self._where(code, "unknown")

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
            at, _, columns = self._parts[code]
            text[at] = columns[column]
        return text

    def _where(self, code: str, result: str) -> Bools:
        where = np.zeros(self._n, dtype=bool)
        if code in self._parts:
            at, results, _ = self._parts[code]
            where[at] = results == result
        return where
