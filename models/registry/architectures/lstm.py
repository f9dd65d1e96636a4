"""A recurrent network over token ids or over a series of numbers: Hochreiter & Schmidhuber 1997."""

import re
from types import MappingProxyType

import torch
from torch import Tensor, nn

from explain.network import Lifted
from models.registry.layers import LENGTH, embedding_of, head_of, ids, stretched
from models.registry.record import Architecture, Settings, ShapeMatch, Shapes, choice

_TRACED = 3
_WEIGHT = re.compile(r"(.*?)weight_ih_l(\d+)\Z")


class LstmClassifier(nn.Module):
    """An embedding where the input are token ids, LSTM layers, one value per row, one layer."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.pooling = settings["pooling"]
        if settings["words"]:
            self.embedding = nn.Embedding(settings["words"], settings["features"])
        self.lstm = nn.LSTM(
            settings["features"],
            settings["width"],
            num_layers=settings["layers"],
            bias=settings["bias"],
            bidirectional=settings["directions"] == 2,
            batch_first=True,
        )
        self.output = nn.Linear(settings["width"] * settings["directions"], settings["classes"])

    def forward(self, rows: Tensor) -> Tensor:
        """Return one score per class for ids [n, length] or numbers [n, length, features]."""
        values = self.embedding(rows) if hasattr(self, "embedding") else rows
        states, (last, _) = self.lstm(values)
        scores: Tensor = self.output(self._pooled(states, last))
        return scores

    def _pooled(self, states: Tensor, last: Tensor) -> Tensor:
        if self.pooling == "mean":
            return states.mean(dim=1)
        if self.pooling == "largest":
            return states.amax(dim=1)
        return torch.cat([last[-2], last[-1]], dim=1) if self.lstm.bidirectional else last[-1]


def _recognise(shapes: Shapes) -> ShapeMatch | None:
    layers = [match for name in shapes if (match := _WEIGHT.match(name))]
    first = shapes.get(layers[0][0], ()) if layers else ()
    if len(first) != 2 or first[0] % 4 or len({match[1] for match in layers}) > 1:
        return None
    prefix = layers[0][1]
    directions = 2 if f"{prefix}weight_ih_l0_reverse" in shapes else 1
    features, width = shapes.get(f"{prefix}weight_ih_l0", first)[1], first[0] // 4
    inside = {
        name for name in shapes if re.match(re.escape(prefix) + r"(weight|bias)_[ih]h_l", name)
    }
    head = head_of(shapes, width * directions, inside)
    if head is None:
        return None
    words = embedding_of(shapes, features, inside | {head})
    settings = {
        "features": features,
        "width": width,
        "layers": len(layers),
        "directions": directions,
        "bias": f"{prefix}bias_ih_l0" in shapes,
        "words": shapes[words][0] if words else 0,
        "classes": shapes[head][0],
    }
    names = {f"lstm.{name.removeprefix(prefix)}": name for name in inside}
    names |= {"output.weight": head, "output.bias": head.removesuffix("weight") + "bias"}
    names |= {"embedding.weight": words} if words else {}
    return ShapeMatch(settings=MappingProxyType(settings), names=MappingProxyType(names))


def _example(settings: Settings) -> Tensor:
    """Return a short input: a trace unrolls the layers, so that long ones take minutes."""
    if settings["words"]:
        return ids(settings["words"], _TRACED)
    shape = (2, _TRACED, settings["features"])
    return torch.linspace(-1, 1, shape[0] * shape[1] * shape[2]).reshape(shape)


def _stretched(network: Lifted, settings: Settings) -> Lifted:
    """Return the network for rows of any length; costs are those of the settings' length."""
    numbers = () if settings["words"] else (settings["features"],)
    return stretched(network, (settings["length"], *numbers), free=True)


LSTM = Architecture(
    key="lstm",
    title="LSTM classifier",
    line="LSTM layers over token ids or over a series, one answer per row.",
    needs="the names of nn.LSTM (weight_ih_l0, weight_hh_l0, ...), a last layer with a bias, and "
    "an embedding [words, features] where the input are token ids",
    source="Hochreiter & Schmidhuber 1997",
    recognise=_recognise,
    make=LstmClassifier,
    example=_example,
    stretch=_stretched,
    parameters=(
        LENGTH,
        choice(
            "pooling", "One value per row", "What the last layer sees.", ("last", "mean", "largest")
        ),
    ),
)
