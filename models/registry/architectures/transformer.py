"""A transformer encoder over token ids, with the tensor names of torch's nn.TransformerEncoder."""

import re
from math import prod
from types import MappingProxyType

import torch
from torch import Tensor, nn
from torch.nn import functional

from explain.core.errors import ImportRefused
from explain.core.methods import Parameter
from models.registry.attention import attended, hidden
from models.registry.layers import LENGTH, activation, embedding_of, head_of, ids
from models.registry.record import Architecture, Settings, ShapeMatch, Shapes, choice

_ATTENTION = re.compile(r"(.*?)layers\.(\d+)\.self_attn\.in_proj_weight\Z")
_BLOCK = tuple(
    f"{layer}.{kind}"
    for layer in ("self_attn.out_proj", "linear1", "linear2", "norm1", "norm2")
    for kind in ("weight", "bias")
)


class Attention(nn.Module):
    """Heads of attention whose queries, keys and values come from one matrix."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.in_proj_weight = nn.Parameter(torch.zeros(3 * width, width))
        self.in_proj_bias = nn.Parameter(torch.zeros(3 * width))
        self.out_proj = nn.Linear(width, width)

    def forward(self, values: Tensor, mask: Tensor) -> Tensor:
        """Return what each place [n, length, width] takes from the others."""
        joined = functional.linear(values, self.in_proj_weight, self.in_proj_bias)
        query, key, value = joined.chunk(3, dim=-1)
        result: Tensor = self.out_proj(attended(query, key, value, self.heads, mask))
        return result


class EncoderBlock(nn.Module):
    """Attention and two layers, each added to its input, with LayerNorm before or after."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        width = settings["width"]
        self.before = settings["norm"] == "before"
        self.self_attn = Attention(width, settings["heads"])
        self.linear1 = nn.Linear(width, settings["inner"])
        self.activation = activation(settings["activation"])
        self.linear2 = nn.Linear(settings["inner"], width)
        self.norm1 = nn.LayerNorm(width)
        self.norm2 = nn.LayerNorm(width)

    def forward(self, values: Tensor, mask: Tensor) -> Tensor:
        """Return values [n, length, width] that have looked at each other."""
        if self.before:
            values = values + self.self_attn(self.norm1(values), mask)
            return values + self._thought(self.norm2(values))
        values = self.norm1(values + self.self_attn(values, mask))
        result: Tensor = self.norm2(values + self._thought(values))
        return result

    def _thought(self, values: Tensor) -> Tensor:
        thought: Tensor = self.linear2(self.activation(self.linear1(values)))
        return thought


class Encoder(nn.Module):
    """Blocks one after the other, perhaps with a LayerNorm at the end."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.layers = nn.ModuleList(EncoderBlock(settings) for _ in range(settings["blocks"]))
        self.norm = nn.LayerNorm(settings["width"]) if settings["last_norm"] else nn.Identity()

    def forward(self, values: Tensor, mask: Tensor) -> Tensor:
        """Return the values behind the last block."""
        for block in self.layers:
            values = block(values, mask)
        result: Tensor = self.norm(values)
        return result


class TextEncoder(nn.Module):
    """Token ids, embedding and positions, an encoder, one value per text, one layer.

    Id 0 is padding: nothing attends to it and the mean leaves it out.
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.pooling = settings["pooling"]
        self.length = settings["length"]
        self.embedding = nn.Embedding(settings["words"], settings["width"])
        if settings["positions"]:
            self.positions = nn.Parameter(torch.zeros(settings["positions"]))
        self.encoder = Encoder(settings)
        self.output = nn.Linear(settings["width"], settings["classes"])

    def forward(self, tokens: Tensor) -> Tensor:
        """Return one score per class for ids [n, length]."""
        values = self.embedding(tokens)
        present = (tokens != 0).to(values.dtype)
        if hasattr(self, "positions"):
            values = values + self.positions.reshape(-1, values.shape[-1])[: self.length]
        values = self.encoder(values, hidden(1 - present, values))
        scores: Tensor = self.output(self._pooled(values, present))
        return scores

    def _pooled(self, values: Tensor, present: Tensor) -> Tensor:
        if self.pooling == "first":
            return values[:, 0]
        shares = present / present.sum(dim=1, keepdim=True).clamp_min(1)
        return (values * shares[:, :, None]).sum(dim=1)


