"""Changed copies of good files, until the seconds are over or the count is reached.

    python -m tests.hostile.fuzz --seconds 600 [--seed 7] [--only pt2]
    python -m tests.hostile.fuzz --seed 7 --only pt2 --case 1234 --write case.bin

Whatever is neither read nor refused is reported with its seed and number, and its bytes are written
to the folder `fuzz-escapes`. The process may take 4 GB and a case 20 s.
"""

import argparse
import hashlib
import json
import os
import resource
import signal
import sys
import time
import warnings
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch

from tests.hostile.good import GOOD, taken
from tests.hostile.mutations import mutated

SECONDS_A_CASE = 20
BYTES = 6 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Escape:
    """A file that did what none may do; `only`, `seed` and `case` make it again."""

    only: str
    seed: int
    case: int
    what: str
    sha256: str
    bytes: int


class _TooSlow(Exception):
    """Raised inside a case by the alarm."""


def case_of(name: str, seed: int, case: int) -> bytes:
    """Return the changed file of that number."""
    files = {key: good.make() for key, good in GOOD.items()}
    return _case(name, seed, case, files)


def _case(name: str, seed: int, case: int, files: dict[str, bytes]) -> bytes:
    place = list(GOOD).index(name)
    chance = np.random.default_rng([seed, place, case])
    others = [data for key, data in files.items() if key != name]
    return mutated(files[name], GOOD[name].kind, chance, others)


def fuzz(names: list[str], seed: int, *, count: int, seconds: float) -> Iterator[Escape | int]:
    """Yield escapes as they are found, and in the end how many files were tried."""
    files = {key: good.make() for key, good in GOOD.items()}
    ends = time.monotonic() + seconds
    tried = 0
    for case in range(count):
        for name in names:
            data = _case(name, seed, case, files)
            what = _judged(name, data)
            tried += 1
            if what:
                digest = hashlib.sha256(data).hexdigest()
                _kept(digest, data)
                yield Escape(
                    only=name, seed=seed, case=case, what=what, sha256=digest, bytes=len(data)
                )
        if time.monotonic() > ends:
            break
    yield tried


def _judged(name: str, data: bytes) -> str:
    signal.alarm(SECONDS_A_CASE)
    try:
        return taken(GOOD[name], data)
    except _TooSlow:
        return f"took longer than {SECONDS_A_CASE} s"
    finally:
        signal.alarm(0)


def _kept(digest: str, data: bytes) -> None:
    folder = Path("fuzz-escapes")
    folder.mkdir(exist_ok=True)
    (folder / f"{digest[:16]}.bin").write_bytes(data)


def _too_slow(_number: int, _frame: object) -> None:
    raise _TooSlow


def main() -> None:
    """Fuzz as the command line says; exit 1 where something escaped."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=float("inf"))
    parser.add_argument("--count", type=int, default=10**9, help="cases of each good file")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--only", choices=sorted(GOOD))
    parser.add_argument("--case", type=int)
    parser.add_argument("--write")
    wanted = parser.parse_args()
    seed = int.from_bytes(os.urandom(3), "big") if wanted.seed is None else wanted.seed
    if wanted.case is not None:
        Path(wanted.write).write_bytes(case_of(wanted.only, seed, wanted.case))
        return
    sys.exit(_run([wanted.only] if wanted.only else list(GOOD), seed, wanted))


def _run(names: list[str], seed: int, wanted: argparse.Namespace) -> int:
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGALRM, _too_slow)
    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
    escaped = 0
    for found in fuzz(names, seed, count=wanted.count, seconds=wanted.seconds):
        if isinstance(found, Escape):
            escaped += 1
            print(json.dumps(asdict(found)), flush=True)  # noqa: T201 - the report
        else:
            print(json.dumps({"tried": found, "seed": seed, "escaped": escaped}))  # noqa: T201
    return int(escaped > 0)


if __name__ == "__main__":
    main()
