"""A pruning plan: plain, hashable, JSON and back."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Self

from explain.core.errors import InvalidPlan

__all__ = ["GRANULARITIES", "SCOPES", "PruningPlan"]

GRANULARITIES = ("weight", "unit", "neuron", "channel")
"""What dies as one: a weight; a whole unit; only units of linear layers; only of convolutions."""

SCOPES = ("global", "layer", "row")
"""What scores are compared across: the whole network, one weight tensor, one output row of it."""

_NAME_LIMIT = 200
_SEED_LIMIT = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PruningPlan:
    """What to prune and how much.

    `amount` is the share of prunable entries removed, 0..1: exactly `round(amount * N)` of them.
    `threshold` says it the other way round: every entry whose score lies below it dies, whatever
    its layer. A plan has one of the two; with neither, the amount is 0.
    `overrides` gives single layers an amount of their own; `protected` layers lose nothing. Both
    take a layer's or a weight's name, and neither counts in N.
    `seed` drives random criteria.

    Raises:
        InvalidPlan: a field is outside its range, unknown, or both amount and threshold are given.
    """

    criterion: str = "magnitude"
    granularity: str = "weight"
    scope: str = "global"
    amount: float | None = None
    threshold: float | None = None
    overrides: tuple[tuple[str, float], ...] = ()
    protected: tuple[str, ...] = ()
    seed: int = 0

    def __post_init__(self) -> None:
        """Check every field and bring it to its canonical form."""
        _set(self, "criterion", _name("criterion", self.criterion))
        _set(self, "granularity", _among("granularity", self.granularity, GRANULARITIES))
        _set(self, "scope", _among("scope", self.scope, SCOPES))
        if self.amount is not None and self.threshold is not None:
            raise InvalidPlan(
                "A plan has an amount or a threshold, not both.", hint="Leave one of them out."
            )
        if self.threshold is not None:
            _set(self, "threshold", _number("threshold", self.threshold, 0.0, math.inf))
        else:
            amount = 0.0 if self.amount is None else self.amount
            _set(self, "amount", _number("amount", amount, 0.0, 1.0))
        _set(self, "overrides", _overrides(self.overrides))
        _set(self, "protected", _protected(self.protected))
        _set(self, "seed", _seed(self.seed))

    def at(self, amount: float) -> "PruningPlan":
        """Return this plan with another amount (and no threshold)."""
        return replace(self, amount=amount, threshold=None)

    def below(self, threshold: float) -> "PruningPlan":
        """Return this plan with a threshold (and no amount)."""
        return replace(self, amount=None, threshold=threshold)

    def to_json(self) -> str:
        """Return the canonical JSON: fixed order, every field, one line."""
        return json.dumps({f.name: getattr(self, f.name) for f in fields(self)})

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the plan of a JSON text.

        Raises:
            InvalidPlan: no JSON object, unknown or ill-typed fields, values out of range.
        """
        try:
            found = json.loads(text, parse_constant=_no_constant)
        except (ValueError, RecursionError) as error:
            raise InvalidPlan("This is no JSON plan.", hint="Give a plan saved here.") from error
        return cls.from_mapping(found)

    @classmethod
    def from_mapping(cls, found: object) -> Self:
        """Return the plan of a plain mapping (parsed JSON); see `from_json`."""
        if not isinstance(found, Mapping):
            raise InvalidPlan("A plan is a JSON object.", hint="Give a plan saved here.")
        known = {f.name for f in fields(cls)}
        strange = sorted(str(name)[:40] for name in found if name not in known)
        if strange:
            raise InvalidPlan(
                f"A plan has no field {strange[0]!r}.", hint=f"Fields: {', '.join(sorted(known))}."
            )
        values: dict[str, Any] = {name: _frozen(value) for name, value in found.items()}
        return cls(**values)


def _set(plan: PruningPlan, name: str, value: object) -> None:
    object.__setattr__(plan, name, value)


def _frozen(value: object) -> object:
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    return value


def _no_constant(name: str) -> object:
    raise ValueError(name)


def _among(what: str, value: object, known: tuple[str, ...]) -> str:
    if not isinstance(value, str) or value not in known:
        raise InvalidPlan(
            f"There is no {what} {str(value)[:40]!r}.", hint=f"Choose one of {', '.join(known)}."
        )
    return value


def _name(what: str, value: object) -> str:
    if not isinstance(value, str) or not value or len(value) > _NAME_LIMIT:
        raise InvalidPlan(
            f"{what} must be a name of 1 to {_NAME_LIMIT} characters.", hint="Check the spelling."
        )
    return value


def _number(what: str, value: object, low: float, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidPlan(f"{what} must be a number.", hint=f"Give {low:g} to {high:g}.")
    try:
        number = float(value)
    except OverflowError:
        number = math.nan
    if not (math.isfinite(number) and low <= number <= high):
        raise InvalidPlan(
            f"{what} must lie between {low:g} and {high:g}, not {str(value)[:40]}.",
            hint="An amount is the share removed: 0 keeps everything, 1 removes everything."
            if what != "threshold"
            else "Scores are never negative.",
        )
    return number + 0.0


def _overrides(value: object) -> tuple[tuple[str, float], ...]:
    if not isinstance(value, tuple):
        raise InvalidPlan("overrides must be pairs of layer and amount.", hint="(('fc1', 0.5),)")
    pairs: dict[str, float] = {}
    for pair in value:
        if not isinstance(pair, tuple) or len(pair) != len(("layer", "amount")):
            raise InvalidPlan("An override is a pair: layer, amount.", hint="(('fc1', 0.5),)")
        name = _name("override", pair[0])
        if name in pairs:
            raise InvalidPlan(f"Two overrides for {name!r}.", hint="Keep one of them.")
        pairs[name] = _number(f"The amount of {name!r}", pair[1], 0.0, 1.0)
    return tuple(sorted(pairs.items()))


def _protected(value: object) -> tuple[str, ...]:
    if not isinstance(value, tuple):
        raise InvalidPlan("protected must be a tuple of layer names.", hint="('fc1',)")
    return tuple(sorted({_name("protected", name) for name in value}))


def _seed(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _SEED_LIMIT:
        raise InvalidPlan("seed must be a whole number from 0.", hint="Any seed will do, say 0.")
    return value
