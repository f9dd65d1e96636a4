"""attribute, drift, localised: the observers of reasons, on two networks."""

import math
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from explain.attribution import explain_rows, input_to_explain, random_weights
from explain.core.comparison import Evaluation, Masked
from explain.core.explanation import Explanation
from explain.core.methods import NO_OPTIONS, Options
from explain.core.plan import PruningPlan
from explain.core.resources import Progress, portions
from explain.core.subject import Samples, Subject
from explain.features import Claim, check_claim, localisation_claim
from explain.measure import evaluate
from explain.pruning import control_of, grain, mended, prune, score, select, with_criterion


def attribute(  # noqa: PLR0913 - what is asked, and how
    subject: Subject,
    method: str,
    *,
    sample: int = 0,
    target: int | None = None,
    baseline: str | None = None,
    options: Options = NO_OPTIONS,
    seed: int = 0,
    samples: Samples | None = None,
    of_input: int | None = None,
    progress: Progress | None = None,
) -> Explanation:
    """Explain one output of a network for one sample: what each part of it adds to the output.

    Args:
        subject: dense or pruned; nothing in it changes.
        method: key of an attribution method.
        sample: row of the samples.
        target: the output to explain, by default the network's decision; give the same one where
            two networks are compared.
        baseline: key of the point where the method starts, by default the `usual_baseline`.
        options: parameters of the method.
        seed: for methods that draw at random.
        samples: take the row from here, a typed text say.
        of_input: place of the input to explain; others keep the sample's values (`held`). Must be
            given where several can be explained: a padding mask cannot.
        progress: called with the share done; may raise to cancel.

    Returns:
        An `Explanation` of one row: `values` [1, *parts].

    Cost: the method's `passes`.

    Raises:
        What `explain.attribution.explain_rows` raises, which explains many rows at once.
        Refused: also where it is not said which of several inputs to explain.
    """
    return explain_rows(
        subject,
        method,
        [sample],
        targets=None if target is None else [target],
        baseline=baseline,
        options=options,
        seed=seed,
        samples=samples,
        of_input=input_to_explain(subject, of_input),
        progress=progress,
    )


def localised(
    subject: Subject,
    plan: PruningPlan | Masked,
    layer: str,
    *,
    other_seed: Subject | None = None,
    rows: NDArray[np.int64] | None = None,
    tolerance: float = 0.02,
    progress: Progress | None = None,
) -> Claim:
    """Test the claim that a plan localises the feature maps of a layer.

    The pruned network is compared with the dense one and with two controls: random pruning at the
    amount whose metric comes nearest, and the untrained network. Where a second training is given,
    it is pruned by the same plan and must show the same gain over itself. Without labels the
    metric is the agreement with the network before pruning.

    Args:
        subject: the dense network.
        plan: how it is pruned, and what is mended in every pruned copy, the controls' too.
        layer: a layer with feature maps.
        other_seed: a second training of it; it is asked about the first one's samples.
        rows: samples to compare, see `localisation_claim`.
        tolerance: the loss of the metric that still compares.
        progress: called with the share done; may raise to cancel.

    Cost: one evaluation for each of 14 amounts of random pruning and of the networks compared, 3
    or 5, and what `localisation_claim` costs for 4 or 6; with recalibration, one pass over the
    calibration samples more for each pruned copy, with repair what that costs.

    Raises:
        What `score`, `fold_constants`, `repair`, `recalibrate` and `localisation_claim` raise, and
        whatever `progress` raises.
        What cannot be compared is refused before the search for the amount of random pruning.
    """
    jobs = portions(progress, len(_TRIED) + (4 if other_seed is None else 6))

    how = plan if isinstance(plan, Masked) else Masked(plan=plan)
    plan = how.plan

    def copy(of: Subject, plan: PruningPlan) -> Subject:
        return mended(prune(of, select(score(of, plan), plan)), replace(how, plan=plan), of)

    def metric(of: Subject, reference: Evaluation) -> float:
        return evaluate(of, reference=reference, progress=next(jobs)).metric

    pruned = copy(subject, plan)
    dense = evaluate(subject, progress=next(jobs))
    metrics = {"dense": dense.metric, "pruned": metric(pruned, dense)}
    check_claim({"dense": subject, "pruned": pruned}, layer, metrics, rows=rows)
    controls = {"untrained": random_weights(subject, seed=plan.seed)}
    metrics["untrained"] = metric(controls["untrained"], dense)
    replications = {}
    if other_seed is not None:
        other = replace(other_seed, samples=subject.samples)
        replications["other seed"] = other, copy(other, plan)
        own = evaluate(other, progress=next(jobs))
        metrics["other seed, dense"] = own.metric
        metrics["other seed, pruned"] = metric(replications["other seed"][1], own)
    control = control_of(grain(plan.granularity))
    chance = replace(with_criterion(plan, control.key), threshold=None, overrides=())
    candidates = (copy(subject, chance.at(amount)) for amount in _TRIED)
    found, reached = _nearest(candidates, partial(metric, reference=dense), metrics["pruned"])
    return localisation_claim(
        subject,
        pruned,
        {"random pruning": found, **controls},
        layer,
        {**metrics, "random pruning": reached},
        replications=replications,
        rows=rows,
        tolerance=tolerance,
        progress=next(jobs),
    )


_TRIED = (0.0125, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


def _nearest(
    candidates: Iterable[Subject], metric: Callable[[Subject], float], wanted: float
) -> tuple[Subject, float]:
    """Return the network whose metric comes nearest, the first of equal ones, and its metric."""
    measured = ((found, metric(found)) for found in candidates)
    return min(measured, key=lambda pair: _distance(pair[1], wanted))


def _distance(metric: float, wanted: float) -> float:
    """Return how far apart two metrics are; a metric that is no number is furthest."""
    return abs(metric - wanted) if math.isfinite(metric) else math.inf
