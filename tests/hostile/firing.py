"""Naive loaders, run in a process of their own: what hostile files do to those who trust them.

The one file of this tree in which such calls may stand. Nothing imports it; the tests start it as

    python -m tests.hostile.firing ATTACKS.json

where each attack has a loader, a file, and a folder to be in. Every attack gets a fork.
"""

import contextlib
import io
import json
import os
import pickle
import resource
import sys
import warnings
from pathlib import Path

import numpy as np
import torch

SECONDS = 20


def torch_load(path):
    torch.load(path, weights_only=False)


def pickle_load(path):
    with Path(path).open("rb") as file:
        pickle.load(file)  # noqa: S301 - what this file shows


def numpy_load(path):
    loaded = np.load(path, allow_pickle=True)
    if isinstance(loaded, np.lib.npyio.NpzFile):
        [loaded[name] for name in loaded.files]


def export_load(path):
    torch.export.load(path)


def export_module(path):
    torch.export.load(path).module()


def export_run(path):
    torch.export.load(path).module()(torch.randn(3, 6))


def jit_load(path):
    torch.jit.load(path)(torch.randn(3, 6))


def names_into_fx(path):
    """What converters do: modules under the names of the file, then torch.fx."""
    network = torch.nn.Sequential()
    for name in _names(path):
        network.add_module(name.replace(".", "_"), torch.nn.Identity())
    torch.fx.symbolic_trace(network)(torch.randn(2, 3))


def _names(path):
    data = Path(path).read_bytes()
    if path.endswith(".onnx"):
        import onnx  # noqa: PLC0415 - only here

        graph = onnx.load_model(io.BytesIO(data)).graph
        return [entry.name for entry in (*graph.node, *graph.initializer)]
    from safetensors.torch import load  # noqa: PLC0415 - only here

    return list(load(data))


LOADERS = {
    "torch.load": torch_load,
    "pickle.load": pickle_load,
    "numpy.load": numpy_load,
    "torch.export.load": export_load,
    "ep.module": export_module,
    "ep.module run": export_run,
    "torch.jit.load": jit_load,
    "names into fx": names_into_fx,
}


def fire(attack):
    """Load one file naively in a fork that cannot take much."""
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        return
    os.chdir(attack["folder"])
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    with contextlib.suppress(BaseException):
        LOADERS[attack["loader"]](attack["file"])
    os._exit(0)


def main():
    warnings.simplefilter("ignore")
    sys.stderr = io.StringIO()
    torch.export.export(torch.nn.ReLU(), (torch.ones(1),)).module()  # what forks share is imported
    for attack in json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")):
        fire(attack)


if __name__ == "__main__":
    main()
