"""What 评分规则 draws: curves over the real values, cards, movers, and the thin colours of its map."""

from __future__ import annotations

import base64
import json
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.decisions.scales import Scale, read_scales
from planner.decisions.scoring import KNOWN, NA, PARTLY, UNKNOWN, RawArrays
from planner.decisions.trial import prepare, trial
from planner.decisions.trial_compare import compare, movers, reasons, street_moves
from planner.decisions.trial_rules import TrialRules, checked_policy, official_rules, set_weight
from planner.outputs.criterion_values import criterion_values, curve_points
from planner.outputs.map_classes import MapClass, MapLayer
from planner.outputs.map_layers import paint_message, thinned
from planner.outputs.trial_layers import movers_table
from planner.web import policy_blocks, policy_curves
from planner.web.mapview import paint_html
from tests.builders import shared_policy
from tests.test_overview import HOSTILE
from tests.test_trial import demo

LANGS = ("zh", "en")


def arrays(x: list[float], kind: list[int]) -> RawArrays:
    """One criterion."""
    values = np.array([x], dtype=float)
    return RawArrays(values, values, values, np.array([kind], dtype=np.int8))


def curve(points: list[tuple[float, float]], labels: tuple[str, ...] = ()) -> Scale:
    """A scale with these points."""
    x, y = zip(*points, strict=True)
    return Scale("n", "N", 10.0, np.array(x, dtype=float), np.array(y, dtype=float), labels)


def test_the_histogram_counts_every_known_value_and_says_the_rest() -> None:
    kinds = [KNOWN, KNOWN, PARTLY, UNKNOWN, NA, KNOWN]
    found = criterion_values(curve([(0, 0), (10, 100)]), arrays([1, 2, 99, np.nan, np.nan, 5.5], kinds), 0)
    assert (found.counts.sum(), found.known, found.unknown, found.na) == (4, 4, 1, 1)
    assert found.edges[0] <= 0
    assert found.edges[-1] >= 10


def test_whole_numbers_get_a_bar_of_their_own() -> None:
    found = criterion_values(curve([(0, 0), (5, 100)]), arrays([0, 0, 1, 3, 5], [KNOWN] * 5), 0)
    assert found.edges.tolist() == [-0.5, 0.5, 1.5, 2.5, 3.5, 4.5, 5.5]
    assert found.counts.tolist() == [2, 1, 0, 1, 0, 1]


def test_a_category_has_a_bar_for_each_label() -> None:
    scale = curve([(0, 0), (1, 50), (2, 100)], ("有", "半", "无"))
    found = criterion_values(scale, arrays([2, 2, 0, np.nan], [KNOWN, KNOWN, KNOWN, UNKNOWN]), 0)
    assert found.counts.tolist() == [1, 0, 2]
    assert policy_curves.categories_text(found, "zh") == "有 0分（1个）、半 50分（0个）、无 100分（2个）"


@given(st.lists(st.floats(-1e6, 1e6), max_size=40), st.floats(-100, 100), st.floats(0.01, 1e4))
def test_no_value_is_lost_whatever_the_range(values: list[float], start: float, width: float) -> None:
    found = criterion_values(curve([(start, 0), (start + width, 100)]), arrays(values, [KNOWN] * len(values)), 0)
    assert found.counts.sum() == len(values)
    assert (np.diff(found.edges) > 0).all()
    x, _ = curve_points(found)
    assert (x[0], x[-1]) == (min(found.edges[0], start), max(found.edges[-1], start + width))


@pytest.mark.parametrize("lang", LANGS)
def test_every_curve_of_the_demo_can_be_drawn(lang: str) -> None:
    ground, scales = prepare(demo()), read_scales(shared_policy())
    for row, scale in enumerate(scales):
        values = criterion_values(scale, ground.arrays, row)
        assert values.known + values.unknown + values.na == len(demo().scores)
        chart = policy_curves.edit_chart(values, unit="年", ready=False, lang=lang).to_dict()
        assert len(chart["layer"]) == (2 if scale.labels else 3)
        if not scale.labels:
            drawn = policy_curves.curve_html(values, "**建成**<b>", "已知", ready=True, changed=True)
            svg = base64.b64decode(re.findall(r"base64,([^\"]+)", drawn)[0]).decode()
            assert svg.count("h0") >= len(scale.x)
            assert "NaN" not in svg
            assert "<b>建成</b>&#60;b&#62;" in drawn


