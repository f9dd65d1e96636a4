"""From bare weights and the name of an architecture to a lifted network, where they fit."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor, nn

from explain.core.errors import ExplainError, ImportRefused, reason_of
from explain.core.messages import Message, Sayable, listed
from explain.core.methods import Parameter, resolve
from explain.network import Lifted, lift
from explain.network.source_state import SourceState, with_source_names
from models.registry.catalog import ARCHITECTURES, architecture
from models.registry.record import Architecture, Lacking, Scale, Settings, ShapeMatch, Shapes

_SHOWN = 4
_COUNTER = "num_batches_tracked"
"""Old files lack this counter of BatchNorm; nothing that is computed here depends on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Names that the network needs and the file lacks; the other way round; of another shape."""

    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    reshaped: tuple[Message, ...]

    @property
    def exact(self) -> bool:
        """Whether every tensor has its place."""
        return not self.problems

    @property
    def problems(self) -> int:
        """Return how many tensors do not fit."""
        return len(self.missing) + len(self.unexpected) + len(self.reshaped)

    @property
    def told(self) -> list[Message]:
        """Return what does not fit, kind by kind."""
        return [
            Message("models.registry.problem", kind=kind, count=len(found), names=_listed(found))
            for kind in ("missing", "unexpected", "reshaped")
            if (found := getattr(self, kind))
        ]


def matched(needed: Shapes, given: Shapes, names: Mapping[str, str]) -> Match:
    """Return how the shapes `given` by a file differ from those `needed` by a network.

    `names`: the network's name of a tensor -> the file's, where they differ.
    """
    wanted = {names.get(name, name): shape for name, shape in needed.items()}
    return Match(
        missing=tuple(n for n in wanted if n not in given and not n.endswith(_COUNTER)),
        unexpected=tuple(n for n in given if n not in wanted),
        reshaped=tuple(
            Message(
                "models.registry.shapes",
                name=_printable(name),
                given=str(list(given[name])),
                needed=str(list(shape)),
            )
            for name, shape in wanted.items()
            if name in given and given[name] != shape
        ),
    )


def _listed(names: Sequence[str | Message]) -> Sayable:
    return listed((_printable(n) if isinstance(n, str) else n for n in names), _SHOWN)


def _printable(name: str) -> str:
    return name.encode("ascii", "backslashreplace").decode()


_RANK = 8
_TEXT = 20
_TENSORS = 2_000
"""Counted before anything is built: EfficientNet-B7, the deepest that is published, has 1,200."""

_EMPTY: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An architecture that weights may belong to.

    `params`: everything that makes the network, as a card has it; what shapes do not say has its
    default. `names`: tensor of the network -> name in the file. `match`: what does not fit.
    """

    name: str
    params: Mapping[str, object]
    names: Mapping[str, str]
    match: Match


def candidates(tensors: Mapping[str, Tensor]) -> tuple[Candidate, ...]:
    """Return the architectures that weights may belong to, those that fit exactly first.

    Only names and shapes are looked at, none of more than 2,000 tensors. Cost: a few milliseconds,
    0.3 s for the deepest; no memory.
    """
    shapes = _shapes(tensors)
    if len(shapes) > _TENSORS:
        return ()
    found = [guess for entry in ARCHITECTURES if (guess := _candidate(entry, shapes))]
    return tuple(sorted(found, key=lambda guess: guess.match.problems))


def usual_scale(tensors: Mapping[str, Tensor]) -> Scale | None:
    """Return by what networks of the family of these weights usually take pictures.

    None where the weights are of no family, or of one whose pictures nobody knows. Cost: as
    `candidates`, but nothing is made.
    """
    shapes = _shapes(tensors)
    if len(shapes) > _TENSORS:
        return None
    for entry in ARCHITECTURES:
        with contextlib.suppress(Lacking):
            found = entry.recognise(shapes)
            scale = None if found is None else entry.scaled(found.settings)
            if scale is not None:
                return scale
    return None


