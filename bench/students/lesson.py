"""A lesson: who works on which model and which pages, which amounts each tries, what happened."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from websockets.exceptions import ConnectionClosed

from bench.server import Server
from bench.students.files import own_files
from bench.students.reading import Numbers, numbers_on
from bench.students.student import BrokenPage, Student, enter
from explain.core.messages import say

STEPS = 1000
"""Positions of the page's slider."""
_BESIDE = 0.5005
"""Between two amounts of the lesson, and so are those that are steps away: nobody tries them."""
PATIENCE = 60.0
"""Seconds after which an answer counts as an error."""
STAYS = 4
"""Seconds after which the server lets a session go whose student has left."""
OWN = "own"
"""What stands for a model in the seat of a student who brings one."""
ADDRESSES = {
    "explore": "",
    "decisions": "decisions",
    "inputs": "reasons",
    "inside": "reasons",
    "parts": "reasons",
}
"""A page or a tab -> the page that it is on."""
_WALKS = (
    (False, ("explore",)),
    (False, ("inputs",)),
    (True, ("explore", "decisions", "explore", "inputs", "inside", "parts")),
    (False, ("decisions",)),
    (False, ("inside",)),
    (False, ("parts",)),
)
"""Whether a student brings a model, and the pages it stands on, one a move, round and round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """What one student does: a model, where and what it tries, a start some seconds late.

    `tries`: the page and the amount of each move. `place` makes an own model unlike the others.
    """

    place: int
    model: str
    tries: tuple[tuple[str, float], ...]
    late: float

    @property
    def link(self) -> tuple[str, str]:
        """Return page and query that the student opens first."""
        if self.model == OWN:
            return "models", ""
        page = self.tries[0][0]
        tab = f"&tab={page}" if ADDRESSES[page] == "reasons" else ""
        return ADDRESSES[page], f"model={self.model}{tab}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """A class of which everybody moves the slider every `pause` seconds."""

    seats: tuple[Seat, ...]
    pause: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One release: where, at which amount, what was read then, and the seconds that it took."""

    seat: Seat
    page: str
    amount: float
    read: Numbers
    until_ribbon: float
    until_finished: float
    received: int


@dataclass(slots=True, kw_only=True)
class Minutes:
    """What happened in a lesson, and what it cost the server.

    `opened`: seconds until a page was complete that was opened. `load`: CPU seconds per second.
    `alone`: CPU seconds of what a visitor did before the others came: page, what, model.
    Memory in bytes, resident: with everything warm, at most, and when all had left.
    """

    moves: list[Move] = field(default_factory=list)
    opened: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    load: float = 0.0
    alone: dict[tuple[str, str, str], float] = field(default_factory=dict)
    memory_before: int = 0
    memory_most: int = 0
    memory_after: int = 0

    @contextmanager
    def catching(self, seat: Seat, doing: str) -> Iterator[None]:
        """Count an error of a student, who then gives up."""
        try:
            yield
        except (BrokenPage, TimeoutError, OSError, ConnectionClosed) as error:
            self.errors.append(f"student {seat.place} on {seat.model}, {doing}: {error!r}")


def plan_lesson(
    models: Sequence[str],
    students: int,
    moves: int,
    *,
    pause: float,
    same: bool = False,
    mixed: bool = False,
) -> Lesson:
    """Draw what everybody does from a fixed seed: one series of amounts for all, or one each."""
    draw = random.Random(0)  # noqa: S311 - no secret
    together, walks = _series(draw, moves), _WALKS if mixed else _WALKS[:1]
    seats = []
    for place in range(students):
        brings, walk = walks[place % len(walks)]
        amounts = together if same else _series(draw, moves)
        pages = (walk[turn % len(walk)] for turn in range(moves))
        model = OWN if brings else models[sum(divmod(place, len(walks))) % len(models)]
        tries = tuple(zip(pages, amounts, strict=True))
        seats.append(Seat(place=place, model=model, tries=tries, late=draw.uniform(0, pause)))
    return Lesson(seats=tuple(seats), pause=pause)


def _series(draw: random.Random, moves: int) -> tuple[float, ...]:
    return tuple(step / STEPS for step in draw.sample(range(1, STEPS), moves))


