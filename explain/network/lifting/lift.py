"""`lift`: from an eager module to the lifted network."""

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_leaves

from explain.core.errors import InvalidSubject
from explain.network.assembling import assemble
from explain.network.lifted import Lifted
from explain.network.lifting.exported import fits_of, graph_of, traced_weights
from explain.network.lifting.tracing import example_rows, run_source, skeleton, take_rows, trace
from explain.network.lifting.translation import translate
from explain.network.shapes import with_input_shapes

_ULPS = 8


def lift(module: nn.Module, example: Tensor | tuple[Tensor, ...], *, share: bool = False) -> Lifted:
    """Return `module` as real layers and steps that compute the same, in evaluation mode.

    `example`: one tensor per input, batch in dimension 0; a few rows are looked at. Lengths of
    integer and boolean inputs stay free where the source allows it (a recurrent layer does not:
    the trace unrolls it), all other sizes are fixed.
    The network owns copies of the tensors, tied where the source ties them; with `share=True`
    it uses the source's own. The source itself is not touched, not even by a failure.

    The result is compared with the source before it is returned (1, 2 and more rows):
    bit-identical, or within 8 units in the last place of the largest output where the source
    runs a fused attention path. Cost: one trace, a few forward passes of a few rows.

    Raises:
        UnsupportedOperation: an operation outside the allow-list, with its name.
        InvalidSubject: the module does not run on the example, cannot be traced or copied,
            returns anything but one tensor, or computes something else when lifted.
    """
    source = skeleton(module)
    rows = example_rows(example)
    program = trace(source.module, rows)
    weights = traced_weights(program, source.module, share=share)
    found = translate(graph_of(program), weights, fits_of(source.module))
    network = assemble(
        modules=found.modules,
        tensors=found.tensors,
        steps=with_input_shapes(found.steps, [tuple(x.shape[1:]) for x in rows]),
        originals=source.originals,
    )
    for count in (1, len(rows[0]), len(rows[0]) + 1):
        _compare(source.module, network, take_rows(rows, count))
    return network


def _compare(source: nn.Module, network: Lifted, inputs: tuple[Tensor, ...]) -> None:
    with torch.no_grad():
        (wanted,), got = tree_leaves(run_source(source, inputs)), network(*inputs)
    if wanted.shape == got.shape and torch.equal(wanted, got):
        return
    if wanted.shape != got.shape or not _close(wanted, got):
        raise InvalidSubject("network.other_than_source", count=len(inputs[0]))


def _close(wanted: Tensor, got: Tensor) -> bool:
    if not wanted.is_floating_point() or wanted.numel() == 0:
        return False
    unit = torch.finfo(wanted.dtype).eps * float(wanted.nan_to_num().abs().max())
    return torch.allclose(got, wanted, rtol=0, atol=_ULPS * unit, equal_nan=True)
