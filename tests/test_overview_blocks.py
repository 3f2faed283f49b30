"""Blocks of HTML and the small decisions round the page: safe, bold where meant, closed to the network."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from planner.web import blocks, guard, mapview, served

HOSTILE = "<img src=x onerror=alert(1)>${7*7}`x`{{7*191}}{% 楼 %}</script>"


def test_bold_marks_become_bold_and_everything_else_is_text() -> None:
    assert blocks.marked("建议**34个**") == "建议<b>34个</b>"
    assert blocks.marked("**<i>**") == "<b>&#60;i&#62;</b>"
    assert "<img" not in blocks.marked(HOSTILE)
    assert "{{" not in blocks.marked(HOSTILE)


def test_a_number_and_its_unit_stay_on_one_line() -> None:
    html = blocks.sentence_html("估算7173.2万元、41个")
    assert "<span>7173.2万元</span>" in html
    assert "<span>41个</span>" in html


def test_card_link_and_choice() -> None:
    card = blocks.Card("service", "无物业服务**41**个", ("待核实17个", "名单12 ▸不一致"))
    html = blocks.card_html(card, chosen=True)
    assert 'class="cd on"' in html
    assert "<b>41</b>" in html
    assert "<u>▸不一致</u>" in html
    assert 'class="cd on"' not in blocks.card_html(card, chosen=False)


def test_table_aligns_numbers_marks_the_total_and_escapes() -> None:
    html = blocks.table_html(["街道", "小区"], [[HOSTILE, "1"], ["合计", "2"]], total=True)
    assert '<td class="n">2</td>' in html
    assert html.count('<tr class="tot">') == 1
    assert "<img" not in html


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "localhost", "::1", "[::1]"])
def test_loopback_addresses(address: str) -> None:
    assert guard.is_loopback(address)


@pytest.mark.parametrize("address", ["", None, "0.0.0.0", "192.168.1.5", "::", "planner.example"])
def test_everything_else_is_the_network(address: str | None) -> None:
    assert not guard.is_loopback(address)


def test_the_address_of_the_shapes_hangs_on_the_key_of_the_installation(tmp_path: Path) -> None:
    key = served.installation_key(tmp_path)
    assert len(key) == 32
    assert served.installation_key(tmp_path) == key
    assert stat.S_IMODE((tmp_path / "map.key").stat().st_mode) == 0o600
    assert served.keyed_name("shapes", key) == served.keyed_name("shapes", key)
    assert served.keyed_name("shapes", key) != served.keyed_name("shapes", b"0" * 32)
    assert served.keyed_name("shapes", key) != served.keyed_name("shapes2", key)


def test_a_click_counts_once() -> None:
    answer = {"last_object_clicked_count": 1, "last_active_drawing": {"properties": {"id": "YH0001"}}}
    assert mapview.read_click(answer, None) == (1, "YH0001")
    assert mapview.read_click(answer, 1) == (1, None)
    assert mapview.read_click({**answer, "last_object_clicked_count": 2}, 1) == (2, "YH0001")
    assert mapview.read_click(None, None) == (0, None)
    assert mapview.read_click({"last_object_clicked_count": 1, "last_active_drawing": None}, None) == (1, None)
