"""`read_onnx`: from the bytes of an ONNX file to a network, its card and remarks."""

import contextlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from onnx import ModelProto, TensorProto

from explain.core.errors import ExplainError, ImportRefused
from explain.core.messages import Message
from explain.network import NetworkInput, Output
from explain.network.graph import PRUNABLE
from explain.network.lifted import Lifted
from explain.network.steps import live
from models.loading import strict_json
from models.loading.files.onnx.builder import Builder
from models.loading.files.onnx.composites import recognised
from models.loading.files.onnx.graph import OnnxGraph
from models.loading.files.onnx.naming import Inputs, Names, with_final_names
from models.loading.files.onnx.sketch import Sketch
from models.loading.files.onnx.source import outputs_of_onnx, parse_onnx, read_graph
from models.loading.files.onnx.translation import (
    depends_on_sizes,
    fixed_trials,
    refuse_unsound,
    shapes_of,
    translate_onnx,
    trials,
)
from models.loading.files.raw_tensors import Reading, wanted_output
from models.loading.limits import Limits

_CARD = "model_card"


def embedded_card(model: ModelProto, limits: Limits) -> Mapping[str, object] | None:
    """Return the JSON object under "model_card" in the file's metadata; None without one.

    Raises:
        ImportRefused: it is too large, no JSON, no object, or there are two.
    """
    found = [entry.value for entry in model.metadata_props if entry.key == _CARD]
    if not found:
        return None
    card = strict_json.parse_json(found[0].encode(), limits.card_bytes)
    if len(found) > 1 or not isinstance(card, dict):
        raise ImportRefused("loading.onnx.unreadable_card")
    return MappingProxyType(card)


_OTHERS = {
    TensorProto.DOUBLE: "float64",
    TensorProto.FLOAT16: "float16",
    TensorProto.BFLOAT16: "bfloat16",
}
_SHOWN = 5


def _converted(model: ModelProto) -> Iterator[Message]:
    kinds = {tensor.data_type for tensor in model.graph.initializer}
    kinds.update(value.type.tensor_type.elem_type for value in model.graph.input)
    for kind, name in _OTHERS.items():
        if kind in kinds:
            yield Message("loading.onnx.converted", type=name)


def _tied(network: Lifted) -> Iterator[Message]:
    owners: defaultdict[int, list[str]] = defaultdict(list)
    displays = {info.name: info.display for info in network.layers}
    for name, module in network.named_modules():
        if isinstance(module, PRUNABLE):
            for part, parameter in module.named_parameters(recurse=False):
                if part.startswith("weight"):
                    owners[id(parameter)].append(displays.get(name, name))
    groups = [names for names in owners.values() if len(set(names)) > 1]
    if groups:
        shown = [", ".join(names[:_SHOWN]) for names in groups[:_SHOWN]]
        if len(groups) <= _SHOWN:
            yield Message("loading.onnx.tied", groups=shown)
        else:
            more = len(groups) - _SHOWN
            yield Message("loading.onnx.tied_and_more", groups=shown, more=more)


def read_onnx(
    data: bytes, limits: Limits, *, output: str = "", shape: Sequence[int] = ()
) -> Reading:
    """Return the network in an ONNX file; nothing of the file is executed.

    The bytes are parsed as protobuf; operators, all of them from a fixed list, become layers and
    steps. Types are float32, int64 and bool afterwards. `output`: which of several outputs is the
    answer, by name or place; `shape`: of one sample, which free sizes are fixed to where the
    network takes no others. The card in the file may say both too. Cost: every step once on two
    inputs without numbers, and the constants of the file.

    Raises:
        ImportRefused: whatever is wrong with the file, and what to do next.
    """
    try:
        return _read(data, limits, output, shape)
    except ImportRefused:
        raise
    except ExplainError as error:
        raise ImportRefused.like(error) from error
    except Exception as error:
        raise ImportRefused("loading.onnx.damaged") from error


def _read(data: bytes, limits: Limits, output: str, shape: Sequence[int]) -> Reading:
    model = parse_onnx(data, limits)
    card = embedded_card(model, limits)
    source = read_graph(model, limits, wanted_output(output, card))
    graph = source.graph
    build, fixed = _translated(graph, limits, shape or _shape_on(card))
    network, entries = _assembled(build, graph, limits)
    refuse_unsound(network)
    return Reading(
        format="onnx",
        network=network,
        card=card,
        inputs=entries,
        outputs=source.outputs,
        output=source.output,
        warnings=(*source.notes, *fixed, *_converted(model), *_tied(network)),
    )


def _shape_on(card: Mapping[str, object] | None) -> tuple[int, ...]:
    """Return the shape of one sample on an embedded card, () where it says none."""
    given = {} if card is None else card.get("input")
    shape = given.get("shape") if isinstance(given, dict) else None
    sizes = shape if isinstance(shape, list) else ()
    return tuple(size for size in sizes if type(size) is int and size > 0)


def _translated(
    graph: OnnxGraph, limits: Limits, shape: Sequence[int]
) -> tuple[Builder, tuple[Message, ...]]:
    """Return the first translation that works, and a word where it took fixed sizes to work.

    Raises:
        ImportRefused: none works; what stood in the way of the last with free sizes.
    """
    refusal = ImportRefused("loading.onnx.no_inputs")
    for trial in trials(graph.inputs):
        try:
            return translate_onnx(graph, limits, trial), ()
        except ImportRefused as error:
            refusal = error
    for trial in fixed_trials(graph.inputs, shape) if depends_on_sizes(refusal) else ():
        with contextlib.suppress(ImportRefused):
            build = translate_onnx(graph, limits, trial)
            sizes = shapes_of(graph.inputs[0], trial)[0][1:]
            return build, (Message("loading.onnx.fixed", sizes=sizes),)
    raise refusal


def _assembled(
    build: Builder, graph: OnnxGraph, limits: Limits
) -> tuple[Lifted, tuple[NetworkInput, ...]]:
    sketch = Sketch(
        layers=build.layers,
        tensors=build.tensors,
        nodes=build.nodes,
        shapes=build.shapes,
        steps=live(build.steps),
    )
    ports = [port.name for port in graph.inputs]
    inputs = Inputs(names=ports, rows=build.rows, most=limits.elements // 10)
    return with_final_names(recognised(sketch), Names(graph.nodes, limits), inputs)


def outputs_in_onnx(data: bytes, limits: Limits) -> tuple[Output, ...]:
    """Return what an ONNX file returns; of its weights nothing is read.

    Raises:
        ImportRefused: no such file.
    """
    return outputs_of_onnx(parse_onnx(data, limits))
