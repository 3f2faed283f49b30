"""Rows about the same compound in one file: the same content once, other content not at all, edits by their newest."""

from __future__ import annotations

import hashlib

import pandas as pd

from planner.errors import join_problems, problem_rows

_BETWEEN = "\x1f"


def content_keys(changes: pd.DataFrame) -> pd.Series:
    """Return a key of what each row says (SHA-256, 16 digits; index = label): equal keys, equal content.

    changes: `survey_cells.SurveyCells.changes`. A row that says nothing has no key.
    """
    said = changes[changes["kind"] != "keep"]
    cells = zip(said.index, said["field"], said["kind"], said["value"], strict=True)
    rows: dict[object, list[str]] = {}
    for label, field, kind, value in cells:
        rows.setdefault(label, []).append(f"{field}={kind}:{value}")
    keys = [_digest(_BETWEEN.join(sorted(row))) for row in rows.values()]
    return pd.Series(keys, index=pd.Index(list(rows), dtype="int64"), dtype="string")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def settle_repeats(facts: pd.DataFrame, file: str) -> tuple[pd.Series, pd.DataFrame]:
    """Return the status of each row after looking for repeats, and the problems that name the other rows.

    facts: row, status, compound_id, instance, submitted, content by label. Only rows with status "" and a compound are
    looked at. A submission that stands twice (same instance) counts by its newest; then, of rows of one compound, those
    with one content are one (the first stays, the others are `repeated`), those with several are all `contradicting`.
    """
    status = facts["status"].copy()
    live = facts[status.eq("") & facts["compound_id"].notna()]
    if not (live["compound_id"].duplicated().any() or live["instance"].dropna().duplicated().any()):
        return status, join_problems([])
    status, older = _older_edits(status, live, file)
    live = live[status.reindex(live.index).eq("")]
    content = live["content"].fillna("")
    first_content = content.groupby(live["compound_id"]).transform("first")
    several = content.ne(first_content).groupby(live["compound_id"]).transform("any")
    contradicting = live[several]
    repeated = live[~several & live["compound_id"].duplicated()]
    status[contradicting.index] = "contradicting"
    status[repeated.index] = "repeated"
    same = _named("survey.repeated", repeated, live[~several], file, severity="warning")
    other = _named("survey.contradicting", contradicting, contradicting, file, severity="error")
    return status, join_problems([older, same, other])


def _older_edits(status: pd.Series, live: pd.DataFrame, file: str) -> tuple[pd.Series, pd.DataFrame]:
    """Older editions of one submission; without a time that tells them apart they are left to contradict."""
    known = live[live["instance"].notna() & live["instance"].duplicated(keep=False) & live["submitted"].notna()]
    if not len(known):
        return status, join_problems([])
    newest = known.groupby("instance")["submitted"].transform("max")
    older = known[known["submitted"] < newest]
    status = status.copy()
    status[older.index] = "repeated"
    winners = known[known["submitted"] == newest].drop_duplicates("instance").set_index("instance")["row"]
    params = [{"first": int(winners[name])} for name in older["instance"]]
    report = problem_rows(
        "survey.older_edit",
        older["row"],
        severity="info",
        file=file,
        column="",
        values=older["compound_id"],
        params=params,
    )
    return status, report


def _named(rule: str, found: pd.DataFrame, among: pd.DataFrame, file: str, *, severity: str) -> pd.DataFrame:
    """One problem per row, naming the other rows of its compound."""
    rows = among.groupby("compound_id")["row"].agg(list)
    others = [
        [n for n in rows[owner] if n != row] for owner, row in zip(found["compound_id"], found["row"], strict=True)
    ]
    params = [{"others": "、".join(map(str, rest)), "first": rest[0] if rest else ""} for rest in others]
    return problem_rows(
        rule, found["row"], severity=severity, file=file, column="", values=found["compound_id"], params=params
    )
