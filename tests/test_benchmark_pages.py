"""The benchmarks of the page: both ways weigh alike, and the client on the wire reads the hash of a message."""

from __future__ import annotations

import ast
import datetime as dt
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from planner.decisions.assessment import Assessment
from planner.decisions.pipeline import assess
from planner.district.demo import make_demo
from planner.policy import load_policy

FOLDER = Path(__file__).resolve().parent.parent / "benchmarks"


@pytest.fixture(scope="module")
def modules() -> Iterator[dict[str, ModuleType]]:
    sys.path.insert(0, str(FOLDER))
    import harness  # noqa: F401
    import ways
    import wire

    yield {"ways": ways, "wire": wire}
    sys.path.remove(str(FOLDER))


@pytest.fixture(scope="module")
def assessment() -> Assessment:
    return assess(make_demo(60, 3), load_policy(), as_of=dt.date(2026, 11, 20))


def plain_score() -> object:
    """The function of the plain page, without the page."""
    tree = ast.parse((FOLDER / "plain_app.py").read_text(encoding="utf-8"))
    (function,) = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "score"]
    names: dict[str, object] = {"pd": pd}
    exec(compile(ast.Module([function], []), "plain_app.py", "exec"), names)
    return names["score"]


@pytest.mark.parametrize("share", [10, 75])
def test_the_plain_page_has_the_scores_of_the_planner(
    modules: dict[str, ModuleType], assessment: Assessment, share: int
) -> None:
    ways = modules["ways"]
    criteria = assessment.policy.criteria
    weights = criteria[f"weight_{assessment.profile}"].astype(float)
    weights[ways.CODE] = ways.typed("plain", assessment, share)
    assert weights[ways.CODE] / weights.sum() == pytest.approx(share / 100, abs=1e-4)
    values = assessment.scores[[f"{code}_v" for code in criteria.index]].astype(float).set_axis(criteria.index, axis=1)
    assert values.isna().any(axis=None)
    found = plain_score()(values, weights, criteria["group"])  # type: ignore[operator]
    classes = pd.Series(np.searchsorted(ways.EDGES, found.to_numpy(), side="right"), index=found.index)
    expected = ways.expected("plain", assessment, [share])
    assert len(expected) > 50
    assert {key: ways.SEQUENCE[classes[key]] for key in expected} == expected


def test_both_pages_get_the_same_share(modules: dict[str, ModuleType], assessment: Assessment) -> None:
    ways = modules["ways"]
    ours, plain = (ways.expected(name, assessment, [60, 20]) for name in ("planner", "plain"))
    same = [ours[key] == plain[key] for key in ours.keys() & plain.keys()]
    assert np.mean(same) > 0.95  # tenths of a point may move one that stands at the edge of a class
    assert ours != ways.expected("planner", assessment, [60])


def test_a_large_message_is_known_by_its_hash_without_parsing_it(modules: dict[str, ModuleType]) -> None:
    message = ForwardMsg(hash="0123456789abcdef" * 2)
    message.delta.new_element.html.body = "x" * 20_000
    assert modules["wire"]._hash_of(message.SerializeToString()) == message.hash
