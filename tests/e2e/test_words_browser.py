"""Streamlit's own words in a real browser: Chinese on a Chinese page wherever they come up."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import FilePayload, Page

from planner.text import t
from planner.web.streamlit_words import english_words
from tests.e2e.conftest import ROOT, Visit, running_app

pytestmark = pytest.mark.needs_chromium
Go = Callable[..., Visit]

COLUMN = 200
FORMATS = re.compile("Format|格式")
SEEN = """words => {
  const literal = text => text.replace(/[.*+?^${}()|[\\]\\\\]/g, '\\\\$&');
  const shapes = words.map(word => [word, new RegExp('^' + word.split(/\\{\\w+\\}/).map(literal).join('.+') + '$')]);
  const data = '[data-testid=stHtml],[data-testid=stMarkdown],[data-testid=stFileChipName],canvas,style,script';
  const texts = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
  while (walk.nextNode()) {
    const node = walk.currentNode, element = node.nodeType === 3 ? node.parentElement : node;
    const item = element.closest('[role=option]');
    if (element.closest(data) || (item && item.textContent === 'Open')) continue;
    if (node.nodeType === 3) texts.push(node.data.trim());
    else for (const name of ['aria-label', 'title', 'placeholder', 'alt']) texts.push(node.getAttribute(name) || '');
  }
  const found = shapes.filter(([word, shape]) => texts.some(text => shape.test(text)));
  return found.map(([word]) => word);
}"""
"""Which of the words stand on the page outside of data: text, or what a screen reader is told."""


@pytest.fixture(scope="module")
def widgets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A page with one of each widget, in the frame of the app."""
    page = "tests/e2e/widgets_app.py"
    with running_app(None, tmp_path_factory.mktemp("var"), script=page, PYTHONPATH=str(ROOT)) as address:
        yield address


def _openings(page: Page) -> Iterator[Callable[[], object]]:
    """Everything that brings up words of Streamlit, one after the other."""
    several, single = (page.locator(f".st-key-{key} input") for key in ("several", "single"))
    yield lambda: _column_menu(page)
    yield several.click
    yield lambda: several.fill("类")
    yield lambda: several.fill("没有")
    yield lambda: single.fill("没有")
    yield lambda: page.locator(".st-key-adding input").fill("新的")
    yield lambda: page.locator(".st-key-limited input").fill("二")
    yield lambda: page.locator(".st-key-number input").fill("99")
    yield page.get_by_test_id("stDateInput").locator("button").first.click
    yield lambda: page.locator(".st-key-formed input").fill("甲")
    yield lambda: page.locator(".st-key-area textarea").fill("甲")
    files = page.locator("input[type=file]")
    yield lambda: files.nth(0).set_input_files(_file("a.png"))
    yield lambda: files.nth(1).set_input_files([_file("a.csv"), _file("b.csv")])
    yield lambda: page.get_by_role("button", name="开窗口").click()


def _file(name: str) -> FilePayload:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": b"x"}


def _column_menu(page: Page) -> None:
    """The menu of the second column: its button comes up under the pointer, 14 pixels left of the column's end."""
    canvas = page.get_by_test_id("stDataFrame").first.locator("canvas").first
    box = canvas.bounding_box()
    assert box is not None
    menu = page.get_by_test_id("stDataFrameColumnMenu")
    for _ in range(10):  # the button comes a moment after the pointer, later on a loaded machine
        page.mouse.move(box["x"] + 1.4 * COLUMN, box["y"] + 17)
        page.mouse.move(box["x"] + 1.5 * COLUMN, box["y"] + 17)
        page.wait_for_timeout(300)
        page.mouse.click(box["x"] + 2 * COLUMN - 15, box["y"] + 17)
        page.wait_for_timeout(300)
        if menu.get_by_text(FORMATS).count():
            break
    menu.get_by_text(FORMATS).last.hover()


def _words_seen(visit: Visit) -> set[str]:
    page, words, seen = visit.page, list(english_words()), set()
    seen |= set(page.evaluate(SEEN, words))
    for act in _openings(page):
        act()
        page.wait_for_timeout(350)
        seen |= set(page.evaluate(SEEN, words))
        page.keyboard.press("Escape")
        page.keyboard.press("Escape")
    return seen


def test_the_same_openings_show_english_on_the_english_page_and_none_on_the_chinese(visit: Go, widgets: str) -> None:
    english = _words_seen(visit(f"{widgets}/?lang=en", locale="en-US"))
    assert len(english) >= 55, sorted(english)
    chinese = visit(widgets, locale="zh-CN")
    assert _words_seen(chinese) == set()
    chinese.clean()


def test_data_that_read_like_a_word_of_streamlit_stay_and_english_comes_back(visit: Go, widgets: str) -> None:
    visited = visit(widgets, locale="zh-CN")
    page, words = visited.page, list(english_words())
    assert page.locator("#own").inner_text() == "Upload"
    assert page.get_by_text("Close", exact=True).count() == 1
    page.locator(".st-key-several input").click()
    assert page.get_by_role("option", name="Open").count() == 1
    page.keyboard.press("Escape")
    page.get_by_role("button", name="English").click()
    visited.until(lambda: page.evaluate("document.documentElement.lang") == "en")
    visited.until(lambda: len(page.evaluate(SEEN, words)) >= 20)
    visited.clean()


def test_a_wrong_address_and_the_uploader_speak_chinese(visit: Go, demo_app: str) -> None:
    visited = visit(f"{demo_app}/nowhere", locale="zh-CN")
    page = visited.page
    window = page.get_by_role("dialog")
    assert window.inner_text().split("\n")[0] == t("web.streamlit.not_found")
    assert page.evaluate(SEEN, list(english_words())) == []
    page.keyboard.press("Escape")
    page.locator(".st-key-planner-own-data button").click()
    visited.idle()
    assert page.get_by_role("button", name=t("web.streamlit.upload"), exact=True).count() == 3
    assert page.evaluate(SEEN, list(english_words())) == []
    visited.clean()
