"""`read_pt2`: from the bytes of a .pt2 file to a lifted network."""

from collections.abc import Iterable, Mapping

from torch import Tensor

from explain.core.errors import ExplainError, ImportRefused, reason_of
from explain.core.messages import Message, listed
from explain.network import Lifted, assemble
from explain.network.lifting.traced import Graph, Node
from explain.network.lifting.translation import translate
from explain.network.lifting.weights import Weights
from explain.network.shapes import with_input_shapes
from models.loading.files.pt2.calls import arguments_of
from models.loading.files.pt2.fields import only, text
from models.loading.files.pt2.naming import SafeNames, fits_name, module_of
from models.loading.files.pt2.package import Package, unpack
from models.loading.files.pt2.payload import tensors_of_payload
from models.loading.files.pt2.program import (
    InputForm,
    Program,
    fixed_places,
    input_forms,
    read_program,
)
from models.loading.files.pt2.tape import Tape
from models.loading.files.pt2.targets import ATEN, RANDOM, aten_names
from models.loading.files.pt2.values import size_names
from models.loading.files.raw_tensors import Reading, Usable, is_sound
from models.loading.files.zip_archive import quoted_name
from models.loading.limits import Limits

_DROPOUT = aten_names(
    {"alpha_dropout", "alpha_dropout_", "dropout", "dropout_", "native_dropout"}
    | {"feature_alpha_dropout", "feature_dropout", "feature_dropout_"}
)
_RECURRENT = aten_names({"gru", "lstm", "rnn_relu", "rnn_tanh"})
_NORMS = aten_names(
    {"_native_batch_norm_legit", "batch_norm", "native_batch_norm"}
    | {"cudnn_batch_norm", "miopen_batch_norm"}
)
_FUNCTIONAL = f"{ATEN}_native_batch_norm_legit_functional"


def refuse_training(operators: Iterable[object]) -> None:
    """Refuse operators that behave as in training.

    Raises:
        ImportRefused: dropout that drops, a norm by the statistics of the batch, random numbers.
    """
    for record in operators:
        _check(text(record, "target"), arguments_of(record))


def _check(target: str, arguments: Mapping[str, object]) -> None:
    name = target.rpartition(".")[0]
    training = any(_is_set(arguments.get(key)) for key in ("train", "training"))
    if name in _DROPOUT and training and _is_set(arguments.get("p")):
        raise ImportRefused("loading.pt2.dropout_active")
    if name in _RECURRENT and training and _is_set(arguments.get("dropout")):
        raise ImportRefused("loading.pt2.recurrent_dropout_active")
    if name == _FUNCTIONAL or (name in _NORMS and training):
        unknown = arguments.get("running_mean") in (None, {"as_none": True})
        raise ImportRefused(
            "loading.pt2.norm_of_inputs" if unknown else "loading.pt2.batch_norm_training"
        )
    if name in RANDOM or (name == f"{ATEN}rrelu" and training):
        raise ImportRefused("loading.pt2.random_numbers")


def _is_set(argument: object) -> bool:
    """Return whether an argument is true, or a number above zero."""
    if argument is None:
        return False
    kind, value = only(argument)
    return kind in {"as_bool", "as_float", "as_int"} and bool(value)


_FIXED = Message("loading.pt2.fixed_sizes")


def read_pt2(data: bytes, limits: Limits, *, finite: bool = True) -> Reading:
    """Return the network in a file of `torch.export.save`, and its model card if one is inside.

    Nothing of the file is run: the graph is JSON whose operators are looked up by name in the
    allow-list of the lifted network, weights are raw numbers, example inputs, guards, formulas
    and pickles are never opened. `finite=False` lets weights with NaN or infinity pass with a
    warning, to look at them.

    Cost: about three copies of the weights, one after the other, and a run on shapes alone.

    Raises:
        ImportRefused: whatever is in the file, with the reason.
    """
    try:
        return _reading(unpack(data, limits), limits, finite=finite)
    except ImportRefused:
        raise
    except ExplainError as error:
        raise ImportRefused.like(error) from error
    except Exception as error:
        line = quoted_name(str(reason_of(error)))
        raise ImportRefused("loading.pt2.no_fit", line=line) from error