def build_registered(
    name: str, params: Mapping[str, object], tensors: Mapping[str, Tensor]
) -> Lifted:
    """Return the network of that architecture with these weights, lifted.

    Sizes come from the shapes of `tensors`; `params` choose what shapes do not say, and sizes that
    they repeat must agree. The network takes over the tensors. Cost: one trace, a few forward
    passes of three rows.

    Raises:
        ImportRefused: no such architecture or parameter, or weights that do not fit, with every
            name and shape that is wrong.
    """
    entry = architecture(name)
    shapes = _shapes(tensors)
    _check_count(shapes)
    try:
        found = entry.recognise(shapes)
    except Lacking as lacking:
        raise _no_fit(entry, _without(lacking, shapes), tensors) from lacking
    if found is None:
        raise ImportRefused(
            "models.registry.other_weights",
            hint=_alternatives(tensors),
            title=entry.title,
            needs=entry.needs,
        )
    settings = _settings(entry, found, params)
    module = _made(entry, settings)
    match = matched(_shapes(module.state_dict()), shapes, found.names)
    if not match.exact:
        raise _no_fit(entry, match, tensors)
    network = _lifted(_filled(module, tensors, found.names), entry, settings)
    return network.of_source(_in_the_file(network, tensors, found.names))


def _check_count(shapes: Shapes) -> None:
    if len(shapes) > _TENSORS:
        raise ImportRefused("models.registry.too_many", count=len(shapes), most=_TENSORS)


def _no_fit(entry: Architecture, match: Match, tensors: Mapping[str, Tensor]) -> ImportRefused:
    return ImportRefused(
        "models.registry.no_fit",
        hint=_alternatives(tensors),
        title=entry.title,
        problems=match.told,
    )


def _without(lacking: Lacking, shapes: Shapes) -> Match:
    """Return that one tensor, from which sizes are read, is missing or of another rank."""
    name = lacking.name
    if name not in shapes:
        return Match(missing=(name,), unexpected=(), reshaped=())
    said = Message(
        "models.registry.rank",
        name=_printable(name),
        given=str(list(shapes[name])),
        rank=lacking.rank,
    )
    return Match(missing=(), unexpected=(), reshaped=(said,))


def _candidate(entry: Architecture, shapes: Shapes) -> Candidate | None:
    try:
        found = entry.recognise(shapes)
    except Lacking as lacking:
        match = _without(lacking, shapes)
        return Candidate(name=entry.key, params=_EMPTY, names=_EMPTY, match=match)
    if found is None:
        return None
    try:
        settings = _settings(entry, found, {})
        own = _shapes(_made(entry, settings).state_dict())
    except ImportRefused:
        return None
    return Candidate(
        name=entry.key,
        params=MappingProxyType(settings),
        names=MappingProxyType({name: found.names.get(name, name) for name in own}),
        match=matched(own, shapes, found.names),
    )


def _alternatives(tensors: Mapping[str, Tensor]) -> Message:
    fitting = [guess.name for guess in candidates(tensors) if guess.match.exact]
    if fitting:
        return Message("models.registry.fitting", names=fitting)
    return Message("models.registry.none_fits")


def _settings(
    entry: Architecture, found: ShapeMatch, params: Mapping[str, object]
) -> dict[str, object]:
    """Return sizes from the shapes, and for every parameter what was given, found or is usual."""
    known = {parameter.key: parameter for parameter in entry.parameters}
    sizes = {key: value for key, value in found.settings.items() if key not in known}
    given = {key: value for key, value in params.items() if key in known}
    _check_sizes(entry, sizes, {key: params[key] for key in params if key not in known})
    proposed = {key: value for key, value in found.settings.items() if key in known}
    return sizes | _shape(params) | _chosen(entry, proposed | given)


def _check_sizes(
    entry: Architecture, sizes: Mapping[str, object], given: Mapping[str, object]
) -> None:
    for key, value in given.items():
        if key == "shape":
            continue
        if key not in sizes:
            raise ImportRefused(
                "models.registry.no_such_parameter",
                title=entry.title,
                name=_short(key),
                known=[*sizes, *(p.key for p in entry.parameters)],
            )
        if value != sizes[key]:
            raise ImportRefused(
                "models.registry.other_size",
                name=key,
                title=entry.title,
                value=_short(value),
                size=_short(sizes[key]),
            )


