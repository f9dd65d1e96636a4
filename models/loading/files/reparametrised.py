"""Weights that torch computes anew in each pass: masks of pruning, weight norm, spectral norm."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import torch
from torch import Tensor

from explain.core.errors import ImportRefused
from explain.core.messages import Message, listed
from models.loading.files.raw_tensors import Usable
from models.loading.files.zip_archive import quoted_name

_SHOWN = 3
_OPEN = re.compile(r"(.*\.)?parametrizations\.\w+\.")


def as_evaluated(ready: Usable) -> Usable:
    """Return the tensors with such weights in place of their parts, as evaluation computes them.

    The names are those of `torch.nn.utils`: `weight_orig` with `weight_mask`; `weight_g` with
    `weight_v`; `weight_orig` with `weight_u` and `weight_v`; and those of its parametrizations.
    Parts that have the names but not the shapes stay as they are. Cost: one pass over the weights.

    Raises:
        ImportRefused: a parametrization that is none of these, by its tensors.
    """
    tensors, said = dict(ready.tensors), list(ready.warnings)
    for form in _FORMS:
        made = _made(form, tensors)
        if made:
            tensors = _replaced(form, tensors, made)
            names = listed(map(quoted_name, made), _SHOWN)
            said.append(Message("loading.weights.folded", form=form.key, tensors=names))
    if unknown := next((name for name in tensors if _OPEN.match(name)), None):
        raise ImportRefused("loading.weights.parametrised", name=quoted_name(unknown))
    return replace(ready, tensors=MappingProxyType(tensors), warnings=tuple(said))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    """One way to keep a weight: what its parts are called, the first first, and what they make.

    `named`: the first part's name -> what stands before the weight's name, and that name.
    """

    key: str
    named: re.Pattern[str]
    parts: tuple[str, ...]
    make: Callable[[Sequence[Tensor]], Tensor | None]


def _made(form: _Form, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    found: dict[str, Tensor] = {}
    for first in tensors:
        match = form.named.fullmatch(first)
        name = f"{match[1] or ''}{match[2]}" if match else ""
        parts = [tensors.get(one) for one in _parts(form, name)] if match else []
        held = [part for part in parts if part is not None]
        if match and len(held) == len(form.parts) and name not in tensors:
            weight = form.make(held)
            if weight is not None:
                found[name] = weight
    return found


def _parts(form: _Form, name: str) -> list[str]:
    room, _, last = name.rpartition(".")
    return [part.format(room=f"{room}." if room else "", name=last) for part in form.parts]


def _replaced(
    form: _Form, tensors: Mapping[str, Tensor], made: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    """Return the tensors with each weight where its first part stood, without its parts."""
    firsts = {_parts(form, name)[0]: name for name in made}
    gone = {part for name in made for part in _parts(form, name)}
    found: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        if name in firsts:
            found[firsts[name]] = made[firsts[name]]
        elif name not in gone:
            found[name] = tensor
    return found


def _masked(parts: Sequence[Tensor]) -> Tensor | None:
    weight, mask = parts
    is_mask = weight.shape == mask.shape and bool(((mask == 0) | (mask == 1)).all())
    return weight * mask.to(weight.dtype) if is_mask else None


def _normed(parts: Sequence[Tensor]) -> Tensor | None:
    """Return g v / |v|, the length taken over all dimensions that g has not."""
    length, direction = parts
    if length.dim() == 0:
        scale: Tensor = length / torch.linalg.vector_norm(direction)
        return direction * scale
    kept = [at for at, size in enumerate(length.shape) if size != 1]
    if length.dim() != direction.dim() or len(kept) > 1:
        return None
    if any(length.shape[at] != direction.shape[at] for at in kept):
        return None
    own: Tensor = torch.norm_except_dim(direction, 2, kept[0] if kept else -1)
    return direction * (length / own)


def _divided(parts: Sequence[Tensor]) -> Tensor | None:
    """Return W / (u · W v), W laid flat along the dimension that u has.

    Where several dimensions have its size (square transposed convolutions), that whose W v points
    as u does, since torch sets u so.
    """
    weight, left, right = parts
    flat = [
        weight.movedim(at, 0).flatten(1)
        for at, size in enumerate(weight.shape)
        if left.shape == (size,) and right.shape == (weight.numel() // size,)
    ]
    if not flat:
        return None
    reached = [rows @ right for rows in flat]
    along = [left @ values / values.norm().clamp_min(1e-12) for values in reached]
    best = max(range(len(flat)), key=lambda at: float(along[at]))
    return weight / torch.dot(left, reached[best])


_OLD = r"(.*\.)?(\w+)_"
_NEW = r"(.*\.)?parametrizations\.(\w+)\."
_FORMS = (
    _Form(
        key="mask",
        named=re.compile(f"{_OLD}orig"),
        parts=("{room}{name}_orig", "{room}{name}_mask"),
        make=_masked,
    ),
    _Form(
        key="spectral_norm",
        named=re.compile(f"{_OLD}orig"),
        parts=("{room}{name}_orig", "{room}{name}_u", "{room}{name}_v"),
        make=_divided,
    ),
    _Form(
        key="weight_norm",
        named=re.compile(f"{_OLD}g"),
        parts=("{room}{name}_g", "{room}{name}_v"),
        make=_normed,
    ),
    _Form(
        key="spectral_norm",
        named=re.compile(f"{_NEW}original"),
        parts=tuple(
            "{room}parametrizations.{name}." + part for part in ("original", "0._u", "0._v")
        ),
        make=_divided,
    ),
    _Form(
        key="weight_norm",
        named=re.compile(f"{_NEW}original0"),
        parts=tuple("{room}parametrizations.{name}." + part for part in ("original0", "original1")),
        make=_normed,
    ),
)
"""Masks come first: what is masked may be a part of a norm."""
