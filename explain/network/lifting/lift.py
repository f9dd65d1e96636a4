"""`lift`: from an eager module to the lifted network."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.export import ExportedProgram

from explain.core.errors import InvalidSubject
from explain.core.messages import Message
from explain.network.answers import answer_among, chosen_notes, outputs_of
from explain.network.assembling import assemble
from explain.network.lifted import Lifted
from explain.network.lifting.ancestry import source_state
from explain.network.lifting.exported import fits_of, graph_of, traced_weights
from explain.network.lifting.tracing import (
    Skeleton,
    example_rows,
    run_source,
    skeleton,
    take_rows,
    trace,
)
from explain.network.lifting.translation import translate
from explain.network.lifting.weights import Weights
from explain.network.shapes import with_input_shapes

_ULPS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """A lifted network, and sentences about outputs of its source that were left out."""

    network: Lifted
    notes: tuple[Message, ...] = ()


def lift(
    module: nn.Module,
    example: Tensor | tuple[Tensor, ...],
    *,
    share: bool = False,
    output: str | int | None = None,
) -> Lifted:
    """Return `module` as real layers and steps that compute the same, in evaluation mode.

    `example`: one tensor per input, batch in dimension 0; a few rows are looked at. Lengths of
    integer and boolean inputs stay free where the source allows it (a recurrent layer does not:
    the trace unrolls it), all other sizes are fixed.
    The network owns copies of the tensors, tied where the source ties them; with `share=True`
    it uses the source's own. The source itself is not touched, not even by a failure.
    `output`: which of several values is the answer, by name or place; without it the only one that
    may be a row of numbers for each row. What serves the others alone is left out.

    The result is compared with the source before it is returned (1, 2 and more rows):
    bit-identical, or within 8 units in the last place of the largest output where the source
    runs a fused attention path. Cost: one trace, a few forward passes of a few rows.

    Raises:
        UnsupportedOperation: an operation outside the allow-list, with its name.
        InvalidSubject: the module does not run on the example, cannot be traced or copied,
            returns no tensor, or several of which any could be the answer, or computes something
            else when lifted.
    """
    return lift_answer(module, example, share=share, output=output).network


def lift_answer(
    module: nn.Module,
    example: Tensor | tuple[Tensor, ...],
    *,
    share: bool = False,
    output: str | int | None = None,
) -> Answering:
    """Return what `lift` returns, with what there is to say about other outputs.

    Raises:
        UnsupportedOperation, InvalidSubject: as `lift`.
    """
    source = skeleton(module)
    rows = example_rows(example)
    outputs = outputs_of(run_source(source.module, rows), len(rows[0]))
    chosen = answer_among(outputs, output, door="python")
    program = trace(source.module, rows, chosen.name)
    weights = traced_weights(program, source.module, share=share)
    network, unread = _network(source, program, weights, rows, _state_of(module))
    for count in (1, len(rows[0]), len(rows[0]) + 1):
        _compare(source.module, network, take_rows(rows, count), chosen.name)
    own = program.graph_signature.inputs_to_parameters
    left_out = weights.count([name for name in unread if name in own])
    return Answering(
        network=network, notes=chosen_notes(outputs, chosen, left_out, weights.count(own))
    )


def _network(
    source: Skeleton,
    program: ExportedProgram,
    weights: Weights,
    rows: tuple[Tensor, ...],
    state: Mapping[str, Tensor],
) -> tuple[Lifted, tuple[str, ...]]:
    """Return the network, and the nodes of tensors that it does not need."""
    found = translate(graph_of(program), weights, fits_of(source.module))
    network = assemble(
        modules=found.modules,
        tensors=found.tensors,
        steps=with_input_shapes(found.steps, [tuple(x.shape[1:]) for x in rows]),
        originals=source.originals,
        source=source_state(found, weights, state, source.originals),
    )
    return network, found.unread


def _state_of(module: nn.Module) -> Mapping[str, Tensor]:
    """Return the tensors themselves that a module's state dict has, {} where it has none."""
    try:
        state = module.state_dict(keep_vars=True)
    except Exception:  # noqa: BLE001 - a module of anybody: its state dict may be code of its own
        return {}
    return {name: value for name, value in state.items() if isinstance(value, Tensor)}


def _compare(source: nn.Module, network: Lifted, inputs: tuple[Tensor, ...], output: str) -> None:
    with torch.no_grad():
        wanted, got = run_source(source, inputs)[output], network(*inputs)
    if wanted.shape == got.shape and torch.equal(wanted, got):
        return
    if wanted.shape != got.shape or not _close(wanted, got):
        raise InvalidSubject("network.other_than_source", count=len(inputs[0]))


def _close(wanted: Tensor, got: Tensor) -> bool:
    if not wanted.is_floating_point() or wanted.numel() == 0:
        return False
    unit = torch.finfo(wanted.dtype).eps * float(wanted.nan_to_num().abs().max())
    return torch.allclose(got, wanted, rtol=0, atol=_ULPS * unit, equal_nan=True)
