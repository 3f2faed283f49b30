"""How a page writes: into which store, under which name; and why not, where it cannot.

why = writing.why_not(opened)            # "" where a change can be written
writer = writing.writer(opened)          # CallError where it cannot, or where nobody has said a name
apply_batch(writer.store, Batch("set", writer.actor, writer.now(), ...))
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from planner.errors import CallError
from planner.policy import Policy
from planner.store.connection import Store
from planner.store.place import may_write, shown
from planner.store.remembering import InStore, Memory
from planner.text import in_language, t
from planner.web import stores
from planner.web.installation import var_folder
from planner.web.session import Opened
from planner.web.who import who


@dataclass(frozen=True, slots=True)
class Writer:
    """The open store of a district, its rules, and who writes. Not to be kept between two runs of a page."""

    store: Store
    policy: Policy
    actor: str

    @staticmethod
    def now() -> dt.datetime:
        """Return this moment, as a batch wants it."""
        return dt.datetime.now(dt.UTC)


def why_not(opened: Opened, lang: str = "zh") -> str:
    """Return why nothing can be written into this district, in words; "" where it can."""
    if opened.store is None:
        trouble = opened.trouble
        return t("writing.no_store", lang) if trouble is None else in_language(trouble.args[0], lang)
    if not may_write(opened.store):
        return t("writing.read_only", lang, place=shown(opened.store))
    return ""


def store_of(opened: Opened) -> Store:
    """Return the open store of a district, to read its history. Raises CallError where it has none."""
    if opened.store is None:
        raise CallError(t("writing.no_store"))
    return stores.handle(opened.store, opened.policy)


def writer(opened: Opened) -> Writer:
    """Return what a page writes with. Raises CallError that says why nothing can be written, or asks for a name."""
    why = why_not(opened)
    if why or not who():
        raise CallError(why or t("writing.nobody"))
    return Writer(store_of(opened), opened.policy, who())


def memory(opened: Opened) -> Memory:
    """Return where variants and mappings are kept: in the store of the district where it has one, else in var/."""
    if opened.store is None:
        return var_folder()
    return InStore(store_of(opened), who() or t("who.unsigned"), Writer.now())
