"""Print how fast a class is answered: `python -m bench.students [--students 30] [--moves 8]`.

Every student opens the page over a websocket and releases the slider at a new amount of its own
every three seconds. Each answer is compared with what the back end says.
"""

import argparse
import asyncio

from bench.server import serve_app
from bench.students.lesson import Lesson, Minutes, hold, plan_lesson, right_answers
from bench.timing import quantile
from explain.core.resources import use_one_thread

MEGABYTE = 2**20


def report(lesson: Lesson, minutes: Minutes) -> str:
    """Return the table of a lesson."""
    students = len(lesson.seats)
    seated = (minutes.memory_seated - minutes.memory_at_start) / students / MEGABYTE
    after = (minutes.memory_after - minutes.memory_at_start) / students / MEGABYTE
    kilobytes = sum(move.received for move in minutes.moves) / max(1, len(minutes.moves)) / 1e3
    lines = [
        f"{students} students, one move every {lesson.pause:g} s, {len(minutes.moves)} moves",
        _spread("until every number is updated", [m.until_numbers for m in minutes.moves]),
        _spread("until the whole page is", [m.until_finished for m in minutes.moves]),
        f"  errors {len(minutes.errors)}, wrong numbers {len(minutes.wrong)}",
        f"  server: {minutes.load:.0%} of one core, {kilobytes:.0f} kB per move",
        f"  memory: {minutes.memory_at_start / MEGABYTE:.0f} MB at the start",
        f"  each session: +{seated:.2f} MB when seated, +{after:.2f} MB after all moves in all",
    ]
    return "\n".join([*lines, *(f"  ! {text}" for text in minutes.errors + minutes.wrong)])


def _spread(what: str, seconds: list[float]) -> str:
    if not seconds:
        return f"  {what:<32} never"
    middle, slow, slowest = (1000 * quantile(tuple(seconds), share) for share in (0.5, 0.95, 1))
    return f"  {what:<32} p50 {middle:6.0f} ms   p95 {slow:6.0f} ms   slowest {slowest:6.0f} ms"


def main() -> None:
    """Print the tables; the goal is p95 <= 300 ms, no error and no wrong number."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=30)
    parser.add_argument("--moves", type=int, default=8, help="moves of each student")
    parser.add_argument("--pause", type=float, default=3.0, help="seconds between two moves")
    parser.add_argument("--models", default="digits-mlp", help="keys, given out in turn")
    parser.add_argument("--same", action="store_true", help="all try the same amounts")
    options = parser.parse_args()
    use_one_thread()
    models = tuple(options.models.split(","))
    lesson = plan_lesson(
        models, options.students, options.moves, pause=options.pause, same=options.same
    )
    right = right_answers(lesson)
    with serve_app() as server:
        print(report(lesson, asyncio.run(hold(server, lesson, right))), flush=True)


if __name__ == "__main__":
    main()
