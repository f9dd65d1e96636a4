"""What the app is started with: `streamlit run app.py -- --model-dir DIR --memory-mb 1000`."""

import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_MB = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`model_dir`: the only folder that local files are read from; None reads none.

    `memory`: bytes that all loaded models together may take.
    """

    model_dir: Path | None = None
    memory: int = 1_000 * _MB


@cache
def options() -> Options:
    """Return what this process was started with."""
    return read_options(sys.argv[1:])


def read_options(arguments: Sequence[str]) -> Options:
    """Return the options of a command line; what is not ours is left alone."""
    parser = ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--model-dir", type=Path)
    parser.add_argument("--memory-mb", type=int, default=1_000)
    found, _ = parser.parse_known_args(arguments)
    return Options(model_dir=found.model_dir, memory=max(1, found.memory_mb) * _MB)
