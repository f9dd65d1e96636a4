"""All criteria and all grains in menu order, and which of them go together."""

from dataclasses import replace

from explain.core.errors import InvalidPlan
from explain.core.messages import Message
from explain.core.methods import Criterion, Grain, Parameter, record_of_key, resolve
from explain.core.plan import PruningPlan
from explain.core.subject import Subject
from explain.pruning.criteria.apoz import APOZ
from explain.pruning.criteria.chance import RANDOM, RANDOM_UNITS
from explain.pruning.criteria.l1_norm import L1_NORM
from explain.pruning.criteria.l2_norm import L2_NORM
from explain.pruning.criteria.lamp import LAMP
from explain.pruning.criteria.magnitude import MAGNITUDE
from explain.pruning.criteria.mean_activation import MEAN_ACTIVATION
from explain.pruning.criteria.taylor import TAYLOR
from explain.pruning.criteria.wanda import WANDA, WANDA_GLOBAL
from explain.pruning.grains.block import BLOCK
from explain.pruning.grains.channel import CHANNEL
from explain.pruning.grains.column import COLUMN
from explain.pruning.grains.head import HEAD
from explain.pruning.grains.kernel import KERNEL
from explain.pruning.grains.neuron import NEURON
from explain.pruning.grains.nm import N_OF_M
from explain.pruning.grains.row import ROW
from explain.pruning.grains.unit import UNIT
from explain.pruning.grains.weight import WEIGHT

CRITERIA: tuple[Criterion, ...] = (
    MAGNITUDE,
    LAMP,
    TAYLOR,
    WANDA,
    WANDA_GLOBAL,
    RANDOM,
    L1_NORM,
    L2_NORM,
    MEAN_ACTIVATION,
    APOZ,
    RANDOM_UNITS,
)

GRAINS: tuple[Grain, ...] = (
    WEIGHT,
    UNIT,
    NEURON,
    CHANNEL,
    ROW,
    COLUMN,
    KERNEL,
    HEAD,
    BLOCK,
    N_OF_M,
)


def criterion(key: str) -> Criterion:
    """Return the criterion of that key, or raise UnknownKey, whose hint names the nearest."""
    return record_of_key(CRITERIA, key, "criterion")


def grain(key: str) -> Grain:
    """Return the grain of that key, or raise UnknownKey, whose hint names the nearest."""
    return record_of_key(GRAINS, key, "granularity")


def misfit(record: Criterion, what: Grain) -> Message | None:
    """Return why a criterion cannot say which entries of a grain die, or None."""
    if what.kind not in record.entries:
        scored = record.entries[0]
        return Message("pruning.scores_other", title=record.title, scored=scored, many=what.many)
    if not scopes_of(record, what):
        return Message("pruning.in_no_row", title=record.title, one=what.one)
    return None


def scopes_of(record: Criterion, what: Grain) -> tuple[str, ...]:
    """Return what scores may be compared across, the default first.

    Norms of what dies as one grow with what a layer reads: compared across layers, the first layer
    of a network dies whole and nothing gets through. So each layer by itself is their default.
    """
    offered = tuple(scope for scope in record.scopes if scope in what.scopes)
    if what.kind == "weights":
        return offered
    return tuple(sorted(offered, key=lambda scope: scope != "layer"))


def grains_of(record: Criterion, subject: Subject) -> tuple[Grain, ...]:
    """Return the grains that a criterion serves on a subject, in menu order."""
    return tuple(g for g in GRAINS if misfit(record, g) is None and g.fits(subject) is None)


def refusal(record: Criterion, subject: Subject) -> Message | None:
    """Return why a criterion cannot be used on a subject, or None."""
    if record.fits(subject) is not None or grains_of(record, subject):
        return record.fits(subject)
    return grain(record.granularity).fits(subject)


def grain_for(record: Criterion, subject: Subject, wanted: str) -> str:
    """Return the wanted grain where the criterion serves it, else the one that it starts with."""
    keys = [what.key for what in grains_of(record, subject)]
    return next(key for key in (wanted, record.granularity, *keys) if key in keys)


def control_of(what: Grain) -> Criterion:
    """Return the random control of a grain."""
    return next(record for record in CRITERIA if record.seeded and misfit(record, what) is None)


def parameters_of(plan: PruningPlan) -> tuple[Parameter, ...]:
    """Return what a plan's criterion and grain let people choose."""
    return (*criterion(plan.criterion).parameters, *grain(plan.granularity).parameters)


def options_of(plan: PruningPlan) -> dict[str, float]:
    """Return the value of every parameter of a plan: what it gives, else the default.

    Raises:
        UnknownKey: an option that neither criterion nor grain takes.
        InvalidOption: a value outside its range.
    """
    return resolve(parameters_of(plan), dict(plan.options))


def scored_by(plan: PruningPlan) -> PruningPlan:
    """Return the plan with nothing in it but what its scores depend on."""
    record = criterion(plan.criterion)
    scopes = scopes_of(record, grain(plan.granularity))
    return PruningPlan(
        criterion=plan.criterion,
        granularity=plan.granularity,
        scope="row" if with_scope(plan).scope == "row" else scopes[0],
        seed=plan.seed if record.seeded else 0,
        options=plan.options,
    )


def with_criterion(plan: PruningPlan, key: str, *, granularity: str | None = None) -> PruningPlan:
    """Return the plan with another criterion or grain, without the options that these lack."""
    changed = replace(plan, criterion=key, granularity=granularity or plan.granularity)
    known = {parameter.key for parameter in parameters_of(changed)}
    return replace(changed, options=tuple(pair for pair in plan.options if pair[0] in known))


def with_scope(plan: PruningPlan) -> PruningPlan:
    """Return the plan with the scope that holds for its criterion and grain.

    A scope that they do not offer becomes the default (Wanda compares inside rows). A threshold is
    one number for all sites, so its scope is always global.

    Raises:
        InvalidPlan: the criterion does not serve the grain, or a threshold for scores that do not
            compare across sites.
    """
    record, what = criterion(plan.criterion), grain(plan.granularity)
    reason = misfit(record, what)
    if reason is not None:
        hint = Message("pruning.other_granularity", granularity=record.granularity)
        raise InvalidPlan.saying(reason, hint)
    scopes = scopes_of(record, what)
    if plan.threshold is None:
        return replace(plan, scope=plan.scope if plan.scope in scopes else scopes[0])
    if "global" not in scopes:
        raise InvalidPlan("pruning.no_threshold", title=record.title)
    return replace(plan, scope="global")
