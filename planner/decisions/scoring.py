"""The score of a compound: an additive value function with an honest interval.

Every criterion turns a raw value into 0..100 by its own breakpoints (a curve, or a value per category). Nothing looks
at another compound, so no compound can change the order of two others. With effective weights ``w_i`` (sum 100)::

    v_i          value; known: v_lo = v = v_hi; unknown: 0, unknown_value (50), 100; partly known: in between
    p_i          w_i * v_i / 100 for known and partly known criteria, blank for unknown ones
    <g>_assumed  sum over the unknown criteria of group g of w_i * unknown_value / 100
    score        sum of p_i and of all assumed points
    score_low    sum of w_i * v_lo / 100          score_high  the same with v_hi
    completeness sum of w_i of known and partly known criteria / 100
    need         100 * (points and assumed points of N and D) / (W_N + W_D)       readiness: the same of R and V

Unknown criteria keep their weight: re-normalising over what is known puts the emptiest rows on top. Only ``na``
(cannot apply) moves weight: inside its group in proportion, and from a group that is ``na`` throughout to the other
groups in proportion.

A worked example, weights n 40 and m 20 (group N), r 40 (group R), values in brackets [v_lo, v, v_hi]::

    n known 80            40 * 80 / 100 = 32 points
    m partly [0, 30, 60]  20 * 30 / 100 =  6 points
    r unknown [0, 50, 100]              no points; R_assumed = 40 * 50 / 100 = 20
    score 32 + 6 + 20 = 58; low 32 + 0 + 0 = 32; high 32 + 12 + 40 = 84; completeness 0.60
    need 100 * 38 / 60 = 63.3; readiness 100 * 20 / 40 = 50
    had m been na: n weighs 60 and gives 48; score 48 + 20 = 68, between 48 and 88

Source: CONTRACTS 2; the values of all weights and breakpoints are judgement (grade J in criteria.csv).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.decisions.scales import Floats, Scale, curve_of, read_scales
from planner.errors import PolicyError
from planner.policy import Policy
from planner.text import t

Kinds = npt.NDArray[np.int8]

GROUPS = ("N", "D", "R", "V")
SIDES = (("N", "D"), ("R", "V"))
KIND_NAMES = ("known", "partly", "unknown", "na")
KNOWN, PARTLY, UNKNOWN, NA = range(4)
RAW_ENDS = ("_x", "_lo_x", "_hi_x")
BANDS = ("一类", "二类", "三类")
MANY_ROWS = 2_048
BLOCK = 8_192
"""Rows per pass: the working arrays of a block stay in the processor's cache, and memory does not grow with them."""


@dataclass(frozen=True, slots=True)
class RawArrays:
    """Raw values of many compounds, one row per criterion in the order of the scales, one column per compound.

    ``kind`` holds KNOWN, PARTLY, UNKNOWN or NA; ``lo`` and ``hi`` are the raw values that give the lowest and the
    highest value (not the lowest and highest number), read where the kind is PARTLY only.
    """

    x: Floats
    lo: Floats
    hi: Floats
    kind: Kinds


@dataclass(frozen=True, slots=True)
class Scores:
    """Result of `score_arrays`: one entry per compound, ``points`` and the details one row per criterion.

    ``points``: w_i * v_i / 100, NaN for unknown and na. ``assumed``: one row per group of GROUPS, the points assumed
    for its unknown criteria. ``v``, ``v_lo``, ``v_hi``, ``weights`` have no rows unless asked for.
    """

    score: Floats
    low: Floats
    high: Floats
    completeness: Floats
    need: Floats
    readiness: Floats
    assumed: Floats
    points: Floats
    v: Floats
    v_lo: Floats
    v_hi: Floats
    weights: Floats


def score(raw: pd.DataFrame, policy: Policy, *, profile: str | None = None) -> pd.DataFrame:
    """Return value, range, points and weight of every criterion, and the score of every compound.

    ``raw`` is `criteria.raw`: per code the columns ``<code>_x``, ``_lo_x``, ``_hi_x``, ``_kind``. The result has its
    index and ``<code>_v``, ``_lo``, ``_hi``, ``_p``, ``_w`` (Float64, missing where na, p also where unknown),
    ``score``, ``score_low``, ``score_high``, ``need``, ``readiness`` (0..100), ``completeness`` (0..1), ``band`` and
    ``<g>_assumed``. ``profile`` is screen, review or final (default: the setting). Raises PolicyError for a profile or
    a category label that criteria.csv does not know.
    """
    scales = read_scales(policy, profile=profile)
    result = score_arrays(scales, raw_arrays(raw, scales), unknown_value=policy.number("unknown_value"), details=True)
    return score_frame(scales, result, index=raw.index, policy=policy)


