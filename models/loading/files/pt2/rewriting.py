"""Operators that translation does not know, said with those it does.

`torch.export` writes down flatten, chunk, batch_norm and the like as they were called, or takes
convolutions and linear layers apart; here each of them becomes one step that the lifted network
has. Nothing changes the numbers.
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import torch

from explain.core.errors import ImportRefused
from explain.network.lifting.traced import Node
from models.loading.files.pt2.targets import ATEN, TARGETS
from models.loading.files.pt2.values import Size


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What the file states about a value."""

    dtype: torch.dtype
    sizes: tuple[Size, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One use of an operator: its arguments by name, and the means to say it differently.

    `fact` tells what the file states about a value; `is_fixed` whether it depends on tensors of the
    network alone; `emit` adds a node: operator without its beginning, arguments, keywords.
    """

    arguments: Mapping[str, Any]
    fact: Callable[[Any], Fact]
    is_fixed: Callable[[Any], bool]
    emit: Callable[..., Node]

    def __getitem__(self, name: str) -> Any:
        """Return an argument.

        Raises:
            ImportRefused: it is missing.
        """
        if name not in self.arguments:
            raise ImportRefused("loading.pt2.operator_without", name=name)
        return self.arguments[name]

    def get(self, name: str, default: Any = None) -> Any:
        """Return an argument that may be left out."""
        return self.arguments.get(name, default)

    def sizes(self, value: Any) -> list[Any]:
        """Return the sizes of a value: numbers, and nodes where they may vary."""
        return [
            size if isinstance(size, int) else self.emit("sym_size.int", value, place)
            for place, size in enumerate(self.fact(value).sizes)
        ]


Rewrite = Callable[[Use], Node]


def _first(use: Use) -> Node:
    """Return the first argument: the operator changes nothing."""
    for value in use.arguments.values():
        if isinstance(value, Node):
            return value
    raise ImportRefused("loading.pt2.operator_without_value")


def _as(operator_name: str, *names: str) -> Rewrite:
    """Return the rewrite that hands these arguments on to another operator."""
    return lambda use: use.emit(operator_name, *(use.get(name) for name in names))


def _convolution(use: Use) -> Node:
    count = len(use["stride"])
    common = (use["input"], use["weight"], use.get("bias"), use["stride"], use["padding"])
    if not use["transposed"]:
        return use.emit(f"conv{count}d.default", *common, use["dilation"], use["groups"])
    overload = "default" if count == 1 else "input"
    rest = (use["output_padding"], use["groups"], use["dilation"])
    return use.emit(f"conv_transpose{count}d.{overload}", *common, *rest)


def _addmm(use: Use) -> Node:
    """Return the linear layer that was taken apart into a transposed weight and a product."""
    weight, bias = _untransposed(use, use["mat2"]), use["self"]
    plain = (use.get("beta", 1), use.get("alpha", 1)) == (1, 1)
    if weight is not None and plain and use.is_fixed(bias) and bias.rank == 1:
        return use.emit("linear.default", use["mat1"], weight, bias)
    keywords = {name: use[name] for name in ("beta", "alpha") if name in use.arguments}
    return use.emit("addmm.default", bias, use["mat1"], use["mat2"], **keywords)


def _mm(use: Use) -> Node:
    weight = _untransposed(use, use["mat2"])
    if weight is not None:
        return use.emit("linear.default", use["self"], weight)
    return use.emit("mm.default", use["self"], use["mat2"])


def _bmm(use: Use) -> Node:
    """Return the linear layer of a sequence, whose weight was repeated for every product."""
    factor = use["mat2"]
    while isinstance(factor, Node) and factor.target in _REPEATS and factor.rank > 2:
        factor = factor.arguments[0]
    weight = _untransposed(use, factor)
    if weight is not None and use.fact(use["mat2"]).sizes[1:] == use.fact(weight).sizes[::-1]:
        return use.emit("linear.default", use["self"], weight)
    return use.emit("bmm.default", use["self"], use["mat2"])


_REPEATS = frozenset(TARGETS[f"{ATEN}{name}.default"] for name in ("expand", "reshape", "view"))


def _untransposed(use: Use, value: Any) -> Node | None:
    """Return the weight of which a value is the transpose."""
    if not isinstance(value, Node) or value.rank != 2 or not value.arguments:
        return None
    is_transpose = value.target is TARGETS[f"{ATEN}t.default"] or (
        value.target in {TARGETS[f"{ATEN}permute.default"], TARGETS[f"{ATEN}transpose.int"]}
        and _swaps(value.arguments[1:])
    )
    weight = value.arguments[0]
    return weight if is_transpose and use.is_fixed(weight) else None


def _swaps(dims: Sequence[Any]) -> bool:
    """Return whether dimensions, given as a list or one by one, exchange two of two."""
    listed = isinstance(dims[0], (list, tuple))
    places = [dim % 2 for dim in (dims[0] if listed else dims) if isinstance(dim, int)]
    return places == [1, 0] or (not listed and places == [0, 1])


def _flatten(use: Use) -> Node:
    value = use["self"]
    rank = len(use.fact(value).sizes)
    first, last = use.get("start_dim", 0) % max(rank, 1), use.get("end_dim", -1) % max(rank, 1)
    if rank < 2 or first == last:
        return _first(use) if rank else use.emit("reshape.default", value, [1])
    sizes = use.sizes(value)
    merged = _product(sizes[first : last + 1])
    return use.emit("reshape.default", value, [*sizes[:first], merged, *sizes[last + 1 :]])


def _product(sizes: Sequence[Any]) -> int:
    product = 1
    for size in sizes:
        if not isinstance(size, int):
            return -1
        product *= size
    return product


def _unflatten(use: Use) -> Node:
    sizes = use.sizes(use["self"])
    place = use["dim"] % max(len(sizes), 1)
    return use.emit(
        "reshape.default", use["self"], [*sizes[:place], *use["sizes"], *sizes[place + 1 :]]
    )


def _sized_like(operator_name: str) -> Rewrite:
    """Return the rewrite that gives a value the sizes of another one."""
    return lambda use: use.emit(operator_name, use["self"], use.sizes(use["other"]))


def _chunk(use: Use) -> Node:
    value, dim, chunks = use["self"], use.get("dim", 0), use["chunks"]
    sizes = use.fact(value).sizes
    size = sizes[dim] if -len(sizes) <= dim < len(sizes) else None
    if not isinstance(size, int) or chunks < 1:
        raise ImportRefused("loading.pt2.cuts_free_size")
    return use.emit("split.Tensor", value, -(-size // chunks), dim)


def _narrow(use: Use) -> Node:
    start, length = use["start"], use["length"]
    if isinstance(start, Node) or isinstance(length, Node):
        end: Any = use.emit(operator.add, start, length)
    else:
        end = start + length
    return use.emit("slice.Tensor", use["self"], use["dim"], start, end)


def _movedim(use: Use) -> Node:
    rank = len(use.fact(use["self"]).sizes)
    sources, targets = (_dims(use[name], rank) for name in ("source", "destination"))
    rest = iter([dim for dim in range(rank) if dim not in sources])
    moved = dict(zip(targets, sources, strict=True))
    order = [moved[dim] if dim in moved else next(rest) for dim in range(rank)]
    return use.emit("permute.default", use["self"], order)


def _stacked(use: Use) -> Node:
    """Return values one below the other."""
    flat = use["tensors"][0].rank < 2
    return use.emit("stack.default" if flat else "cat.default", use["tensors"], 0)


def _side_by_side(use: Use) -> Node:
    return use.emit("cat.default", use["tensors"], min(1, use["tensors"][0].rank - 1))


def _tile(use: Use) -> Node:
    missing = use["self"].rank - len(use["dims"])
    return use.emit("repeat.default", use["self"], [*[1] * missing, *use["dims"]])


def _dims(dims: Any, rank: int) -> list[int]:
    return [dim % max(rank, 1) for dim in (dims if isinstance(dims, (list, tuple)) else [dims])]


def _reversed(use: Use) -> Node:
    rank = len(use.fact(use["self"]).sizes)
    return use.emit("permute.default", use["self"], list(range(rank))[::-1])


def _cast(use: Use) -> Node:
    """Return a value in another type; the value itself where it has that already."""
    value, dtype = use["self"], use.get("dtype")
    if "other" in use.arguments:
        dtype = use.fact(use["other"]).dtype
    if dtype is None or dtype == use.fact(value).dtype:
        return _first(use)
    return use.emit("_to_copy.default", value, dtype=dtype)


_UNCHANGED = frozenset(
    {"alias", "alpha_dropout", "detach", "detach_", "dropout", "feature_alpha_dropout"}
    | {"feature_dropout", "lift_fresh", "native_dropout", "resolve_conj", "resolve_neg"}
)
_NORMS = ("batch_norm", "cudnn_batch_norm", "native_batch_norm", "_native_batch_norm_legit")
_NORM = ("input", "weight", "bias", "running_mean", "running_var", "momentum", "eps")
_PLAIN: Mapping[str, Rewrite] = {
    **dict.fromkeys((f"{name}.default" for name in sorted(_UNCHANGED)), _first),
    **dict.fromkeys(
        (f"{name}.default" for name in _NORMS),
        _as("_native_batch_norm_legit_no_training.default", *_NORM),
    ),
    **dict.fromkeys(
        ("to.dtype", "to.device", "to.dtype_layout", "to.other", "type_as.default"), _cast
    ),
    **dict.fromkeys(("view_as.default", "reshape_as.default"), _sized_like("reshape.default")),
    **dict.fromkeys(
        (f"{name}.{kind}" for name in ("movedim", "moveaxis") for kind in ("int", "intlist")),
        _movedim,
    ),
    **dict.fromkeys(("vstack.default", "row_stack.default"), _stacked),
    "hstack.default": _side_by_side,
    "tile.default": _tile,
    "linalg_diagonal.default": lambda use: use.emit(
        "diagonal.default",
        use["A"],
        *(use.get(name, default) for name, default in (("offset", 0), ("dim1", -2), ("dim2", -1))),
    ),
    "numpy_T.default": _reversed,
    "mT.default": lambda use: use.emit("transpose.int", use["self"], -2, -1),
    "expand_as.default": _sized_like("expand.default"),
    "broadcast_to.default": _as("expand.default", "self", "size"),
    "flatten.using_ints": _flatten,
    "unflatten.int": _unflatten,
    "chunk.default": _chunk,
    "narrow.default": _narrow,
    "lift_fresh_copy.default": lambda use: use.emit("clone.default", use["self"]),
    "convolution.default": _convolution,
    "addmm.default": _addmm,
    "mm.default": _mm,
    "bmm.default": _bmm,
    "native_layer_norm.default": _as(
        "layer_norm.default", "input", "normalized_shape", "weight", "bias", "eps"
    ),
    "native_group_norm.default": _as(
        "group_norm.default", "input", "group", "weight", "bias", "eps"
    ),
    "_softmax.default": _as("softmax.int", "self", "dim"),
    "_log_softmax.default": _as("log_softmax.int", "self", "dim"),
    "_adaptive_avg_pool2d.default": _as("adaptive_avg_pool2d.default", "self", "output_size"),
    "_adaptive_avg_pool3d.default": _as("adaptive_avg_pool3d.default", "self", "output_size"),
    "max_pool2d_with_indices.default": lambda use: use.emit(
        "max_pool2d.default",
        use["self"],
        use["kernel_size"],
        use.get("stride", []),
        use.get("padding", 0),
        use.get("dilation", 1),
        use.get("ceil_mode", False),
    ),
    "_scaled_dot_product_flash_attention_for_cpu.default": lambda use: use.emit(
        "scaled_dot_product_attention.default",
        use["query"],
        use["key"],
        use["value"],
        use.get("attn_mask"),
        use.get("dropout_p", 0.0),
        use.get("is_causal", False),
        scale=use.get("scale"),
    ),
}
REWRITES: Mapping[str, Rewrite] = MappingProxyType(
    {f"{ATEN}{name}": rewrite for name, rewrite in _PLAIN.items()}
)
"""Operator in the file -> how it is said here."""
