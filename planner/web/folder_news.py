"""Whether the folder of the open district says something else than when it last agreed with the store: a quick look."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from planner.district.folder_tables import find_table
from planner.errors import PlannerError
from planner.store.folders import folder_hashes
from planner.web.session import Opened, folder_signature
from planner.web.standing import standing

SAID = "folder_update_said"
"""Where the session keeps what is to be said about an update that was taken."""


def news(opened: Opened) -> bool:
    """Return whether there is anything to say about the folder on top of a page."""
    try:
        return SAID in st.session_state or bool(changed(opened))
    except PlannerError:
        return False


def changed(opened: Opened) -> str:
    """Return a mark of what the folder says now where it differs from when folder and store last agreed; else ""."""
    if opened.store is None:
        return ""
    head, folder = standing(opened.store, opened.policy).head, opened.folder
    if not folder.is_dir() or find_table(folder, "compounds") is None:
        return ""
    now = _hashes(str(folder), folder_signature(folder))
    return "" if now == (head.ledger_hash, head.layers_hash) else ":".join(now)


@st.cache_resource(show_spinner=False, max_entries=8)
def _hashes(folder: str, signature: tuple[tuple[str, int, int], ...]) -> tuple[str, str]:  # noqa: ARG001  (part of it)
    return folder_hashes(Path(folder))
