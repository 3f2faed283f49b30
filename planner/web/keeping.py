"""数据保管: where the ledger is kept, when it was last backed up, one button to do it, and the same as a download."""

from __future__ import annotations

import datetime as dt
import tempfile
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from planner.errors import CallError, PlannerError
from planner.policy import Policy
from planner.store.backup import backup_store
from planner.store.backup_notes import BackupNote, last_backup, note_backup
from planner.store.connection import Store
from planner.store.heads import read_head
from planner.store.opening import open_store
from planner.store.verify import verify
from planner.text import in_language, safe_file_name, safe_text, t
from planner.web import folder_update, survey_store, trouble, writing
from planner.web.compound_blocks import card_head
from planner.web.installation import ROOT, var_folder
from planner.web.session import Opened

_SAID, _FOLDER = "keeping_said", "keeping_folder"
MAX_AGE = "backup_max_age_days"


@dataclass(frozen=True, slots=True)
class Age:
    """How old the last backup is, in whole days; None where there is none. late: older than settings allow."""

    days: int | None
    late: bool


def show(opened: Opened, lang: str) -> None:
    """Show the section, with what there is to say where the district has no store."""
    with st.container(key="planner-keeping", border=True):
        st.html(card_head(t("keeping.title", lang), t("keeping.hint", lang)))
        if opened.store is None:
            survey_store.without_store(opened, lang)
            return
        try:
            store = writing.store_of(opened)
            _state(store, opened.policy, lang)
        except PlannerError as error:
            trouble.error_bar(in_language(error.args[0], lang))
            return
        _tools(store, opened, lang)
        folder_update.reminder(opened, lang)


def age_of(note: BackupNote | None, policy: Policy, now: dt.datetime) -> Age:
    """Return how old a backup is and whether that is too old (settings.backup_max_age_days); none at all is too old."""
    if note is None:
        return Age(None, True)
    days = max(0, (now - note.at).days)
    return Age(days, days > policy.number(MAX_AGE))


def check_folder(text: str, *, store: Path | None) -> Path:
    """Return a folder on the server's disk that a backup may be written into, made where it is missing.

    Raises CallError with the cure: not a full path, a file, not writable, or a folder that the browser can read from.
    """
    written = text.strip()
    if not written or not Path(written).is_absolute():
        raise CallError(t("keeping.error.absolute", folder=written))
    folder = Path(written)
    if folder.resolve().is_relative_to((ROOT / "static").resolve()):
        raise CallError(t("keeping.error.public", folder=written))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".planner"):
            pass
    except OSError as error:
        raise CallError(t("keeping.error.folder", folder=written, reason=error.strerror or str(error))) from error
    if store is not None and folder.resolve() == store.absolute().parent.resolve():
        raise CallError(t("keeping.error.beside", folder=written))
    return folder


def back_up(store: Store, folder: Path, policy: Policy, *, now: dt.datetime) -> BackupNote:
    """Write a backup into a folder under a name of its own, verify it, and keep a note of it.

    Raises StoreError where it cannot be written or does not hold; a backup that does not hold is taken away again.
    """
    target = _free(folder, f"planner-{now.astimezone():%Y%m%d-%H%M}")
    backup_store(store, target, at=now)
    copy = open_store(target, policy)
    try:
        faults, head = verify(copy), read_head(copy)
    finally:
        copy.close()
    if len(faults):
        target.unlink(missing_ok=True)
        raise CallError(t("store.error.backup_broken", place=target, n=len(faults)), faults)
    note = BackupNote(now, target, head.batch, head.hash)
    note_backup(var_folder(), store.place, note)
    return note


def _free(folder: Path, stem: str) -> Path:
    number, found = 2, folder / f"{stem}.gpkg"
    while found.exists():
        found, number = folder / f"{stem}-{number}.gpkg", number + 1
    return found


def _state(store: Store, policy: Policy, lang: str) -> None:
    head, note = read_head(store), last_backup(var_folder(), store.place)
    age = age_of(note, policy, dt.datetime.now(dt.UTC))
    words = t("keeping.where", lang, place=store.place, n=head.batch, mark=head.hash[:8])
    st.html(f'<p class="hint">{safe_text(words)}</p>')
    if note is None:
        st.html(f'<div class="note">{safe_text(t("keeping.never", lang))}</div>')
        return
    when = note.at.astimezone().strftime("%Y-%m-%d %H:%M")
    told = t("keeping.last", lang, when=when, file=note.file, batches=max(0, head.batch - note.batch))
    key = "keeping.late" if age.late else "keeping.fresh" if age.days else "keeping.today"
    words = told + t(key, lang, days=age.days, most=f"{policy.number(MAX_AGE):g}")
    st.html(f'<div class="{"note" if age.late else "hint"}">{safe_text(words)}</div>')


def _tools(store: Store, opened: Opened, lang: str) -> None:
    st.session_state.setdefault(_FOLDER, _usual(store))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(t("keeping.folder", lang), key=_FOLDER, width=420, max_chars=400)
        if st.button(t("keeping.back_up", lang), key="planner-backup", type="primary"):
            with st.spinner(t("keeping.working", lang)):
                _back_up(store, opened, lang)
        name = safe_file_name(t("keeping.file", lang, date=dt.date.today().isoformat())) + ".gpkg"
        st.download_button(
            t("keeping.download", lang), lambda: backup_bytes(store), file_name=name, on_click="ignore",
            mime="application/geopackage+sqlite3", key="planner-backup-download",
        )  # fmt: skip
    text, kind = st.session_state.pop(_SAID, ("", ""))
    if text:
        st.html(f'<div class="{kind}" role="status">{safe_text(text)}</div>')


def _usual(store: Store) -> str:
    note = last_backup(var_folder(), store.place)
    return str(note.file.parent if note is not None else (var_folder() / "backups").absolute())


def _back_up(store: Store, opened: Opened, lang: str) -> None:
    own = opened.store if isinstance(opened.store, Path) else None
    try:
        folder = check_folder(str(st.session_state[_FOLDER]), store=own)
        note = back_up(store, folder, opened.policy, now=dt.datetime.now(dt.UTC))
    except PlannerError as error:
        st.session_state[_SAID] = (in_language(error.args[0], lang), "err")
    except OSError as error:
        st.session_state[_SAID] = (
            t("keeping.error.folder", lang, folder="", reason=error.strerror or str(error)),
            "err",
        )
    else:
        size = note.file.stat().st_size / 1e6
        st.session_state[_SAID] = (t("keeping.done", lang, file=note.file, n=note.batch, size=f"{size:.1f}"), "hint")
    st.rerun()


def backup_bytes(store: Store) -> bytes:
    """Return a whole copy of a store, as it is at this moment, as the bytes of one GeoPackage."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "backup.gpkg"
        backup_store(store, target, at=dt.datetime.now(dt.UTC))
        return target.read_bytes()
