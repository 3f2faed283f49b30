"""Pages by what the server sends: the address of the first page, and a map that answers when its page was left."""

from __future__ import annotations

from collections.abc import Iterator

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect


def messages(socket: ClientConnection, *, quiet_s: float) -> Iterator[ForwardMsg]:
    """What the server sends, until it has been quiet for so long."""
    while True:
        try:
            data = socket.recv(timeout=quiet_s)
        except TimeoutError:
            return
        assert isinstance(data, bytes)
        yield ForwardMsg.FromString(data)


def rerun(page: str, *, fragment: str = "", button: str = "") -> bytes:
    """The message of the browser that asks for a run: of one part of the page, or because a button was pressed."""
    message = BackMsg()
    message.rerun_script.page_script_hash, message.rerun_script.fragment_id = page, fragment
    if button:
        widget = message.rerun_script.widget_states.widgets.add()
        widget.id, widget.trigger_value = button, True
    return message.SerializeToString()


def ask(socket: ClientConnection, page: str) -> None:
    """Open a page by its address."""
    message = BackMsg()
    message.rerun_script.page_name = page
    socket.send(message.SerializeToString())


def wire(app: str) -> ClientConnection:
    """A visitor without a browser."""
    url = app.replace("http", "ws", 1) + "/_stcore/stream"
    return connect(url, subprotocols=["streamlit"], max_size=None)  # type: ignore[list-item]


def opened(socket: ClientConnection, page: str) -> tuple[str, str, str]:
    """Open a page; its hash, the button that leads to 建议次序, and the part that holds its map."""
    ask(socket, page)
    own = button = part = ""
    for found in messages(socket, quiet_s=60):
        element = found.delta.new_element
        own = found.navigation.page_script_hash or own
        button = element.button.id if element.button.id.endswith("-planner-to-ranking") else button
        part = found.delta.fragment_id if element.component_instance.id else part
        if found.WhichOneof("type") == "script_finished":
            break
    return own, button, part


def test_a_map_that_answers_after_its_page_was_left_does_not_call_it_back(demo_app: str) -> None:
    with wire(demo_app) as socket:
        old, button, part = opened(socket, "compound")
        socket.send(rerun(old, button=button))
        runs: list[str] = []
        for found in messages(socket, quiet_s=3):
            if found.HasField("new_session"):
                runs.append(found.new_session.page_script_hash)
                if runs[-1] != old:
                    socket.send(rerun(old, fragment=part))
    assert runs[0] == old
    assert len(runs) == 2
    assert runs[1] not in ("", old)


def test_the_first_page_has_an_address_of_its_own(demo_app: str) -> None:
    with wire(demo_app) as socket:
        ask(socket, "overview")
        found: list[ForwardMsg] = []
        for message in messages(socket, quiet_s=60):
            found.append(message)
            if message.script_finished == message.FINISHED_SUCCESSFULLY and message.HasField("script_finished"):
                break
    assert not any(message.HasField("page_not_found") for message in found)
    shown = [message.navigation for message in found if message.HasField("navigation")][-1]
    (first,) = [page.page_script_hash for page in shown.app_pages if page.is_default]
    assert shown.page_script_hash == first
