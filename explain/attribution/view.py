"""What a method is given and what it costs: network, rows, start, output asked, passes."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from explain.attribution.rewiring import with_isolated_activations
from explain.core.explanation import Explanation
from explain.core.methods import Options
from explain.core.resources import Progress
from explain.core.subject import Subject
from explain.network.lifted import Lifted

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


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One batch of rows as Captum sees them.

    `model(inputs, *fixed)` runs a private copy; every pass is counted in `passes`. `inputs`
    [n, *parts] are explained, `fixed` handed on as they are. Where `embedded`, inputs are the
    embedding's values [n, *parts, width], and the first of `fixed` the ids. `baseline` is shaped
    like the inputs, with 1 or n rows. `targets` [n], or None where a row has a single output.
    `calibration` are training rows, shaped like the inputs; None where there are none.
    `capacity` is how many rows may run at once.
    """

    subject: Subject
    model: Lifted
    passes: Passes
    inputs: Tensor
    fixed: tuple[Tensor, ...]
    baseline: Tensor
    targets: Tensor | None
    embedded: bool
    calibration: Tensor | None
    capacity: int
    seed: int

    def of_parts(self, values: Tensor) -> Tensor:
        """Return values of the inputs' shape as [n, *parts]: summed over the embedding."""
        return values.sum(-1) if self.embedded else values

    def parts(self) -> tuple[int, ...]:
        """Return the shape of the parts of one sample."""
        return tuple(self.inputs.shape[1:-1] if self.embedded else self.inputs.shape[1:])

    def width(self) -> int:
        """Return how many numbers stand for one part of a sample."""
        return self.inputs.shape[-1] if self.embedded else 1

    def row(self, place: int) -> "View":
        """Return the view of one row."""
        at = slice(place, place + 1)
        return replace(
            self,
            inputs=self.inputs[at],
            fixed=tuple(x[at] for x in self.fixed),
            baseline=self.baseline if len(self.baseline) == 1 else self.baseline[at],
            targets=None if self.targets is None else self.targets[at],
        )

    def isolated(self) -> "View":
        """Return the view of a network in which no two non-linearities touch."""
        return self.of(with_isolated_activations(self.model))

    def of(self, model: Lifted) -> "View":
        """Return the view of another network, its passes counted too."""
        self.passes.watch(model)
        return replace(self, model=model)

    def at_once(self, copies: int) -> int:
        """Return how many of so many copies of all rows may run at once."""
        return max(1, min(copies, self.capacity // len(self.inputs)))


Explain = Callable[..., Explanation]
"""Called like `explain_rows`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A method, its settings and the rows to explain; `targets` None: what each network decides."""

    explain: Explain
    method: str
    rows: NDArray[np.int64]
    baseline: str
    options: Options
    seed: int
    targets: NDArray[np.int64] | None = None

    def ask(
        self,
        subject: Subject,
        progress: Progress | None = None,
        *,
        baseline: str | None = None,
        like: Subject | None = None,
    ) -> Explanation:
        """Return the answer of one network, from another baseline or on another's samples."""
        return self.explain(
            subject,
            self.method,
            self.rows,
            targets=self.targets,
            baseline=baseline or self.baseline,
            options=self.options,
            seed=self.seed,
            samples=None if like is None else like.samples,
            progress=progress,
        )
