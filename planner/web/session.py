"""Which district is open, in which language, and its assessment, read once and shared by all sessions.

The district comes from the session's own choice, else ``PLANNER_DISTRICT``, else the folder chosen last on this
installation (``var/district.txt``), else the demo district in ``data/``. Cached values are shared between users and
treated as read-only.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from planner.decisions.pipeline import Assessment, assess
from planner.district.district import District
from planner.district.load import read_district
from planner.policy import Policy, load_policy
from planner.text import LANGUAGES
from planner.web import memory
from planner.web.installation import ROOT, var_folder
from planner.web.kept import kept

_PARTS = ("geo", "governance", "policy")


@dataclass(frozen=True, slots=True)
class Opened:
    """A district as the pages see it: ``key`` changes with any byte of the folder, the rules or the date."""

    folder: Path
    key: str
    district: District
    policy: Policy
    assessment: Assessment


def language() -> str:
    """Return the language of the page: ``?lang=en`` or the switch; Chinese otherwise."""
    wanted = st.session_state.get("lang") or st.query_params.get("lang")
    return wanted if wanted in LANGUAGES else LANGUAGES[0]


def set_language(lang: str) -> None:
    """Keep the language for the session and in the address, so that a link carries it."""
    st.session_state["lang"] = lang
    if lang == LANGUAGES[0]:
        st.query_params.pop("lang", None)
    else:
        st.query_params["lang"] = lang


def district_folder() -> Path:
    """Return the folder of the open district."""
    chosen = st.session_state.get("district_folder") or os.environ.get("PLANNER_DISTRICT") or _remembered()
    return Path(chosen) if chosen else ROOT / "data"


def choose_district(folder: Path | None) -> None:
    """Open another district in this session and remember it for the next; None goes back to the demo district.

    What was chosen or filtered in the old district is forgotten.
    """
    target = folder or ROOT / "data"
    st.session_state["district_folder"] = str(target)
    file = var_folder() / "district.txt"
    fresh = file.with_suffix(".new")
    fresh.write_text(str(target) + "\n", encoding="utf-8")
    fresh.replace(file)
    for key in ("chosen", "card", "street", "tab", "rows_shown"):
        st.session_state.pop(key, None)


def open_district(folder: Path | None = None, today: dt.date | None = None, unused: tuple[str, ...] = ()) -> Opened:
    """Return the open district with its assessment; read and computed once per content, rules, date and ``unused``.

    ``unused``: criteria that the planner set aside this year; codes that the policy does not know are passed over.
    Raises PlannerError as read_district, load_policy and assess do.
    """
    where = folder or district_folder()
    content = content_key(where)
    own = where / "policy"
    policy = _policy(str(own) if own.is_dir() else "", content)
    date = policy_date(policy, today or dt.date.today())
    aside = tuple(sorted(set(unused) & set(policy.criteria.index)))
    key = hashlib.sha256(f"{content} {policy.version} {date} {aside}".encode()).hexdigest()[:24]
    return _opened(str(where), key, policy, date, aside)


def policy_date(policy: Policy, today: dt.date) -> dt.date:
    """Return the date that the page speaks of: the setting ``as_of``, where ``today`` is today."""
    return today if policy.text("as_of") == "today" else dt.date.fromisoformat(policy.text("as_of"))


def content_key(folder: Path) -> str:
    """Return a key of everything that is read from a district folder and from the project's own rules.

    Files are read anew only when their size or time changed.
    """
    below = [file for name in _PARTS for file in (folder / name).rglob("*")] + list(
        (ROOT / "data" / "policy").glob("*")
    )
    files = sorted(file for file in {*folder.glob("*"), *below} if file.is_file() and not file.name.startswith("."))
    signature = tuple((str(file), file.stat().st_size, file.stat().st_mtime_ns) for file in files)
    return _content(signature)


def _remembered() -> str:
    file = var_folder() / "district.txt"
    chosen = file.read_text(encoding="utf-8").strip() if file.exists() else ""
    return chosen if chosen and Path(chosen).is_dir() else ""


@st.cache_resource(show_spinner=False, max_entries=8)
def _content(signature: tuple[tuple[str, int, int], ...]) -> str:
    digest = hashlib.sha256()
    for name, size, _ in signature:
        digest.update(f"{name}\n{size}\n".encode())
        with open(name, "rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:24]


@st.cache_resource(show_spinner=False, max_entries=8)
def _policy(folder: str, content: str) -> Policy:  # noqa: ARG001  (content is part of the cache key)
    return load_policy(Path(folder) if folder else None)


@st.cache_resource(show_spinner=False, max_entries=4)
def _opened(folder: str, key: str, _policy: Policy, _date: dt.date, unused: tuple[str, ...]) -> Opened:
    district = _district(folder, content_key(Path(folder)), _policy)
    shared = {"district": district}
    assessment = kept("assessment", key, lambda: assess(district, _policy, as_of=_date, unused=unused), shared)
    memory.set_aside()
    return Opened(Path(folder), key, district, _policy, assessment)


@st.cache_resource(show_spinner=False, max_entries=4)
def _district(folder: str, content: str, _policy: Policy) -> District:
    return kept("district", f"{content} {_policy.version}", lambda: read_district(Path(folder), _policy))
