"""Field names as people read them: ``built_year_max;cctv_points`` is 建成年代（最晚）、监控路数."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.policy import Policy, split_list

SEPARATORS = {"zh": "、", "en": ", "}
Words = npt.NDArray[np.object_]


class FieldLabels:
    """The labels of every field (``field`` of compounds, ``table.field`` of the others) and programme row."""

    def __init__(self, policy: Policy) -> None:
        columns, rows = policy.columns, policy.programmes
        self.programmes = tuple(str(code) for code in rows.index)
        own = columns["field"].where(columns["table"] == "compounds", columns["table"] + "." + columns["field"])
        names = pd.concat([own, pd.Series(rows.index)])
        self.words: Mapping[str, Mapping[str, str]] = {
            str(name): {"zh": str(zh), "en": str(en)}
            for name, zh, en in zip(
                names,
                pd.concat([columns["label_zh"], rows["label_zh"]]),
                pd.concat([columns["label_en"], rows["label_en"]]),
                strict=True,
            )
        }

    def of(self, fields: Words) -> dict[str, Words]:
        """Return ``;`` separated names as their labels in both languages; a name without label stays as it is."""
        codes, distinct = pd.factorize(fields)
        return {lang: self._lists(distinct, lang)[codes] for lang in SEPARATORS}

    def _lists(self, cells: npt.ArrayLike, lang: str) -> Words:
        return np.array([self._list(str(cell), lang) for cell in np.asarray(cells)], dtype=object)

    def _list(self, cell: str, lang: str) -> str:
        labels = [self.words[name][lang] if name in self.words else name for name in split_list(cell)]
        return SEPARATORS[lang].join(dict.fromkeys(labels))
