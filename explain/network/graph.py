"""Layers as people speak of them: who follows whom, called what, and what is cut off."""

import re
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Mapping

import torch
from torch import nn

from explain.core.network import Network, Step
from explain.network.operations import Einsum, MatMul, ScaledDotProductAttention
from explain.network.steps import references

TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
"""Convolutions whose weights [inputs, outputs of a group, ...] have their inputs first."""

CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d, *TRANSPOSED)
RECURRENT = (nn.RNNBase, nn.RNNCellBase)
BATCH_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)
MAX_POOLS = (nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d)
AVERAGE_POOLS = (
    *(nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d),
    *(nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d, nn.AdaptiveAvgPool3d),
)
_ADAPTIVE_MAX_POOLS = (nn.AdaptiveMaxPool1d, nn.AdaptiveMaxPool2d, nn.AdaptiveMaxPool3d)
_INSTANCE_NORMS = (nn.InstanceNorm1d, nn.InstanceNorm2d, nn.InstanceNorm3d)
UNIT_LAYERS = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)
"""Layers of which each row of the weight is one unit."""

PRUNABLE = (nn.Linear, *CONVOLUTIONS, *RECURRENT)
"""Layers whose weights pruning may touch."""

_KINDS: tuple[tuple[str, tuple[type[nn.Module], ...]], ...] = (
    ("linear", (nn.Linear,)),
    ("conv", CONVOLUTIONS),
    ("recurrent", RECURRENT),
    ("embedding", (nn.Embedding,)),
    ("norm", (*BATCH_NORMS, *_INSTANCE_NORMS, nn.LayerNorm, nn.GroupNorm, nn.RMSNorm)),
    ("pool", (*MAX_POOLS, *AVERAGE_POOLS, *_ADAPTIVE_MAX_POOLS)),
    ("attention", (ScaledDotProductAttention,)),
    ("other", (MatMul, Einsum)),
)


def kind_of(module: nn.Module) -> str:
    """Return the kind of a layer; what is none of the others is an activation."""
    return next((kind for kind, types in _KINDS if isinstance(module, types)), "activation")


def prunable_layers(network: Network) -> tuple[str, ...]:
    """Return the layers whose weights pruning may touch, in execution order, tied ones too."""
    return tuple(
        step.module
        for step in network.steps
        if step.module is not None and _is_prunable(network, step)
    )


def batch_norm_after(network: Network) -> Mapping[str, str | None]:
    """Return for each prunable layer the BatchNorm that belongs to it alone, else None.

    It takes the layer's output directly and alone, its channels are the layer's units (on tokens
    they are the positions), and no other layer uses it or its scale and shift.
    """
    following, shared = consumers(network), shared_parameters(network)
    found = {}
    for layer in prunable_layers(network):
        norm = _sole_module(network, following[layer], BATCH_NORMS)
        own = norm is not None and _is_own(network, layer, norm, shared)
        found[layer] = norm if own else None
    return found


def _is_own(network: Network, layer: str, norm: str, shared: frozenset[int]) -> bool:
    uses = sum(step.module == norm for step in network.steps)
    own = network.get_submodule(norm).parameters(recurse=False)
    tied = any(id(parameter) in shared for parameter in own)
    return uses == 1 and not tied and _norms_units(network, layer)


_ROWS_AND_UNITS = 2


def _norms_units(network: Network, layer: str) -> bool:
    """Return whether the channels of a BatchNorm (dimension 1) are the units of the layer."""
    if isinstance(network.get_submodule(layer), CONVOLUTIONS):
        return True
    return next(info.rank for info in network.layers if info.name == layer) == _ROWS_AND_UNITS


def shared_parameters(network: Network) -> frozenset[int]:
    """Return the identities of the parameters that several modules have."""
    owners = Counter(
        id(parameter)
        for _, module in network.named_modules()
        for parameter in module.parameters(recurse=False)
    )
    return frozenset(identity for identity, count in owners.items() if count > 1)


def users_of(network: Network, weight: str) -> tuple[str, ...]:
    """Return the layers that have this weight, in execution order: several where it is tied."""
    tensor = network.get_parameter(weight)
    ran = dict.fromkeys(step.module for step in network.steps if step.module is not None)
    return tuple(
        name
        for name in ran
        if any(own is tensor for own in network.get_submodule(name).parameters(recurse=False))
    )


