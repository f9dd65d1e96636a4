"""One student: a websocket that speaks the browser's protocol, and the page as it arrives."""

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

_GRAPH = "-network-graph"
_TRIGGER = "$$STREAMLIT_INTERNAL_KEY_{}__events"
_DONE = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)


class BrokenPage(Exception):
    """The page showed an error, or ended without what was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What one release of the slider brought: the numbers shown, and the seconds it took."""

    amount: float
    numbers: tuple[str, ...]
    until_numbers: float
    until_finished: float
    received: int


@dataclass(slots=True, kw_only=True)
class Student:
    """A session: the connection, and what of the page is needed to move its slider.

    `bodies` are the big numbers by their place on the page, `arrived` when the last one came.
    """

    socket: ClientConnection
    page: str = ""
    query: str = ""
    graph: str = ""
    fragment: str = ""
    bodies: dict[tuple[int, ...], str] = field(default_factory=dict)
    arrived: float = 0.0
    moves: int = 0
    received: int = 0

    async def load(self) -> None:
        """Open the page and wait until it is complete."""
        await self._send(BackMsg())
        if not (self.graph and self.fragment):
            raise BrokenPage("the page has no network graph")

    async def release(self, amount: float) -> Move:
        """Release the slider at this amount and wait until everything has followed."""
        self.moves += 1
        self.received = 0
        self.bodies.clear()
        event = {"event": "released", "value": {"amount": amount, "n": self.moves}}
        message = BackMsg()
        message.rerun_script.fragment_id = self.fragment
        widget = message.rerun_script.widget_states.widgets.add()
        widget.id = _TRIGGER.format(self.graph)
        widget.json_trigger_value = json.dumps([event])
        started = time.perf_counter()
        await self._send(message)
        return Move(
            amount=amount,
            numbers=tuple(self.bodies[place] for place in sorted(self.bodies)),
            until_numbers=self.arrived - started,
            until_finished=time.perf_counter() - started,
            received=self.received,
        )

    async def _send(self, message: BackMsg) -> None:
        message.rerun_script.query_string = self.query
        message.rerun_script.page_script_hash = self.page
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
        if kind == "navigation":
            self.page = message.navigation.page_script_hash
        elif kind == "page_info_changed":
            self.query = message.page_info_changed.query_string
        elif kind == "delta":
            self._take(tuple(message.metadata.delta_path), message.delta)
        return message.script_finished if kind == "script_finished" else None

    def _take(self, place: tuple[int, ...], delta: Delta) -> None:
        element = delta.new_element
        kind = element.WhichOneof("type")
        if kind == "metric":
            self.bodies[place] = element.metric.body
            self.arrived = time.perf_counter()
        elif kind == "bidi_component" and element.bidi_component.id.endswith(_GRAPH):
            self.graph, self.fragment = element.bidi_component.id, delta.fragment_id
        elif kind == "exception":
            raise BrokenPage(element.exception.message)
        elif kind == "alert" and element.alert.format == Alert.ERROR:
            raise BrokenPage(element.alert.body)


@asynccontextmanager
async def enter(address: str, query: str = "") -> AsyncIterator[Student]:
    """Yield a student whose page at this address is complete."""
    async with connect(
        f"ws://{address}/_stcore/stream",
        origin=f"http://{address}",  # type: ignore[arg-type]
        subprotocols=["streamlit"],  # type: ignore[list-item]
        max_size=None,
    ) as socket:
        student = Student(socket=socket, query=query)
        await student.load()
        yield student
