"""What a reader can be asked for, by name: nothing else runs in it."""

import contextlib
import importlib
from collections.abc import Callable, Mapping
from types import MappingProxyType

import torch
from torch import Tensor, nn

from explain.core.network import Ref, Step
from explain.network import Lifted, assemble
from models.loading.data.read_data import data_job
from models.loading.files.saving import to_safetensors
from models.loading.limits import LIMITS, Limits
from models.loading.processes.model_job import read_model
from models.loading.processes.probe import probe

Job = Callable[[bytes, Mapping[str, object], Limits], tuple[dict[str, object], dict[str, Tensor]]]
"""File, options, limits -> plain JSON values and tensors; raises `ImportRefused` alone."""

_READERS = (
    "..files.checkpoint",
    "..files.onnx",
    "..files.pt2",
    "..files.safetensors",
)

JOBS: Mapping[str, Job] = MappingProxyType({"model": read_model, "data": data_job, "probe": probe})


def rehearse_all() -> None:
    """Import every reader, and take one small network apart: what torch does first is slow."""
    for name in (*_READERS, "tokenizers"):
        with contextlib.suppress(ImportError):
            importlib.import_module(name, __package__)
    read_model(to_safetensors(_smallest()), {}, LIMITS)


def _smallest() -> Lifted:
    sizes = (("dtype", torch.float32), ("sizes", ((1, None), (2, 2))))
    steps = (
        Step(name="x", operation="input", module=None, arguments=(0,), keywords=sizes, shape=(2,)),
        Step(name="layer", operation="module", module="layer", arguments=(Ref("x"),)),
        Step(name="y", operation="output", module=None, arguments=(Ref("layer"),)),
    )
    return assemble(modules={"layer": nn.Linear(2, 2)}, tensors={}, steps=steps, originals={})
