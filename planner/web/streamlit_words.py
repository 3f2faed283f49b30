"""Streamlit's own English words, said in the language of the page by a small script that watches the page.

The words are the rows ``web.streamlit.*`` of text.csv: the English is what the pinned Streamlit writes, to the letter,
with ``{name}`` where it puts a value (a test reads its bundle, so that an upgrade tells).
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

from planner.text import LANGUAGES, load_words, t

_PREFIX = "web.streamlit"
_TONGUES = {"zh": "zh-CN", "en": "en"}
_SOURCE = Path(__file__).resolve().with_suffix(".js")
_MAP = "iframe[title*=st_folium]"


def english_words() -> dict[str, str]:
    """Return the English that Streamlit writes -> our key, for every word that is replaced."""
    return {row[LANGUAGES[1]]: key for key, row in load_words().items() if key.startswith(f"{_PREFIX}.")}


@lru_cache(maxsize=4)
def script(lang: str) -> str:
    """Return a script element: the language of the document, Streamlit's words and the names of our components.

    In English it puts back what it replaced before. Running it again changes nothing.
    """
    own = [] if lang == LANGUAGES[1] else [[english, t(key, lang)] for english, key in english_words().items()]
    given = {"tongue": _TONGUES[lang], "words": own, "labels": [[_MAP, t("web.map", lang)]]}
    data = json.dumps(given, ensure_ascii=False).replace("<", "\\u003c")
    return f"<script>{_SOURCE.read_text(encoding='utf-8').replace('PLANNER_GIVEN', data)}</script>"
