"""Who moves when the rules change, counted by hand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from planner.decisions.trial import trial
from planner.decisions.trial_compare import compare, movers, reasons, state_table, street_moves
from planner.decisions.trial_rules import checked_policy, official_rules, set_weight
from planner.outputs.trial_layers import TRIAL_LAYERS, movers_table, trial_layer
from tests.builders import shared_policy
from tests.test_trial import cases, demo


@dataclass
class Standing:
    """Something that was scored."""

    order: pd.DataFrame
    scores: pd.DataFrame
    states: pd.DataFrame


def standing(ranks: list[int | None], **columns: list[str | None]) -> Standing:
    """Compounds A, B, C ... with these ranks; score 100 - rank."""
    index = pd.Index([chr(65 + k) for k in range(len(ranks))], name="compound_id")
    state = columns.get("state", ["可列入"] * len(ranks))
    verify: list[str | None] = columns.get("verify", [None] * len(ranks))
    block = columns.get("block", ["建议次序"] * len(ranks))
    order = pd.DataFrame(
        {"rank": pd.array(ranks, dtype="Int64"), "block": pd.array(block, dtype="string")}, index=index
    )
    scores = pd.DataFrame(
        {"score": pd.array([None if r is None else 100.0 - r for r in ranks], dtype="Float64")}, index=index
    )
    states = pd.DataFrame(
        {"state": pd.array(state, dtype="string"), "verify": pd.array(verify, dtype="string")}, index=index
    )
    return Standing(order, scores, states)


OLD = standing(
    [1, 2, 3, 4, None],
    state=["可列入", "待核实", "待核实", "可列入", "不予安排"],
    verify=[None, "重点摸底", "核实后定", None, None],
)
NEW = standing(
    [4, 1, 2, 3, None],
    state=["可列入", "待核实", "先落实管护", "可列入", "不予安排"],
    verify=[None, "核实后定", None, None, None],
    block=["待补资料", "建议次序", "建议次序", "建议次序", "建议次序"],
)  # fmt: skip


def test_places_are_compared_by_hand() -> None:
    found = compare(OLD, NEW, first=2, places=2)
    assert found.rows["move"].tolist() == [-3, 1, 1, 1, pd.NA]
    assert found.rows.index[found.rows["enters"]].tolist() == ["C"]
    assert found.rows.index[found.rows["leaves"]].tolist() == ["A"]
    wanted = {"compounds": 5, "ranked": 4, "moved": 4, "moved_far": 1, "up": 3, "down": 1, "enters": 1, "leaves": 1}
    wanted |= {"state_moves": 1, "verify_moves": 1, "block_moves": 1}
    assert {name: found.counts[name] for name in wanted} == wanted
    assert found.counts["correlation"] == pytest.approx(
        1 - 6 * 12 / (4 * 15)
    )  # Spearman: 1 - 6 sum d^2 / (n (n^2 - 1))


def test_those_that_matter_come_first() -> None:
    assert movers(compare(OLD, NEW, first=2, places=2)).index.tolist() == ["A", "C", "B", "D"]
    assert movers(compare(OLD, OLD, first=2, places=2)).empty
    assert compare(OLD, OLD, first=2, places=2).counts["correlation"] == 1


def test_changes_of_state_are_counted_once() -> None:
    table = state_table(compare(OLD, NEW, first=2, places=2))
    assert sorted(table.itertuples(index=False, name=None)) == [
        ("建议次序", "待补资料", 1, "block"),
        ("待核实", "先落实管护", 1, "state"),
        ("重点摸底", "核实后定", 1, "verify"),
    ]


def test_sub_districts_by_their_mean_move() -> None:
    streets = pd.Series(["东", "西", "西", None, "东"], index=list("ABCDE"))
    found = street_moves(compare(OLD, NEW, first=2, places=2), streets)
    assert found.to_dict() == {"西": 1.0, "东": -3.0}


def test_the_first_reason_moved_the_score_most_in_its_direction() -> None:
    policy = checked_policy(set_weight(official_rules(shared_policy()), "n4", 60), shared_policy())
    changed = trial(demo(), policy)
    new, old, ids = changed.all_scores(), demo().scores, list(map(str, changed.scores.index))
    codes = list(map(str, policy.criteria.index))
    points = [
        {c: float((f[f"{c}_w"] * f[f"{c}_v"] / 100).fillna(0.0)[key]) for c in codes} for key in ids for f in (new, old)
    ]
    told = reasons(demo(), changed, ids)
    for key, parts, after, before in zip(ids, told, points[::2], points[1::2], strict=True):
        differ = {c: after[c] - before[c] for c in codes}
        sign = np.sign(float(new["score"][key] - old["score"][key])) or 1.0
        most = max(sign * d for d in differ.values())
        assert (most < 0.05) if not parts else parts[0][1] * sign == pytest.approx(most), key
        assert all(abs(d - differ[c]) < 1e-9 for c, d in parts), key
    assert sum(bool(parts) for parts in told) > 100


def test_reasons_between_two_trials_are_those_against_the_official_rules() -> None:
    policy = checked_policy(set_weight(official_rules(shared_policy()), "n4", 60), shared_policy())
    changed, official = trial(demo(), policy), trial(demo(), shared_policy())
    ids = list(map(str, changed.scores.index[:20]))
    for a, b in zip(reasons(official, changed, ids), reasons(demo(), changed, ids), strict=True):
        assert [code for code, _ in a] == [code for code, _ in b]
        assert [points for _, points in a] == pytest.approx([points for _, points in b])


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_layer_counts_every_compound_once(lang: str) -> None:
    policy = checked_policy(set_weight(official_rules(shared_policy()), "n4", 60), shared_policy())
    changed = trial(demo(), policy)
    found = compare(demo(), changed, first=30, places=5)
    for key in TRIAL_LAYERS:
        layer = trial_layer(key, changed, found, places=5, lang=lang)
        assert sum(layer.counts()) == len(changed.scores)
        assert max(layer.codes) < len(layer.classes) <= 8
    moves = trial_layer("move", changed, found, places=5).counts()
    assert moves[0] + moves[1] == found.counts["up"]
    assert moves[3] + moves[4] == found.counts["down"]
    assert moves[5] == found.counts["compounds"] - found.counts["ranked"]
    score = changed.scores["score"].to_numpy(dtype=float)
    assert trial_layer("score", changed, found, places=5).counts()[2] == int(((score >= 40) & (score < 50)).sum())


def test_the_table_of_movers_names_them() -> None:
    found = compare(cases(), cases(), first=3, places=2)
    table = movers_table(found, cases().district.compounds, found.rows.index[:2])
    assert table["name"].tolist() == cases().district.compounds["name"].tolist()[:2]
    assert "rank_new" in table
