"""Which district is open, in which language, and its assessment, read once and shared by all sessions.

The district comes from the session's own choice, else the store ``PLANNER_STORE``, else the folder
``PLANNER_DISTRICT``, else the folder chosen last on this installation (``var/district.txt``), else the demo district in
``data/``. The demo district and an imported one are kept in a store, made at the first start and read from then on;
another folder gets one when somebody asks for it. Cached values are shared between users and treated as read-only.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import logging
import os
import time
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from planner.decisions.pipeline import Assessment, assess
from planner.district.district import District
from planner.errors import CallError, PlannerError, StoreError
from planner.policy import Policy, load_policy
from planner.store.chosen import DEMO, NO_STORE, STORE, Chosen, chosen_by, chosen_folder
from planner.store.place import as_place, shown
from planner.store.reading import folder_of
from planner.text import LANGUAGES, t
from planner.web import memory
from planner.web.installation import var_folder
from planner.web.kept import kept
from planner.web.standing import filled, standing

_LEDGER, _BESIDE = ("governance",), ("geo", "policy")
_TRIES, _AGAIN_S = 5, 60.0


@dataclass(frozen=True, slots=True)
class Opened:
    """A district as the pages see it: ``key`` changes with any byte of the folder or the store, the rules or the date.

    ``folder`` gives layers and rules. ``store``: where it is kept, None where it is read from the folder alone;
    ``trouble``: why the store that it should have cannot be made.
    """

    folder: Path
    key: str
    district: District
    policy: Policy
    assessment: Assessment
    store: Path | str | None = None
    trouble: PlannerError | None = None


@dataclass(frozen=True, slots=True)
class _Source:
    """Where a district is read from, and a text that differs whenever it could."""

    folder: Path
    store: Path | str | None
    content: str
    trouble: PlannerError | None = None


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


def district_place() -> Chosen:
    """Return the open district's store and folder; see the head of this file."""
    picked = st.session_state.get("district_folder")
    off = os.environ.get(STORE) == NO_STORE
    if picked:
        return Chosen(None, Path(picked)) if off else chosen_folder(Path(picked), var=var_folder(), demo=DEMO)
    return chosen_by(os.environ, var=var_folder(), demo=DEMO, remembered=_remembered())


def district_folder() -> Path:
    """Return the folder of the open district: that of its layers and rules."""
    return _folder_of(district_place())


def store_place() -> Path | str | None:
    """Return where the open district is kept; None where it is only read from its folder."""
    return open_district(unused=()).store


def choose_district(folder: Path | None) -> None:
    """Open another district in this session and remember it for the next; None goes back to the demo district.

    What was chosen or filtered in the old district is forgotten.
    """
    target = folder or DEMO
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
    ``folder``: this folder, without a store. A change that another process makes is seen at the next call.
    Raises PlannerError as read_district, load_policy and assess do.
    """
    chosen = district_place() if folder is None else Chosen(None, folder)
    for attempt in range(_TRIES):
        with contextlib.suppress(_Moved):
            return _open(chosen, today or dt.date.today(), unused)
        logging.getLogger("planner").info("the store moved while it was read (%d)", attempt)
    raise StoreError(t("store.error.busy", place=shown(chosen.store or "")))


def make_store(opened: Opened) -> None:
    """Make the store of a district that is read from its folder so far. Raises StoreError, CallError and OSError."""
    from planner.web import stores  # SQLAlchemy takes its time, and not every page needs it

    chosen = chosen_folder(opened.folder, var=var_folder(), demo=DEMO)
    stores.make(chosen, opened.policy, opened.district, opened.folder)


class _Moved(Exception):  # noqa: N818  (no error: the reader looks again)
    """Somebody wrote while the district was read."""


def _open(chosen: Chosen, today: dt.date, unused: tuple[str, ...]) -> Opened:
    folder = _folder_of(chosen)
    own = folder / "policy"
    policy = _policy(str(own) if own.is_dir() else "", _content(_signature(folder, _BESIDE[1:], own=False)))
    source = _source(chosen, folder, policy)
    date = policy_date(policy, today)
    aside = tuple(sorted(set(unused) & set(policy.criteria.index)))
    key = hashlib.sha256(f"{source.content} {source.store} {policy.version} {date} {aside}".encode()).hexdigest()[:24]
    return _opened(key, source, policy, date, aside)


def _folder_of(chosen: Chosen) -> Path:
    """The folder of layers and rules: the one chosen with a store, else the store's own, else that of the demo."""
    if chosen.folder is not None or chosen.store is None:
        return chosen.folder or DEMO
    return (None if chosen.waiting else _own_folder(str(chosen.store))) or DEMO


