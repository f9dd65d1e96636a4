"""Recipe: pruning in stages, each with its plan, its schedule and what happens after it."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self, get_args

from explain.core.comparison import Masked
from explain.core.errors import InvalidPlan
from explain.core.plan import PruningPlan, read_plan_file
from explain.core.training import Training

Schedule = Literal["one-shot", "iterative", "gradual"]
Curve = Literal["linear", "cubic", "constant"]

_STEPS = 1_000
_STAGES = 20
_OWN = ("schedule", "steps", "curve", "training")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What is pruned, in which steps, and what happens afterwards.

    `schedule` "one-shot": everything at once. "iterative": in `steps` steps, each of which scores
    anew, mends and trains. "gradual": one training, at the start of whose first `steps` epochs
    a part is pruned. `curve` says how the removed share grows, see `amounts`. What is mended and
    trained comes after every prune, in this order. The plan's amount is a share of what the stage
    finds alive.

    Raises:
        InvalidPlan: a field is outside its range; a threshold in several steps; a gradual stage
            without training, with fewer epochs than steps, or with something to mend.
    """

    how: Masked
    schedule: Schedule = "one-shot"
    steps: int = 1
    curve: Curve = "cubic"
    training: Training | None = None

    def __post_init__(self) -> None:
        """Check what the fields mean together."""
        _among("schedule", self.schedule, get_args(Schedule))
        _among("curve", self.curve, get_args(Curve))
        if isinstance(self.steps, bool) or not isinstance(self.steps, int):
            raise InvalidPlan("recipe.steps", most=_STEPS)
        if not 1 <= self.steps <= _STEPS or (self.schedule == "one-shot" and self.steps > 1):
            raise InvalidPlan("recipe.steps", most=_STEPS)
        if self.steps > 1 and self.how.plan.threshold is not None:
            raise InvalidPlan("recipe.threshold")
        if self.schedule == "gradual":
            self._check_gradual()

    def _check_gradual(self) -> None:
        if self.training is None or self.training.epochs < self.steps:
            raise InvalidPlan("recipe.gradual_epochs", steps=self.steps)
        if self.how.mended:
            raise InvalidPlan("recipe.gradual_mends")

    @property
    def shares(self) -> tuple[float, ...]:
        """Return the share of the plan's amount that is removed after each step, the last 1.

        "linear": k / n. "cubic": 1 - (1 - k / n)³, Zhu & Gupta 2017, arXiv:1710.01878, equation 1
        from sparsity 0. "constant": see `amounts`, which is no share of the amount.
        """
        places = [step / self.steps for step in range(1, self.steps + 1)]
        return tuple(1 - (1 - at) ** 3 if self.curve == "cubic" else at for at in places)

    def amounts(self, amount: float) -> tuple[float, ...]:
        """Return the share removed after each of the steps to `amount`, ascending, the last it.

        "constant" removes the same share of what is left in every step: 1 - (1 - amount)^(k / n).
        """
        if self.curve == "constant":
            found = [1 - (1 - amount) ** share for share in self.shares]
        else:
            found = [amount * share for share in self.shares]
        return (*found[:-1], amount)

    def to_mapping(self) -> dict[str, Any]:
        """Return plain values: those of the plan's file, and a field for what is no default."""
        plain: dict[str, Any] = json.loads(self.how.to_json())
        if self.schedule != "one-shot":
            plain |= {"schedule": self.schedule, "steps": self.steps, "curve": self.curve}
        if self.training is not None:
            plain["training"] = asdict(self.training)
        return plain

    @classmethod
    def from_mapping(cls, found: object) -> Self:
        """Return the stage of a plain mapping; that of a plan file is a stage of one shot.

        Raises:
            InvalidPlan: no mapping, or as the plan and the stage themselves.
            InvalidOption: as `Training`.
        """
        if not isinstance(found, Mapping):
            raise InvalidPlan("recipe.no_object")
        given = {name: found[name] for name in _OWN if name in found}
        training = given.get("training")
        if training is not None:
            if not isinstance(training, Mapping):
                raise InvalidPlan("recipe.no_object")
            given["training"] = Training.from_mapping(training)
        rest = {name: value for name, value in found.items() if name not in _OWN}
        return cls(how=Masked.from_mapping(rest), **given)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Stages that follow each other; each works on what the one before it left.

    A plan is a recipe of one stage: its file opens as one.

    Raises:
        InvalidPlan: no stage, or more than 20.
    """

    stages: tuple[Stage, ...]

    def __post_init__(self) -> None:
        """Check that there is something to do, and not too much."""
        if not 1 <= len(self.stages) <= _STAGES:
            raise InvalidPlan("recipe.stages", most=_STAGES)

    @classmethod
    def of_plan(cls, plan: PruningPlan) -> Self:
        """Return the recipe that does what a plan says."""
        return cls(stages=(Stage(how=Masked(plan=plan)),))

    def to_json(self) -> str:
        """Return the canonical JSON, one line."""
        return json.dumps({"stages": [stage.to_mapping() for stage in self.stages]})

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the recipe of a JSON text, or the one-stage recipe of a plan's.

        Raises:
            InvalidPlan: no JSON object, unknown or ill-typed fields, values out of range.
            InvalidOption: as `Training`.
        """
        found = read_plan_file(text)
        if isinstance(found, Mapping) and "stages" in found:
            stages = found["stages"]
            if not isinstance(stages, list) or len(found) > 1:
                raise InvalidPlan("recipe.no_object")
            return cls(stages=tuple(map(Stage.from_mapping, stages[: _STAGES + 1])))
        return cls(stages=(Stage.from_mapping(found),))


def _among(what: str, value: object, known: tuple[str, ...]) -> None:
    if not isinstance(value, str) or value not in known:
        raise InvalidPlan("plan.not_among", field=what, value=str(value)[:40], known=known)
