"""How many passes a method takes, counted while it runs; and how far it has got."""

from collections.abc import Callable
from typing import Any, cast

from torch import Tensor, nn

from explain.core.progress import Progress

_STEP = 0.01


class Passes:
    """Counts the rows that go through networks: 1 forward, 2 more backward.

    `progress` is called with the share done whenever it has grown by 1 %, and may raise to
    cancel. `expected` is the count at the end; the share stays below 1 until it is called done.
    """

    def __init__(self, expected: float, progress: Progress | None) -> None:
        self.count = 0
        self._expected = max(expected, 1.0)
        self._progress = progress
        self._told = 0.0

    def watch(self, model: nn.Module) -> None:
        """Count every pass of a private network from now on."""
        model.register_forward_hook(self._ran)

    def tell(self, share: float) -> None:
        """Tell how far the work is; cancels where the caller's function raises."""
        if self._progress is not None and (share >= 1.0 or share >= self._told + _STEP):
            self._told = share
            self._progress(share)

    def _ran(self, _module: nn.Module, inputs: tuple[Any, ...], output: Tensor) -> None:
        rows = len(inputs[0])
        self.count += rows
        if output.requires_grad:
            hook = cast("Callable[[Callable[[Tensor], None]], object]", output.register_hook)
            hook(lambda _gradient: self._went_back(rows))
        self.tell(min(0.99, self.count / self._expected))

    def _went_back(self, rows: int) -> None:
        self.count += 2 * rows
