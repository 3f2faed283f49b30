"""A visitor without a screen: it speaks the websocket messages of Streamlit's page and draws nothing.

Twenty browsers on the two cores that also run the server would measure the browsers. In an office every browser has a
computer of its own, so the load is made by clients that do on the wire what the page does: ask for the page, send a new
value of a widget with the fragment it stands in and the list of the large messages they still hold, and read until the
script has finished. What they receive is the same; of large messages only the hash is read.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from types import TracebackType

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

LARGE = 10_000
"""Bytes from which a message is an element with much in it, which Streamlit's page keeps (and tells the server so)."""

_KEPT_RUNS = 2
_PATIENCE_S = 300


@dataclass(slots=True)
class Visitor:
    """One session: ``path`` is the page it opens, ``key`` the widget (a number box) that it changes."""

    address: str
    path: str
    key: str
    received: int = 0
    _socket: ClientConnection | None = None
    _widget: str = ""
    _fragment: str = ""
    _page: str = ""
    _kept: dict[str, int] = field(default_factory=dict)

    async def __aenter__(self) -> Visitor:
        """Connect, open the page and find the widget."""
        url = self.address.replace("http", "ws", 1) + "/_stcore/stream"
        self._socket = await connect(url, subprotocols=["streamlit"], max_size=None, compression=None)  # type: ignore[list-item]
        wanted = BackMsg()
        wanted.rerun_script.page_name = self.path.strip("/")
        await self._ask(wanted, parse=True)
        if not self._widget:
            raise LookupError(f"the page shows no number box {self.key}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        """Leave the page."""
        if self._socket is not None:
            await self._socket.close()

    async def change(self, value: float) -> float:
        """Set the widget and return the seconds until the script has finished; `received`: bytes of the answer."""
        wanted = BackMsg()
        state = wanted.rerun_script
        state.page_script_hash, state.fragment_id = self._page, self._fragment
        state.cached_message_hashes.extend(self._kept)
        widget = state.widget_states.widgets.add()
        widget.id, widget.double_value = self._widget, value
        begin = time.perf_counter()
        await self._ask(wanted, parse=False)
        return time.perf_counter() - begin

    async def _ask(self, wanted: BackMsg, *, parse: bool) -> None:
        assert self._socket is not None
        self.received = 0
        self._kept = {key: runs + 1 for key, runs in self._kept.items() if runs < _KEPT_RUNS}
        await self._socket.send(wanted.SerializeToString())
        while True:
            data = await self._socket.recv()
            assert isinstance(data, bytes)
            self.received += len(data)
            if len(data) >= LARGE:
                self._kept[_hash_of(data)] = 0
            if parse or len(data) < LARGE:
                message = ForwardMsg.FromString(data)
                if message.WhichOneof("type") == "script_finished":
                    _check(message)
                    return
                self._note(message)

    def _note(self, message: ForwardMsg) -> None:
        if message.metadata.cacheable:
            self._kept[message.hash] = 0
        elif message.ref_hash:
            self._kept[message.ref_hash] = 0
        if message.HasField("new_session") and not self._page:
            self._page = message.new_session.page_script_hash
        element = message.delta.new_element
        if element.WhichOneof("type") == "exception":
            raise RuntimeError(element.exception.message)
        if element.number_input.id.endswith(f"-{self.key}"):
            self._widget, self._fragment = element.number_input.id, message.delta.fragment_id


def _check(message: ForwardMsg) -> None:
    done = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)
    if message.script_finished not in done:
        raise RuntimeError(f"the script ended with status {message.script_finished}")


def _hash_of(data: bytes) -> str:
    """Return the hash of a message without parsing it: the first field, a short text."""
    if data[:1] != b"\x0a":
        return ForwardMsg.FromString(data).hash
    return data[2 : 2 + data[1]].decode("ascii")
