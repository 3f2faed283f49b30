"""Themes that follow the policy tables: one per row of programmes.csv, one per item of items.csv.

A row added to either table is a theme from its code and label; nothing else has to be touched.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.decisions.item_gaps import item_gaps
from planner.decisions.items import BY_HAND
from planner.decisions.pipeline import Assessment
from planner.outputs.map_looks import SEQUENCE, Codes, Drawn, MapClass, plain_class, unknown_class
from planner.text import t

COLOURS = {
    "A": "#D55E00", "H": "#0072B2", "E": "#009E73", "M": "#E69F00", "Z": "#CC79A7", "W": "#8C7AA0", "S": "#C1121F",
}  # fmt: skip
"""Okabe-Ito colours of the programmes (LOOK.md); their candidates and notes take the colour of the first letter."""

LIMIT_COLOUR = "#8F3115"
LIMIT_KINDS = ("exclusion", "hold", "suppress", "note")
"""Rows that are circumstances, not programmes: what holds is named as a finding, not as 符合."""

HALF = 0.5
_GAP, _WITHHELD = ("#E5AE63", "#CF7F3B", "#8A3D15"), "#E3DCCB"


def programme_layer(assessment: Assessment, code: str, lang: str) -> Drawn:
    """Return the classes of a row of programmes.csv: it holds, to verify, it does not; KeyError for another code."""
    kind = str(assessment.policy.programmes.at[code, "kind"])
    words = "limit" if kind in LIMIT_KINDS else "rule"
    fill = LIMIT_COLOUR if words == "limit" and kind != "note" else COLOURS.get(code[:1], LIMIT_COLOUR)
    yes, no = (t(f"map.{words}.{answer}", lang) for answer in ("yes", "no"))
    rows = assessment.programmes[assessment.programmes["code"] == code]
    result = rows.set_index("compound_id")["result"].astype(object).reindex(assessment.scores.index)
    codes = result.map({"yes": 0, "unknown": 1, "no": 2}).to_numpy(dtype=np.int64)
    return (MapClass(yes, fill, white=True), unknown_class(lang), plain_class(no)), codes


def gaps_of(assessment: Assessment, codes: Iterable[str]) -> dict[str, pd.DataFrame]:
    """Return the gaps of these items; many at once cost little more than one."""
    return item_gaps(assessment.deficits, assessment.programmes, assessment.policy, codes)


def item_layer(assessment: Assessment, code: str, lang: str, gap: pd.DataFrame | None = None) -> Drawn:
    """Return the classes of an item of items.csv: how much of it lacks, or where it may be chosen by hand.

    What can be divided has steps by the lacking share; a lack that no open programme may pay for is a class of its
    own, and so is the unknown. ``gap`` is that of `gaps_of`, where it is there already. KeyError for another code.
    """
    policy = assessment.policy
    gap = gaps_of(assessment, [code])[code] if gap is None else gap
    if policy.items.at[code, "deficit"] == BY_HAND:
        return _by_hand(gap, lang)
    closed, whole = (~gap[name].fillna(True).to_numpy(dtype=bool) for name in ("open", "lacks"))
    steps, places = _steps(gap["share"], gap["lacks"].fillna(False).to_numpy(dtype=bool), lang)
    codes = np.where(closed, 1 + len(steps), 1 + places)
    codes = np.where(whole, 0, np.where(gap["lacks"].isna(), 2 + len(steps), codes))
    withheld = MapClass(t("map.gap.withheld", lang), _WITHHELD, "#B9AFA2")
    return (plain_class(t("map.gap.none", lang)), *steps, withheld, unknown_class(lang)), codes.astype(np.int64)


def _steps(share: pd.Series, lacks: npt.NDArray[np.bool_], lang: str) -> tuple[list[MapClass], Codes]:
    """The steps of a lack, and the step of every compound as if it lacked; lacks without a share are one step."""
    some = MapClass(t("map.gap.some", lang), _GAP[1])
    if not share.notna().any():
        return [some], np.zeros(len(share), dtype=np.int64)
    words = ("under_half", "over_half", "all")
    steps = [MapClass(t(f"map.gap.{word}", lang), fill) for word, fill in zip(words, _GAP, strict=True)]
    values = share.to_numpy(dtype=float, na_value=np.nan)
    places = np.where(values >= 1 - 1e-9, 2, np.where(values >= HALF, 1, 0))
    whole = np.isnan(values)
    more = [MapClass(some.label, SEQUENCE[1])] if (whole & lacks).any() else []
    return [*steps, *more], np.where(whole, len(steps) + len(more) - 1, places)


def _by_hand(gap: pd.DataFrame, lang: str) -> Drawn:
    codes = np.where(gap["open"].isna(), 1, np.where(gap["open"].fillna(False), 0, 2))
    open_class = MapClass(t("map.hand.open", lang), SEQUENCE[2])
    return (open_class, unknown_class(lang), plain_class(t("map.hand.closed", lang))), codes.astype(np.int64)
