"""The list of Streamlit's own English words: each stands in the pinned bundle, and the script has them all."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import streamlit

from planner.text import load_words
from planner.web.streamlit_words import english_words, script

BUNDLE = Path(streamlit.__file__).parent / "static" / "static" / "js"
LIBRARIES = re.compile(r"(elk-|cytoscape|Plotly|Deck|ECharts|GraphViz|mermaid|katex|embed\.)")
COMPOSED = {
    "not_found_about": ("The page that you have requested does not seem to exist", ". Running the app's main page."),
    "not_found_named": ("requested page /", ", but no corresponding file was found in the app's pages/ directory"),
    "enter_apply": ("Press Enter to ", "apply"),
    "enter_form": ("Press Enter to ", "submit form"),
    "ctrl_enter": ("Press ", "Ctrl", "+Enter to ", "apply"),
    "ctrl_enter_form": ("Press ", "Ctrl", "+Enter to ", "submit form"),
    "command_enter": ("Press ", "⌘", "+Enter to ", "apply"),
    "most": ("You can only select up to ", "`options`", ". Remove an option first."),
    "most_one": ("You can only select up to ", "`option`", ". Remove an option first."),
    "error": ("`Error: `",),
    "year": ("`year`",),
    "month": ("`month`",),
    "day": ("`day`",),
    "choose_date_month": ("Choose date",),
    "available": ("} options`", " available."),
    "available_one": ("} option`", " available."),
}
"""Words that Streamlit puts together: their parts as they stand in the bundle."""


@pytest.fixture(scope="module")
def bundle() -> str:
    """Streamlit's own scripts, without the drawing libraries that no page uses."""
    return "\n".join(
        file.read_text(encoding="utf-8", errors="replace")
        for file in sorted(BUNDLE.glob("*.js"))
        if not LIBRARIES.match(file.name)
    )


def stands(english: str, bundle: str, parts: tuple[str, ...] = ()) -> bool:
    """Whether the bundle has the word as a whole text, or all the parts that it is made of."""
    if parts:
        return all(part in bundle for part in parts)
    if "{" not in english:
        return any(quote + english + quote in bundle for quote in "`\"'")
    return all(part in bundle for part in re.split(r"\{\w+\}", english) if part.strip())


@pytest.mark.parametrize(("english", "key"), english_words().items())
def test_every_word_stands_in_the_pinned_streamlit(english: str, key: str, bundle: str) -> None:
    assert stands(english, bundle, COMPOSED.get(key.removeprefix("web.streamlit."), ()))


def test_a_word_that_streamlit_no_longer_writes_is_seen(bundle: str) -> None:
    assert not stands("Drag and drop a folder here", bundle)
    assert not stands("{n} planets per file", bundle)


def test_no_two_keys_say_the_same_english() -> None:
    rows = [row["en"] for key, row in load_words().items() if key.startswith("web.streamlit.")]
    assert len(rows) == len(set(rows)) == len(english_words()) > 100


def test_the_script_carries_every_word_in_chinese_and_none_in_english() -> None:
    given = {lang: json.loads(re.findall(r"\}\)\((\{.*\})\);", script(lang))[0]) for lang in ("zh", "en")}
    assert dict(given["zh"]["words"]) == {english: load_words()[key]["zh"] for english, key in english_words().items()}
    assert given["en"]["words"] == []
    assert [given[lang]["tongue"] for lang in ("zh", "en")] == ["zh-CN", "en"]


def test_the_script_ends_where_it_should() -> None:
    assert script("zh").lower().count("</script") == 1
