"""One student: a websocket that speaks the browser's protocol, and the page as it arrives."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.request import Request, urlopen
from uuid import uuid4

from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Block_pb2 import Block
from streamlit.proto.Common_pb2 import FileURLs
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

from bench.students.files import OwnFile

_TRIGGER = "$$STREAMLIT_INTERNAL_KEY_{}__events"
_DONE = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)
_XSRF = "_streamlit_xsrf"
RIBBON = "amount-ribbon"

Place = tuple[int, ...]


class BrokenPage(Exception):
    """The page showed an error, or has not what was looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One thing on the page: what it is, which fragment and run it came from, and when."""

    what: Element | Block
    fragment: str
    run: str
    at: float


@dataclass(slots=True, kw_only=True)
class Student:
    """A session: the connection, and the page with everything that can be pressed on it."""

    socket: ClientConnection
    address: str
    query: str = ""
    page: str = ""
    session: str = ""
    pages: dict[str, str] = field(default_factory=dict)
    shown: dict[Place, Shown] = field(default_factory=dict)
    run: str = ""
    replaced: tuple[str, ...] = ()
    offered: tuple[FileURLs, ...] = ()
    moves: int = 0
    received: int = 0

    async def open(self, name: str = "") -> None:
        """Open a page by its address, "" for the first, and wait until it is complete."""
        message = BackMsg()
        message.rerun_script.page_name = name
        await self._send(message)

    async def go(self, name: str) -> None:
        """Choose another page in the menu."""
        self.page, self.query = self.pages[name], ""
        await self._send(BackMsg())

    async def release(self, amount: float) -> float:
        """Release the slider at this amount; return after how many seconds the ribbon is right."""
        self.moves += 1
        started = time.perf_counter()
        mounted, fragment = self._mounted(RIBBON)
        event = {"events": [{"n": self.moves, "amount": amount}]}
        state = WidgetState(id=_TRIGGER.format(mounted))
        state.json_trigger_value = json.dumps([{"event": "done", "value": event}])
        await self._change(state, fragment)
        if self.told(RIBBON)["taken"] < self.moves:
            raise BrokenPage("the ribbon has not taken the amount")
        return max(self._all(RIBBON), key=lambda one: one.at).at - started

    async def turn(self, title: str) -> None:
        """Open a tab of the page by its title."""
        for one in self.shown.values():
            if isinstance(one.what, Block) and one.what.WhichOneof("type") == "tab_container":
                state = WidgetState(id=one.what.tab_container.id, string_value=title)
                await self._change(state, one.fragment)
                return
        raise BrokenPage("the page has no tabs")

    async def press(self, key: str) -> None:
        """Press a button."""
        for one in self.shown.values():
            button = one.what.button if isinstance(one.what, Element) else None
            if button is not None and button.id.endswith(f"-{key}"):
                await self._change(WidgetState(id=button.id, trigger_value=True), one.fragment)
                return
        raise BrokenPage(f"the page has no button {key!r}")

    async def drop(self, *files: OwnFile) -> None:
        """Drop files where the page takes them."""
        ask = BackMsg()
        ask.file_urls_request.request_id = uuid4().hex
        ask.file_urls_request.session_id = self.session
        ask.file_urls_request.file_names.extend(file.name for file in files)
        await self.socket.send(ask.SerializeToString())
        while not self.offered:
            await self._hear()
        places, self.offered = self.offered, ()
        state, fragment = self._uploader()
        for file, urls in zip(files, places, strict=True):
            await asyncio.to_thread(_put, self.address, urls.upload_url, file)
            info = state.file_uploader_state_value.uploaded_file_info.add()
            info.name, info.size, info.file_id = file.name, len(file.content), urls.file_id
            info.file_urls.CopyFrom(urls)
        await self._change(state, fragment)

    def _uploader(self) -> tuple[WidgetState, str]:
        for one in self.shown.values():
            if isinstance(one.what, Element) and one.what.WhichOneof("type") == "file_uploader":
                return WidgetState(id=one.what.file_uploader.id), one.fragment
        raise BrokenPage("the page takes no files")

    def told(self, key: str) -> Mapping[str, Any]:
        """Return what a component of the browser was told last."""
        for one in sorted(self._all(key), key=lambda one: -one.at):
            if isinstance(one.what, Element):
                found: Mapping[str, Any] = json.loads(one.what.bidi_component.json)
                return found
        raise BrokenPage(f"the page has no component {key!r}")

    def has(self, key: str) -> bool:
        """Return whether a component of the browser is on the page."""
        return bool(self._all(key))

    def elements(self) -> tuple[Element, ...]:
        """Return everything that is on the page, from top to bottom."""
        found = (self.shown[place].what for place in sorted(self.shown))
        return tuple(one for one in found if isinstance(one, Element))

    def _mounted(self, key: str) -> tuple[str, str]:
        """Return the id of a component and the fragment that it is in."""
        for one in self._all(key):
            if isinstance(one.what, Element):
                return one.what.bidi_component.id, one.fragment
        raise BrokenPage(f"the page has no component {key!r}")

    def _all(self, key: str) -> list[Shown]:
        return [
            one
            for one in self.shown.values()
            if isinstance(one.what, Element) and one.what.bidi_component.id.endswith(f"-{key}")
        ]

    async def _change(self, state: WidgetState, fragment: str) -> None:
        message = BackMsg()
        message.rerun_script.fragment_id = fragment
        message.rerun_script.widget_states.widgets.append(state)
        await self._send(message)

    async def _send(self, message: BackMsg) -> None:
        message.rerun_script.query_string = self.query
        message.rerun_script.page_script_hash = self.page
        self.received = 0
        await self.socket.send(message.SerializeToString())
        while await self._hear() not in _DONE:
            pass

    async def _hear(self) -> int | None:
        """Take in one message; return how the script finished if it did."""
        data = await self.socket.recv()
        self.received += len(data)
        message = ForwardMsg()
        message.ParseFromString(data if isinstance(data, bytes) else data.encode())
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self._begin(message)
        elif kind == "navigation":
            self.page = message.navigation.page_script_hash
            listed = message.navigation.app_pages
            self.pages |= {one.url_pathname: one.page_script_hash for one in listed}
        elif kind == "page_info_changed":
            self.query = message.page_info_changed.query_string
        elif kind == "file_urls_response":
            self.offered = tuple(message.file_urls_response.file_urls)
        elif kind == "delta":
            self._take(tuple(message.metadata.delta_path), message.delta)
        elif kind == "script_finished":
            return self._finish(message.script_finished)
        return None

    def _begin(self, message: ForwardMsg) -> None:
        self.session = message.new_session.initialize.session_id or self.session
        self.run = message.metadata.run.script_run_id
        self.replaced = tuple(message.metadata.run.fragment_ids)

    def _finish(self, how: int) -> int:
        """Drop what this run has not drawn again, as the browser does."""
        if how in _DONE:
            self.shown = {place: one for place, one in self.shown.items() if not self._stale(one)}
        return how

    def _clear_under(self, place: Place) -> None:
        """Drop what stood in a block whose place something else takes."""
        inside = [at for at in self.shown if len(at) > len(place) and at[: len(place)] == place]
        for at in inside:
            del self.shown[at]

    def _stale(self, one: Shown) -> bool:
        return one.run != self.run and (not self.replaced or one.fragment in self.replaced)

    def _take(self, place: Place, delta: Delta) -> None:
        kind = delta.WhichOneof("type")
        if kind == "add_block":
            found: Element | Block = delta.add_block
        elif kind == "new_element":
            found = delta.new_element
            _refuse(found)
            self._clear_under(place)
        else:
            return
        self.shown[place] = Shown(
            what=found, fragment=delta.fragment_id, run=self.run, at=time.perf_counter()
        )


def _refuse(element: Element) -> None:
    """Raise what the page shows as an error."""
    kind = element.WhichOneof("type")
    if kind == "exception":
        raise BrokenPage(element.exception.message)
    if kind == "alert" and element.alert.format == Alert.ERROR:
        raise BrokenPage(element.alert.body)


def _put(address: str, where: str, file: OwnFile) -> None:
    """Send one file as a browser's form does."""
    with urlopen(f"http://{address}/_stcore/health", timeout=30) as answer:
        cookie = str(answer.headers["Set-Cookie"]).partition(";")[0]
    mark = uuid4().hex
    head = (
        f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{file.name}"\r\n\r\n'
    )
    request = Request(
        f"http://{address}{where}",
        data=head.encode() + file.content + f"\r\n--{mark}--\r\n".encode(),
        method="PUT",
        headers={
            "Content-Type": f"multipart/form-data; boundary={mark}",
            "Cookie": cookie,
            "X-Xsrftoken": cookie.removeprefix(f"{_XSRF}="),
        },
    )
    with urlopen(request, timeout=60):  # noqa: S310 - http, on this machine
        return


@asynccontextmanager
async def enter(address: str, page: str = "", query: str = "") -> AsyncIterator[Student]:
    """Yield a student whose page at this address is complete."""
    async with connect(
        f"ws://{address}/_stcore/stream",
        origin=f"http://{address}",  # type: ignore[arg-type]
        subprotocols=["streamlit"],  # type: ignore[list-item]
        max_size=None,
        ping_interval=None,
    ) as socket:
        student = Student(socket=socket, address=address, query=query)
        await student.open(page)
        yield student