@pytest.mark.parametrize("lang", LANGS)
def test_cards_movers_and_weights_say_the_numbers_of_the_comparison(lang: str) -> None:
    policy = checked_policy(set_weight(official_rules(shared_policy()), "n4", 60), shared_policy())
    changed = trial(demo(), policy)
    found = compare(demo(), changed, first=30, places=5)
    streets = street_moves(found, demo().district.compounds["subdistrict_name"])
    cards = policy_blocks.comparison_figures(found, streets, places=5, lang=lang)
    assert [cards[k].value for k in (0, 1, 3)] == [
        f"{found.counts[name]:.0f}" for name in ("moved_far", "enters", "state_moves")
    ]
    assert cards[4].value == streets.index[0]
    ids = movers(found).index[:8]
    rows = movers_table(found, demo().district.compounds, ids)
    html = policy_blocks.movers_html(rows, reasons(demo(), changed, list(ids)), policy, 30, lang)
    for key in ids:
        assert f"<td>{found.rows.at[key, 'rank_old']}→{found.rows.at[key, 'rank_new']}<td>" in html
    assert html.count("<tr>") == 9
    weights = policy_blocks.weights_html(set_weight(official_rules(policy), "n4", 60), shared_policy(), lang)
    assert "<b>60</b><td>+30" in weights


def test_hostile_names_are_inert_in_the_table_of_movers() -> None:
    found = compare(demo(), demo(), first=30, places=5)
    rows = movers_table(found, demo().district.compounds, found.rows.index[:1])
    rows = rows.assign(name=HOSTILE, community=HOSTILE)
    html = policy_blocks.movers_html(rows, [[("n4", 1.0)]], shared_policy(), 30, "zh")
    line = policy_blocks.chosen_text("A", rows.iloc[0], [], shared_policy(), "zh")
    for text in (
        html,
        policy_blocks.banner_html(line),
        policy_blocks.figures_html([policy_blocks.Figure(*[HOSTILE] * 3)]),
    ):
        assert "<img" not in text
        assert "</script" not in text
        assert "${" not in text


def test_dots_of_the_drawing_stand_where_the_places_are() -> None:
    policy = checked_policy(set_weight(official_rules(shared_policy()), "n4", 60), shared_policy())
    found = compare(demo(), trial(demo(), policy), first=30, places=5)
    html = policy_blocks.scatter_html(found, {"x": "x", "y": "y", "alt": "a"}, 80)
    paths = re.findall(r"d='(m[^']*)'", html)
    dots = set()
    for path in paths:
        at = np.cumsum([[int(a), int(b)] for a, b in re.findall(r"m(-?\d+) (-?\d+)h0", path)], axis=0)
        dots |= {tuple(map(int, place)) for place in at}
    rows = found.rows.dropna(subset=["rank_old", "rank_new"])
    wanted = {(int(a), int(b)) for a, b in zip(rows["rank_old"], rows["rank_new"], strict=True) if a <= 80 and b <= 80}
    assert dots == wanted


def test_an_unused_criterion_is_marked_beside_its_weight() -> None:
    rules = TrialRules("screen", official_rules(shared_policy()).cells, ("n1", "n2"))
    html = policy_blocks.weights_html(rules, shared_policy(), "zh")
    assert html.count("本年度不采用") == 2


@given(st.lists(st.integers(0, 7), max_size=50), st.booleans())
def test_thin_colours_hold_every_class(codes: list[int], dim: bool) -> None:
    classes = tuple(MapClass(f"类{k}", "#FFFFFF" if k else "hatch") for k in range(8))
    layer = MapLayer("a", "甲", classes, np.array(codes, dtype=np.int64))
    shown = np.array([False] * len(codes), dtype=bool) if dim else None
    message = paint_message(layer, shown=shown)
    thin = thinned(message)
    assert thin["looks"] == [{"label": c.label, "fill": c.fill} for c in classes]
    if dim or not codes:
        assert thin["codes"] == message["codes"]
    else:
        assert len(thin["codes"]) == 1 + (len(codes) + 1) // 2
    held = [re.fullmatch(r"<div [^>]*>(.*)</div>", node) for node in paint_html("geo_a", message)]
    changing, fixed = (json.loads(found[1].replace("&amp;", "&")) for found in held if found)
    assert {**changing, **fixed} == thin
    assert set(fixed) == {"looks"}


def test_colours_of_a_large_district_stay_small() -> None:
    layer = MapLayer("a", "甲", tuple(MapClass(f"{k}", "#FFFFFF") for k in range(7)), np.arange(3000) % 7)
    assert len(paint_html("geo_a", paint_message(layer))[0].encode()) < 1_700
