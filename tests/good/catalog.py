"""Good files: networks of every family in every format that is read."""

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import torch
from safetensors.torch import save
from torch import Tensor, nn

from tests.good.sources import LeNet, LstmReader, ResNet, TextReader, vgg
from tests.hostile.parts.programs import good_pt2
from tests.loading.exporting import exported
from tests.network.zoo import ZOO, Fixture, images, tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodFile:
    """A file that must be read: its bytes, the network behind it, and how near ours must be.

    `apart` is the largest difference of an output, as a share of the largest output.
    `architecture` and `params` are chosen for bare weights.
    """

    key: str
    family: str
    format: str
    make: Callable[[], bytes]
    source: Fixture
    apart: float = 0.0
    architecture: str = ""
    params: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    slow: bool = False


_PROGRAMS = {
    "mlp": "mlp",
    "named-mlp": "in-place",
    "reused-relu": "re-used",
    "functional-cnn": "cnn",
    "conv-norm-pool": "cnn",
    "concat": "cnn",
    "gated": "cnn",
    "residual": "resnet",
    "series": "cnn",
    "lstm": "lstm",
    "gru": "lstm",
    "attention": "transformer",
    "encoder": "transformer",
    "hand-attention": "transformer",
}
_NEWER = {"residual": "resnet", "lstm": "lstm", "encoder": "transformer", "norms": "cnn"}
_OLDER = {
    "mlp": "mlp",
    "named-mlp": "in-place",
    "reused-relu": "re-used",
    "functional-cnn": "cnn",
    "conv-norm-pool": "cnn",
    "residual": "resnet",
    "lstm": "lstm",
    "encoder": "transformer",
    "hand-attention": "transformer",
}

_WEIGHTS = {
    "mlp": ("mlp", ZOO["mlp"], "mlp", {}),
    "named-mlp": ("in-place", ZOO["named-mlp"], "mlp", {}),
    "lenet": ("cnn", Fixture(make=LeNet, inputs=images(1, 28)), "lenet", {}),
    "resnet": ("resnet", Fixture(make=ResNet, inputs=images(3, 64)), "resnet18", {"size": 64}),
    "vgg": ("cnn", Fixture(make=vgg, inputs=images(3, 64)), "vgg11", {"size": 64}),
    "lstm-reader": ("lstm", Fixture(make=LstmReader, inputs=tokens()), "lstm", {"length": 7}),
    "text-reader": (
        "transformer",
        Fixture(make=TextReader, inputs=tokens()),
        "transformer-encoder",
        {"heads": 4, "pooling": "first"},
    ),
}
"""Name -> family, network, architecture, and what shapes do not say."""

_FUSED = 1e-6
_SLOW = {"concat", "series", "gru", "attention", "norms"}
"""What others stand for; left to the slow tests."""


def _attention(name: str) -> bool:
    return name in ZOO and not ZOO[name].exact


def _program(name: str) -> GoodFile:
    return GoodFile(
        key=f"pt2-{name}",
        family=_PROGRAMS[name],
        format="pt2",
        slow=name in _SLOW,
        make=lambda: good_pt2(name),
        source=ZOO[name],
        apart=_FUSED if _attention(name) else 0.0,
    )


def _graph(name: str, family: str, *, dynamo: bool) -> GoodFile:
    return GoodFile(
        key=f"onnx-{'newer' if dynamo else 'older'}-{name}",
        family=family,
        format="onnx",
        slow=name in _SLOW,
        make=lambda: exported(name, dynamo=dynamo),
        source=ZOO[name],
        apart=1e-6,
    )


def _saved(content: object) -> bytes:
    file = io.BytesIO()
    torch.save(content, file)
    return file.getvalue()


def _safetensors(network: nn.Module) -> bytes:
    state = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    card = {"schema": 1, "title": "Weights"}
    return bytes(save(state, metadata={"model_card": json.dumps(card)}))


def _prefixed(network: nn.Module, prefix: str) -> dict[str, Tensor]:
    return {f"{prefix}{name}": tensor for name, tensor in network.state_dict().items()}


_WAYS: Mapping[str, Callable[[nn.Module], bytes]] = MappingProxyType(
    {
        "safetensors": _safetensors,
        "state-dict": lambda network: _saved(network.state_dict()),
        "wrapped": lambda network: _saved({"state_dict": network.state_dict(), "epoch": 7}),
        "parallel": lambda network: _saved({"model_state_dict": _prefixed(network, "module.")}),
        "compiled": lambda network: _saved(_prefixed(network, "_orig_mod.")),
        "whole": _saved,
    }
)
_CHOSEN = {
    "mlp": tuple(_WAYS),
    "named-mlp": ("safetensors", "parallel"),
    "lenet": ("safetensors", "state-dict"),
    "resnet": ("safetensors", "wrapped"),
    "vgg": ("state-dict",),
    "lstm-reader": ("safetensors", "compiled"),
    "text-reader": ("safetensors", "state-dict"),
}


def _weights(name: str, way: str) -> GoodFile:
    family, source, architecture, params = _WEIGHTS[name]
    fused = _FUSED if family == "transformer" else 0.0
    return GoodFile(
        key=f"{way}-{name}",
        family=family,
        format="safetensors" if way == "safetensors" else "checkpoint",
        make=lambda: _WAYS[way](source.build()),
        source=source,
        apart=fused,
        architecture=architecture,
        params=MappingProxyType(params),
    )


FILES: tuple[GoodFile, ...] = (
    *(_program(name) for name in _PROGRAMS),
    *(_graph(name, family, dynamo=False) for name, family in _OLDER.items()),
    *(_graph(name, family, dynamo=True) for name, family in _NEWER.items()),
    *(_weights(name, way) for name, ways in _CHOSEN.items() for way in ways),
)
