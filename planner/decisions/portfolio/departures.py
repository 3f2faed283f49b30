"""Where a plan departs from the suggested order (建议次序), each with its reason: nobody has to find it out."""

from __future__ import annotations

import pandas as pd

from planner.decisions.portfolio.plan import Plan

PASSED_OVER, BROUGHT_FORWARD = "passed_over", "brought_forward"
COLUMNS = ("kind", "compound_id", "name", "rank", "year", "reason_zh", "reason_en", "need_zh", "need_en")
PROPOSED = "拟列入"


def departures(plan: Plan) -> pd.DataFrame:
    """Return the departures (COLUMNS), in suggested order.

    With n ranked compounds in the plan: ``passed_over`` are the first n that are not in, with why not and what would
    bring them in; ``brought_forward`` are those in the plan that stand behind the first n, with the reason of the line
    that removes most.
    """
    ranking = plan.assessment.ranking.loc[lambda x: x["rank"].notna(), ["compound_id", "name", "rank"]]
    inside = ranking["compound_id"].isin(plan.lines["compound_id"])
    proposed = ranking["compound_id"].isin(plan.lines.loc[plan.lines["status"] == PROPOSED, "compound_id"])
    early = ranking["rank"] <= int(proposed.sum())
    words = ["reason_zh", "reason_en", "need_zh", "need_en"]
    why = plan.left_out.drop_duplicates("compound_id").set_index("compound_id")[words]
    over = ranking[early & ~inside].assign(kind=PASSED_OVER, year=pd.NA).join(why, on="compound_id")
    lines = plan.lines.loc[plan.lines["status"] == PROPOSED].sort_values("points", ascending=False, kind="stable")
    best = lines.drop_duplicates("compound_id").set_index("compound_id")[["year", "reason_zh", "reason_en"]]
    forward = (
        ranking[proposed & ~early].assign(kind=BROUGHT_FORWARD, need_zh="", need_en="").join(best, on="compound_id")
    )
    both = pd.concat([over.astype({"year": "Int64"}), forward.astype({"year": "Int64"})], ignore_index=True)
    return both[list(COLUMNS)].astype({"rank": "Int64"})
