"""Wanda: a weight matters as much as its magnitude times the size of what comes in."""

from dataclasses import replace
from functools import partial

import torch
from torch import Tensor, nn

from explain.core.messages import Message
from explain.core.methods import Criterion, Options, Scored
from explain.core.scores import Site, weights_of
from explain.core.subject import Subject
from explain.network import UNIT_LAYERS, users_of
from explain.pruning.calibration import record

Convolution = nn.Conv1d | nn.Conv2d | nn.Conv3d
_OBSERVED = (*UNIT_LAYERS, nn.Embedding)


def wanda_scores(subject: Subject, sites: tuple[Site, ...], _options: Options) -> Scored:
    """Score every weight by |w| times the L2 norm of its input over the calibration samples.

    The norm is taken over everything that the weight multiplies: every position of a convolution,
    padding counted as zero, and every layer that has the weight. Looked up in an embedding it
    multiplies a 1. The norm is taken in float64, the score at least in float32.
    """
    weights = weights_of(sites)
    energy: dict[str, Tensor] = {}

    def add(name: str, module: nn.Module, inputs: Tensor, _output: Tensor) -> None:
        energy[name] = energy.get(name, 0.0) + _input_energy(module, inputs)

    users = {name: users_of(subject.network, name) for name in weights}
    record(subject, {layer: partial(add, name) for name in weights for layer in users[name]})
    dense = {name: subject.network.get_parameter(name).detach() for name in weights}
    return {name: _scores(weight, energy[name].sqrt()) for name, weight in dense.items()}


def _scores(weight: Tensor, norms: Tensor) -> Tensor:
    """Return |w| times the norms in the weight's own precision, or float32 where that is more."""
    return weight.abs() * norms.to(torch.promote_types(weight.dtype, torch.float32))


def _input_energy(module: nn.Module, inputs: Tensor) -> Tensor:
    """Return Σ x² over what meets each weight, to broadcast over the weight, in float64."""
    if isinstance(module, nn.Embedding):
        return torch.bincount(inputs.flatten(), minlength=module.num_embeddings).double()[:, None]
    if isinstance(module, nn.Linear):
        return inputs.double().reshape(-1, inputs.shape[-1]).square().sum(0)
    if isinstance(module, Convolution):
        return _patch_energy(module, inputs.double())
    raise TypeError(type(module).__name__)


def _patch_energy(module: Convolution, inputs: Tensor) -> Tensor:
    """Return Σ x² per kernel entry: the gradient, at x², of the summed output by its kernel."""
    kernel = torch.zeros_like(module.weight, dtype=inputs.dtype).requires_grad_()
    with torch.enable_grad():
        total = module._conv_forward(inputs.square(), kernel, None).sum()  # noqa: SLF001
    return torch.autograd.grad(total, kernel)[0]


def _fits(subject: Subject) -> Message | None:
    """Return why the subject cannot be scored: no data, or weights that are no linear map."""
    if subject.calibration is None:
        return Message("pruning.no_inputs_seen")
    network = subject.network
    for name in network.prunable:
        for module in map(network.get_submodule, users_of(network, name)):
            if not isinstance(module, _OBSERVED):
                return _not_observed(name, module)
    return None


def _not_observed(name: str, module: nn.Module) -> Message:
    recurrent = isinstance(module, nn.RNNBase | nn.RNNCellBase)
    return Message(
        "pruning.inputs_over_time" if recurrent else "pruning.no_linear_map",
        weight=name,
        kind=type(module).__name__,
    )


WANDA = Criterion(
    key="wanda",
    title="Wanda (per output row)",
    line="Magnitude times input size; every output row loses the same share, as in the paper.",
    entries=("weights", "groups", "units"),
    granularity="weight",
    scopes=("row",),
    function=wanda_scores,
    formula="|w_ij| · ‖x_j‖₂, compared inside row i",
    source="Sun et al. 2024, arXiv:2306.11695, equation 1",
    differs="Convolutions and tied weights are added: the norm runs over every position and every "
    "layer that a weight is applied in. "
    "What takes several weights has the sum of their scores.",
    needs=("data",),
    cost="one forward pass over the calibration samples",
    fits=_fits,
)

WANDA_GLOBAL = replace(
    WANDA,
    key="wanda-global",
    title="Wanda score, compared globally",
    line="The same score, compared across the whole network or a layer instead of a row.",
    scopes=("global", "layer"),
    formula="|w_ij| · ‖x_j‖₂",
    source="the score of Sun et al. 2024, arXiv:2306.11695, equation 1",
    differs="The paper compares inside output rows only; this comparison is ours, and so is the "
    "sum of scores where several weights die as one.",
)
