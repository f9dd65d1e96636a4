"""fold_constants: what removed units still say, moved into the layers that hear it."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor, nn

from explain.core.messages import Message
from explain.core.subject import Subject
from explain.network.constants import follow, known_only, weightless_units
from explain.network.graph import batch_norm_after, shared_parameters, unit_axis
from explain.network.layout import require_lifted
from explain.network.lifted import Lifted
from explain.pruning.masking import history


def fold_constants(subject: Subject) -> Subject:
    """Return a copy in which units that lost every weight hand nothing on, and nothing changes.

    Such a unit says the same for every sample: what its activation and norms make of its bias, of
    0 where that went too. Where it is not 0, each layer that reads it takes it along: the product
    with its weights becomes part of its bias (without one, of the mean that its own BatchNorm
    subtracts), and those weights become 0. The outputs are the same but for rounding, and the unit
    could be taken out of the network.

    Some layers cannot take it along (`unfolded` says which and why): where zeros are padded the
    edges hear less than the middle; without bias or BatchNorm there is no place for it; a layer
    that runs twice or shares its weight reads other units too. What a sum or a norm over units
    mixes with living ones is no constant any more, and stays as it was.

    `pruned_by` gains the line `{"folded": n}`, n constants. Cost: one forward pass of one row.

    Raises:
        Refused: not a lifted network.
    """
    found = _folding(require_lifted(subject.network))
    return replace(
        subject,
        network=subject.network.with_parameters(found.tensors),
        pruned_by=history(subject, json.dumps({"folded": found.taken})),
    )


def unfolded(subject: Subject) -> Mapping[str, Message]:
    """Return the layers that hear a constant and cannot take it along, each with the reason.

    Cost: one forward pass of one row.
    """
    return _folding(require_lifted(subject.network)).kept


def is_heard(subject: Subject, layer: str, units: Tensor) -> bool:
    """Return whether a later layer or the answer reads anything of these units [units] of a layer.

    Cost: one forward pass of one row.
    """
    network, heard = require_lifted(subject.network).sharing_copy(), set[str]()

    def read(name: str, module: nn.Module, x: Tensor) -> Tensor:
        places = _columns(module, x)
        if (_is_used(module) & places.isnan().any(0)).any():
            heard.add(name)
        value: Tensor = module(torch.zeros_like(x))
        return known_only(value, module, ~units) if name == layer else value

    output = follow(network, read, inputs_known=True)
    return bool(heard) or bool(output.isnan().any())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Folding:
    """Tensors of `network` that change, layers that cannot take a constant along, and why."""

    network: Lifted
    tensors: dict[str, Tensor] = field(default_factory=dict)
    kept: dict[str, Message] = field(default_factory=dict)

    @property
    def taken(self) -> int:
        """Return how many layers took something along."""
        return sum(name.endswith(".weight") for name in self.tensors)

    def read(self, name: str, layer: nn.Module, x: Tensor) -> Tensor:
        """Fold what a layer reads into it; return what its dead units say."""
        places = _columns(layer, x)
        said = _is_used(layer) & ~places.isnan().any(0) & places.ne(0).any(0)
        if said.any():
            even = bool((places[:, said] == places[0, said]).all())
            reason = self._refusal(name, layer, even=even)
            if reason is None:
                self._take(name, layer, torch.where(said, places[0], 0))
            else:
                self.kept[name] = reason
        value: Tensor = layer(torch.zeros_like(x))
        return known_only(value, layer, weightless_units(layer))

    def _refusal(self, name: str, layer: nn.Module, *, even: bool) -> Message | None:
        uses = Counter(step.module for step in self.network.steps)
        shared = shared_parameters(self.network)
        title = next(info.display for info in self.network.layers if info.name == name)
        if uses[name] > 1 or any(id(own) in shared for own in layer.parameters(recurse=False)):
            return Message("pruning.fold_shared", layer=title)
        if not even or _pads_zeros(layer):
            return Message("pruning.fold_padded", layer=title)
        if self._place(name) is None:
            return Message("pruning.fold_no_bias", layer=title)
        return None

    def _place(self, name: str) -> tuple[str, int] | None:
        """Return the tensor that constants are added to, and with which sign."""
        if isinstance(self.network.get_submodule(name).bias, Tensor):
            return f"{name}.bias", 1
        norm = batch_norm_after(self.network)[name]
        if norm is None or self.network.get_submodule(norm).running_mean is None:
            return None
        return f"{norm}.running_mean", -1

    def _take(self, name: str, layer: nn.Module, said: Tensor) -> None:
        weight = _by_group(layer)
        values = said.reshape(len(weight), -1)
        sums = torch.einsum("goik,gi->go", weight.double(), values.double()).flatten()
        target, sign = self._place(name) or ("", 0)
        place = self.network.tensor(target).detach()
        left = weight.masked_fill(values.ne(0)[:, None, :, None], 0)
        self._set(f"{name}.weight", left.reshape(layer.get_parameter("weight").shape))
        self._set(target, (place.double() + sign * sums).to(place.dtype))

    def _set(self, name: str, value: Tensor) -> None:
        self.tensors[name] = value
        owner, _, last = name.rpartition(".")
        old = self.network.tensor(name)
        made = nn.Parameter(value) if isinstance(old, nn.Parameter) else value
        setattr(self.network.get_submodule(owner), last, made)


def _folding(network: Lifted) -> _Folding:
    found = _Folding(network=network.sharing_copy())
    follow(found.network, found.read)
    return found


def _columns(layer: nn.Module, x: Tensor) -> Tensor:
    """Return what each input unit of a layer says, place by place [places, inputs]."""
    return x.movedim(unit_axis(layer), -1).flatten(0, -2)


def _by_group(layer: nn.Module) -> Tensor:
    """Return the weights of a layer [groups, outputs, inputs, kernel], each per group."""
    weight, groups = layer.get_parameter("weight").detach(), getattr(layer, "groups", 1)
    outputs, inputs = weight.shape[:2]
    return weight.reshape(int(groups), outputs // int(groups), inputs, -1)


def _is_used(layer: nn.Module) -> Tensor:
    """Return which of its input units a layer reads [inputs]."""
    return _by_group(layer).ne(0).any(3).any(1).flatten()


def _pads_zeros(layer: nn.Module) -> bool:
    padding = getattr(layer, "padding", 0)
    if getattr(layer, "padding_mode", "zeros") != "zeros" or padding == "valid":
        return False
    return padding == "same" or any(padding if isinstance(padding, tuple) else (padding,))
