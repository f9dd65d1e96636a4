"""`read_onnx`: from the bytes of an ONNX file to a network."""

from explain.core.errors import ExplainError, ImportRefused
from explain.network import assemble
from explain.network.lifted import Lifted
from explain.network.steps import live
from models.loading.files.contents import Reading
from models.loading.files.onnx.builder import Builder
from models.loading.files.onnx.card import embedded_card
from models.loading.files.onnx.composites import recognised
from models.loading.files.onnx.graph import OnnxGraph
from models.loading.files.onnx.names import Names
from models.loading.files.onnx.naming import with_final_names
from models.loading.files.onnx.parsing import parse_onnx
from models.loading.files.onnx.remarks import remarks
from models.loading.files.onnx.sketch import Sketch
from models.loading.files.onnx.soundness import refuse_other_inputs, refuse_unsound
from models.loading.files.onnx.source import read_graph
from models.loading.files.onnx.translation import translate_onnx
from models.loading.files.onnx.trials import trials
from models.loading.limits import Limits


def read_onnx(data: bytes, limits: Limits) -> Reading:
    """Return the network in an ONNX file; nothing of the file is executed.

    The bytes are parsed as protobuf; operators, all of them from a fixed list, become layers and
    steps. Types are float32, int64 and bool afterwards. Cost: every step once on two inputs
    without numbers, and the constants of the file.

    Raises:
        ImportRefused: whatever is wrong with the file, and what to do next.
    """
    try:
        return _read(data, limits)
    except ImportRefused:
        raise
    except ExplainError as error:
        raise ImportRefused.like(error) from error
    except Exception as error:
        raise ImportRefused("loading.onnx.damaged") from error


def _read(data: bytes, limits: Limits) -> Reading:
    model = parse_onnx(data, limits)
    graph, warnings = read_graph(model, limits)
    build = _translated(graph, limits)
    network = _assembled(build, graph, limits)
    refuse_other_inputs(network)
    refuse_unsound(network)
    return Reading(
        format="onnx",
        network=network,
        card=embedded_card(model, limits),
        warnings=(*warnings, *remarks(model, network)),
    )


def _translated(graph: OnnxGraph, limits: Limits) -> Builder:
    """Return the first translation that works; the first refusal if none does."""
    refusal: ImportRefused | None = None
    for trial in trials(graph.inputs):
        try:
            return translate_onnx(graph, limits, trial)
        except ImportRefused as error:
            refusal = refusal or error
    raise refusal or ImportRefused("loading.onnx.no_inputs")


def _assembled(build: Builder, graph: OnnxGraph, limits: Limits) -> Lifted:
    sketch = Sketch(
        layers=build.layers,
        tensors=build.tensors,
        nodes=build.nodes,
        shapes=build.shapes,
        steps=live(build.steps),
    )
    found = with_final_names(recognised(sketch), Names(graph.nodes, limits))
    return assemble(
        modules=found.modules,
        tensors=found.tensors,
        steps=found.steps,
        originals=found.originals,
    )