def _recognise(shapes: Shapes) -> ShapeMatch | None:
    blocks = [match for name in shapes if (match := _ATTENTION.match(name))]
    if not blocks or len({match[1] for match in blocks}) > 1:
        return None
    prefix = blocks[0][1]
    shape, inner = shapes[blocks[0][0]], shapes.get(f"{prefix}layers.0.linear1.weight", ())
    if len(shape) != 2 or shape[0] != 3 * shape[1] or len(inner) != 2:
        return None
    return _named(shapes, prefix, len(blocks), (shape[1], inner[0]))


def _named(shapes: Shapes, prefix: str, blocks: int, sizes: tuple[int, int]) -> ShapeMatch | None:
    """Return the settings once embedding, positions and the last layer are found."""
    width, inner = sizes
    taken = {name for name in shapes if name.startswith(f"{prefix}layers.")}
    places = _positions(shapes, width, taken)
    head = head_of(shapes, width, taken | {places})
    words = embedding_of(shapes, width, taken | {places, head or ""})
    if head is None or words is None:
        return None
    settings = {
        "width": width,
        "inner": inner,
        "blocks": blocks,
        "words": shapes[words][0],
        "classes": shapes[head][0],
        "positions": list(shapes[places]) if places else [],
        "last_norm": f"{prefix}norm.weight" in shapes,
        "heads": next(count for count in (4, 2, 1) if width % count == 0),
    }
    proposal = {"length": _length(shapes[places], width)} if places else {}
    names = {"embedding.weight": words, "output.weight": head}
    names |= {"output.bias": head.removesuffix("weight") + "bias"}
    names |= {"positions": places} if places else {}
    names |= _inside(prefix, blocks, last_norm=bool(settings["last_norm"]))
    return ShapeMatch(settings=MappingProxyType(settings | proposal), names=MappingProxyType(names))


def _inside(prefix: str, blocks: int, *, last_norm: bool) -> dict[str, str]:
    parts = ("self_attn.in_proj_weight", "self_attn.in_proj_bias", *_BLOCK)
    inside = [f"layers.{place}.{part}" for place in range(blocks) for part in parts]
    inside += ["norm.weight", "norm.bias"] if last_norm else []
    return {f"encoder.{name}": f"{prefix}{name}" for name in inside}


def _positions(shapes: Shapes, width: int, taken: set[str]) -> str:
    """Return the tensor of positions, "" when there is none."""
    named = [name for name in shapes if "pos" in name.lower() or name.lower().endswith("pe")]
    return next((n for n in named if shapes[n][-1:] == (width,) and n not in taken), "")


def _length(shape: tuple[int, ...], width: int) -> int:
    return min(prod(shape) // width, int(LENGTH.high))


def _make(settings: Settings) -> nn.Module:
    heads, width, length = (settings[key] for key in ("heads", "width", "length"))
    if width % heads:
        raise ImportRefused("models.registry.heads", heads=heads, width=width)
    if settings["positions"] and _length(tuple(settings["positions"]), width) < length:
        raise ImportRefused("models.registry.positions", length=length)
    return TextEncoder(settings)


TRANSFORMER = Architecture(
    key="transformer-encoder",
    title="Transformer encoder for texts",
    line="Token ids, embedding and positions, blocks of attention, one answer per text.",
    needs="the names of nn.TransformerEncoder (layers.0.self_attn.in_proj_weight, ...), an "
    "embedding [words, width] and a last layer [classes, width] with a bias",
    source="Vaswani et al. 2017",
    recognise=_recognise,
    make=_make,
    example=lambda settings: ids(settings["words"], settings["length"]),
    parameters=(
        Parameter(
            key="heads",
            title="Heads",
            line="Heads of attention in each block; weights do not say how many.",
            default=4,
            low=1,
            high=64,
        ),
        LENGTH,
        choice("norm", "LayerNorm", "Where it stands in a block.", ("after", "before")),
        choice("activation", "Activation", "Between the two layers of a block.", ("relu", "gelu")),
        choice("pooling", "One value per text", "What the last layer sees.", ("mean", "first")),
    ),
)
