"""Print how fast a class is answered: `python -m bench.students [--mixed] [--students 30]`.

Every student opens the page over a websocket and releases the slider at a new amount of its own
every three seconds; in a mixed lesson every six, on Explore, on Decisions, on the tabs of Reasons,
and one in six with a model of its own. All numbers that were read are then compared with what the
back end says, and memory is looked at when everybody has left.
"""

import argparse
import asyncio
from collections.abc import Iterator, Sequence
from statistics import median

from bench.server import serve_app
from bench.students.lesson import ADDRESSES, STAYS, Lesson, Minutes, hold, plan_lesson
from bench.students.right import wrong_numbers
from bench.timing import quantile
from explain.core.resources import use_one_thread
from models.catalog import CATALOG

MEGABYTE = 2**20
PAUSE, MIXED_PAUSE = 3.0, 6.0
"""Seconds between two moves of a student: of one who plays, and of one who reads reasons."""
KEEPS = 2.0
"""Megabytes that may stay for each session that has left, of what all share."""


def report(lesson: Lesson, minutes: Minutes, wrong: Sequence[str]) -> str:
    """Return the table of a lesson."""
    moves, students = minutes.moves, len(lesson.seats)
    numbers = sum(len(values) for move in moves for values in move.read.values())
    pages = [page for page in ADDRESSES if any(move.page == page for move in moves)]
    lines = [
        f"{students} students, one move every {lesson.pause:g} s, {len(moves)} moves",
        _spread("until the ribbon is right", [move.until_ribbon for move in moves]),
        _spread("until the whole page is", [move.until_finished for move in moves]),
        *(
            _spread(f"  on {page}", [m.until_finished for m in moves if m.page == page])
            for page in (pages if len(pages) > 1 else ())
        ),
        _spread("until a page is opened", minutes.opened),
        f"  errors {len(minutes.errors)}, wrong {len(wrong)} of {numbers} numbers",
        *_alone(minutes),
        _cost(minutes),
        _memory(minutes, students),
    ]
    return "\n".join([*lines, *(f"  ! {text}" for text in (*minutes.errors, *wrong))])


def _spread(what: str, seconds: Sequence[float]) -> str:
    if not seconds:
        return f"  {what:<28} never"
    middle, slow, slowest = (1000 * quantile(tuple(seconds), share) for share in (0.5, 0.95, 1))
    return f"  {what:<28} p50 {middle:6.0f} ms   p95 {slow:6.0f} ms   slowest {slowest:6.0f} ms"


def _alone(minutes: Minutes) -> Iterator[str]:
    """Yield what a page costs a visitor who is alone; that holds on a busy machine as well."""
    for page, what in dict.fromkeys((page, what) for page, what, _ in minutes.alone):
        costs = {m: s for (at, did, m), s in minutes.alone.items() if (at, did) == (page, what)}
        most = max(costs, key=costs.__getitem__)
        yield (
            f"  alone, {f'{what} {page}':<21} CPU {1000 * median(costs.values()):6.0f} ms"
            f"   at most {1000 * costs[most]:6.0f} ms ({most})"
        )


def _cost(minutes: Minutes) -> str:
    kilobytes = sum(move.received for move in minutes.moves) / max(1, len(minutes.moves)) / 1e3
    return f"  server: {minutes.load:.0%} of one core, {kilobytes:.0f} kB per move"


def _memory(minutes: Minutes, students: int) -> str:
    before, most, after = (
        size / MEGABYTE
        for size in (minutes.memory_before, minutes.memory_most, minutes.memory_after)
    )
    each = (after - before) / students
    kept = "flat" if each <= KEEPS else "NOT flat"
    return (
        f"  memory: {before:.0f} MB warm, {most:.0f} MB at most, {after:.0f} MB when all had left: "
        f"{each:+.2f} MB a session, {kept} (up to {KEEPS:g} MB)"
    )


def main() -> None:
    """Print the tables; the goals are no error, no wrong number, memory that is flat.

    At p95 the whole page takes 300 ms at most on Explore alone, 1 s in a mixed lesson.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=30)
    parser.add_argument("--mixed", action="store_true", help="all pages, and own models")
    parser.add_argument("--moves", type=int, default=8, help="moves of each student")
    parser.add_argument("--pause", type=float, help="seconds between two moves")
    parser.add_argument("--models", help="keys, given out in turn")
    parser.add_argument("--same", action="store_true", help="all try the same amounts")
    options = parser.parse_args()
    use_one_thread()
    usual = ",".join(demo.key for demo in CATALOG) if options.mixed else "digits-mlp"
    lesson = plan_lesson(
        (options.models or usual).split(","),
        options.students,
        options.moves,
        pause=options.pause or (MIXED_PAUSE if options.mixed else PAUSE),
        same=options.same,
        mixed=options.mixed,
    )
    with serve_app(f"--server.disconnectedSessionTTL={STAYS}") as server:
        minutes = asyncio.run(hold(server, lesson))
    print(report(lesson, minutes, list(wrong_numbers(minutes.moves))), flush=True)


if __name__ == "__main__":
    main()
