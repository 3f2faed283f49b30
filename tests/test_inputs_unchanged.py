"""Nothing below the shells changes what it is given: a cached frame that a function changes leaks between users."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from planner.decisions.deficits import find_deficits
from planner.decisions.items import list_items, prioritise
from planner.decisions.measures import measure
from planner.decisions.pipeline import Assessment, assess
from planner.decisions.programmes import evaluate
from planner.district.checks import run_checks
from planner.district.district import District
from planner.district.write import write_district
from planner.outputs.item_file import write_items
from planner.outputs.map_html import map_page
from planner.outputs.ranking_file import FORMATS, write_ranking
from planner.policy import Policy
from tests.cases import AS_OF, case_policy
from tests.joined import case_district


def _frames(value: object, name: str) -> Iterator[tuple[str, pd.DataFrame]]:
    """Every table inside a dataclass, a mapping or a sequence of them."""
    if isinstance(value, pd.DataFrame):
        yield name, value
    elif hasattr(value, "items") and callable(value.items):
        for key, part in value.items():
            yield from _frames(part, f"{name}.{key}")
    elif hasattr(value, "__dataclass_fields__"):
        for field in value.__dataclass_fields__:
            yield from _frames(getattr(value, field), f"{name}.{field}")


def fingerprint(value: object) -> dict[str, str]:
    """A digest of every table inside a value: cells, geometry, index, columns, types and order."""
    return {name: _digest(frame) for name, frame in _frames(value, "")}


def _digest(frame: pd.DataFrame) -> str:
    plain = pd.DataFrame(frame)
    shapes = [n for n in plain.columns if isinstance(plain[n].dtype, gpd.array.GeometryDtype)]
    plain = plain.assign(**{n: gpd.GeoSeries(frame[n]).to_wkb() for n in shapes})
    parts = [repr(list(plain.columns)), repr(list(map(str, plain.dtypes))), repr(plain.index.tolist())]
    parts += [repr(plain[n].tolist()) for n in plain.columns]
    return hashlib.sha256("\n".join(parts).encode("utf8", "surrogatepass")).hexdigest()


def _stages(district: District, policy: Policy) -> None:
    """Every stage by itself, since a later one could otherwise hide what an earlier one did."""
    measures = measure(district)
    deficits = find_deficits(district, measures, policy)
    programmes = evaluate(district, deficits, policy, AS_OF)
    items = list_items(district, deficits, programmes, policy)
    scores = assess(district, policy, as_of=AS_OF).scores
    made = {"measures": measures, "deficits": deficits, "programmes": programmes, "items": items, "scores": scores}
    before = fingerprint(made)
    assert len(before) >= 6
    list_items(district, deficits, programmes, policy)
    evaluate(district, deficits, policy, AS_OF)
    find_deficits(district, measures, policy)
    prioritise(items, scores, policy)
    assert fingerprint(made) == before


CALLS: dict[str, Callable[[District, Policy, Assessment, Path], object]] = {
    "checks": lambda d, p, _a, _f: run_checks(d, p, AS_OF),
    "stages": lambda d, p, _a, _f: _stages(d, p),
    "assess": lambda d, p, _a, _f: assess(d, p, as_of=AS_OF, profile="screen", unused=("n7",)),
    "write_district": lambda d, _p, _a, f: write_district(d, f),
    "map": lambda d, _p, a, _f: map_page(d, a, "zh"),
    "items": lambda d, _p, a, f: write_items(a, d, path=f / "i.xlsx", lang="zh", known=False),
    **{
        f"ranking{suffix}": lambda d, _p, a, f, s=suffix: write_ranking(a, d, path=f / f"r{s}", lang="en")  # type: ignore[misc]
        for suffix in FORMATS
    },
}


@functools.cache
def _given() -> tuple[District, Policy, Assessment]:
    district, policy = case_district(), case_policy()
    return district, policy, assess(district, policy, as_of=AS_OF)


@pytest.mark.parametrize("name", list(CALLS))
def test_inputs_stay_as_they_were(name: str, tmp_path: Path) -> None:
    given = _given()
    before = [fingerprint(value) for value in given]
    assert len(before[0]) > 15
    CALLS[name](*given, tmp_path)
    assert [fingerprint(value) for value in given] == before


def test_the_fingerprint_sees_a_change() -> None:
    district = case_district()
    before = fingerprint(district)
    district.compounds.loc["C01", "households"] = 109
    changed = fingerprint(district)
    assert [name for name in before if before[name] != changed[name]] == [".compounds"]
