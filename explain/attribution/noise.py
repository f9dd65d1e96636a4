"""What to compare a change with: networks that learned nothing, and inputs that barely moved."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from explain.core.network import Network
from explain.core.subject import Subject

NOISE = 0.02
"""Standard deviation of the input noise, as a share of the range of an image or of a column."""


class _Drawing(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Lets every random operation of this thread draw from one generator.

    Layers re-initialise themselves from the global generator, which all threads share; nothing of
    it is read or moved here.
    """

    def __init__(self, seed: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._generator = torch.Generator().manual_seed(seed)

    def __torch_dispatch__(
        self,
        func: Any,
        types: Sequence[type],
        args: tuple[object, ...] = (),
        kwargs: Mapping[str, object] | None = None,
    ) -> Any:
        given = dict(kwargs or {})
        if any(argument.name == "generator" for argument in func._schema.arguments):  # noqa: SLF001
            given["generator"] = self._generator
        return func(*args, **given)


def random_weights(subject: Subject, seed: int, *, layers: Sequence[str] | None = None) -> Subject:
    """Return a copy of the subject whose layers are initialised anew, as if never trained.

    Every layer runs its own `reset_parameters`; BatchNorm statistics are reset with it. Tensors
    that no layer owns are drawn from a normal distribution with their own mean and spread. The
    original and the global random state are not touched; safe from any number of threads.

    `layers`: names of modules to initialise anew, by default all. A pruned copy gets dense weights.
    """
    network = _own_tensors(subject.network)
    modules = dict(network.named_modules())
    chosen = list(modules.values()) if layers is None else [modules[name] for name in layers]
    with torch.no_grad(), _Drawing(seed):
        for module in chosen:
            _reset(module, owned=layers is None)
    return replace(subject, network=network)


def _own_tensors(network: Network) -> Network:
    tensors = [*network.named_parameters(), *network.named_buffers()]
    return network.with_parameters({name: tensor.detach().clone() for name, tensor in tensors})


def _reset(module: nn.Module, *, owned: bool) -> None:
    """Initialise the tensors of one module anew, those of its children not."""
    reset = getattr(module, "reset_parameters", None)
    if callable(reset):
        cast("Callable[[], None]", reset)()
    elif owned:
        for tensor in vars(module)["_parameters"].values():
            if tensor is not None and tensor.is_floating_point():
                _redraw(tensor)


def _redraw(tensor: Tensor) -> None:
    spread = tensor.std() if tensor.numel() > 1 else tensor.abs().mean()
    tensor.copy_(torch.empty_like(tensor).normal_() * spread + tensor.mean())


def noisy(subject: Subject, seed: int, *, scale: float = NOISE) -> Subject:
    """Return a copy of the subject whose inputs moved a little: what an explanation should bear.

    Gaussian noise on the samples. Images: its standard deviation is `scale` times the range of the
    input spec (0.02 for pixels from 0 to 1). Tables: `scale` times each column's own range over
    the calibration rows (the samples where there are none), so a constant column stays constant
    and one long column does not drown the others. Text has no inputs between two words, so
    the word vectors move instead: Gaussian noise on every embedding, its standard deviation
    `scale` times that of the embedding's weights; the samples stay as they are.
    """
    if moves_all_alike(subject):
        return replace(subject, network=_noisy_embeddings(subject.network, seed, scale))
    generator = torch.Generator().manual_seed(seed)
    moved = tuple(
        x + scale * width * _gaussian(x, generator)
        for x, width in zip(subject.samples.inputs, _ranges(subject), strict=True)
    )
    return replace(subject, samples=replace(subject.samples, inputs=moved))


def moves_all_alike(subject: Subject) -> bool:
    """Return whether one draw of noise is common to all samples: word vectors, which they share."""
    return any(not x.is_floating_point() for x in subject.samples.inputs)


def _ranges(subject: Subject) -> tuple[Tensor, ...]:
    """Return over which range each input moves: one number, or one per column of a table."""
    if subject.spec.kind != "table":
        width = torch.tensor(subject.spec.high - subject.spec.low)
        return tuple(width.to(x.dtype) for x in subject.samples.inputs)
    rows = subject.samples if subject.calibration is None else subject.calibration
    return tuple(x.amax(0) - x.amin(0) for x in rows.inputs)


def _noisy_embeddings(network: Network, seed: int, scale: float) -> Network:
    generator = torch.Generator().manual_seed(seed)
    moved: dict[str, Tensor] = {}
    for name, module in network.named_modules():
        if isinstance(module, nn.Embedding):
            weight = module.weight.detach()
            noise = scale * weight.std() * _gaussian(weight, generator)
            moved[f"{name}.weight"] = _still_at_padding(weight + noise, weight, module.padding_idx)
    return network.with_parameters(moved)


def _still_at_padding(moved: Tensor, weight: Tensor, padding: int | None) -> Tensor:
    if padding is not None:
        moved[padding] = weight[padding]
    return moved


def _gaussian(like: Tensor, generator: torch.Generator) -> Tensor:
    return torch.randn(like.shape, generator=generator, dtype=like.dtype)
