"""A good .pt2 file, and how to change one thing in it."""

import io
import json
from collections.abc import Callable
from functools import cache
from typing import Any

import torch

from tests.hostile.parts.zips import rezipped, unzipped
from tests.network.zoo import ZOO

GRAPH = "models/model.json"
WEIGHTS = "data/weights/model_weights_config.json"
CONSTANTS = "data/constants/model_constants_config.json"

_Json = Any


@cache
def good_pt2(name: str = "mlp") -> bytes:
    """Return a network of the tests as a .pt2 file, any number of rows."""
    fixture = ZOO[name]
    inputs = fixture.draw(3)
    rows = tuple({0: torch.export.Dim.AUTO} for _ in inputs)
    program = torch.export.export(fixture.build(), inputs, dynamic_shapes=rows)
    file = io.BytesIO()
    torch.export.save(program, file)
    return file.getvalue()


def root(data: bytes) -> str:
    """Return the folder in which all entries lie."""
    return next(iter(unzipped(data))).partition("/")[0]


def edited(entry: str, change: Callable[[_Json], object], *, base: bytes | None = None) -> bytes:
    """Return the good file with the JSON of one entry changed in place."""
    data = good_pt2() if base is None else base
    name = f"{root(data)}/{entry}"
    content = json.loads(unzipped(data)[name])
    change(content)
    return rezipped(data, {name: json.dumps(content).encode()})


def replaced(entry: str, content: bytes | None, *, base: bytes | None = None) -> bytes:
    """Return the good file with one entry replaced, added, or taken out."""
    data = good_pt2() if base is None else base
    return rezipped(data, {f"{root(data)}/{entry}": content})


def node(target: str, name: str, *arguments: tuple[str, _Json]) -> _Json:
    """Return a node that calls a target with named arguments."""
    return {
        "target": target,
        "inputs": [{"name": key, "arg": value, "kind": 1} for key, value in arguments],
        "outputs": [{"as_tensor": {"name": name}}],
        "metadata": {},
        "is_hop_single_tensor_return": None,
        "name": name,
    }
