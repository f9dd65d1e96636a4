"""Attention that exporters write out: products around a softmax."""

from torch import nn

from explain.core.network import Ref, Step
from explain.network.operations import MatMul, ScaledDotProductAttention
from models.loading.files.onnx.sketch import Composite, Sketch, factors


def attention(sketch: Sketch, step: Step) -> Composite | None:
    """Recognise softmax(scale · q kᵀ + mask) v, the scale anywhere around q kᵀ."""
    if type(sketch.layers[step.name].module) is not MatMul or len(step.arguments) != 2:
        return None
    shares, value = step.arguments
    soft = sketch.layer(shares, nn.Softmax)
    if soft is None or not sketch.is_used_once(shares) or not _is_last(sketch, soft):
        return None
    scores, mask = _masked(sketch, soft.arguments[0])
    number, values = factors(sketch, scores)
    product = sketch.layer(values[0], MatMul) if len(values) == 1 else None
    if product is None or len(product.arguments) != 2:
        return None
    left, right = (factors(sketch, side) for side in product.arguments)
    if len(left[1]) != 1 or len(right[1]) != 1:
        return None
    query, key = left[1][0], _turned(sketch, step, right[1][0])
    if key is None or not _fit(sketch, query, key, value):
        return None
    scale = number * left[0] * right[0]
    module = ScaledDotProductAttention(is_causal=False, scale=scale, enable_gqa=False)
    inputs = (query, key, value) if mask is None else (query, key, value, mask)
    return Composite(module=module, inputs=inputs)


def _is_last(sketch: Sketch, soft: Step) -> bool:
    module = sketch.layers[soft.name].module
    return getattr(module, "dim", None) == -1


def _masked(sketch: Sketch, scores: object) -> tuple[object, Ref | None]:
    """Return scores and the mask added to them."""
    total = sketch.step(scores, "add")
    if total is None:
        return scores, None
    for value, mask in (total.arguments[:2], total.arguments[1::-1]):
        product = factors(sketch, value)[1]
        if isinstance(mask, Ref) and len(product) == 1 and sketch.layer(product[0], MatMul):
            return value, mask
    return scores, None


def _turned(sketch: Sketch, root: Step, value: Ref) -> Ref | None:
    """Return k of kᵀ, the last two dimensions exchanged, also by way of three dimensions."""
    step = sketch.step(value, "permute", "reshape")
    if step is None:
        return None
    if step.operation == "permute":
        return _exchanged(sketch, step) or _turned_back(sketch, root, step)
    inner = sketch.step(step.arguments[0], "permute")
    flat = None if inner is None else _exchanged(sketch, inner)
    before = sketch.step(flat, "reshape")
    if before is None or not isinstance(before.arguments[0], Ref):
        return None
    key = before.arguments[0]
    wide, turned = sketch.shape(key), sketch.shape(value)
    swapped = (*wide[:-2], wide[-1], wide[-2])
    kept = sketch.shape(flat)[-2:] == wide[-2:]
    return key if kept and turned == swapped else None


def _exchanged(sketch: Sketch, step: Step) -> Ref | None:
    source, order = step.arguments[:2]
    rank = len(sketch.shape(source))
    wanted = (*range(rank - 2), rank - 1, rank - 2)
    return source if isinstance(source, Ref) and order == wanted else None


def _turned_back(sketch: Sketch, root: Step, step: Step) -> Ref | None:
    """Return k where the exporter moved heads and exchanged dimensions in one go."""
    source, order = step.arguments[:2]
    if not isinstance(order, tuple) or len(order) < 3:
        return None
    shape = sketch.shape(Ref(step.name))
    swapped = (*order[:-2], order[-1], order[-2])
    return sketch.append(root, "permute", (source, swapped), (*shape[:-2], shape[-1], shape[-2]))


def _fit(sketch: Sketch, query: Ref, key: Ref, value: object) -> bool:
    """Return whether the three have the same leading dimensions: nothing is broadcast."""
    shapes = [sketch.shape(part) for part in (query, key, value)]
    return len({shape[:-2] for shape in shapes}) == 1 and len(shapes[0]) > 2