def score_frame(scales: Sequence[Scale], result: Scores, *, index: pd.Index, policy: Policy) -> pd.DataFrame:
    """Return the scores of `score_arrays` (with details) as the frame that `score` describes."""
    out = pd.DataFrame(_frame_columns(scales, result), index=index)
    return out.assign(band=bands(out["score"], policy))


def score_arrays(
    scales: Sequence[Scale], raw: RawArrays, *, unknown_value: float = 50.0, details: bool = False
) -> Scores:
    """Return the scores of compounds given as arrays, block by block (the entry for millions of rows).

    A compound whose criteria are all na has NaN as score. ``details`` keeps the values and weights of every criterion.
    """
    rows = raw.kind.shape[1]
    out = _empty_scores(len(scales), rows, details)
    plan = _plan(tuple(scales), unknown_value, rows >= MANY_ROWS)
    work = np.empty((2, len(scales) * min(BLOCK, rows)))
    for start in range(0, rows, BLOCK):
        _score_block(plan, raw, slice(start, start + BLOCK), work, out)
    return out


_Rows = slice | list[int]


@dataclass(frozen=True, slots=True)
class _Plan:
    """What all blocks share: the scales, their weights as shares of 1 (a column), and which rows belong together.

    ``groups`` has the rows of N, D, R, V; ``sides`` those of need (N and D) and of readiness (R and V), which weigh
    ``held``;
    ``unknown_ends``: what v, v_lo and v_hi of a special cell are unless it is partly known, by kind.
    """

    scales: Sequence[Scale]
    base: Floats
    groups: Sequence[_Rows]
    sides: Sequence[_Rows]
    held: tuple[Floats, Floats]
    group_of: npt.NDArray[np.intp]
    unknown_ends: Sequence[Floats]
    curves: Sequence[Callable[[Floats], Floats]]


@lru_cache(maxsize=16)
def _plan(scales: tuple[Scale, ...], unknown_value: float, many_rows: bool) -> _Plan:
    base = np.array([scale.weight for scale in scales]).reshape(-1, 1) / 100
    rows: dict[str, list[int]] = {group: [] for group in GROUPS}
    for row, scale in enumerate(scales):
        rows[scale.group].append(row)
    groups = [_adjacent(rows[group]) for group in GROUPS]
    sides = [_adjacent(sorted(rows[a] + rows[b])) for a, b in SIDES]
    group_of = np.array([GROUPS.index(scale.group) for scale in scales], dtype=np.intp)
    unknown_ends = [np.array([0.0, 0.0, value, 0.0]) for value in (unknown_value, 0.0, 100.0)]
    curves = [curve_of(scale, many_rows) for scale in scales]
    return _Plan(scales, base, groups, sides, _by_side(sides, base), group_of, unknown_ends, curves)


def _adjacent(rows: list[int]) -> _Rows:
    """Return rows that stand together (the usual file) as a slice, which copies nothing."""
    if not rows:
        return slice(0, 0)
    return slice(rows[0], rows[-1] + 1) if rows[-1] - rows[0] == len(rows) - 1 else rows


def _empty_scores(criteria: int, rows: int, details: bool) -> Scores:
    kept = criteria if details else 0
    score, low, high, completeness, need, readiness = (np.empty(rows) for _ in range(6))
    v, v_lo, v_hi, weights = (np.empty((kept, rows)) for _ in range(4))
    assumed, points = np.zeros((len(GROUPS), rows)), np.empty((criteria, rows))
    return Scores(score, low, high, completeness, need, readiness, assumed, points, v, v_lo, v_hi, weights)


@dataclass(frozen=True, slots=True)
class _Cells:
    """The cells of a block that are not known: position in the flat block, criterion, compound, kind."""

    at: npt.NDArray[np.intp]
    criterion: npt.NDArray[np.intp]
    row: npt.NDArray[np.intp]
    kind: Kinds


def _special_cells(kind: Kinds) -> _Cells:
    at = np.flatnonzero(kind != KNOWN)
    criterion, row = np.divmod(at, kind.shape[1])
    return _Cells(at, criterion, row, np.ascontiguousarray(kind).reshape(-1)[at])


