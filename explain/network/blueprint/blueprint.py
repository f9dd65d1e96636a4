"""A network as plain values and tensors: what crosses from one process or file to another."""

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from explain.core.errors import ExplainError, ImportRefused, reason_of
from explain.core.messages import Message
from explain.core.network import Step
from explain.network.assembling import assemble
from explain.network.blueprint.encoding import DTYPES
from explain.network.blueprint.settings import make, settings_of
from explain.network.blueprint.source_as_json import check_source
from explain.network.blueprint.step_rules import check_steps
from explain.network.graph import layer_of, sanitise
from explain.network.lifted import Lifted
from explain.network.source_state import SourceState


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerSpec:
    """A layer: the key of its kind, and the plain values it is made from."""

    kind: str
    settings: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Blueprint:
    """Everything that makes a lifted network, without a single object of it.

    `modules`: dotted name -> layer, in the order of the tree. `steps`: only those of inputs have a
    shape. `displays`: layer -> what people called it, where that differs. `tensors`: each tensor
    once, under its first name; `ties`: further name -> first name. `trainable`: first names of
    parameters and whether they get gradients; all other tensors are buffers. `source`: how the
    state dict of the code that it was made from lies in the tensors.
    """

    modules: Mapping[str, LayerSpec]
    steps: tuple[Step, ...]
    tensors: Mapping[str, Tensor]
    displays: Mapping[str, str] = field(default_factory=dict)
    ties: Mapping[str, str] = field(default_factory=dict)
    trainable: Mapping[str, bool] = field(default_factory=dict)
    source: SourceState | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How large a blueprint may be."""

    steps: int = 20_000
    tensors: int = 20_000
    elements: int = 500_000_000
    name_characters: int = 200
    name_depth: int = 32


BOUNDS = Bounds()


def describe(network: Lifted) -> Blueprint:
    """Return the blueprint of a network; its tensors are the network's own.

    Raises:
        ImportRefused: a layer outside the allow-list of `explain.network.blueprint.settings`.
    """
    tensors, ties = _tensors_once(network)
    return Blueprint(
        modules={name: _part(name, module) for name, module in _layers(network)},
        steps=tuple(_without_shape(step) for step in network.steps),
        tensors=tensors,
        displays={i.name: i.display for i in network.layers if i.display != i.name},
        ties=ties,
        trainable={n: t.requires_grad for n, t in tensors.items() if isinstance(t, nn.Parameter)},
        source=None if network.source is None else _writable(network.source),
    )


def build(blueprint: Blueprint, bounds: Bounds = BOUNDS) -> Lifted:
    """Return the network of a blueprint that nobody vouches for.

    Everything is checked again: counts, names, kinds and settings of layers, the shape and type of
    every tensor against the layer that owns it, steps against the allow-list, references backward
    only, exactly one output; then the network runs once for one and once for two rows without
    numbers. The tensors are taken over, not copied. Values are not looked at: they may be NaN.

    Raises:
        ImportRefused: anything that is not as it should be.
    """
    try:
        _check_counts(blueprint, bounds)
        _check_names(blueprint, bounds)
        check_steps(blueprint.steps, blueprint.modules, _all_names(blueprint))
        return _assembled(blueprint, bounds)
    except ImportRefused:
        raise
    except ExplainError as error:
        said = Message("network.blueprint.unbuilt_as_refused", reason=reason_of(error))
        raise ImportRefused.saying(said, error.messages[1]) from error
    except Exception as error:
        raise ImportRefused("network.blueprint.unbuilt", reason=reason_of(error)) from error


def _writable(source: SourceState) -> SourceState:
    """Return what of a source files can hold: not its complex numbers."""
    kept = tuple(one for one in source.tensors if one.dtype in DTYPES.values())
    return dataclasses.replace(source, tensors=kept)


def _layers(network: Lifted) -> Iterable[tuple[str, nn.Module]]:
    found = network.named_modules(remove_duplicate=False)
    return ((name, module) for name, module in found if name and type(module) is not nn.Module)


def _part(name: str, module: nn.Module) -> LayerSpec:
    try:
        return LayerSpec(kind=type(module).__name__, settings=settings_of(module))
    except ValueError as error:
        raise ImportRefused(
            "network.blueprint.unwritable", name=name, problem=reason_of(error)
        ) from None


def _tensors_once(network: Lifted) -> tuple[dict[str, Tensor], dict[str, str]]:
    first: dict[int, str] = {}
    tensors: dict[str, Tensor] = {}
    ties: dict[str, str] = {}
    for named in (network.named_parameters, network.named_buffers):
        for name, tensor in named(remove_duplicate=False):
            if (known := first.setdefault(id(tensor), name)) != name:
                ties[name] = known
            else:
                tensors[name] = tensor
    return tensors, ties


def _without_shape(step: Step) -> Step:
    return step if step.operation == "input" else dataclasses.replace(step, shape=None)


def _all_names(blueprint: Blueprint) -> frozenset[str]:
    return frozenset(blueprint.tensors) | frozenset(blueprint.ties)


def _check_counts(blueprint: Blueprint, bounds: Bounds) -> None:
    elements = sum(tensor.numel() for tensor in blueprint.tensors.values())
    counts = (
        ("layers", len(blueprint.modules), bounds.steps),
        ("steps", len(blueprint.steps), bounds.steps),
        ("tensors", len(blueprint.tensors) + len(blueprint.ties), bounds.tensors),
        ("names", _source_names(blueprint.source), bounds.tensors),
        ("numbers", elements, bounds.elements),
    )
    for what, count, most in counts:
        if count > most:
            raise ValueError(
                Message("network.blueprint.too_many", count=count, what=what, most=most)
            )


def _source_names(source: SourceState | None) -> int:
    """Return how many names and parts the state dict of a source has."""
    held = () if source is None else source.tensors
    folded = () if source is None else source.folded
    return sum(max(len(one.names), len(one.parts)) for one in held) + sum(
        len(one.of) for one in folded
    )


def _check_names(blueprint: Blueprint, bounds: Bounds) -> None:
    """Only names that `sanitise` leaves alone; none stands for a layer and a tensor at once."""
    tensors = _all_names(blueprint)
    if len(tensors) != len(blueprint.tensors) + len(blueprint.ties):
        raise ValueError(Message("network.blueprint.same_name"))
    scopes = {
        ".".join(name.split(".")[:end])
        for name in (*blueprint.modules, *tensors)
        for end in range(1, name.count(".") + 1)
    }
    for name in (*blueprint.modules, *tensors):
        _check_name(name, bounds)
    if both := tensors & (scopes | set(blueprint.modules)):
        raise ValueError(Message("network.blueprint.tensor_and_layer", name=min(both)))
    if strange := set(blueprint.displays) - set(blueprint.modules):
        raise ValueError(Message("network.blueprint.no_layer_to_call", name=min(strange)[:80]))
    if not all(isinstance(text, str) for text in blueprint.displays.values()):
        raise ValueError(Message("network.blueprint.called_no_text"))
    if any(len(text) > bounds.name_characters for text in blueprint.displays.values()):
        raise ValueError(Message("network.blueprint.long_display", most=bounds.name_characters))
    for known in (*blueprint.ties.values(), *blueprint.trainable):
        if known not in blueprint.tensors:
            raise ValueError(Message("network.blueprint.no_such_tensor", name=str(known)[:80]))


def _check_name(name: str, bounds: Bounds) -> None:
    parts = name.split(".") if isinstance(name, str) else [""]
    if len(parts) > bounds.name_depth or len(name) > bounds.name_characters:
        raise ValueError(Message("network.blueprint.long_name", name=name[:40]))
    if any(sanitise([part])[part] != part for part in parts):
        raise ValueError(Message("network.blueprint.unsafe_name", name=str(name)[:80]))


def _assembled(blueprint: Blueprint, bounds: Bounds) -> Lifted:
    tensors = _made_tensors(blueprint)
    if blueprint.source is not None:
        check_source(blueprint.source, tensors, bounds.elements, bounds.name_characters)
    with torch.device("meta"):
        modules = {name: _made(name, part) for name, part in blueprint.modules.items()}
    for name, module in modules.items():
        _hang_tensors(name, module, tensors)
    owned = {f"{name}.{own}" for name, module in modules.items() for own, _ in _own(module)}
    handed = {str(s.arguments[0]) for s in blueprint.steps if s.operation == "parameter"}
    if unused := set(tensors) - owned - handed:
        raise ValueError(Message("network.blueprint.unused_tensor", name=min(unused)))
    names = {name: name for name in modules}
    return assemble(
        modules=modules,
        tensors={name: tensor for name, tensor in tensors.items() if name not in owned},
        steps=[_without_shape(step) for step in blueprint.steps],
        originals={**names, **blueprint.displays},
        source=blueprint.source,
    )


def _made(name: str, part: LayerSpec) -> nn.Module:
    try:
        return make(part.kind, part.settings)
    except ValueError as error:
        raise ValueError(
            Message("network.blueprint.of_layer", name=name, problem=reason_of(error))
        ) from error


def _made_tensors(blueprint: Blueprint) -> dict[str, Tensor]:
    """Return the tensors under all their names, parameters as such."""
    made = {name: _made_tensor(blueprint, name) for name in blueprint.tensors}
    return {**made, **{name: made[first] for name, first in blueprint.ties.items()}}


def _made_tensor(blueprint: Blueprint, name: str) -> Tensor:
    tensor = blueprint.tensors[name].detach()
    if tensor.dtype not in DTYPES.values() or tensor.layout is not torch.strided:
        raise ValueError(
            Message("network.blueprint.no_such_type", name=name, dtype=str(tensor.dtype))
        )
    if name not in blueprint.trainable:
        return tensor
    trainable = blueprint.trainable[name] is True
    return nn.Parameter(tensor, requires_grad=trainable and tensor.is_floating_point())


def _own(module: nn.Module) -> list[tuple[str, Tensor]]:
    return [*module.named_parameters(recurse=False), *module.named_buffers(recurse=False)]


def _hang_tensors(name: str, module: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    """Give a layer its tensors in place of the weightless ones."""
    for own, blank in _own(module):
        full = f"{name}.{own}"
        if full not in tensors:
            raise ValueError(Message("network.blueprint.missing_tensor", name=full))
        _check_tensor(full, tensors[full], blank)
        setattr(module, own, tensors[full])


def _check_tensor(name: str, tensor: Tensor, blank: Tensor) -> None:
    if tensor.shape != blank.shape:
        raise ValueError(
            Message(
                "network.blueprint.other_shape",
                name=name,
                shape=str(tuple(tensor.shape)),
                layer=layer_of(name),
                wanted=str(tuple(blank.shape)),
            )
        )
    if isinstance(tensor, nn.Parameter) != isinstance(blank, nn.Parameter):
        missing = isinstance(blank, nn.Parameter)
        raise ValueError(
            Message(
                "network.blueprint.no_parameter" if missing else "network.blueprint.no_buffer",
                name=name,
            )
        )
    if tensor.is_floating_point() != blank.is_floating_point():
        raise ValueError(
            Message("network.blueprint.other_type", name=name, dtype=str(tensor.dtype))
        )
