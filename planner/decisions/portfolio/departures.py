"""Where the plan leaves the suggested order, and why: who is passed over, who goes ahead."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.decisions.assessment import Assessment
from planner.text import t

COLUMNS = ("compound_id", "place", "kind", "n", "reason_zh", "reason_en")
LANGUAGES = ("zh", "en")


def departures(assessment: Assessment, lines: pd.DataFrame, left: pd.DataFrame) -> pd.DataFrame:
    """Return who is passed over and who goes ahead (COLUMNS), in suggested order.

    kind: ``passed`` (not in the plan, while ``n`` compounds behind it are) or ``ahead`` (in the plan, while ``n``
    compounds before it are not). ``lines`` are the plan's, ``left`` its compounds left out with their reasons.
    """
    ranked = assessment.ranking.loc[assessment.ranking["rank"].notna(), "compound_id"].to_numpy(dtype=object)
    inside = np.isin(ranked, lines["compound_id"].to_numpy(dtype=object))
    behind = inside[::-1].cumsum()[::-1] - inside
    before = (~inside).cumsum() - ~inside
    n = np.where(inside, before, behind)
    frame = pd.DataFrame({"compound_id": ranked, "place": np.arange(1, len(ranked) + 1), "n": n})
    frame["kind"] = np.where(inside, "ahead", "passed")
    frame = frame.loc[n > 0].reset_index(drop=True)
    for lang in LANGUAGES:
        why = {"passed": _whys(left, lang), "ahead": _rates(lines, lang)}
        frame[f"reason_{lang}"] = [
            t(f"plan.depart.{kind}", lang, n=count, why=why[kind].get(compound, t("plan.depart.other", lang)))
            for kind, count, compound in zip(frame["kind"], frame["n"], frame["compound_id"], strict=True)
        ]
    return frame[list(COLUMNS)]


def _whys(left: pd.DataFrame, lang: str) -> dict[str, str]:
    return dict(zip(left["compound_id"], left[f"reason_{lang}"], strict=True))


def _rates(lines: pd.DataFrame, lang: str) -> dict[str, str]:
    """What a compound's lines remove for 10,000 yuan, or that it is decided."""
    found: dict[str, str] = {}
    for compound, rows in lines.groupby("compound_id", observed=True):
        cost, decided = int(rows["cost"].fillna(0).sum()), rows["basis"].astype("str").str.strip() != ""
        rate = f"{float(rows['points'].sum()) / cost * 10_000:.2f}" if cost else "—"
        key = "issued" if (rows["status"] == "已下达").all() else "must" if decided.any() else "rate"
        found[str(compound)] = t(f"plan.depart.{key}", lang, rate=rate)
    return found