def _reading(package: Package, limits: Limits, *, finite: bool) -> Reading:
    program = read_program(package.program, limits)
    refuse_training(program.operators)
    loaded = tensors_of_payload(package.tensors, dict(program.tensors.values()), limits)
    warnings = (*loaded.warnings, *_infinite(program, loaded.tensors, refuse=finite))
    fixed = fixed_places(program.guards)
    network = _network(program, loaded, fixed, limits)
    return Reading(
        format="pt2",
        network=network,
        card=package.card,
        warnings=(*warnings, *((_FIXED,) if fixed else ())),
    )


def _network(program: Program, loaded: Usable, fixed: frozenset[int], limits: Limits) -> Lifted:
    names = SafeNames([*program.classes, *loaded.tensors], limits)
    tape = Tape(program.fact)
    tensors = {tape.enter(value, name): name for value, (name, _) in program.tensors.items()}
    inputs = _inputs(program, tape, fixed, limits)
    _check_rows(program)
    for record in program.operators:
        tape.read(record, _path(record, names))
    graph = Graph(
        nodes=tape.nodes,
        inputs={node: given.given for node, given in inputs.items()},
        outputs=(tape.value(program.output),),
    )
    found = translate(
        graph,
        _weights(tensors, loaded.tensors, names),
        fits_name(program.classes, loaded.tensors, names),
    )
    return assemble(
        modules=found.modules,
        tensors=found.tensors,
        steps=with_input_shapes(found.steps, [given.shape for given in inputs.values()]),
        originals=names.originals,
    )


def _inputs(
    program: Program, tape: Tape, fixed: frozenset[int], limits: Limits
) -> dict[Node, InputForm]:
    facts = [program.fact(name) for name in program.inputs]
    known = [fact for fact in facts if fact is not None]
    if len(known) != len(facts):
        raise ImportRefused("loading.pt2.sizes_of_inputs")
    found = input_forms(known, program.constraints, fixed, limits)
    return {tape.enter(name): given for name, given in zip(program.inputs, found, strict=True)}


def _weights(nodes: Mapping[Node, str], tensors: Mapping[str, Tensor], names: SafeNames) -> Weights:
    aliases: dict[int, tuple[str, ...]] = {}
    for name, tensor in tensors.items():
        aliases[id(tensor)] = (*aliases.get(id(tensor), ()), names[name])
    return Weights(
        names={node.name: names[name] for node, name in nodes.items()},
        sources={node.name: tensors[name] for node, name in nodes.items()},
        aliases=aliases,
        share=True,
    )


def _path(record: object, names: SafeNames) -> str:
    metadata = record.get("metadata") if isinstance(record, dict) else None
    stack = metadata.get("nn_module_stack") if isinstance(metadata, dict) else None
    return names[module_of(stack)]


def _infinite(
    program: Program, tensors: Mapping[str, Tensor], *, refuse: bool
) -> tuple[Message, ...]:
    """Return a warning that names the tensors with NaN or infinity.

    Minus infinity may stand in what is no weight: masks are made of it.
    """
    kinds = dict(program.tensors.values())
    bad = [
        name
        for name, tensor in tensors.items()
        if not is_sound(tensor, mask=kinds[name] != "parameter")
    ]
    if not bad:
        return ()
    named = listed(map(quoted_name, bad), 5)
    if refuse:
        raise ImportRefused("loading.pt2.not_finite", count=len(bad), named=named)
    return (Message("loading.pt2.not_finite_allowed", named=named),)


def _check_rows(program: Program) -> None:
    """Refuse a network that does not return one row per row of its inputs."""
    output = program.fact(program.output)
    sizes = () if output is None else output.sizes
    rows = [fact.sizes[:1] for fact in map(program.fact, program.inputs) if fact is not None]
    if not sizes or any(size_names(sizes[:1]) != size_names(given) for given in rows):
        raise ImportRefused("loading.pt2.no_row_per_row")
