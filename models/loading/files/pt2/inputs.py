"""What a network out of a file takes: one tensor, or token ids and their mask."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch

from explain.core.errors import ImportRefused
from explain.network.lifting.traced import Input
from models.loading.files.pt2.fields import FLOATS
from models.loading.files.pt2.rewriting import Fact
from models.loading.files.pt2.values import Size, range_of
from models.loading.limits import Limits

_PLAIN = re.compile(r"[^%/]*(<=|>=|<|>|==|!=)[^%/]*")
_PLACE = re.compile(r"size\(\)\[(\d{1,3})\]")
_LENGTH = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class InputForm:
    """An input: what it may be, and the shape of one example sample."""

    given: Input
    shape: tuple[int, ...]


def input_forms(
    facts: Sequence[Fact], constraints: Mapping[str, object], fixed: frozenset[int], limits: Limits
) -> tuple[InputForm, ...]:
    """Return the inputs of a network.

    `constraints`: the ranges of sizes that the file states; `fixed`: dimensions that stay as in
    the example.

    Raises:
        ImportRefused: another number of inputs, no batch dimension, a size that is a formula.
    """
    if len(facts) not in {1, 2} or (len(facts) == 2 and not _are_ids_and_mask(*facts)):
        raise ImportRefused("loading.pt2.too_many_inputs", count=len(facts))
    return tuple(_taken(fact, constraints, fixed, limits) for fact in facts)


def fixed_places(guards: Sequence[object]) -> frozenset[int]:
    """Return the dimensions about which the file states more than a range; text is only searched.

    Such a condition ("length divisible by 2") is not checked here, so the size has to stay.
    """
    odd = [str(guard) for guard in guards if not _PLAIN.fullmatch(str(guard))]
    return frozenset(int(place) for guard in odd for place in _PLACE.findall(guard))


def _are_ids_and_mask(ids: Fact, mask: Fact) -> bool:
    whole = ids.dtype not in FLOATS and ids.dtype != torch.bool
    return whole and len(ids.sizes) == 2 == len(mask.sizes) and _agree(ids.sizes, mask.sizes)


def _agree(sizes: Sequence[Size], others: Sequence[Size]) -> bool:
    names = [
        (one if isinstance(one, int) else one.name, two if isinstance(two, int) else two.name)
        for one, two in zip(sizes, others, strict=True)
    ]
    return all(one == two for one, two in names)


def _taken(
    fact: Fact, constraints: Mapping[str, object], fixed: frozenset[int], limits: Limits
) -> InputForm:
    if not fact.sizes:
        raise ImportRefused("loading.pt2.input_without_batch")
    ranges = tuple(
        _settled(size, constraints, most=limits.sequence if place else None, stay=place in fixed)
        for place, size in enumerate(fact.sizes)
    )
    shape = tuple(
        _example(size, ends) for size, ends in zip(fact.sizes[1:], ranges[1:], strict=True)
    )
    return InputForm(given=Input(dtype=fact.dtype, sizes=ranges), shape=shape)


def _settled(
    size: Size, constraints: Mapping[str, object], *, most: int | None, stay: bool
) -> tuple[int, int | None]:
    if isinstance(size, int):
        if size < 1:
            raise ImportRefused("loading.pt2.input_of_size_zero")
        return size, size
    low, high = range_of(size, constraints)
    if stay:
        if size.hint is None:
            raise ImportRefused("loading.pt2.unchecked_condition")
        return size.hint, size.hint
    ends = [end for end in (high, most) if end is not None]
    if ends and min(ends) < low:
        raise ImportRefused("loading.pt2.sequences_too_long", low=low, ends=min(ends))
    return low, min(ends, default=None)


def _example(size: Size, ends: tuple[int, int | None]) -> int:
    """Return a size to look at the network with: that of the example where it is in range."""
    low, high = ends
    wanted = size if isinstance(size, int) else size.hint or _LENGTH
    return max(low, wanted if high is None else min(wanted, high))
