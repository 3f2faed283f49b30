"""Everything about one compound as plain frames: points, programmes, items, history. The page 一小区一策 shows them.

Each function takes an assessment and an id, so that five lines of Python give what the page shows. KeyError for an id
that the district does not have.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from planner.decisions.pipeline import Assessment
from planner.decisions.scoring import GROUPS, KIND_NAMES
from planner.policy import split_list

SHOWN_KINDS = ("exclusion", "hold", "suppress", "overlay", "note", "candidate")
_FUNDS = ("central", "province", "city", "district", "residents", "firms", "social")
_RESULT_ORDER = {"yes": 0, "unknown": 1, "no": 2}
_ITEM_ORDER = {"now": 0, "blocked": 1, "verify": 2}


def breakdown(assessment: Assessment, compound_id: str) -> pd.DataFrame:
    """Return the criteria that weigh something: points, their true maximum, and the ends of what is possible.

    Index code. Columns: group (N, D, R, V), side (need or readiness), kind (known, partly, unknown), raw (number or
    category, missing when unknown), points (missing when unknown), maximum = the effective weight after ``na`` moved
    weight, assumed (what an unknown one counts in the score), low, high. Need first, then readiness; by points, what
    nobody knows last. Points and assumed add up to the score, the maxima to 100.
    """
    scores, raw = assessment.scores.loc[compound_id], assessment.criteria.loc[compound_id]
    table = assessment.policy.criteria
    rows = [_criterion(str(code), str(table.at[code, "group"]), scores, raw) for code in table.index]
    frame = pd.DataFrame(rows).set_index("code")
    frame = frame[(frame["maximum"] > 1e-9) & (frame["kind"] != "na")]
    keys = frame.assign(_side=frame["side"].map({"need": 0, "readiness": 1}), _points=-frame["points"].fillna(-1.0))
    return frame.loc[keys.sort_values(["_side", "_points"], kind="stable").index]


def _criterion(code: str, group: str, scores: pd.Series, raw: pd.Series) -> dict[str, Any]:
    weight, value = _number(scores[f"{code}_w"]) or 0.0, _number(scores[f"{code}_v"]) or 0.0
    kind = str(raw[f"{code}_kind"])
    low, high = (weight * (_number(scores[f"{code}_{end}"]) or 0.0) / 100 for end in ("lo", "hi"))
    return {
        "code": code,
        "group": group,
        "side": "need" if group in GROUPS[:2] else "readiness",
        "kind": kind if kind in KIND_NAMES else "unknown",
        "raw": raw[f"{code}_x"],
        "points": _number(scores[f"{code}_p"]),
        "maximum": weight,
        "assumed": weight * value / 100 if kind == "unknown" else 0.0,
        "low": low,
        "high": high,
    }


def not_applicable(assessment: Assessment, compound_id: str) -> list[str]:
    """Return the criteria that cannot apply here and would weigh something in this profile; their weight moved."""
    weights = assessment.policy.criteria[f"weight_{assessment.profile}"]
    kinds = assessment.criteria.loc[compound_id]
    return [str(code) for code in weights.index if weights[code] > 0 and kinds[f"{code}_kind"] == "na"]


def programme_rows(assessment: Assessment, compound_id: str, lang: str = "zh") -> pd.DataFrame:
    """Return every rule for one compound: the programmes first, then the rules that answer yes or unknown.

    Columns: code, label, kind, result (yes, unknown, no), triggers, missing (fields, ``;`` between them), note,
    source, grade, money (purse).
    """
    rows, policy = assessment.programmes, assessment.policy
    own = rows[rows["compound_id"] == compound_id].set_index("code").reindex(policy.programmes.index)
    table = policy.programmes
    frame = pd.DataFrame(
        {
            "code": own.index,
            "label": [policy.label("programmes", str(code), lang) for code in own.index],
            "kind": table["kind"],
            "result": own["result"].astype("object").fillna("no"),
            "triggers": own[f"triggers_{lang}"].fillna(""),
            "missing": own["missing"].fillna(""),
            "note": own[f"note_{lang}"].fillna(""),
            "source": table["source"],
            "grade": table["grade"],
            "money": table["money_purse"],
        }
    ).reset_index(drop=True)
    main = frame["kind"] == "programme"
    wanted = main | (frame["kind"].isin(SHOWN_KINDS) & (frame["result"] != "no"))
    key = pd.DataFrame({"main": ~main, "result": frame["result"].map(_RESULT_ORDER), "at": range(len(frame))})
    return frame.loc[key[wanted].sort_values(["main", "result", "at"]).index].reset_index(drop=True)


def item_rows(assessment: Assessment, compound_id: str, lang: str = "zh") -> pd.DataFrame:
    """Return the items of one compound: what can be done now, what is blocked, what must be verified first.

    The columns of `items.prioritise`, and label, status (now, blocked, verify), unit_cost (likely yuan a unit),
    condition and reason in ``lang``.
    """
    rows, policy = assessment.items, assessment.policy
    own = rows[rows["compound_id"] == compound_id]
    blocked = own["blocking"].fillna(False).astype(bool)
    status = pd.Series("now", index=own.index).mask(blocked, "blocked").mask(own["deficit"].isna(), "verify")
    label = [policy.label("items", str(code), lang) for code in own["item"]]
    words = {"condition": own[f"condition_{lang}"].fillna(""), "reason": own[f"reason_{lang}"].fillna("")}
    price = own["item"].map(policy.items["cost_likely"])
    frame = own.assign(label=label, status=status, unit_cost=price, **words)
    key = frame.assign(_status=frame["status"].map(_ITEM_ORDER))
    return frame.loc[key.sort_values(["_status", "rank"], kind="stable", na_position="last").index]


def history(assessment: Assessment, compound_id: str) -> pd.DataFrame:
    """Return the interventions of one compound, the newest first: year, programme, status, start, end, items, cost,
    document, and funds = the known sources in yuan added up (missing when none is known)."""
    rows = assessment.district.tables["interventions"]
    own = rows[(rows["compound_id"] == compound_id).to_numpy(dtype=bool, na_value=False)]
    funds = own[[f"funds_{name}_yuan" for name in _FUNDS]].astype("Float64").sum(axis=1, min_count=1)
    return own.assign(funds=funds).sort_values(["year", "intervention_id"], ascending=False, na_position="last")


def meetings(assessment: Assessment, compound_id: str) -> pd.DataFrame:
    """Return the meetings that dealt with one compound, the newest first."""
    rows = assessment.district.tables["meetings"]
    names = rows["compound_ids"].fillna("")
    own = rows[np.array([compound_id in split_list(str(cell)) for cell in names], dtype=bool)]
    return own.sort_values("held_on", ascending=False, na_position="last")


def neighbours(assessment: Assessment, compound_id: str) -> tuple[str, str]:
    """Return the id before and the id after in suggested order; empty at the ends. ValueError for an unknown id."""
    order = [str(key) for key in assessment.ranking["compound_id"]]
    at = order.index(compound_id)
    return (order[at - 1] if at else ""), (order[at + 1] if at + 1 < len(order) else "")


def _number(value: object) -> float | None:
    return None if value is None or pd.isna(value) else float(str(value))
