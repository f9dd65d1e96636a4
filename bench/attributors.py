"""Print what every attribution method costs, in forward passes: `python -m bench.attributors`.

CPU time to explain a batch of rows, divided by the CPU time of one forward pass of the same rows
in the same process; beside it the passes that the method's record says.
"""

import argparse
from collections.abc import Callable
from functools import partial

import numpy as np
import torch

import models
from bench.timing import ratio, take_turns
from explain.attribution import ATTRIBUTORS, explain_rows
from explain.core.methods import resolve
from explain.core.resources import use_one_thread
from explain.core.subject import Subject

DEMOS = ("digits-mlp", "digits-cnn", "retina-cnn", "sms-transformer")

_REPEATS = 20
"""A forward pass is short, so that many are timed at once."""

Costs = dict[str, tuple[float, float]]


def costs(subject: Subject, rows: int, rounds: int) -> Costs:
    """Return for each method that fits: forward passes measured, and passes said."""
    chosen = np.arange(rows)
    cases: dict[str, Callable[[], object]] = {"forward": partial(_forward, subject, chosen)}
    served = [record for record in ATTRIBUTORS if record.fits(subject) is None]
    for record in served:
        cases[record.key] = partial(explain_rows, subject, record.key, chosen)
    times = take_turns(cases, rounds)
    forward = tuple(seconds / _REPEATS for seconds in times["forward"].cpu)
    said = {r.key: r.passes(subject, resolve(r.parameters, {})) for r in served}
    return {key: (ratio(times[key].cpu, forward), said[key]) for key in said}


def _forward(subject: Subject, rows: np.ndarray[tuple[int], np.dtype[np.int64]]) -> None:
    inputs = subject.samples.take(rows).inputs
    with torch.no_grad():
        for _ in range(_REPEATS):
            subject.network(*inputs)


def _line(key: str, table: dict[str, Costs]) -> str:
    cells = [found.get(key) for found in table.values()]
    words = ["-" if cell is None else f"{cell[0]:.0f} ({cell[1]:.0f})" for cell in cells]
    return f"  {key:<28}" + "".join(f"{word:>18}" for word in words)


def main() -> None:
    """Print the table: one column per demo."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--demos", default=",".join(DEMOS), help="keys, with commas")
    parser.add_argument("--rows", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    use_one_thread()
    keys = options.demos.split(",")
    table = {key: costs(models.load(key), options.rows, options.rounds) for key in keys}
    print(f"Forward passes of the same {options.rows} rows that explaining them takes (said).")
    print(f"  {'':<28}" + "".join(f"{key:>18}" for key in table))
    for record in ATTRIBUTORS:
        print(_line(record.key, table))


if __name__ == "__main__":
    main()
