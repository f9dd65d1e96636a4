"""A lesson: who works on which model, which amounts each tries, and what happened."""

import asyncio
import random
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from bench.answers import Numbers, answers
from bench.server import Server
from bench.students.student import BrokenPage, Move, Student, enter

STEPS = 1000
"""Positions of the page's slider."""
PATIENCE = 30.0
"""Seconds after which an answer counts as an error."""

Expected = Mapping[tuple[str, float], Numbers]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """What one student does: a model, amounts one after the other, a start some seconds late."""

    model: str
    amounts: tuple[float, ...]
    late: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """A class of which everybody moves the slider every `pause` seconds."""

    seats: tuple[Seat, ...]
    pause: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Minutes:
    """What happened in a lesson, and what it cost the server: bytes, and CPU s per second."""

    moves: tuple[Move, ...]
    wrong: tuple[str, ...]
    errors: tuple[str, ...]
    load: float
    memory_at_start: int
    memory_seated: int
    memory_after: int


def plan_lesson(
    models: Sequence[str], students: int, moves: int, *, pause: float, same: bool
) -> Lesson:
    """Draw what everybody does from a fixed seed: one series of amounts for all, or one each."""
    draw = random.Random(0)  # noqa: S311 - no secret
    together = _series(draw, moves)
    seats = (
        Seat(
            model=models[place % len(models)],
            amounts=together if same else _series(draw, moves),
            late=draw.uniform(0, pause),
        )
        for place in range(students)
    )
    return Lesson(seats=tuple(seats), pause=pause)


def _series(draw: random.Random, moves: int) -> tuple[float, ...]:
    return tuple(step / STEPS for step in draw.sample(range(1, STEPS), moves))


def right_answers(lesson: Lesson) -> Expected:
    """Return the numbers that the page has to show, worked out before the lesson starts."""
    at = {model: answers(model) for model in {seat.model for seat in lesson.seats}}
    wanted = {(seat.model, amount) for seat in lesson.seats for amount in seat.amounts}
    return {(model, amount): at[model](amount) for model, amount in wanted}


async def hold(server: Server, lesson: Lesson, right: Expected) -> Minutes:
    """Hold a lesson: everybody enters, then everybody works at once."""
    async with AsyncExitStack() as room:
        for model in sorted({seat.model for seat in lesson.seats}):
            await room.enter_async_context(enter(server.address, f"model={model}"))
        at_start = server.resident()
        students = [
            await room.enter_async_context(enter(server.address, f"model={seat.model}"))
            for seat in lesson.seats
        ]
        seated, spent, started = server.resident(), server.cpu_seconds(), time.perf_counter()
        pairs = zip(students, lesson.seats, strict=True)
        work = [_work(student, seat, lesson.pause, right) for student, seat in pairs]
        found = await asyncio.gather(*work)
        load = (server.cpu_seconds() - spent) / (time.perf_counter() - started)
        return Minutes(
            moves=tuple(move for moves, _, _ in found for move in moves),
            wrong=tuple(text for _, wrong, _ in found for text in wrong),
            errors=tuple(text for _, _, errors in found for text in errors),
            load=load,
            memory_at_start=at_start,
            memory_seated=seated,
            memory_after=server.resident(),
        )


async def _work(
    student: Student, seat: Seat, pause: float, right: Expected
) -> tuple[list[Move], list[str], list[str]]:
    """Make one student's moves, each at its own moment of the clock."""
    moves: list[Move] = []
    wrong: list[str] = []
    errors: list[str] = []
    start = time.perf_counter() + seat.late
    for turn, amount in enumerate(seat.amounts):
        await asyncio.sleep(max(0.0, start + turn * pause - time.perf_counter()))
        try:
            async with asyncio.timeout(PATIENCE):
                move = await student.release(amount)
        except (BrokenPage, TimeoutError, OSError) as error:
            errors.append(f"{seat.model} at {amount}: {error!r}; this student gave up")
            break
        moves.append(move)
        if move.numbers != right[seat.model, amount]:
            wrong.append(f"{seat.model} at {amount}: {move.numbers}")
    return moves, wrong, errors
