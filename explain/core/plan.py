"""A pruning plan: plain, hashable, JSON and back."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Self

from explain.core.errors import InvalidPlan

SCOPES = ("global", "layer", "row")
"""What scores are compared across: the whole network, one weight tensor, one output row of it."""

BASES = ("left", "all")
"""What an amount is a share of: the entries that live, or all, what was 0 before included."""

_NAME_LIMIT = 200
_SEED_LIMIT = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PruningPlan:
    """What to prune and how much.

    `amount` is the share of prunable entries removed, 0..1: exactly `round(amount * N)` of them.
    `of` says what it is a share of. "left": what is 0 already is no entry; half of a network that
    holds 20 % of its weights leaves 10 %. "all": it is one, `round(amount * N)` are 0 in the end,
    never fewer than before; half of that network leaves all that it holds.
    `threshold` says it the other way round: every entry whose score lies below it dies, whatever
    its layer. A plan has one of the two; with neither, the amount is 0.
    `overrides` gives single layers an amount of their own; `protected` layers lose nothing. Both
    take a layer's or a weight's name, and neither counts in N.
    `scope` says what scores are compared across; empty leaves it to criterion and grain: the whole
    network for single weights, each layer by itself for what dies as one.
    `seed` drives random criteria. `options` are numbers that the criterion and the grain take, such
    as the N and M of N:M; those that are not given have their defaults.

    Raises:
        InvalidPlan: a field is outside its range, unknown, or both amount and threshold are given.
    """

    criterion: str = "magnitude"
    granularity: str = "weight"
    scope: str = ""
    amount: float | None = None
    threshold: float | None = None
    overrides: tuple[tuple[str, float], ...] = ()
    protected: tuple[str, ...] = ()
    seed: int = 0
    options: tuple[tuple[str, float], ...] = ()
    of: str = "left"

    def __post_init__(self) -> None:
        """Check every field and bring it to its canonical form."""
        _set(self, "criterion", _name("criterion", self.criterion))
        _set(self, "granularity", _name("granularity", self.granularity))
        if self.scope != "":
            _set(self, "scope", _among("scope", self.scope, SCOPES))
        _set(self, "of", _among("of", self.of, BASES))
        if self.amount is not None and self.threshold is not None:
            raise InvalidPlan("plan.amount_and_threshold")
        if self.threshold is not None:
            threshold = _number("threshold", self.threshold, 0.0, math.inf, "threshold")
            _set(self, "threshold", threshold)
        else:
            amount = 0.0 if self.amount is None else self.amount
            _set(self, "amount", _number("amount", amount, 0.0, 1.0))
        _set(self, "overrides", _overrides(self.overrides))
        _set(self, "options", _options(self.options))
        _set(self, "protected", _protected(self.protected))
        _set(self, "seed", _seed(self.seed))

    def at(self, amount: float) -> "PruningPlan":
        """Return this plan with another amount (and no threshold)."""
        return self if self.amount == amount else replace(self, amount=amount, threshold=None)

    def below(self, threshold: float) -> "PruningPlan":
        """Return this plan with a threshold (and no amount)."""
        return replace(self, amount=None, threshold=threshold)

    def to_json(self) -> str:
        """Return the canonical JSON: fixed order, one line; `of` only where it is not "left"."""
        plain = {f.name: getattr(self, f.name) for f in fields(self)}
        if self.of == BASES[0]:
            del plain["of"]
        return json.dumps({**plain, "options": dict(self.options)})

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the plan of a JSON text.

        Raises:
            InvalidPlan: no JSON object, unknown or ill-typed fields, values out of range.
        """
        return cls.from_mapping(read_plan_file(text))

    @classmethod
    def from_mapping(cls, found: object) -> Self:
        """Return the plan of a plain mapping (parsed JSON); see `from_json`."""
        if not isinstance(found, Mapping):
            raise InvalidPlan("plan.no_object")
        known = {f.name for f in fields(cls)}
        strange = sorted(str(name)[:40] for name in found if name not in known)
        if strange:
            raise InvalidPlan("plan.no_such_field", field=strange[0], fields=sorted(known))
        values: dict[str, Any] = {name: _frozen(value) for name, value in found.items()}
        return cls(**values)


def read_plan_file(text: str) -> object:
    """Return what a JSON text holds.

    Raises:
        InvalidPlan: it is none.
    """
    try:
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise InvalidPlan("plan.no_json") from error


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
        raise InvalidPlan("plan.not_among", field=what, value=str(value)[:40], known=known)
    return value


def _name(what: str, value: object) -> str:
    if not isinstance(value, str) or not value or len(value) > _NAME_LIMIT:
        raise InvalidPlan("plan.no_name", field=what, most=_NAME_LIMIT)
    return value


def _number(what: str, value: object, low: float, high: float, kind: str = "amount") -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidPlan("plan.no_number", field=what, low=low, high=high)
    try:
        number = float(value)
    except OverflowError:
        number = math.nan
    if not (math.isfinite(number) and low <= number <= high):
        raise InvalidPlan(
            "plan.amount_range"
            if kind == "amount"
            else "plan.threshold_range"
            if kind == "threshold"
            else "plan.option_range",
            field=what,
            low=low,
            high=high,
            value=str(value)[:40],
        )
    return number + 0.0


def _overrides(value: object) -> tuple[tuple[str, float], ...]:
    return tuple(
        (name, _number(f"overrides[{name!r}]", amount, 0.0, 1.0))
        for name, amount in _pairs("overrides", value)
    )


def _options(value: object) -> tuple[tuple[str, float], ...]:
    """Return pairs in the order of their names, from pairs or from a mapping."""
    pairs = tuple(value.items()) if isinstance(value, Mapping) else value
    return tuple(
        (name, _number(f"options[{name!r}]", number, -math.inf, math.inf, "option"))
        for name, number in _pairs("options", pairs)
    )


def _pairs(what: str, value: object) -> list[tuple[str, object]]:
    """Return pairs of a name and something, each name once, in the order of the names."""
    if not isinstance(value, tuple):
        raise InvalidPlan("plan.no_pairs", field=what)
    found: dict[str, object] = {}
    for pair in value:
        if not isinstance(pair, tuple) or len(pair) != len(("name", "number")):
            raise InvalidPlan("plan.no_pair", field=what)
        name = _name(what, pair[0])
        if name in found:
            raise InvalidPlan("plan.twice", field=what, name=name)
        found[name] = pair[1]
    return sorted(found.items())


def _protected(value: object) -> tuple[str, ...]:
    if not isinstance(value, tuple):
        raise InvalidPlan("plan.protected")
    return tuple(sorted({_name("protected", name) for name in value}))


def _seed(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _SEED_LIMIT:
        raise InvalidPlan("plan.seed")
    return value
