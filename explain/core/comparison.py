"""What is compared: a dense network and another one, and how that other one came to be."""

from dataclasses import dataclass

from explain.core.errors import Refused
from explain.core.plan import PruningPlan
from explain.core.subject import Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Masked:
    """The dense network pruned by a plan; on demand with its BatchNorm statistics made anew."""

    plan: PruningPlan
    recalibrated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Another:
    """Another model as it is: its key, and which training of it where there are several.

    It answers the dense model's samples; see `check_comparable`.
    """

    model: str
    seed: int = 1


How = Masked | Another
"""How the other network came to be; a new way is one more record here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One network of a comparison: the model as it is, or the other one that `how` says."""

    model: str
    how: How | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two networks that answer the same samples: plain data, hashable."""

    dense: str
    how: How

    @property
    def before(self) -> Compared:
        """Return the dense network."""
        return Compared(model=self.dense)

    @property
    def after(self) -> Compared:
        """Return the other network."""
        return Compared(model=self.dense, how=self.how)

    @property
    def both(self) -> tuple[Compared, Compared]:
        """Return the two networks, the dense one first."""
        return self.before, self.after


def check_comparable(dense: Subject, other: Subject) -> None:
    """Refuse two models of which one could not answer for the other.

    Raises:
        Refused: they read other inputs, or answer another question: of another kind, or with
            other classes.
    """
    first, second = dense.card.title, other.card.title
    if (dense.spec.kind, dense.spec.shape) != (other.spec.kind, other.spec.shape):
        raise Refused("comparison.other_inputs", dense=first, other=second)
    if (dense.task.kind, dense.task.classes) != (other.task.kind, other.task.classes):
        raise Refused("comparison.other_question", dense=first, other=second)
