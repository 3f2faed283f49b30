"""Who sits at the page: the name that goes into the log, asked once per browser where there is no login.

A name that was typed is remembered in var/ under a key that the browser keeps in a cookie; on a computer of one's own
also for the installation. The file holds hashes of the keys, so that it gives nobody another person's name.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from pathlib import Path

import streamlit as st

from planner.text import safe_text, t
from planner.web.guard import trusted_lan
from planner.web.installation import var_folder

COOKIE = "planner_browser"
LONGEST = 40
_NAME, _FRESH = "planner_name", "planner_browser_key"
_HERE = "this installation"
_YEAR_S = 365 * 24 * 3600


def who() -> str:
    """Return the name of the person at the page: of the login, else typed in this session, else remembered; or ""."""
    logged_in = _of_login()
    if logged_in:
        return logged_in
    if _NAME not in st.session_state:
        st.session_state[_NAME] = _remembered()
    return str(st.session_state[_NAME])


def introduce(name: str) -> None:
    """Take a name for this session and remember it for this browser; blank forgets it."""
    given = " ".join("".join(c if c.isprintable() else " " for c in name).split())[:LONGEST]
    st.session_state[_NAME] = given
    key = _browser_key() or secrets.token_urlsafe(24)
    st.session_state[_FRESH] = key
    _remember([key] if trusted_lan() else [key, _HERE], given)


def ask(lang: str, *, key: str) -> str:
    """Show under which name will be written, or ask for it; return the name, "" until there is one."""
    name = who()
    if name and (_of_login() or not st.session_state.get(f"{key}_other")):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.html(f'<p class="hint">{safe_text(t("who.writes", lang, name=name))}</p>', width="content")
            if not _of_login():
                st.button(t("who.other", lang), key=f"{key}_change", type="tertiary", on_click=_other, args=(key,))
        return name
    st.text_input(
        t("who.ask", lang), key=f"{key}_name", max_chars=LONGEST, placeholder=t("who.hint", lang), width=260,
        on_change=_typed, args=(key,),
    )  # fmt: skip
    return ""


def script() -> str:
    """Return a script element that gives the browser the key under which its name is remembered; else an empty one."""
    key = st.session_state.get(_FRESH)
    if not key:
        return "<script></script>"
    words = f"{COOKIE}={key}; max-age={_YEAR_S}; path=/; SameSite=Strict"
    return f"<script>document.cookie = {json.dumps(words)};</script>"


def _other(key: str) -> None:
    st.session_state[f"{key}_other"] = True


def _typed(key: str) -> None:
    introduce(str(st.session_state[f"{key}_name"]))
    st.session_state[f"{key}_other"] = False


def _of_login() -> str:
    found = st.user.to_dict()
    return str(found.get("name") or found.get("email") or "") if found.get("is_logged_in") else ""


def _browser_key() -> str:
    return str(st.session_state.get(_FRESH) or st.context.cookies.get(COOKIE) or "")


def _remembered() -> str:
    names = _read()
    return names.get(_hidden(_browser_key()), "") or ("" if trusted_lan() else names.get(_hidden(_HERE), ""))


def _remember(keys: list[str], name: str) -> None:
    names = {**_read(), **{_hidden(key): name for key in keys}}
    file = _file()
    fresh = file.with_name(f".{file.name}.{os.getpid()}.new")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
            json.dump({key: name for key, name in names.items() if name}, out, ensure_ascii=False)
        fresh.replace(file)
    except OSError:
        fresh.unlink(missing_ok=True)  # the session knows the name; the next one asks again


def _read() -> dict[str, str]:
    try:
        found = json.loads(_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(key): str(name) for key, name in found.items()} if isinstance(found, dict) else {}


def _hidden(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def _file() -> Path:
    return var_folder() / "people.json"
