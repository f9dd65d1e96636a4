"""Wanda: a weight matters as much as its magnitude times the size of what comes in."""

from functools import partial

import torch
from torch import Tensor, nn

from explain.core.records import Criterion, Scored
from explain.core.subject import Subject
from explain.pruning.calibration import record

Convolution = nn.Conv1d | nn.Conv2d | nn.Conv3d


def score(subject: Subject, weights: tuple[str, ...], _seed: int) -> Scored:
    """Score every weight by |w| times the L2 norm of its input over the calibration samples.

    For a convolution the norm is taken over every position at which the weight is applied, padding
    counted as zero.
    """
    layers = {name: name.rpartition(".")[0] for name in weights}
    energy: dict[str, Tensor] = {}

    def add(name: str, module: nn.Module, inputs: Tensor, _output: Tensor) -> None:
        energy[name] = energy.get(name, torch.tensor(0.0)) + _input_energy(module, inputs)

    modules = {layer: partial(add, name) for name, layer in layers.items()}
    record(subject, modules)
    return {
        name: subject.network.get_parameter(name).detach().abs() * energy[name].sqrt()
        for name in weights
    }


def _input_energy(module: nn.Module, inputs: Tensor) -> Tensor:
    if isinstance(module, nn.Linear):
        return inputs.reshape(-1, inputs.shape[-1]).square().sum(0)
    if isinstance(module, Convolution):
        return _patch_energy(module, inputs)
    raise TypeError(type(module).__name__)


def _patch_energy(module: Convolution, inputs: Tensor) -> Tensor:
    """Return Σ x² per kernel entry: the gradient, at x², of the summed output by its kernel."""
    kernel = torch.zeros_like(module.weight).requires_grad_()
    with torch.enable_grad():
        total = module._conv_forward(inputs.square(), kernel, None).sum()  # noqa: SLF001
    return torch.autograd.grad(total, kernel)[0]


def fits(subject: Subject) -> str | None:
    """Return why the subject cannot be scored: no data, or weights that are no linear map."""
    if subject.calibration is None:
        return "It needs calibration samples to measure what flows into each weight."
    for name in subject.network.prunable:
        module = subject.network.get_submodule(name.rpartition(".")[0])
        if not isinstance(module, nn.Linear | nn.Conv1d | nn.Conv2d | nn.Conv3d):
            return f"{name} is recurrent: its inputs at every time step cannot be observed."
    return None


WANDA = Criterion(
    key="wanda",
    title="Wanda (per output row)",
    line="Magnitude times input size; every output row loses the same share, as in the paper.",
    granularity="weight",
    scopes=("row",),
    function=score,
    formula="|w_ij| · ‖x_j‖₂, compared inside row i",
    source="Sun et al. 2024, arXiv:2306.11695, equation 1",
    differs="Convolutions are added: the norm runs over every position a weight is applied to.",
    needs=("data",),
    cost="one forward pass over the calibration samples",
    fits=fits,
)

WANDA_GLOBAL = Criterion(
    key="wanda-global",
    title="Wanda score, compared globally",
    line="The same score, compared across the whole network or a layer instead of a row.",
    granularity="weight",
    scopes=("global", "layer"),
    function=score,
    formula="|w_ij| · ‖x_j‖₂",
    source="the score of Sun et al. 2024, arXiv:2306.11695, equation 1",
    differs="The paper compares inside output rows only; this comparison is ours.",
    needs=("data",),
    cost="one forward pass over the calibration samples",
    fits=fits,
)