def _score_block(plan: _Plan, raw: RawArrays, part: slice, work: Floats, out: Scores) -> None:
    kind = raw.kind[:, part]
    cells = _special_cells(kind)
    v, points = (buffer[: kind.size].reshape(kind.shape) for buffer in work)
    with np.errstate(invalid="ignore"):
        for x, value, into in zip(raw.x[:, part], plan.curves, v, strict=True):
            into[:] = value(x)
    ends = _ends(plan, raw, part, v, cells) if len(cells.at) else None
    weights = _effective_weights(plan, kind) if (cells.kind == NA).any() else plan.base
    np.multiply(weights, v, out=points)
    gained = _by_side(plan.sides, points)
    held = plan.held if weights is plan.base else _by_side(plan.sides, weights)
    out.score[part] = out.low[part] = out.high[part] = gained[0] + gained[1]
    out.need[part] = _share(gained[0], held[0])
    out.readiness[part] = _share(gained[1], held[1])
    out.completeness[part] = 1.0
    if ends is not None:
        _set_uncertain(plan, (weights, cells, ends), part, out)
        points.reshape(-1)[cells.at[cells.kind >= UNKNOWN]] = np.nan
    out.points[:, part] = points
    if len(out.v):
        _keep_details(v, weights, (cells, ends), part, out)


def _ends(plan: _Plan, raw: RawArrays, part: slice, v: Floats, cells: _Cells) -> Floats:
    """Settle ``v`` in the special cells; return v, v_lo, v_hi of these cells (three rows). An na cell holds 0."""
    flat = v.reshape(-1)
    kind = cells.kind.astype(np.intp)
    ends = np.empty((3, len(kind)))
    for by_kind, row in zip(plan.unknown_ends, ends, strict=True):
        by_kind.take(kind, out=row, mode="clip")
    partly = np.flatnonzero(cells.kind == PARTLY)
    if len(partly):
        where = cells.criterion[partly], cells.row[partly] + part.start
        ends[0, partly] = flat[cells.at[partly]]
        pairs = np.empty((len(partly), 2))
        pairs[:, 0], pairs[:, 1] = raw.lo[where], raw.hi[where]
        ends[1:, partly] = _partly_values(plan.scales, pairs, where[0]).T
    flat[cells.at] = ends[0]
    return ends


def _partly_values(scales: Sequence[Scale], ends: Floats, criteria: npt.NDArray[np.intp]) -> Floats:
    """Return the values of pairs of raw values; ``criteria`` (rising) says to which criterion each pair belongs."""
    edges = np.searchsorted(criteria, np.arange(len(scales) + 1)).tolist()
    for scale, start, stop in zip(scales, edges[:-1], edges[1:], strict=True):
        if start < stop:
            ends[start:stop] = np.interp(ends[start:stop], scale.x, scale.y)
    return ends


def _effective_weights(plan: _Plan, kind: Kinds) -> Floats:
    """Return weights as shares of 1, one column per compound: na gives its weight to the others."""
    missing = kind == NA
    kept = np.where(missing, 0.0, plan.base)
    left, whole = (np.stack([_total(w[rows]) for rows in plan.groups]) for w in (kept, plan.base))
    total = _total(np.where(left > 0, whole, 0.0))
    spread = np.divide(1.0, total, out=np.zeros(len(total)), where=total > 0)
    factors = np.divide(whole * spread, left, out=np.zeros(left.shape), where=left > 0)
    factors[:, ~missing.any(axis=0)] = 1.0
    for rows, factor in zip(plan.groups, factors, strict=True):
        kept[rows] *= factor
    return kept


def _by_side(sides: Sequence[_Rows], rows: Floats) -> tuple[Floats, Floats]:
    """Return the sums of the need rows and of the readiness rows."""
    return _total(rows[sides[0]]), _total(rows[sides[1]])


def _total(rows: Floats) -> Floats:
    """Return the sum of rows, added one after the other.

    One order of adding for one compound or a million: a score does not depend on the other rows, to the last bit.
    (numpy adds a single column in pairs, hence the two cases.)
    """
    if rows.shape[1] == 1 and len(rows):
        return np.asarray(np.add.accumulate(rows[:, 0])[-1:])
    return np.asarray(np.add.reduce(rows, axis=0))


def _share(gained: Floats, held: Floats) -> Floats:
    """Return points over weights, 0..100; NaN where there is no weight."""
    if held.all():
        return np.asarray(gained / held)
    return np.asarray(np.divide(gained, held, out=np.full(len(gained), np.nan), where=held > 0))