def weights_in(network: Network) -> Mapping[str, tuple[str, ...]]:
    """Return for each prunable layer its weights, tied ones by the name they are pruned under."""
    names = {id(network.get_parameter(name)): name for name in network.prunable}
    own = {
        layer: network.get_submodule(layer).parameters(recurse=False)
        for layer in prunable_layers(network)
    }
    return {
        layer: tuple(names[id(tensor)] for tensor in tensors if id(tensor) in names)
        for layer, tensors in own.items()
    }


def unit_axis(layer: nn.Module) -> int:
    """Return the axis of a layer's units in what it puts out, counted from the end.

    That of a linear layer is the last, of a convolution the one before its positions.
    """
    return 1 - layer.get_parameter("weight").dim()


def activation_after(network: Network) -> Mapping[str, str]:
    """Return for each prunable layer the module whose output is what the layer's units say.

    That is the activation that alone takes its output, through its BatchNorm where it has one;
    without an activation the BatchNorm; without either the layer itself. An activation that gives
    another shape than it takes is passed by: a gate (GLU) makes one number of two units.
    """
    following, norms = consumers(network), batch_norm_after(network)
    found = {}
    for layer in prunable_layers(network):
        last = norms[layer] or layer
        found[layer] = _sole_activation(network, following[last]) or last
    return found


def maps_of(network: Network) -> Mapping[str, str]:
    """Return for each prunable layer the module that puts out its feature maps.

    As `activation_after`; but a layer whose units go into a sum alone (the end of a residual
    branch) has its maps behind it: at the activation of the sum, through the BatchNorm of the sum
    where it has one.
    """
    following = consumers(network)
    return {
        layer: _summed(network, following, layer, last) or last
        for layer, last in activation_after(network).items()
    }


def _summed(
    network: Network, following: Mapping[str, list[Step]], layer: str, last: str
) -> str | None:
    """Return the activation of the sum that alone takes what a layer puts out as `last`."""
    taking = following[last]
    if not _is_sum(taking):
        return None
    while _is_sum(taking) or _sole_module(network, taking, BATCH_NORMS):
        taking = following[taking[0].name]
    found = _sole_activation(network, taking)
    shapes = {info.name: info.output_shape for info in network.layers}
    return found if found and shapes[found] == shapes[layer] else None


def _is_sum(following: list[Step]) -> bool:
    return len(following) == 1 and following[0].operation == "add"


def output_layers(network: Network) -> frozenset[str]:
    """Return the prunable layers that reach the output without passing another prunable layer."""
    by_name = {step.name: step for step in network.steps}
    waiting, seen, found = [network.steps[-1].name], set[str](), set[str]()
    while waiting:
        step = by_name[waiting.pop()]
        if step.name in seen:
            continue
        seen.add(step.name)
        if step.module is not None and _is_prunable(network, step):
            found.add(step.module)
        else:
            waiting.extend(ref.name for ref in references(step))
    return frozenset(found)


def columns(network: Network) -> Mapping[str, int]:
    """Return the depth of each prunable layer, from 0: the longest path of such layers to it."""
    depth: dict[str, int] = {}
    found: dict[str, int] = {}
    for step in network.steps:
        arguments = references(step)
        depth[step.name] = max((depth[ref.name] for ref in arguments), default=0)
        if step.module is not None and _is_prunable(network, step):
            found[step.module] = depth[step.name]
            depth[step.name] += 1  # after it is written down: what reads the layer stands one on
    return found


def _is_prunable(network: Network, step: Step) -> bool:
    return isinstance(network.get_submodule(str(step.module)), PRUNABLE)


def consumers(network: Network) -> Mapping[str, list[Step]]:
    """Return for each step the steps that take its value."""
    found: defaultdict[str, list[Step]] = defaultdict(list)
    for step in network.steps:
        for name in {ref.name for ref in references(step)}:
            found[name].append(step)
    return found


