"""Files of a student's own: a network with weights that nobody else has, and its rows."""

from dataclasses import dataclass

import numpy as np

from models.example import example_csv, example_model

_NOISE = 0.02
_LENGTH = 8
"""Bytes at the start of a safetensors file that say how long its header is; weights follow that."""
_WEIGHT = np.dtype("<f4")


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnFile:
    """A file as it is dropped: what it is called, and what is in it."""

    name: str
    content: bytes


def own_files(place: int) -> tuple[OwnFile, OwnFile]:
    """Return model and data of the student at a place: the example, every weight a little moved."""
    example, draw = example_model("safetensors"), np.random.default_rng(place)
    start = _LENGTH + int.from_bytes(example[:_LENGTH], "little")
    weights = np.frombuffer(example[start:], _WEIGHT)
    moved = weights + _NOISE * draw.standard_normal(weights.shape, np.float32)
    model = example[:start] + moved.astype(_WEIGHT).tobytes()
    return (
        OwnFile(name=f"own-{place}.safetensors", content=model),
        OwnFile(name="own.csv", content=example_csv().encode()),
    )
