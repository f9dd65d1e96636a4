"""Training: how a network learns further, as a plain value; the curve that it leaves."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

from explain.core.errors import InvalidOption
from explain.core.methods import Parameter, resolve

OPTIMISERS = ("adam", "sgd", "lbfgs")

TRAINING = (
    Parameter(
        key="epochs",
        title="Epochs",
        line="How often every training row is seen.",
        default=10,
        low=1,
        high=1_000,
    ),
    Parameter(
        key="batch",
        title="Batch",
        line="Rows that one step looks at.",
        default=32,
        low=2,
        high=4_096,
    ),
    Parameter(
        key="rate",
        title="Learning rate",
        line="Size of the first steps; it falls to 0 along a half cosine.",
        default=1e-3,
        low=1e-8,
        high=10.0,
        whole=False,
    ),
    Parameter(
        key="l1",
        title="L1",
        line="Price of the sum of the sizes of all weights.",
        default=0.0,
        low=0.0,
        high=1.0,
        whole=False,
    ),
    Parameter(
        key="l2",
        title="L2",
        line="Price of half the sum of the squares of all weights.",
        default=0.0,
        low=0.0,
        high=1.0,
        whole=False,
    ),
    Parameter(
        key="dropout",
        title="Dropout",
        line="Share of every hidden activation that is dropped at each step.",
        default=0.0,
        low=0.0,
        high=0.9,
        whole=False,
    ),
    Parameter(
        key="patience",
        title="Patience",
        line="Epochs without a better loss on rows set aside after which it stops; 0 never stops.",
        default=0,
        low=0,
        high=1_000,
    ),
    Parameter(
        key="soft",
        title="Soft targets",
        line="Share of the loss that follows the original network's answers; the rest, the labels.",
        default=0.0,
        low=0.0,
        high=1.0,
        whole=False,
    ),
    Parameter(
        key="temperature",
        title="Temperature",
        line="What the original network's answers are divided by before they are followed.",
        default=2.0,
        low=0.1,
        high=100.0,
        whole=False,
    ),
    Parameter(
        key="seed",
        title="Seed",
        line="Of the order of the rows, of dropout, and of the rows set aside.",
        default=0,
        low=0,
        high=2**31 - 1,
    ),
)
"""The numbers of a training: widgets, command line and checks are made from them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """How a network learns further; `TRAINING` says what each number means, and its range.

    `optimiser` "adam" (Kingma & Ba 2015), "sgd" (momentum 0.9) or "lbfgs" (all rows at once, 20
    steps with a strong Wolfe search per epoch). `frozen`: layers whose every bit stays, by name.

    Raises:
        InvalidOption: a number outside its range, another optimiser, dropout with L-BFGS, whose
            line search needs one loss.
        InvalidPlan: (from JSON) as `PruningPlan.from_json`.
    """

    epochs: int = 10
    batch: int = 32
    rate: float = 1e-3
    optimiser: Literal["adam", "sgd", "lbfgs"] = "adam"
    l1: float = 0.0
    l2: float = 0.0
    dropout: float = 0.0
    patience: int = 0
    soft: float = 0.0
    temperature: float = 2.0
    seed: int = 0
    frozen: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check every field and bring it to its canonical form."""
        given = {parameter.key: getattr(self, parameter.key) for parameter in TRAINING}
        for key, value in given.items():
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise InvalidOption("training.no_number", field=key, value=str(value)[:40])
        for key, value in resolve(TRAINING, given).items():
            object.__setattr__(self, key, value)
        if self.optimiser not in OPTIMISERS:
            shown = str(self.optimiser)[:40]
            raise InvalidOption("training.no_optimiser", value=shown, known=OPTIMISERS)
        if self.optimiser == "lbfgs" and self.dropout:
            raise InvalidOption("training.dropout_with_lbfgs")
        object.__setattr__(self, "frozen", _layers(self.frozen))

    def to_json(self) -> str:
        """Return the canonical JSON: fixed order, every field, one line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_mapping(cls, found: Mapping[str, Any]) -> Self:
        """Return the training of a plain mapping (parsed JSON).

        Raises:
            InvalidOption: unknown fields, or as the value itself.
        """
        known = tuple(cls.__dataclass_fields__)
        strange = sorted(str(name)[:40] for name in found if name not in known)
        if strange:
            raise InvalidOption("training.no_such_field", field=strange[0], fields=known)
        frozen = found.get("frozen", ())
        return cls(**{**found, "frozen": tuple(frozen) if isinstance(frozen, list) else frozen})


def _layers(value: object) -> tuple[str, ...]:
    if not isinstance(value, tuple) or not all(isinstance(name, str) for name in value):
        raise InvalidOption("training.frozen")
    return tuple(sorted(set(value)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Epoch:
    """What one epoch came to.

    `loss`: mean over the rows trained on, as they were seen, penalties included. `aside`: mean
    loss of the rows set aside, after the epoch, without penalties; None where none are.
    """

    loss: float
    aside: float | None = None