async def hold(server: Server, lesson: Lesson) -> Minutes:
    """Hold a lesson: everybody enters, everybody works at once, everybody leaves."""
    alone = await _warm(server, lesson)
    minutes = Minutes(alone=alone, memory_before=server.resident())
    watch = asyncio.create_task(_watch(server, minutes))
    async with AsyncExitStack() as room:
        seated = [await _sit(room, server, seat, minutes) for seat in lesson.seats]
        spent, started = server.cpu_seconds(), time.perf_counter()
        work = (_work(one, seat, lesson.pause, minutes) for one, seat in filter(None, seated))
        await asyncio.gather(*work)
        minutes.load = (server.cpu_seconds() - spent) / (time.perf_counter() - started)
    await _left(server)
    watch.cancel()
    minutes.memory_after = server.resident()
    return minutes


async def _warm(server: Server, lesson: Lesson) -> dict[tuple[str, str, str], float]:
    """Let one visitor with each model see each page, so that what a process keeps is there.

    Return the CPU seconds of each page that was opened for the first time, and of a move on it.
    """
    pages, spent = dict.fromkeys(page for seat in lesson.seats for page, _ in seat.tries), {}
    tries = tuple((page, _BESIDE - at / STEPS) for at, page in enumerate(pages))
    for model in sorted({seat.model for seat in lesson.seats}):
        seat = Seat(place=len(lesson.seats), model=model, tries=tries, late=0.0)
        before = server.cpu_seconds()
        async with _entered(server, seat) as visitor:
            for page, amount in tries:
                await _stand(visitor, page)
                opened = server.cpu_seconds()
                await visitor.release(amount)
                moved = server.cpu_seconds()
                spent[page, "open", model], spent[page, "move", model] = (
                    opened - before,
                    moved - opened,
                )
                before = moved
    await _left(server)
    return spent


async def _left(server: Server) -> None:
    """Wait until the server has let everybody go who has left; it does so when somebody comes."""
    for _ in range(2):
        await asyncio.sleep(STAYS + 1)
        async with enter(server.address):
            pass


async def _watch(server: Server, minutes: Minutes) -> None:
    while True:
        minutes.memory_most = max(minutes.memory_most, server.resident())
        await asyncio.sleep(0.5)


async def _sit(
    room: AsyncExitStack, server: Server, seat: Seat, minutes: Minutes
) -> tuple[Student, Seat] | None:
    with minutes.catching(seat, "entering"):
        async with asyncio.timeout(PATIENCE):
            started = time.perf_counter()
            student = await room.enter_async_context(_entered(server, seat))
            minutes.opened.append(time.perf_counter() - started)
            return student, seat
    return None


@asynccontextmanager
async def _entered(server: Server, seat: Seat) -> AsyncIterator[Student]:
    """Yield a student who looks at the model of the seat; an own one is loaded first."""
    async with enter(server.address, *seat.link) as student:
        if seat.model == OWN:
            await student.drop(*own_files(seat.place))
            await student.press("load-open")
        yield student


async def _work(student: Student, seat: Seat, pause: float, minutes: Minutes) -> None:
    """Make one student's moves, each at its own moment of the clock."""
    start = time.perf_counter() + seat.late
    for turn, (page, amount) in enumerate(seat.tries):
        await asyncio.sleep(max(0.0, start + turn * pause - time.perf_counter()))
        before = len(minutes.errors)
        with minutes.catching(seat, f"{page} at {amount}"):
            async with asyncio.timeout(PATIENCE):
                began = time.perf_counter()
                if await _stand(student, page):
                    minutes.opened.append(time.perf_counter() - began)
                minutes.moves.append(await _moved(student, seat, page, amount))
        if len(minutes.errors) > before:
            return


async def _stand(student: Student, page: str) -> bool:
    """Go to a page or a tab; return whether the student was elsewhere."""
    if _where(student) == page:
        return False
    if student.page != student.pages[ADDRESSES[page]]:
        await student.go(ADDRESSES[page])
    if _where(student) != page:
        await student.turn(say("reasons.tabs", tab=page))
    return True


def _where(student: Student) -> str:
    """Return the page or the tab that is open."""
    address = next(name for name, page in student.pages.items() if page == student.page)
    if address == "reasons":
        return parse_qs(student.query).get("tab", ["inputs"])[-1]
    return address or "explore"


async def _moved(student: Student, seat: Seat, page: str, amount: float) -> Move:
    started = time.perf_counter()
    until_ribbon = await student.release(amount)
    until_finished = time.perf_counter() - started
    return Move(
        seat=seat,
        page=page,
        amount=amount,
        read=numbers_on(student, page),
        until_ribbon=until_ribbon,
        until_finished=until_finished,
        received=student.received,
    )
