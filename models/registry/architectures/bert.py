"""BERT, RoBERTa, DistilBERT and ALBERT that classify texts, by the names of Transformers."""

import re
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType

from torch import Tensor, nn

from explain.core.errors import ImportRefused
from explain.core.methods import Parameter
from models.registry.attention import HEADS, attended, hidden, likely_heads
from models.registry.layers import EPSILONS, LENGTH, activation, ids
from models.registry.named import Named
from models.registry.record import Architecture, Settings, ShapeMatch, Shapes, children, choice

_DEPTH = 128
"""Blocks that values may go through."""

_LENGTH = 128
"""Proposed where a card says nothing; what texts are usually cut to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """What one family calls its tensors, and the little that it does in its own way.

    `block` counts the blocks, perhaps of a {group}; the names of a block are behind it, all others
    behind the prefix of the file, but `last` and (where it does not begin so) `before_last`, which
    have none. `skipped`: positions in front of the first, which stand for padding. `widened`: the
    layer between embeddings and blocks; `activation`: the usual one between the two of a block.
    """

    block: str
    projections: tuple[str, str, str]
    joined: str
    first_norm: str
    wide: str
    narrow: str
    second_norm: str
    before_last: str
    squash: str
    last: str
    skipped: bool = False
    words: str = "embeddings.word_embeddings"
    places: str = "embeddings.position_embeddings"
    segments: str = "embeddings.token_type_embeddings"
    norm: str = "embeddings.LayerNorm"
    widened: str = ""
    activation: str = "gelu"


_BERT = Naming(
    block="encoder.layer",
    projections=("attention.self.query", "attention.self.key", "attention.self.value"),
    joined="attention.output.dense",
    first_norm="attention.output.LayerNorm",
    wide="intermediate.dense",
    narrow="output.dense",
    second_norm="output.LayerNorm",
    before_last="{prefix}pooler.dense",
    squash="tanh",
    last="classifier",
)
_ROBERTA = replace(_BERT, before_last="classifier.dense", last="classifier.out_proj", skipped=True)
_ALBERT = Naming(
    block="encoder.albert_layer_groups.{group}.albert_layers",
    projections=("attention.query", "attention.key", "attention.value"),
    joined="attention.dense",
    first_norm="attention.LayerNorm",
    wide="ffn",
    narrow="ffn_output",
    second_norm="full_layer_layer_norm",
    before_last="{prefix}pooler",
    squash="tanh",
    last="classifier",
    widened="encoder.embedding_hidden_mapping_in",
    activation="gelu-tanh",
)
_DISTILBERT = Naming(
    block="transformer.layer",
    projections=("attention.q_lin", "attention.k_lin", "attention.v_lin"),
    joined="attention.out_lin",
    first_norm="sa_layer_norm",
    wide="ffn.lin1",
    narrow="ffn.lin2",
    second_norm="output_layer_norm",
    before_last="pre_classifier",
    squash="relu",
    last="classifier",
)


class Bert(Named):
    """Token ids, three embeddings, blocks of attention, and two layers on the first place.

    Padding is not attended to; texts are filled up at their end.
    """

    def __init__(self, naming: Naming, settings: Settings) -> None:
        super().__init__(_layers(naming, settings))
        self.naming, self.settings = naming, settings
        self.squash, self.activation = activation(naming.squash), activation(settings["activation"])

    def forward(self, tokens: Tensor) -> Tensor:
        """Return one score per class for ids [n, length]."""
        naming, prefix = self.naming, self.settings["prefix"]
        values = self._embedded(tokens)
        mask = hidden(tokens == self.settings["padding"], values)
        for block in _order(naming, self.settings):
            values = self._block(block, values, mask)
        first = self.of(naming.before_last.format(prefix=prefix), values[:, 0])
        return self.of(naming.last, self.squash(first))

    def _embedded(self, tokens: Tensor) -> Tensor:
        naming, prefix = self.naming, self.settings["prefix"]
        start = _first_place(naming, self.settings)
        values = self.of(prefix + naming.words, tokens)
        if self.settings["segments"]:
            values = values + self._table(naming.segments)[0]
        values = values + self._table(naming.places)[start : start + self.settings["length"]]
        values = self.of(prefix + naming.norm, values)
        return self.of(prefix + naming.widened, values) if naming.widened else values

    def _block(self, block: str, values: Tensor, mask: Tensor) -> Tensor:
        """Return values [n, length, width] that have looked at each other."""
        naming = self.naming
        query, key, value = (self.of(block + name, values) for name in naming.projections)
        seen = attended(query, key, value, self.settings["heads"], mask)
        values = self.of(block + naming.first_norm, values + self.of(block + naming.joined, seen))
        wide = self.activation(self.of(block + naming.wide, values))
        return self.of(block + naming.second_norm, values + self.of(block + naming.narrow, wide))

    def _table(self, name: str) -> Tensor:
        return self.tensor(f"{self.settings['prefix']}{name}.weight")


def _first_place(naming: Naming, settings: Settings) -> int:
    return int(settings["padding"]) + 1 if naming.skipped else 0


def _order(naming: Naming, settings: Settings) -> list[str]:
    """Return what the names of each block begin with, as often as values go through it."""
    rounds, groups = settings.get("rounds", 1), settings.get("groups", 1)
    return [
        f"{settings['prefix']}{naming.block.format(group=at * groups // rounds)}.{place}."
        for at in range(rounds)
        for place in range(settings["blocks"])
    ]


def _layers(naming: Naming, settings: Settings) -> dict[str, nn.Module]:
    """Return every layer under the name that the file has for it."""
    prefix, width = settings["prefix"], settings["width"]
    norm = partial(nn.LayerNorm, width, eps=float(settings["epsilon"]))
    found = _embeddings(naming, settings)
    for block in dict.fromkeys(_order(naming, settings)):
        for name in (*naming.projections, naming.joined):
            found[block + name] = nn.Linear(width, width)
        found[block + naming.first_norm] = norm()
        found[block + naming.wide] = nn.Linear(width, settings["inner"])
        found[block + naming.narrow] = nn.Linear(settings["inner"], width)
        found[block + naming.second_norm] = norm()
    found[naming.before_last.format(prefix=prefix)] = nn.Linear(width, width)
    return found | {naming.last: nn.Linear(width, settings["classes"])}


def _embeddings(naming: Naming, settings: Settings) -> dict[str, nn.Module]:
    prefix, width = settings["prefix"], settings["width"]
    inner = settings.get("embedded", width)
    found: dict[str, nn.Module] = {
        prefix + naming.words: nn.Embedding(settings["words"], inner),
        prefix + naming.places: nn.Embedding(settings["positions"], inner),
        prefix + naming.norm: nn.LayerNorm(inner, eps=float(settings["epsilon"])),
    }
    if settings["segments"]:
        found[prefix + naming.segments] = nn.Embedding(settings["segments"], inner)
    if naming.widened:
        found[prefix + naming.widened] = nn.Linear(inner, width)
    return found


def _recognise(naming: Naming, shapes: Shapes) -> ShapeMatch | None:
    words = next((name for name in shapes if name.endswith(f"{naming.words}.weight")), "")
    prefix = words.removesuffix(f"{naming.words}.weight")
    block = prefix + naming.block.format(group=0)
    query = re.compile(rf"{re.escape(block)}\.\d+\.{naming.projections[0]}\.weight")
    blocks = sum(query.fullmatch(name) is not None for name in shapes)
    inner, places, segments, classes = (
        shapes.get(f"{name}.weight", ())
        for name in (
            f"{block}.0.{naming.wide}",
            prefix + naming.places,
            prefix + naming.segments,
            naming.last,
        )
    )
    if not blocks or any(len(shape) != 2 for shape in (shapes[words], inner, places, classes)):
        return None
    width = inner[1]
    settings = {
        "prefix": prefix,
        "width": width,
        "inner": inner[0],
        "blocks": blocks,
        "words": shapes[words][0],
        "positions": places[0],
        "segments": segments[0] if segments else 0,
        "classes": classes[0],
        "heads": likely_heads(width),
        "length": min(places[0] - 2 * naming.skipped, _LENGTH),
        "activation": naming.activation,
    }
    if naming.widened:
        groups = children(shapes, prefix + naming.block.partition(".{group}")[0])
        settings |= {"groups": len(groups), "embedded": shapes[words][1]}
    return ShapeMatch(settings=MappingProxyType(settings), names=_old_names(shapes))


def _old_names(shapes: Shapes) -> MappingProxyType[str, str]:
    """Return the names of LayerNorm as files had them before 2019."""
    return MappingProxyType(
        {
            name.replace("LayerNorm.gamma", "LayerNorm.weight").replace(
                "LayerNorm.beta", "LayerNorm.bias"
            ): name
            for name in shapes
            if name.endswith(("LayerNorm.gamma", "LayerNorm.beta"))
        }
    )


def _make(naming: Naming, settings: Settings) -> nn.Module:
    heads, width, length = (settings[key] for key in ("heads", "width", "length"))
    if width % heads:
        raise ImportRefused("models.registry.heads", heads=heads, width=width)
    if (depth := len(_order(naming, settings))) > _DEPTH:
        raise ImportRefused("models.registry.too_deep", depth=depth, most=_DEPTH)
    if settings["positions"] < length + _first_place(naming, settings):
        raise ImportRefused("models.registry.positions", length=length)
    return Bert(naming, settings)


def _family(
    key: str, title: str, naming: Naming, source: str, *, padding: int = 0, epsilon: str = "1e-12"
) -> Architecture:
    """Return a family; `padding` and `epsilon` are what those that were published have."""
    first = naming.block.format(group=0)
    return Architecture(
        key=key,
        title=title,
        line="Token ids, embeddings, blocks of attention, two layers on the first place.",
        needs=f"the names that Transformers gives (…{first}.0.{naming.projections[0]}, …) "
        f"and a last layer {naming.last}",
        source=source,
        recognise=partial(_recognise, naming),
        make=partial(_make, naming),
        example=lambda settings: ids(settings["words"], settings["length"]),
        parameters=(
            HEADS,
            LENGTH,
            Parameter(
                key="padding",
                title="Padding",
                line="Id of the token that fills up short texts.",
                default=padding,
                low=0,
                high=1_000_000,
            ),
            choice(
                "activation",
                "Activation",
                "Between the two layers of a block.",
                ("gelu", "gelu-tanh", "relu", "silu"),
            ),
            choice("epsilon", "Epsilon", "Of LayerNorm.", (epsilon, *_epsilons_but(epsilon))),
            *([_ROUNDS] if naming.widened else []),
        ),
    )


def _epsilons_but(usual: str) -> tuple[str, ...]:
    return tuple(each for each in EPSILONS if each != usual)


_ROUNDS = Parameter(
    key="rounds",
    title="Rounds",
    line="How often texts go through the shared blocks; weights do not say it.",
    default=12,
    low=1,
    high=48,
)


BERTS: tuple[Architecture, ...] = (
    _family("bert", "BERT for texts", _BERT, "Devlin et al. 2019"),
    _family(
        "roberta", "RoBERTa for texts", _ROBERTA, "Liu et al. 2019", padding=1, epsilon="1e-05"
    ),
    _family("distilbert", "DistilBERT for texts", _DISTILBERT, "Sanh et al. 2019"),
    _family("albert", "ALBERT for texts", _ALBERT, "Lan et al. 2020"),
)
