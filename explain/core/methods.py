"""Methods: one function and one record each; catalogs list them and find them by key."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Literal, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from explain.core.errors import InvalidOption, UnknownKey
from explain.core.messages import Message, words_of
from explain.core.scores import Owner, Site
from explain.core.subject import Subject

Shares = NDArray[np.float64]
"""Resamples [m, n]: what each of n samples counts for; or a number for each of them [m]."""

Options = Mapping[str, float]
"""Parameter key -> value; whole numbers where the parameter is whole."""
NO_OPTIONS: Options = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One number that a method takes, with its range and its default.

    `choices` are the names of the values 0, 1, ... where the number only picks one of them.
    """

    key: str
    title: str
    line: str
    default: float
    low: float
    high: float
    whole: bool = True
    choices: tuple[str, ...] = ()


def resolve(parameters: Sequence[Parameter], given: Options) -> dict[str, float]:
    """Return the value of every parameter: what was given, else the default.

    Raises:
        UnknownKey: a value for a parameter that is not there.
        InvalidOption: a value outside its range, or a fraction where a whole number is needed.
    """
    known = [parameter.key for parameter in parameters]
    for key in given:
        if key not in known:
            raise UnknownKey.among("option", key, known)
    return {p.key: _checked(p, given.get(p.key, p.default)) for p in parameters}


def _checked(parameter: Parameter, value: float) -> float:
    if not parameter.low <= value <= parameter.high or (parameter.whole and value % 1):
        raise InvalidOption(
            "options.not_whole" if parameter.whole else "options.out_of_range",
            title=parameter.title,
            value=value,
            low=parameter.low,
            high=parameter.high,
        )
    return int(value) if parameter.whole else float(value)


Scored = Mapping[str, Tensor | None]
"""Name -> scores: of a weight (shaped like it; None: its magnitudes) or of a site [entries]."""

Kind = Literal["weights", "groups", "units"]
"""What entries are: weights that are scored one by one, groups of them, whole units."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """What every method says of itself, whatever it does; the kinds of methods add to it.

    `parameters` are the numbers that people may choose: widgets, command line and checks are made
    from them. `fits` returns why the subject cannot be served, or None. `differs` says where the
    method leaves its source.
    """

    key: str
    title: str
    line: str
    parameters: tuple[Parameter, ...] = ()
    needs: tuple[Literal["data", "labels", "gradients"], ...] = ()
    cost: str = "no pass through the network"
    source: str = ""
    differs: str = ""
    fits: Callable[[Subject], Message | None] = lambda _subject: None


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion(Method):
    """A rule that says what to prune first: the lowest score dies first.

    `function(subject, sites, options)` scores each weight of the sites once, or, with `per`
    "entry", each of their entries; the seed stands among the options. `gather` says what makes the
    score of an entry out of those of its weights: their sum, or their Euclidean norm.
    `entries` lists the kinds of entries that are served and `granularity` the grain it starts
    with. `scopes` lists what scores may be compared across, the default of single weights first.
    """

    entries: tuple[Kind, ...]
    granularity: str
    scopes: tuple[str, ...]
    function: Callable[[Subject, tuple[Site, ...], Options], Scored]
    formula: str
    per: Literal["weight", "entry"] = "weight"
    gather: Literal["sum", "norm"] = "sum"
    seeded: bool = False
    normalise: Callable[[Tensor], Tensor] | None = None
    """Turns the sorted scores of one site into scores comparable across sites (LAMP)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grain(Method):
    """What dies as one.

    `function(subject, options)` returns where the entries lie. `pick(owner, scores, options)` is
    for grains that take only some weights of an entry, by their scores: it returns the owners that
    are left. `scopes` lists what entries may be compared across: "row" only where each lies inside
    an output row. `one` and `many` are what people call an entry, `still` says how many are
    kept, with {kept} and {total}.
    """

    kind: Kind
    one: str
    many: str
    still: str
    function: Callable[[Subject, Options], tuple[Site, ...]]
    pick: Callable[[Owner, Tensor, Options], Owner] | None = None
    scopes: tuple[str, ...] = ("global", "layer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attributor(Method):
    """A method that says what each part of a sample adds to one output.

    `function(view, options)` belongs to `explain.attribution`, which knows what a view is.
    `complete` methods promise Σ values = output - baseline output. `baseline` says whether the
    method starts from one. `passes(subject, options)` is its cost: forward passes for one sample,
    a backward pass counted as two. `warning` is what others' sanity check said against the method,
    empty where nothing did.
    """

    family: Literal["gradient", "perturbation", "layer"]
    function: Callable[..., Tensor]
    formula: str
    passes: Callable[[Subject, Options], float]
    complete: bool = False
    baseline: bool = False
    seeded: bool = False
    warning: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Partitioner(Method):
    """A method that puts every hidden unit into one module.

    `function(graph, wanted)` belongs to `explain.decompose`, which knows what both are.
    `count` says where the number of modules comes from when none is given: "estimated" by
    parallel analysis, "own" where the method finds it, "fixed" where the architecture or a person
    decides.
    """

    function: Callable[..., Any]
    count: Literal["estimated", "own", "fixed"]
    formula: str
    seeded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter(Method):
    """A metric: one number from outputs [n, k] and targets [n], or [n, labels].

    `resampled` is the same number for many resamples at once, from the share of each sample in each
    of them [m, n]; None where one after the other is fast enough.
    """

    function: Callable[[Tensor, Tensor, Subject], float]
    resampled: Callable[[Tensor, Tensor, Subject, Shares], Shares] | None = None
    better: Literal["higher", "lower"]
    unit: Literal["share", "value"]
    needs_targets: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoModel:
    """A built-in network with its data."""

    key: str
    title: str
    line: str
    kind: Literal["image", "table", "text"]
    load: Callable[[], Subject]


class _Keyed(Protocol):
    @property
    def key(self) -> str: ...


Record = TypeVar("Record", bound=_Keyed)


def record_of_key(records: Iterable[Record], key: str, what: str) -> Record:
    """Return the record of that key among the records of a `what`, in the reader's words.

    Raises:
        UnknownKey: there is none; the hint names the nearest.
    """
    known = {record.key: record for record in records}
    if key not in known:
        raise UnknownKey.among(what, key, known)
    return in_words(known[key], what, key)


Worded = TypeVar("Worded")


def in_words(record: Worded, family: str, key: str) -> Worded:
    """Return a record, or the card of a network, as the reader's language words it.

    What the language does not have under `methods.<family>.<key>` stays in English.
    """
    worded: Worded = _reworded(record, words_of(family, key))
    return worded


def _reworded(record: Any, words: Mapping[str, Any]) -> Any:
    if not words:
        return record
    own = {name: said for name, said in words.items() if "." not in name}
    lists = {name: tuple(said) for name, said in own.items() if isinstance(said, list)}
    if len(own) < len(words):
        lists["parameters"] = tuple(_reworded(p, _below(words, p.key)) for p in record.parameters)
    return replace(record, **{**own, **lists})


def _below(words: Mapping[str, Any], parameter: str) -> Mapping[str, Any]:
    start = f"parameters.{parameter}."
    return {name.removeprefix(start): words[name] for name in words if name.startswith(start)}