@st.cache_resource(show_spinner=False, max_entries=16, ttl=60)
def _own_folder(store: str) -> Path | None:
    try:
        return folder_of(as_place(store))
    except CallError:  # a database without our tables
        return None


def _source(chosen: Chosen, folder: Path, policy: Policy) -> _Source:
    """The store where there is one or can be one, else the folder."""
    if chosen.store is None or (chosen.waiting and not chosen.made):
        return _Source(folder, None, content_key(folder))
    if not filled(chosen, policy):
        content = content_key(folder)
        trouble = _made(chosen, folder, content, policy=policy)
        if trouble is not None:
            if chosen.asked:
                raise trouble
            return _Source(folder, None, content, trouble)
    return _stored(chosen.store, folder, policy)


def _stored(store: Path | str, folder: Path, policy: Policy) -> _Source:
    layers = _content(_signature(folder, _BESIDE, own=False))
    content = f"{standing(store, policy).content} {layers}"
    return _Source(folder, store, hashlib.sha256(content.encode()).hexdigest()[:24])


def policy_date(policy: Policy, today: dt.date) -> dt.date:
    """Return the date that the page speaks of: the setting ``as_of``, where ``today`` is today."""
    return today if policy.text("as_of") == "today" else dt.date.fromisoformat(policy.text("as_of"))


def content_key(folder: Path) -> str:
    """Return a key of everything that is read from a district folder and from the project's own rules.

    Files are read anew only when their size or time changed.
    """
    return _content(folder_signature(folder))


def folder_signature(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Return name, size and time of every file that makes a district folder: cheap, and another where one changed."""
    return _signature(folder, (*_LEDGER, *_BESIDE))


def _signature(folder: Path, parts: tuple[str, ...], *, own: bool = True) -> tuple[tuple[str, int, int], ...]:
    """Name, size and time of the files of these parts of a folder and of the project's rules; own: its files on top."""
    below = [file for name in parts for file in (folder / name).rglob("*")] + [*(DEMO / "policy").glob("*")]
    found = {*(folder.glob("*") if own else ()), *below}
    files = sorted(file for file in found if file.is_file() and not file.name.startswith("."))
    return tuple((str(file), file.stat().st_size, file.stat().st_mtime_ns) for file in files)


def _remembered() -> Path | None:
    file = var_folder() / "district.txt"
    chosen = file.read_text(encoding="utf-8").strip() if file.exists() else ""
    return Path(chosen) if chosen and Path(chosen).is_dir() else None


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
def _opened(key: str, _source: _Source, _policy: Policy, _date: dt.date, unused: tuple[str, ...]) -> Opened:
    district = _district(_source.content, _source, _policy)
    shared = {"district": district}
    assessment = kept("assessment", key, lambda: assess(district, _policy, as_of=_date, unused=unused), shared)
    memory.set_aside()
    return Opened(_source.folder, key, district, _policy, assessment, _source.store, _source.trouble)


@st.cache_resource(show_spinner=False, max_entries=4)
def _district(content: str, _source: _Source, _policy: Policy) -> District:
    return kept("district", f"{content} {_policy.version}", lambda: _read(_source, _policy))


def _read(source: _Source, policy: Policy) -> District:
    if source.store is None:
        from planner.district.load import read_district  # not needed where the district is kept from an earlier start

        return read_district(source.folder, policy)
    from planner.store.as_district import district_of
    from planner.web import stores

    district = district_of(stores.handle(source.store, policy), policy, layers=source.folder)
    if _stored(source.store, source.folder, policy).content != source.content:
        raise _Moved
    return district


def _made(chosen: Chosen, folder: Path, content: str, *, policy: Policy) -> PlannerError | None:
    """Make and fill a store at the first start; return what stood in the way, which is tried again after a while."""
    failed, place = _failures(), shown(chosen.store or "")
    if place in failed and time.monotonic() - failed[place][0] < _AGAIN_S:
        return failed[place][1]
    from planner.web import stores

    district = _district(content, _Source(folder, None, content), policy)
    try:
        stores.make(chosen, policy, district, folder)
    except (PlannerError, OSError) as error:
        logging.getLogger("planner").warning("no store at %s", place, exc_info=True)
        failed[place] = (time.monotonic(), stores.trouble_of(error))
        return failed[place][1]
    if chosen.store is not None and not chosen.asked:  # our own folders are in the form in which a store gives them
        made = _stored(chosen.store, folder, policy)
        kept("district", f"{made.content} {policy.version}", lambda: district)
    return None


@st.cache_resource(show_spinner=False)
def _failures() -> dict[str, tuple[float, PlannerError]]:
    return {}
