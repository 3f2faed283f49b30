"""The facts of a compound as a Streamlit component of our own: plain rows in, the value that was clicked out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit as st

from planner.outputs.compound_facts import Fact
from planner.text import t

_HERE = Path(__file__).resolve().parent
_NAME = "planner_facts_table"


@lru_cache(maxsize=1)
def _source() -> tuple[str, str]:
    style, script = ((_HERE / f"facts_table.{kind}").read_text(encoding="utf-8") for kind in ("css", "js"))
    return style, script


def facts_table(facts: Sequence[Fact], lang: str, *, key: str, on_edit: Callable[[str], None]) -> None:
    """Show facts with source and date; ``on_edit`` gets the fields (; separated) of a value that is clicked."""
    style, script = _source()
    component = st.components.v2.component(_NAME, html='<div class="facts-table"></div>', css=style, js=script)

    def edited() -> None:
        found = st.session_state.get(key)
        if found and found.get("edit"):
            on_edit(str(found["edit"]))

    component(key=key, data=facts_data(facts, lang), on_edit_change=edited)


def facts_data(facts: Sequence[Fact], lang: str) -> dict[str, Any]:
    """Return what facts_table.js reads: heads, words and rows; every text is shown as it is."""
    rows = [
        {
            "label": fact.label,
            "value": fact.value,
            "source": fact.source or "—",
            "date": fact.date or "—",
            "fields": ";".join(fact.fields),
        }
        for fact in facts
    ]
    heads = [t(f"compound.head.{name}", lang) for name in ("fact", "value", "source", "date")]
    return {"heads": heads, "rows": rows, "unknown": t("compound.unknown", lang), "change": t("edit.change", lang)}
