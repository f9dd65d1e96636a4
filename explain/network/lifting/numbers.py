"""Numbers that a network takes out of tensors again, where these hold nothing but sizes."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import torch

from explain.core.errors import UnsupportedOperation
from explain.network.lifting.traced import Node

_aten = torch.ops.aten
ITEM = _aten._local_scalar_dense.default  # noqa: SLF001 - the operator is called so

_SAME = frozenset({_aten.scalar_tensor.default, _aten.clone.default})
_SAID: Mapping[Any, Callable[[Any, Any], Any]] = {
    _aten.add.Tensor: operator.add,
    _aten.sub.Tensor: operator.sub,
    _aten.mul.Tensor: operator.mul,
}


def number_of(argument: Any) -> Any:
    """Return a tensor of sizes as the number in it: a node of whole numbers, or a plain one.

    Raises:
        UnsupportedOperation: it is made of anything but sizes, or in another way.
    """
    if not isinstance(argument, Node):
        return argument
    if argument.target in _SAME:
        return _plain(argument.arguments[0])
    parts = tuple(map(number_of, argument.arguments))
    if argument.target is _aten.rsub.Scalar:
        return replace(argument, target=operator.sub, arguments=parts[::-1], keywords={})
    if argument.target not in _SAID or argument.keywords:
        raise UnsupportedOperation("unsupported_operation", operation="aten.item")
    return replace(argument, target=_SAID[argument.target], arguments=parts)


def _plain(argument: Any) -> Any:
    is_tensor = isinstance(argument, Node) and argument.target in {*_SAME, *_SAID}
    return number_of(argument) if is_tensor else argument
