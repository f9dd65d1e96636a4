"""Two networks compared: how the other one came to be, and what differs over the amounts."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from explain.core.errors import InvalidPlan, Refused
from explain.core.messages import Sayable, listed
from explain.core.plan import PruningPlan, read_plan_file
from explain.core.provenance import Provenance
from explain.core.subject import InputSpec, ModelCard, Task

_MENDS = ("folded", "repaired", "recalibrated")
"""What is mended in a copy, in the order in which it is done."""
_CLASSES = 5
"""Names of classes that a refusal shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Masked:
    """The dense network pruned by a plan, and what is mended in the copy afterwards.

    `folded`: what removed units still say is moved into the layers that hear it. `repaired`: the
    weights that are left are refit to what the dense layers put out, after that. `recalibrated`:
    BatchNorm statistics are made anew, last.
    """

    plan: PruningPlan
    recalibrated: bool = False
    folded: bool = False
    repaired: bool = False

    @property
    def mended(self) -> bool:
        """Return whether the copy is more than its masks."""
        return bool(self.mends)

    @property
    def mends(self) -> tuple[str, ...]:
        """Return the names of what is mended, in the order in which it is done."""
        return tuple(name for name in _MENDS if getattr(self, name))

    def to_json(self) -> str:
        """Return the plan's JSON; what is mended afterwards is one more field each."""
        plan = self.plan.to_json()
        on = dict.fromkeys(self.mends, True)
        return json.dumps(json.loads(plan) | on) if on else plan

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return what a JSON text describes; a plan's own is one that mends nothing.

        Raises:
            InvalidPlan: as `PruningPlan.from_json`; a mend is neither true nor false.
        """
        return cls.from_mapping(read_plan_file(text))

    @classmethod
    def from_mapping(cls, found: object) -> Self:
        """Return what a plain mapping (parsed JSON) describes; see `from_json`."""
        if not isinstance(found, Mapping):
            return cls(plan=PruningPlan.from_mapping(found))
        asked = {name: found[name] for name in _MENDS if name in found}
        for name, value in asked.items():
            if not isinstance(value, bool):
                raise InvalidPlan("plan.no_switch", field=name, value=repr(value)[:40])
        rest = {name: value for name, value in found.items() if name not in _MENDS}
        return cls(plan=PruningPlan.from_mapping(rest), **asked)


@dataclass(frozen=True, slots=True, kw_only=True)
class Another:
    """Another model as it is: its key, and which training of it where there are several.

    It answers the dense model's samples; see `explain.beside`.
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


class Asked(Protocol):
    """What is asked of a network: a subject, or what is known of one before it is made."""

    @property
    def spec(self) -> InputSpec:
        """Return what it reads."""

    @property
    def task(self) -> Task:
        """Return what it answers."""

    @property
    def card(self) -> ModelCard:
        """Return what it is called."""


def check_comparable(dense: Asked, other: Asked) -> None:
    """Refuse two models of which one could not answer for the other.

    Classes may stand in another order, and have numbers for names.

    Raises:
        Refused: they read other inputs, or the same columns in another order, or answer another
            question: of another kind, or with other classes.
    """
    first, second = dense.card.title, other.card.title
    if (dense.spec.kind, dense.spec.shape) != (other.spec.kind, other.spec.shape):
        here, there = (_shape(one.spec) for one in (dense, other))
        raise Refused("comparison.other_inputs", dense=first, other=second, here=here, there=there)
    if dense.spec.names != other.spec.names and _same_names(dense.spec.names, other.spec.names):
        raise Refused("comparison.other_columns", dense=first, other=second)
    if dense.task.kind != other.task.kind or not _same_classes(dense.task, other.task):
        mine, theirs = (_classes(one.task) for one in (dense, other))
        raise Refused(
            "comparison.other_question", dense=first, other=second, here=mine, there=theirs
        )


def _same_names(one: Sequence[str], other: Sequence[str]) -> bool:
    return sorted(one) == sorted(other)


def _same_classes(one: Task, other: Task) -> bool:
    numbers = [str(at) for at in range(len(one.classes))]
    named = all(list(task.classes) != numbers for task in (one, other))
    if named:
        return _same_names(one.classes, other.classes)
    return len(one.classes) == len(other.classes)


def _shape(spec: InputSpec) -> str:
    return " × ".join(map(str, spec.shape))


def _classes(task: Task) -> Sayable:
    return listed(task.classes, _CLASSES) if task.classes else task.kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """One network on the samples: outputs, decisions, metric and loss.

    `outputs` [n, k] float32, None where the rest was looked up in a sweep; `decisions` [n] class
    index, or value for regression, or [n, labels] of 0 and 1; `correct` [n] and `loss` (mean over
    samples) are None without targets.
    """

    outputs: NDArray[np.float32] | None
    decisions: NDArray[np.float64]
    correct: NDArray[np.bool_] | None
    metric: float
    loss: float | None
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Flips:
    """Decisions that differ between two networks on the same samples.

    `changed` [m] rows; of them `broke` were right and are wrong, `fixed` were wrong and are right,
    `changed_wrong` were wrong and are wrong otherwise. Without targets the three are empty.
    For classes, `broke - fixed` is exactly the loss of right answers.
    """

    n: int
    changed: NDArray[np.int64]
    broke: NDArray[np.int64]
    fixed: NDArray[np.int64]
    changed_wrong: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupCount:
    """One group of the samples at every amount: size, right answers and changed decisions."""

    column: str
    label: str
    n: int
    correct: NDArray[np.int64] | None
    flips: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """One plan at K amounts, everything else equal; `provenance.plan` has what was mended.

    `amounts` [K] ascending from 0; `metric`, `loss` [K]; `flips` [K] decisions that differ from
    the `dense` network's (at amount 0 there are some where layers have an amount of their own);
    `first_amount` [n] the smallest at which a sample's decision differs, NaN for never, and
    `flips_back` [n] whether it agrees again at a larger one; `kept` [K] entries kept; `decisions`
    [K, n], or [K, n, labels]; `correct` [K, n] or None; `guessing` the metric of the best answer
    that is the same for every sample.
    """

    plan: PruningPlan
    metric_key: str
    amounts: NDArray[np.float64]
    kept: NDArray[np.int64]
    metric: NDArray[np.float64]
    loss: NDArray[np.float64] | None
    flips: NDArray[np.int64]
    first_amount: NDArray[np.float64]
    flips_back: NDArray[np.bool_]
    decisions: NDArray[np.float64]
    correct: NDArray[np.bool_] | None
    dense: Evaluation
    guessing: float
    groups: tuple[GroupCount, ...]
    rows: NDArray[np.int64]
    provenance: Provenance

    def run(self, at: int) -> Evaluation:
        """Return the evaluation at one of the amounts, without outputs."""
        return Evaluation(
            outputs=None,
            decisions=self.decisions[at],
            correct=None if self.correct is None else self.correct[at],
            metric=float(self.metric[at]),
            loss=None if self.loss is None else float(self.loss[at]),
            n=self.decisions.shape[1],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FlipLedger:
    """Per sample, what pruning did to its decision, to the resolution of the sweep's grid.

    `first_amount` and `flips_back` [n] are those of the sweep.
    `before` and `after` [n], or [n, labels], are the decisions of the two networks compared,
    `status` [n] one of "same", "broke", "fixed", "changed wrong", "changed" (no targets, or a value
    that moved and is still right).
    """

    rows: NDArray[np.int64]
    before: NDArray[np.float64]
    after: NDArray[np.float64]
    status: tuple[str, ...]
    first_amount: NDArray[np.float64]
    flips_back: NDArray[np.bool_]
