"""Scores: hand numbers first, then what must hold for any compound, then two independent libraries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pymcdm
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skcriteria import mkdm
from skcriteria.agg.simple import WeightedSumModel

from planner.decisions.scales import Scale, read_scales
from planner.decisions.scoring import (
    BLOCK,
    KNOWN,
    MANY_ROWS,
    NA,
    PARTLY,
    UNKNOWN,
    RawArrays,
    score,
    score_arrays,
)
from planner.errors import PolicyError
from planner.policy import with_settings
from tests.builders import shared_policy

LINE = (np.array([0.0, 100.0]), np.array([0.0, 100.0]))
KINDS = (KNOWN, PARTLY, UNKNOWN, NA)


def scale(code: str, group: str, weight: float) -> Scale:
    """A criterion whose value is its raw value."""
    return Scale(code, group, weight, *LINE)


def arrays(rows: Sequence[Sequence[tuple[int, float, float, float]]]) -> RawArrays:
    """Cells (kind, x, lo, hi), criteria down, compounds across."""
    table = np.array(rows, dtype=float).reshape(len(rows), -1, 4)
    return RawArrays(table[..., 1], table[..., 2], table[..., 3], table[..., 0].astype(np.int8))


def known(x: float) -> tuple[int, float, float, float]:
    return (KNOWN, x, x, x)


BLANK = (UNKNOWN, np.nan, np.nan, np.nan)
CANNOT = (NA, np.nan, np.nan, np.nan)


def test_the_worked_example_of_the_docstring() -> None:
    scales = [scale("n", "N", 40), scale("m", "N", 20), scale("r", "R", 40)]
    result = score_arrays(scales, arrays([[known(80)] * 2, [(PARTLY, 30, 0, 60), CANNOT], [BLANK] * 2]))
    assert result.score == pytest.approx([58, 68])
    assert result.low == pytest.approx([32, 48])
    assert result.high == pytest.approx([84, 88])
    assert result.completeness == pytest.approx([0.6, 0.6])
    assert result.need == pytest.approx([100 * 38 / 60, 80])
    assert result.readiness == pytest.approx([50, 50])
    assert result.assumed.tolist() == [[0, 0], [0, 0], [20, 20], [0, 0]]
    np.testing.assert_allclose(result.points, [[32, 48], [6, np.nan], [np.nan, np.nan]])


def test_a_group_that_is_na_throughout_gives_its_weight_to_the_others() -> None:
    scales = [scale("n", "N", 60), scale("d", "D", 30), scale("r", "R", 10)]
    result = score_arrays(scales, arrays([[CANNOT], [known(100)], [known(0)]]), details=True)
    assert result.weights.ravel()[1:] == pytest.approx([75, 25])
    assert result.score == pytest.approx([75])
    assert result.need == pytest.approx([100])


def test_nothing_that_applies_has_no_score() -> None:
    result = score_arrays([scale("n", "N", 100)], arrays([[CANNOT, known(5)]]))
    assert np.isnan(result.score[0])
    assert np.isnan(result.need[0])
    assert np.isnan(result.completeness[0])
    assert result.score[1] == 5


def test_case_10_one_theft_in_twelve_households() -> None:
    """planner_view 3.2: 8.3 per 100 households shrinks to 2.10, value 51.9 and 1.56 of 3 points in 定案."""
    policy = with_settings(shared_policy(), profile="final")
    raw = raw_frame({"n7": [(1 + 0.6 * 50 / 100) / (12 + 50) * 100]})
    row = score(raw, policy).iloc[0]
    assert row["n7_v"] == pytest.approx(51.9, abs=0.05)
    assert row["n7_p"] == pytest.approx(1.56, abs=0.005)


def raw_frame(values: Mapping[str, list[object]], rows: int = 1) -> pd.DataFrame:
    """A raw frame in which all criteria but these are unknown."""
    columns: dict[str, object] = {}
    for code in shared_policy().criteria.index:
        given_values = values.get(code, [None] * rows)
        columns |= {f"{code}{end}": pd.Series(given_values, dtype=object) for end in ("_x", "_lo_x", "_hi_x")}
        columns[f"{code}_kind"] = ["unknown" if x is None else "known" for x in given_values]
    return pd.DataFrame(columns)


def test_categories_and_screen_weights() -> None:
    raw = raw_frame({"n2": [38], "n4": ["无"], "n8": [48], "r1": ["无"]})
    row = score(raw, shared_policy(), profile="screen").iloc[0]
    age, small = 70 + 8 * 3, 75 - 18 * 20 / 30
    assert row["n2_v"] == age
    assert row["n4_p"] == 30
    assert row["score"] == pytest.approx(0.32 * age + 30 + 0.10 * small + 0 + 0.14 * 50)
    assert row["N_assumed"] == pytest.approx(7)
    assert row["completeness"] == pytest.approx(0.86)
    assert row["readiness"] == 0
    assert row["band"] == "一类"
    assert pd.isna(row["n3_p"])
    assert row["n3_v"] == 50


def test_an_unknown_label_and_an_unknown_profile_are_policy_errors() -> None:
    with pytest.raises(PolicyError, match="n4"):
        score(raw_frame({"n4": ["有人管"]}), shared_policy())
    with pytest.raises(PolicyError, match="fast"):
        read_scales(shared_policy(), profile="fast")


def test_a_known_criterion_without_a_value_is_refused() -> None:
    raw = raw_frame({"n4": ["无"]}).assign(n2_kind="known")
    with pytest.raises(ValueError, match="no raw value"):
        score(raw, shared_policy())


def test_no_compound_at_all() -> None:
    out = score(raw_frame({}, rows=0), shared_policy())
    assert len(out) == 0
    assert {"score", "n1_v", "R_assumed", "band"} <= set(out.columns)


GROUP = st.sampled_from("NDRV")
CELL = st.builds(
    lambda kind, ends: (kind, sorted(ends)[1], sorted(ends)[0], sorted(ends)[2]),
    st.sampled_from(KINDS),
    st.tuples(*[st.floats(0, 100)] * 3),
)


@st.composite
def problems(draw: st.DrawFn) -> tuple[list[Scale], RawArrays]:
    groups = draw(st.lists(GROUP, min_size=1, max_size=7))
    parts = draw(st.lists(st.integers(0, 20), min_size=len(groups), max_size=len(groups)).filter(any))
    weights = [100 * part / sum(parts) for part in parts]
    scales = [scale(f"c{i}", g, w) for i, (g, w) in enumerate(zip(groups, weights, strict=True))]
    rows = draw(st.integers(1, 4))
    cells = draw(st.lists(st.lists(CELL, min_size=rows, max_size=rows), min_size=len(groups), max_size=len(groups)))
    return scales, arrays(cells)


def by_hand(scales: Sequence[Scale], raw: RawArrays, row: int, end: str) -> float:
    """The score of one compound from the definition, with plain arithmetic. ``end`` is lo, x or hi."""
    live = [i for i in range(len(scales)) if raw.kind[i, row] != NA and scales[i].weight > 0]
    groups = {scales[i].group for i in live}
    whole = {g: sum(s.weight for s in scales if s.group == g) for g in groups}
    total = 0.0
    for i in live:
        group = scales[i].group
        share = scales[i].weight / sum(scales[j].weight for j in live if scales[j].group == group)
        weight = 100 * whole[group] / sum(whole.values()) * share
        unknown = {"lo": 0.0, "x": 50.0, "hi": 100.0}[end]
        field = raw.x if end == "x" or raw.kind[i, row] == KNOWN else getattr(raw, end)
        total += weight * (unknown if raw.kind[i, row] == UNKNOWN else field[i, row]) / 100
    return total if live else np.nan


@given(problems())
def test_score_and_interval_are_the_definition(problem: tuple[list[Scale], RawArrays]) -> None:
    scales, raw = problem
    result = score_arrays(scales, raw, details=True)
    for row in range(raw.kind.shape[1]):
        expected = [by_hand(scales, raw, row, end) for end in ("lo", "x", "hi")]
        got = [result.low[row], result.score[row], result.high[row]]
        assert got == pytest.approx(expected, nan_ok=True, abs=1e-9)


@given(problems())
def test_sums_that_must_hold(problem: tuple[list[Scale], RawArrays]) -> None:
    scales, raw = problem
    result = score_arrays(scales, raw, details=True)
    scored = ~np.isnan(result.score)
    points = np.nansum(result.points, axis=0) + result.assumed.sum(axis=0)
    np.testing.assert_allclose(points[scored], result.score[scored], atol=1e-9)
    np.testing.assert_allclose(np.nansum(result.weights, axis=0)[scored], 100, atol=1e-9)
    assert (result.low[scored] <= result.score[scored]).all()
    assert (result.score[scored] <= result.high[scored]).all()
    assert (result.completeness[scored] <= 1 + 1e-9).all()


@given(problems())
def test_a_row_does_not_depend_on_the_others(problem: tuple[list[Scale], RawArrays]) -> None:
    scales, raw = problem
    whole = score_arrays(scales, raw)
    for row in range(raw.kind.shape[1]):
        one = slice(row, row + 1)
        alone = score_arrays(scales, RawArrays(raw.x[:, one], raw.lo[:, one], raw.hi[:, one], raw.kind[:, one]))
        for name in ("score", "low", "high", "need", "readiness", "completeness"):
            np.testing.assert_array_equal(getattr(alone, name), getattr(whole, name)[one])


@given(problems(), st.floats(0, 1))
def test_completing_a_cell_stays_inside_the_interval(problem: tuple[list[Scale], RawArrays], at: float) -> None:
    """Any completion of unknown and partly known cells, `na` included for unknown ones, lies between the ends."""
    scales, raw = problem
    before = score_arrays(scales, raw)
    partly = np.where(raw.kind == PARTLY, raw.lo + at * (raw.hi - raw.lo), raw.x)
    for other in (KNOWN, NA):
        kind = np.where(raw.kind == UNKNOWN, other, np.where(raw.kind == PARTLY, KNOWN, raw.kind)).astype(np.int8)
        x = np.where((raw.kind == UNKNOWN) & (other == KNOWN), 100 * at, partly)
        after = score_arrays(scales, RawArrays(x, x, x, kind)).score
        held = ~np.isnan(after) & ~np.isnan(before.score)
        assert (after[held] >= before.low[held] - 1e-9).all()
        assert (after[held] <= before.high[held] + 1e-9).all()


@given(problems(), st.integers(0, 6), st.floats(0, 50))
def test_more_need_never_lowers_need(problem: tuple[list[Scale], RawArrays], which: int, more: float) -> None:
    scales, raw = problem
    which %= len(scales)
    x = raw.x.copy()
    x[which] = np.minimum(x[which] + more, 100)
    before, after = score_arrays(scales, raw), score_arrays(scales, RawArrays(x, raw.lo, raw.hi, raw.kind))
    for name in ("score", "need", "readiness"):
        old, new = getattr(before, name), getattr(after, name)
        assert (new[~np.isnan(old)] >= old[~np.isnan(old)] - 1e-9).all()


def test_blocks_and_scattered_groups_change_nothing() -> None:
    rng = np.random.default_rng(3)
    rows = BLOCK + 1
    scales = [scale("a", "R", 30), scale("b", "N", 50), scale("c", "R", 20)]
    x = rng.uniform(0, 100, (3, rows))
    kind = rng.choice(KINDS, (3, rows)).astype(np.int8)
    whole = score_arrays(scales, RawArrays(x, x - 1, x + 1, kind))
    last = score_arrays(scales, RawArrays(x[:, -2:], x[:, -2:] - 1, x[:, -2:] + 1, kind[:, -2:]))
    np.testing.assert_array_equal(whole.score[-2:], last.score)
    np.testing.assert_array_equal(whole.high[-2:], last.high)
    np.testing.assert_array_equal(whole.points[:, -2:], last.points)


def matrix(rows: int, criteria: int, seed: int) -> tuple[list[Scale], np.ndarray]:
    rng = np.random.default_rng(seed)
    weights = rng.dirichlet(np.ones(criteria)) * 100
    return [scale(f"c{i}", "NDRV"[i % 4], w) for i, w in enumerate(weights)], rng.uniform(1, 100, (rows, criteria))


def ours(scales: Sequence[Scale], values: np.ndarray) -> np.ndarray:
    x = np.ascontiguousarray(values.T)
    return score_arrays(scales, RawArrays(x, x, x, np.zeros(x.shape, dtype=np.int8))).score


def test_agrees_with_scikit_criteria_on_a_plain_weighted_sum() -> None:
    scales, values = matrix(40, 6, seed=1)
    weights = [s.weight / 100 for s in scales]
    result = WeightedSumModel().evaluate(mkdm(values, [max] * 6, weights=weights))
    np.testing.assert_allclose(ours(scales, values), result.e_.score)


def test_agrees_with_pymcdm_on_fixed_bounds() -> None:
    scales, values = matrix(40, 6, seed=2)
    weights = np.array([s.weight / 100 for s in scales])
    values[:2] = [[0.0, 100.0] * 3, [100.0, 0.0] * 3]
    theirs = pymcdm.methods.WSM(normalization_function=pymcdm.normalizations.minmax_normalization)
    np.testing.assert_allclose(ours(scales, values) / 100, theirs(values, weights, np.ones(6)))


def test_no_rank_reversal_where_topsis_has_one() -> None:
    """The oracle: adding one compound flips pairs under TOPSIS in nearly every trial, and never under our score."""
    flips = {"ours": 0, "topsis": 0}
    for seed in range(20):
        scales, values = matrix(61, 6, seed=seed)
        weights = np.array([s.weight / 100 for s in scales])
        values[60, :3] *= 3
        for name, method in {
            "ours": lambda v, s=scales: ours(s, v),
            "topsis": lambda v, w=weights: pymcdm.methods.TOPSIS()(v, w, np.ones(6)),
        }.items():
            few, many = method(values[:60]), method(values)[:60]
            flips[name] += bool((np.argsort(-few, kind="stable") != np.argsort(-many, kind="stable")).any())
    assert flips["ours"] == 0
    assert flips["topsis"] >= 15


@given(st.data())
def test_many_rows_give_what_few_rows_give(data: st.DataObject) -> None:
    """By segment or by np.interp: the same values to the last bit, at breakpoints, between and beyond them."""
    xs = data.draw(
        st.lists(st.integers(-9_999, 9_999), min_size=1, max_size=6, unique=True).map(
            lambda n: sorted(k / 7 for k in n)
        )
    )
    ys = data.draw(st.lists(st.floats(0, 100), min_size=len(xs), max_size=len(xs)))
    curve = Scale("c", "N", 100.0, np.array(xs), np.array(ys))
    some = data.draw(st.lists(st.floats(-2_000, 2_000), min_size=1, max_size=20)) + xs
    x = np.resize(np.array(some), (1, MANY_ROWS))
    raw = RawArrays(x, x, x, np.zeros(x.shape, dtype=np.int8))
    few = RawArrays(*(part[:, : len(some)] for part in (raw.x, raw.lo, raw.hi, raw.kind)))
    np.testing.assert_array_equal(score_arrays([curve], raw).score[: len(some)], score_arrays([curve], few).score)
    np.testing.assert_array_equal(score_arrays([curve], few, details=True).v[0], np.interp(some, xs, ys))
