"""`read_pt2`: from the bytes of a .pt2 file to a lifted network."""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial

from torch import Tensor

from explain.core.errors import ExplainError, ImportRefused, placed, reason_of
from explain.core.messages import Message, listed
from explain.network import (
    Lifted,
    NetworkInput,
    Output,
    answer_among,
    assemble,
    chosen_notes,
    entered,
)
from explain.network.lifting.ancestry import source_state
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
from models.loading.files.raw_tensors import Reading, Usable, is_sound, wanted_output
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
        with placed(ImportRefused, partial(_standing, record)):
            _check(text(record, "target"), arguments_of(record))


_SHOWN = 8


def _standing(record: object) -> Message:
    """Return which operator it is, and in which module."""
    target = record.get("target") if isinstance(record, Mapping) else None
    metadata = record.get("metadata") if isinstance(record, Mapping) else None
    stack = metadata.get("nn_module_stack") if isinstance(metadata, Mapping) else None
    title, path = quoted_name(str(target).removeprefix(ATEN)), module_of(stack)
    if not path:
        return Message("loading.pt2.at_operator", title=title)
    return Message("loading.pt2.at_operator_of", title=title, path=quoted_name(path))


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


def read_pt2(data: bytes, limits: Limits, *, finite: bool = True, output: str = "") -> Reading:
    """Return the network in a file of `torch.export.save`, and its model card if one is inside.

    Nothing of the file is run: the graph is JSON whose operators are looked up by name in the
    allow-list of the lifted network, weights are raw numbers, example inputs, guards, formulas
    and pickles are never opened. `finite=False` lets weights with NaN or infinity pass with a
    warning, to look at them. `output`: which of several values is the answer, by name or place;
    the card in the file may say it too.

    Cost: about three copies of the weights, one after the other, and a run on shapes alone.

    Raises:
        ImportRefused: whatever is in the file, with the reason.
    """
    try:
        return _reading(unpack(data, limits), limits, finite=finite, output=output)
    except ImportRefused:
        raise
    except ExplainError as error:
        raise ImportRefused.like(error) from error
    except Exception as error:
        line = quoted_name(str(reason_of(error)))
        raise ImportRefused("loading.pt2.no_fit", line=line) from error


def _reading(package: Package, limits: Limits, *, finite: bool, output: str) -> Reading:
    program = read_program(package.program, limits)
    outputs = program.outputs
    answer = answer_among(outputs, wanted_output(output, package.card), door="file")
    refuse_training(program.operators)
    loaded = tensors_of_payload(package.tensors, dict(program.tensors.values()), limits)
    warnings = (*loaded.warnings, *_infinite(program, loaded.tensors, refuse=finite))
    fixed = fixed_places(program.guards)
    value = program.returned[outputs.index(answer)].value
    network, unread, entries = _network(program, loaded, value, fixed, limits)
    weights = {value: loaded.tensors[name] for value, name in _parameters(program)}
    left_out = sum(tensor.numel() for value, tensor in weights.items() if value in unread)
    notes = chosen_notes(outputs, answer, left_out, sum(map(Tensor.numel, weights.values())))
    return Reading(
        format="pt2",
        network=network,
        card=package.card,
        inputs=entries,
        outputs=outputs,
        output=answer.name,
        warnings=(*warnings, *notes, *((_FIXED,) if fixed else ())),
    )


def _parameters(program: Program) -> Iterator[tuple[str, str]]:
    """Yield value and name of each parameter, tied ones once."""
    named = {name: value for value, (name, kind) in program.tensors.items() if kind == "parameter"}
    yield from ((value, name) for name, value in named.items())


def _network(
    program: Program, loaded: Usable, output: str, fixed: frozenset[int], limits: Limits
) -> tuple[Lifted, frozenset[str], tuple[NetworkInput, ...]]:
    """Return the network that gives a value, which tensors it does not need, and its inputs."""
    names = SafeNames([*program.classes, *loaded.tensors], limits)
    tape = Tape(program.fact)
    owned = {tape.enter(value, name): value for value, (name, _) in program.tensors.items()}
    tensors = {node: program.tensors[value][0] for node, value in owned.items()}
    inputs = _inputs(program, tape, fixed, limits)
    rows = _rows(program, output)
    for record in program.operators:
        with placed(ImportRefused, partial(_standing, record)):
            tape.read(record, _path(record, names))
    graph = Graph(
        nodes=tape.nodes,
        inputs={node: given.given for node, given in inputs.items()},
        output=tape.value(output),
    )
    weights = _weights(tensors, loaded.tensors, names)
    found = translate(
        graph,
        weights,
        fits_name(program.classes, loaded.tensors, names),
    )
    ready = entered(found.steps, found.tensors, program.inputs, rows, most=limits.elements // 10)
    shapes = [given.shape for given, own in zip(inputs.values(), rows, strict=True) if own]
    network = assemble(
        modules=found.modules,
        tensors=ready.tensors,
        steps=with_input_shapes(ready.steps, shapes),
        originals=names.originals,
        source=source_state(found, weights, _state(program, loaded), names.originals),
    )
    values = {node.name: value for node, value in owned.items()}
    return network, frozenset(values[name] for name in found.unread), ready.entries


def _state(program: Program, loaded: Usable) -> dict[str, Tensor]:
    """Return the tensors that the state dict of the exported module has."""
    named = program.tensors.values()
    return {name: loaded.tensors[name] for name, kind in named if kind != "constant"}


def _inputs(
    program: Program, tape: Tape, fixed: frozenset[int], limits: Limits
) -> dict[Node, InputForm]:
    facts = {name: program.fact(name) for name in program.inputs}
    known = {name: fact for name, fact in facts.items() if fact is not None}
    if unknown := [quoted_name(name) for name in facts if name not in known]:
        raise ImportRefused("loading.pt2.sizes_of_inputs", names=listed(unknown, _SHOWN))
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


def _rows(program: Program, value: str) -> list[bool]:
    """Return which inputs have a row for each row that the network returns; some must."""
    output = program.fact(value)
    sizes = () if output is None else size_names(output.sizes[:1])
    facts = [fact for fact in map(program.fact, program.inputs) if fact is not None]
    found = [bool(sizes) and size_names(fact.sizes[:1]) == sizes for fact in facts]
    if not any(found):
        raise ImportRefused("loading.pt2.no_row_per_row", name=quoted_name(value))
    if any(
        isinstance(size, str) and size in sizes for f in facts for size in size_names(f.sizes[1:])
    ):
        raise ImportRefused("loading.inputs.rows_depend")
    return found


def outputs_of_pt2(data: bytes, limits: Limits) -> tuple[Output, ...]:
    """Return what a file of `torch.export.save` returns; of its weights nothing is read.

    Raises:
        ImportRefused: no such file.
    """
    return read_program(unpack(data, limits).program, limits).outputs
