"""What kept values are kept under, beside the networks compared: plain, hashable, checked before.

Fields are called as the arguments of the verbs that they are handed to.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from explain.attribution import STEPS, attributor

EXPLORING = STEPS
"""Steps of a path while exploring, and for everything that takes many samples."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explainer:
    """How an answer is explained: an attribution method, where it starts, its parameters."""

    method: str
    baseline: str
    options: tuple[tuple[str, float], ...] = ()

    def quick(self) -> "Explainer":
        """Return the same method with at most 16 steps, itself where it has none."""
        steps = self.settings.get("steps", 0.0)
        if steps <= EXPLORING:
            return self
        given = {**dict(self.options), "steps": float(EXPLORING)}
        return replace(self, options=tuple(given.items()))

    @property
    def settings(self) -> Mapping[str, float]:
        """Return every parameter of the method: what was chosen, else the default."""
        defaults = {p.key: p.default for p in attributor(self.method).parameters}
        return {**defaults, **dict(self.options)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What is looked at: a sample or a typed text, and which output."""

    sample: int
    text: str = ""
    target: int

    @property
    def row(self) -> int:
        """Return the row among the samples looked at: a typed text is the only one."""
        return 0 if self.text else self.sample


@dataclass(frozen=True, slots=True, kw_only=True)
class Partitioning:
    """How the dense network is cut into modules."""

    model: str
    method: str
    k: int | None = None
    steps: tuple[str, ...] = ()
    """What was done by hand afterwards."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payoff:
    """What sets of modules are worth: over which samples, which number, and what hides a unit."""

    over: str
    sample: int
    value: str
    replacement: str
