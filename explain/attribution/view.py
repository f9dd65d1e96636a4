"""What a method is given: a private network, the rows to explain, and where they start from."""

from dataclasses import dataclass, replace

from torch import Tensor

from explain.attribution.passes import Passes
from explain.attribution.rewiring import with_isolated_activations
from explain.core.subject import Subject
from explain.network.lifted import Lifted


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
