"""What a planner has chosen on a page: kept in the session, written into the address, read from it again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Generic, TypeVar

import streamlit as st

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class KeptView(Generic[V]):
    """The view of a page, a dataclass with a default for every field.

    ``page``: the beginning of its keys in the session. ``empty``: the plain view. ``encode``, ``decode``: its codec,
    which owns ``parameters`` of the address. ``widget``: a field that a widget holds, so that it is gone when the page
    is left. ``step``: the rows that are shown at first, and again with each wish for more.
    """

    page: str
    empty: V
    encode: Callable[[V], dict[str, str]]
    decode: Callable[[Mapping[str, str]], V]
    parameters: tuple[str, ...]
    widget: str
    step: int

    def start(self) -> bool:
        """Take the view from the address, else the one of the last visit, when the page is opened; tell if so."""
        if self._key(self.widget) in st.session_state:
            return False
        named = any(name in st.query_params for name in self.parameters)
        kept: V | None = st.session_state.get(self._key("view"))
        self.fill(kept if kept is not None and not named else self.decode(st.query_params.to_dict()))
        self.first_rows()
        return True

    def view(self) -> V:
        """Return the view as it is chosen now; what a widget leaves empty is as in the plain view."""
        values = {name: st.session_state[self._key(name)] for name in self._names()}
        chosen: V = replace(self.empty, **{name: value for name, value in values.items() if value is not None})  # type: ignore[type-var]
        return chosen

    def keep(self, chosen: V) -> None:
        """Write the view into the address and keep it for the next visit; other parameters stay."""
        st.session_state[self._key("view")] = chosen
        wanted = self.encode(chosen)
        for name in self.parameters:
            if name in wanted and st.query_params.get(name) != wanted[name]:
                st.query_params[name] = wanted[name]
            elif name not in wanted and name in st.query_params:
                del st.query_params[name]

    def fill(self, chosen: V) -> None:
        """Let the widgets of the page show a view."""
        for name in self._names():
            st.session_state[self._key(name)] = getattr(chosen, name)

    def set(self, name: str, value: object) -> None:
        """Choose one thing."""
        st.session_state[self._key(name)] = value

    def first_rows(self) -> None:
        """Another filter starts at the first rows."""
        self.set("rows", self.step)

    def more_rows(self) -> None:
        """Show more rows."""
        st.session_state[self._key("rows")] += self.step

    def _key(self, name: str) -> str:
        return f"{self.page}_{name}"

    def _names(self) -> list[str]:
        described: Any = self.empty
        return [field.name for field in fields(described)]
