"""Committees, four-party meetings, issues and appraisals; they hold the figures of the district report."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.district.demo.blanks import Objects, number_where, text_where
from planner.district.demo.chance import pick, stream
from planner.district.demo.roles import share
from planner.district.demo.warp import Floats, Ints

JOINT, SINGLE, MANAGED = 8, 30, 10
"""联合业委会, 业委会 and 物管会 of the district report."""

HALF_YEAR = (np.datetime64("2026-01-01", "s"), 181)
"""First day and length in days of the half year that the report tells of."""

MEETINGS, SOLVED = 62, 191
OTHER_MEETINGS, OTHER_SOLVED = 4, 5
EARLIER, LATER = 112, 46
DAY = np.timedelta64(86400, "s")
CATEGORIES = ("物业", "供热", "停车", "治安", "漏水", "违法建设", "其他")
PERIODS = ("2025-Q3", "2025-Q4", "2026-Q1", "2026-Q2", "2026-Q3")


@dataclass(frozen=True, slots=True)
class Span:
    """`count` meetings of one kind over `days` days from `first`, at which exactly `solved` issues were closed."""

    kind: str
    first: np.datetime64
    days: int
    count: int
    solved: int


def committee_table(compounds: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return the committees: joint ones of neighbours first, then single ones where firms work, then 物管会 elsewhere.

    compounds: index compound_id; community, households, property_status, name. No compound has two.
    """
    rng = stream(seed, "committees")
    groups = _neighbours(compounds, share(len(compounds), JOINT), rng)
    taken = {site for group in groups for site in group}
    firm = (compounds["property_status"] == "专业物业").to_numpy()
    homes = compounds["households"].to_numpy()
    single = _pick_sites(np.argsort(-(homes + 400 * firm), kind="stable"), taken, share(len(compounds), SINGLE))
    taken |= set(single)
    fits = compounds["property_status"].isin(("无", "社区托管", "居民自管")).to_numpy() & (homes >= 16)
    candidates = rng.permutation(np.flatnonzero(fits))
    managed = _pick_sites(candidates, taken, share(len(compounds), MANAGED))
    members = [*groups, *([s] for s in single), *([s] for s in managed)]
    kinds = np.repeat(
        np.array(["联合业委会", "业委会", "物管会"], dtype=object), [len(groups), len(single), len(managed)]
    )
    return _committees(members, kinds, compounds, rng)


def committee_of(committees: pd.DataFrame) -> pd.Series:
    """Return the committee_id of every compound that has one."""
    pairs = [
        (c, i)
        for i, ids in zip(committees["committee_id"], committees["compound_ids"], strict=True)
        for c in ids.split(";")
    ]
    return pd.Series(dict(pairs), dtype=object)