def _sole_module(
    network: Network, following: list[Step], types: tuple[type[nn.Module], ...]
) -> str | None:
    if len(following) != 1 or following[0].module is None:
        return None
    name = following[0].module
    return name if isinstance(network.get_submodule(name), types) else None


def _sole_activation(network: Network, following: list[Step]) -> str | None:
    name = _sole_module(network, following, (nn.Module,))
    if name is None or kind_of(network.get_submodule(name)) != "activation":
        return None
    info = next(info for info in network.layers if info.name == name)
    return name if info.input_shape == info.output_shape else None


_UNSAFE = re.compile(r"[^A-Za-z0-9_]")
_RESERVED = frozenset(dir(nn.Module()))


def sanitise(names: Iterable[str]) -> dict[str, str]:
    """Return original name -> safe name for the children of one module, in the order given.

    A safe name has only `[A-Za-z0-9_]`, is never empty, never hides an attribute of `nn.Module`
    and is unique: a name that is safe as it stands keeps itself, a collision gets `_2`, `_3` ...
    """
    originals = list(names)
    safe = {name: name for name in originals if _is_safe(name)}
    taken, numbers = {*safe, *_RESERVED}, dict[str, int]()
    for name in originals:
        if name not in safe:
            safe[name] = unique(_UNSAFE.sub("_", name) or "_", taken, numbers)
            taken.add(safe[name])
    return {name: safe[name] for name in originals}


def unique(name: str, taken: Container[str], numbers: dict[str, int] | None = None) -> str:
    """Return `name`, or `name_2`, `name_3` ... : the first that is not taken.

    `numbers` remembers how far each name was counted: names that all collide are not counted from
    2 again. It holds as long as nothing is taken away.
    """
    candidate, number = name, 1 if numbers is None else numbers.get(name, 1)
    while candidate in taken:
        number += 1
        candidate = f"{name}_{number}"
    if numbers is not None:
        numbers[name] = number
    return candidate


def layer_of(tensor: str) -> str:
    """Return the layer that owns a tensor: "fc1" for "fc1.weight"."""
    return tensor.rpartition(".")[0]


def display_name(name: str, originals: Mapping[str, str]) -> str:
    """Return what people called the layer `name`.

    `originals` maps sanitised dotted names of the source to the original ones. A layer that the
    source did not name ("conv1_relu") keeps its own ending behind the longest known beginning.
    """
    for end in range(len(name), 0, -1):
        if name[:end] in originals:
            return originals[name[:end]] + name[end:]
    return name


def told_apart(titles: Mapping[str, str]) -> dict[str, str]:
    """Return name -> title with no title twice: a layer that shares one is called by its name."""
    uses = Counter(titles.values())
    found = {name: title if uses[title] == 1 else name for name, title in titles.items()}
    return found if len(set(found.values())) == len(found) else {name: name for name in titles}


def _is_safe(name: str) -> bool:
    return bool(name) and not _UNSAFE.search(name) and name not in _RESERVED


def severed_at(network: Network) -> tuple[str, ...]:
    """Return the layers that have lost every weight and through which all ways to the answer led.

    Empty where a way is left. A layer whose weights are all 0 says the same whatever it reads, so
    behind it the answer is the same for every sample; ways around it (a residual sum, say) count.
    Cost: one pass over the weights, no forward pass.
    """
    lost = _lost(network)
    if not lost:
        return ()
    reached: set[str] = set()
    stopped: list[str] = []
    for step in network.steps:
        if not _is_reached(step, reached):
            continue
        if step.module in lost:
            stopped.append(str(step.module))
        else:
            reached.add(step.name)
    return () if network.steps[-1].name in reached else tuple(dict.fromkeys(stopped))


def _is_reached(step: Step, reached: set[str]) -> bool:
    """Return whether a step's result depends on what the inputs hold, not on how many there are."""
    if step.operation == "size":
        return False
    return step.operation == "input" or any(ref.name in reached for ref in references(step))


def _lost(network: Network) -> frozenset[str]:
    """Return the layers of which every prunable weight is 0."""
    alive = {
        name for name in network.prunable if bool(torch.count_nonzero(network.get_parameter(name)))
    }
    return frozenset(n for n, own in weights_in(network).items() if own and alive.isdisjoint(own))