def _shape(params: Mapping[str, object]) -> dict[str, object]:
    """Return the shape of one sample, if it was given and is one."""
    shape = params.get("shape")
    if shape is None:
        return {}
    if not isinstance(shape, list | tuple) or not 0 < len(shape) <= _RANK:
        raise ImportRefused("models.registry.shape_no_list")
    if any(type(size) is not int or not 0 < size < 2**31 for size in shape):
        raise ImportRefused("models.registry.shape_not_whole")
    return {"shape": list(shape)}


def _chosen(entry: Architecture, given: Mapping[str, object]) -> dict[str, object]:
    numbers = {p.key: _number(p, given[p.key]) for p in entry.parameters if p.key in given}
    try:
        resolved = resolve(entry.parameters, numbers)
    except ExplainError as error:
        raise ImportRefused.like(error) from error
    return {
        parameter.key: parameter.choices[int(resolved[parameter.key])]
        if parameter.choices
        else resolved[parameter.key]
        for parameter in entry.parameters
    }


def _number(parameter: Parameter, value: object) -> float:
    """Return the number of a parameter's value; a choice may be given by its name."""
    if isinstance(value, str) and value in parameter.choices:
        return parameter.choices.index(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:  # noqa: PLR0124 - NaN
        if not parameter.choices:
            title = parameter.title
            raise ImportRefused("models.registry.no_number", title=title, value=_short(value))
        raise ImportRefused(
            "models.registry.not_a_choice",
            title=parameter.title,
            value=_short(value),
            known=list(parameter.choices),
        )
    return value


def _short(value: object) -> str:
    """Return plain values as they may stand in a message."""
    if isinstance(value, str):
        return ascii(value[:_TEXT])
    if isinstance(value, list | tuple):
        return f"[{', '.join(_short(part) for part in value[:_RANK])}]" if value else "[]"
    return str(value)[:_TEXT] if isinstance(value, int | float) else type(value).__name__


def _made(entry: Architecture, settings: Settings) -> nn.Module:
    """Return the module without memory for its tensors."""
    try:
        with torch.device("meta"):
            return entry.make(settings).eval()
    except (RuntimeError, ValueError, TypeError, OverflowError) as error:
        raise ImportRefused("models.registry.not_made", title=entry.title) from error


def _filled(
    module: nn.Module, tensors: Mapping[str, Tensor], names: Mapping[str, str]
) -> nn.Module:
    state = {
        name: tensors.get(names.get(name, name), torch.tensor(0)) for name in module.state_dict()
    }
    own = {name: tensor.dtype for name, tensor in module.state_dict().items()}
    cast = {name: tensor.to(own[name]) for name, tensor in state.items()}
    module.load_state_dict(cast, strict=True, assign=True)
    return module


def _in_the_file(
    network: Lifted, tensors: Mapping[str, Tensor], names: Mapping[str, str]
) -> SourceState | None:
    """Return how the tensors of the file lie in the network, under their names there."""
    if network.source is None:
        return None
    own = {name for one in network.source.tensors for name in one.names}
    called = {name: names.get(name, name) for name in own}
    wanted = {name: there if there in tensors else None for name, there in called.items()}
    return with_source_names(network.source, wanted)


def _lifted(module: nn.Module, entry: Architecture, settings: dict[str, Any]) -> Lifted:
    try:
        return entry.stretch(lift(module, entry.example(settings), share=True), settings)
    except ImportRefused:
        raise
    except (ExplainError, RuntimeError) as error:
        hint = error.messages[1] if isinstance(error, ExplainError) else _OTHERS
        said = Message("models.registry.no_run", title=entry.title, line=reason_of(error))
        raise ImportRefused.saying(said, hint) from error


_OTHERS = Message("models.registry.other_parameters")


def _shapes(tensors: Mapping[str, Tensor]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in tensors.items()}