def meeting_table(compounds: pd.DataFrame, communities: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return the meetings of 2025 and 2026; the first half of 2026 has the numbers of the report.

    A community that reported "at least so many" solved issues has at_least true.
    """
    rng = stream(seed, "meetings")
    size = len(compounds)
    spans = (
        Span("四方联席", np.datetime64("2025-01-06", "s"), 355, share(size, EARLIER), share(size, 330)),
        Span("四方联席", *HALF_YEAR, share(size, MEETINGS), share(size, SOLVED)),
        Span("专班", *HALF_YEAR, share(size, OTHER_MEETINGS), share(size, OTHER_SOLVED)),
        Span("四方联席", np.datetime64("2026-07-01", "s"), 138, share(size, LATER), share(size, 139)),
    )
    rows = pd.concat([_meetings(span, communities, rng) for span in spans], ignore_index=True)
    rows = rows.sort_values(["held_on", "community_name"], kind="stable").reset_index(drop=True)
    concerned = _concerned(rows, compounds, rng)
    return rows.assign(meeting_id=[f"HY{n + 1:05d}" for n in range(len(rows))], compound_ids=concerned)


def issue_table(meetings: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return the issues raised at the meetings of 2026: as many, and as many closed, as those say."""
    rng = stream(seed, "issues")
    recent = meetings[meetings["held_on"] >= HALF_YEAR[0]].reset_index(drop=True)
    raised = recent["items_raised"].to_numpy(int)
    row = np.repeat(np.arange(len(recent)), raised)
    place = np.arange(len(row)) - np.repeat(np.cumsum(raised) - raised, raised)
    closed = place < recent["items_closed"].to_numpy(int)[row]
    size = len(row)
    held = recent["held_on"].to_numpy()[row]
    lists = recent["compound_ids"].astype("string").fillna("").str.split(";").to_list()
    legacy = rng.random(size) < np.where(closed, 0.08, 0.4)
    return pd.DataFrame(
        {
            "issue_id": [f"WT{n + 1:05d}" for n in range(size)],
            "compound_id": [(lists[r][p % len(lists[r])] or None) for r, p in zip(row, place, strict=True)],
            "meeting_id": recent["meeting_id"].to_numpy(object)[row],
            "opened_on": held - rng.integers(1, 40, size) * DAY,
            "category": pick(rng, CATEGORIES, (30, 24, 16, 7, 11, 5, 7), size),
            "level": np.where(
                closed, pick(rng, ("小区", "社区"), (7, 3), size), pick(rng, ("街道", "区"), (7, 3), size)
            ),
            "source": pick(rng, ("会议", "12345", "调查", "体检"), (60, 25, 10, 5), size),
            "stage": np.where(closed, "办结", pick(rng, ("听证", "协调", "挂账"), (2, 5, 3), size)),
            "legacy": legacy.astype(object),
            "special_group": (legacy & (rng.random(size) < 0.5)).astype(object),
            "closed_on": pd.Series(held).where(closed),
            "review_score": number_where(closed & (rng.random(size) < 0.6), rng.integers(3, 6, size)),
        }
    )


def appraisal_table(compounds: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return the quarterly appraisals of compounds with a firm, grades by the bureau's usual limits."""
    rng = stream(seed, "appraisals")
    sites = np.flatnonzero((compounds["property_status"] == "专业物业").to_numpy())
    skill = np.repeat(rng.normal(82, 6, len(sites)), len(PERIODS))
    score = np.round(np.clip(skill + rng.normal(0, 2.5, len(skill)), 48, 98), 1)
    ids = np.repeat(compounds.index.to_numpy(object)[sites], len(PERIODS))
    period = np.tile(np.array(PERIODS, dtype=object), len(sites))
    return pd.DataFrame(
        {
            "appraisal_id": [f"PJ{p.replace('-', '')}-{i}" for p, i in zip(period, ids, strict=True)],
            "compound_id": ids,
            "period": period,
            "score": score,
            "grade": np.select([score >= 90, score >= 80, score >= 70], ["A", "B", "C"], "D"),
        }
    )


def _neighbours(compounds: pd.DataFrame, count: int, rng: np.random.Generator) -> list[list[int]]:
    """Return `count` groups of two to four small compounds next to each other, each group inside one community."""
    small = ((compounds["households"] < 320) & (compounds["kind"] != "院落")).to_numpy()
    sites = pd.Series(np.flatnonzero(small))
    by_community = sites.groupby(compounds["community"].to_numpy()[sites]).agg(list)
    fitting = [members for members in by_community if len(members) >= 4]
    order = rng.permutation(len(fitting))[:count]
    return [sorted(fitting[k][: 2 + int(rng.integers(0, 3))]) for k in sorted(order)]


def _pick_sites(order: Ints, taken: set[int], count: int) -> list[int]:
    free = [int(site) for site in order if int(site) not in taken]
    return sorted(free[:count])


def _committees(
    members: list[list[int]], kinds: Objects, compounds: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    size = len(members)
    ids, names = compounds.index.to_numpy(object), compounds["name"].to_numpy(object)
    joint, managed = kinds == "联合业委会", kinds == "物管会"
    formed = np.datetime64("2022-05-10", "s") + rng.integers(0, 1300, size) * DAY
    term = np.where(managed, 3 * 365, 5 * 365) * DAY
    council = np.where(managed, rng.choice([7, 9, 11], size), rng.choice([5, 7, 7, 9], size))
    ending = np.where(managed, "物业管理委员会", "业主委员会")
    return pd.DataFrame(
        {
            "committee_id": [f"YW{n + 1:04d}" for n in range(size)],
            "kind": kinds,
            "name": [
                f"{names[m[0]]}{'等联合' if j else ''}{e}" for m, j, e in zip(members, joint, ending, strict=True)
            ],
            "compound_ids": [";".join(ids[m]) for m in members],
            "legal_form": text_where(joint, pick(rng, ("合并物业区域", "协调机构"), (5, 3), size)),
            "formed_on": formed,
            "filed_on": formed + rng.integers(12, 30, size) * DAY,
            "filing_no": [f"演示备〔{n + 1:03d}〕" for n in range(size)],
            "term_end": formed + term,
            "members_n": council,
            "owner_members_n": np.where(managed, (council + 1) // 2, council),
            "chair_role": np.where(managed, pick(rng, ("居委会代表", "街道代表"), (8, 2), size), "业主"),
            "seal": (rng.random(size) < 0.85).astype(object),
            "working": text_where(rng.random(size) >= 0.1, rng.random(size) < 0.85),
            "party_members_n": np.minimum(council, rng.integers(1, 5, size)),
        }
    )


def _meetings(span: Span, communities: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    count = span.count
    closed = _spread(span.solved, count, rng)
    bodies = pick(rng, ("业委会", "物管会"), (7, 3), count)
    names = communities["community_name"].to_numpy(object)
    start = rng.integers(0, max(1, len(names)))
    held = span.first + np.sort(rng.integers(0, span.days, count)) * DAY
    return pd.DataFrame(
        {
            "held_on": held,
            "community_name": names[(start + np.arange(count) * 7) % len(names)],
            "kind": span.kind,
            "parties": [f"居委会;小区党支部;{body};物业服务企业" for body in bodies],
            "items_raised": closed + rng.poisson(0.45, count),
            "items_closed": closed,
            "at_least": (rng.random(count) < 0.2).astype(object),
        }
    )


def _spread(total: int, count: int, rng: np.random.Generator) -> Ints:
    """Return `count` whole numbers around the mean that add up to `total`."""
    if not count:
        return np.zeros(0, dtype=np.int64)
    weights: Floats = rng.uniform(0.55, 1.45, count)
    cuts = np.rint(np.cumsum(weights) / weights.sum() * total).astype(np.int64)
    parts: Ints = np.diff(cuts, prepend=0)
    return parts


def _concerned(meetings: pd.DataFrame, compounds: pd.DataFrame, rng: np.random.Generator) -> list[str | None]:
    """Return for every meeting one to four compounds of its community."""
    ids = pd.Series(compounds.index.to_numpy(object), dtype=object)
    by_name = ids.groupby(compounds["community_name"].to_numpy(object)).agg(list).to_dict()
    numbers = rng.integers(1, 5, len(meetings))
    starts = rng.integers(0, 1000, len(meetings))
    lists = [by_name.get(name, []) for name in meetings["community_name"]]
    return [
        ";".join(sorted({own[(s + k) % len(own)] for k in range(n)})) if own else None
        for own, n, s in zip(lists, numbers, starts, strict=True)
    ]