def _set_uncertain(plan: _Plan, block: tuple[Floats, _Cells, Floats], part: slice, out: Scores) -> None:
    """Set what the special cells change: the interval, assumed points, completeness, rows without any criterion.

    The interval is the score less and plus sums that are never negative: low <= score <= high holds to the last bit.
    """
    weights, cells, (v, low, high) = block
    rows = len(out.score[part])
    weight = plan.base.take(cells.criterion) if weights is plan.base else weights[cells.criterion, cells.row]
    out.low[part] = np.maximum(out.score[part] - np.bincount(cells.row, weight * (v - low), rows), 0.0)
    out.high[part] = out.score[part] + np.bincount(cells.row, weight * (high - v), rows)
    unknown = np.flatnonzero(cells.kind == UNKNOWN)
    row, criterion, weight = cells.row[unknown], cells.criterion[unknown], weight[unknown]
    out.completeness[part] -= np.bincount(row, weight, rows)
    places = plan.group_of[criterion] * rows + row
    assumed = np.bincount(places, weight * v[unknown], len(GROUPS) * rows)
    out.assumed[:, part] = assumed.reshape(len(GROUPS), rows)
    if weights is not plan.base:
        nothing = _total(weights) <= 0
        for values in (out.score, out.low, out.high, out.completeness):
            values[part][nothing] = np.nan


def _keep_details(v: Floats, weights: Floats, special: tuple[_Cells, Floats | None], part: slice, out: Scores) -> None:
    """Keep value, ends and weight of every criterion; na cells are blank."""
    cells, ends = special
    for kept, values in ((out.v, v), (out.v_lo, v), (out.v_hi, v), (out.weights, 100 * weights)):
        kept[:, part] = values
    if ends is None:
        return
    column = cells.row + part.start
    for kept, values in ((out.v_lo, ends[1]), (out.v_hi, ends[2])):
        kept[cells.criterion, column] = values
    na = cells.kind == NA
    for kept in (out.v, out.v_lo, out.v_hi, out.weights):
        kept[cells.criterion[na], column[na]] = np.nan


def raw_arrays(raw: pd.DataFrame, scales: Sequence[Scale]) -> RawArrays:
    """Return `criteria.raw` as arrays in the order of ``scales``; the labels of a category become its positions.

    Raises PolicyError for a label that its scale does not know.
    """
    kinds = {name: i for i, name in enumerate(KIND_NAMES)}
    kind = [raw[f"{scale.code}_kind"].map(kinds).to_numpy(dtype=np.int8) for scale in scales]
    x, lo, hi = (np.stack([_numbers(raw[scale.code + end], scale) for scale in scales]) for end in RAW_ENDS)
    if np.isnan(x[np.stack(kind) <= PARTLY]).any():
        raise ValueError("a criterion is marked known or partly known and has no raw value")
    return RawArrays(x, lo, hi, np.stack(kind))


def _numbers(values: pd.Series, scale: Scale) -> Floats:
    """Return raw values as floats: a category's label becomes its position, missing becomes NaN."""
    if not scale.labels:
        return _floats(pd.to_numeric(values, errors="coerce"))
    strange = sorted(set(values.dropna().astype(str)) - set(scale.labels))
    if strange:
        raise PolicyError(t("criterion.no_label", code=scale.code, labels="、".join(strange)))
    position = {label: float(i) for i, label in enumerate(scale.labels)}
    return _floats(values.map(position))


def _floats(values: pd.Series) -> Floats:
    return np.asarray(values.to_numpy(dtype=float, na_value=np.nan))


def _frame_columns(scales: Sequence[Scale], result: Scores) -> dict[str, pd.api.extensions.ExtensionArray]:
    parts = {"v": result.v, "lo": result.v_lo, "hi": result.v_hi, "p": result.points, "w": result.weights}
    columns = {f"{s.code}_{part}": values[row] for row, s in enumerate(scales) for part, values in parts.items()}
    columns |= {"score": result.score, "score_low": result.low, "score_high": result.high}
    columns |= {"completeness": result.completeness, "need": result.need, "readiness": result.readiness}
    columns |= {f"{group}_assumed": result.assumed[row] for row, group in enumerate(GROUPS)}
    return {name: pd.array(values, dtype="Float64") for name, values in columns.items()}


def bands(scores: pd.Series, policy: Policy) -> pd.Series:
    """Return 一类, 二类 or 三类 by settings.band_first and band_second; missing without a score."""
    first, second = policy.number("band_first"), policy.number("band_second")
    names = np.select([scores.ge(first).fillna(False), scores.ge(second).fillna(False)], BANDS[:2], BANDS[2])
    return pd.Series(names, index=scores.index, dtype="string").where(scores.notna())
