"""contributions, interactions, hidden_alone, conductances: what is asked of modules."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from explain.attribution import cuts, explain_rows
from explain.core.contributions import Conductances, Contributions, HiddenAlone, Interactions
from explain.core.intervals import Measurement
from explain.core.messages import Message
from explain.core.partition import Partition
from explain.core.resources import Progress, affordable, counted, portions
from explain.core.subject import Subject
from explain.decompose import PayoffRequest, hide, module_contributions, module_interactions
from explain.measure import evaluate, evaluation_rows, metric_change, metric_resamples
from explain.network import activation_after, unit_axis

_ROWS_OF_MODULES = 64
"""Samples that contributions rest on where none are chosen."""


def can_be_passed_by(subject: Subject, parts: Partition) -> bool:
    """Return whether two modules or more can be passed by, so that what each adds is its own.

    A module cannot where it has all of a layer that everything on the way to the output passes.
    """
    whole = {
        int(parts.labels[layer].max())
        for layer in cuts(subject)
        if layer in parts.labels and len(np.unique(parts.labels[layer])) == 1
    }
    return parts.count - len(whole) >= 2


def contributions(
    subject: Subject,
    parts: Partition,
    *,
    sample: int | None = None,
    rows: Sequence[int] | NDArray[np.int64] | None = None,
    value: str = "logit",
    targets: int | NDArray[np.int64] | None = None,
    replacement: str = "zero",
    seed: int = 0,
    progress: Progress | None = None,
) -> Contributions:
    """Return what each module adds to a logit, a probability or a loss: Shapley values.

    Args:
        subject: dense or pruned. To compare two networks give both the `targets` of the first.
        parts: the modules of one of them.
        sample: a single row.
        rows: many rows; by default, without a sample, 64 by class share.
        value: "logit", "probability" or "loss".
        targets: the output looked at, for all rows or for each; by default what the network
            decides.
        replacement: what stands for a hidden module: "zero", "mean" or "resample".
        seed: of orders and resampled samples.
        progress: called with the share done; may raise to cancel.

    Cost and errors: as `explain.decompose.module_contributions`.
    """
    request = PayoffRequest(
        rows=_rows_of(subject, sample, rows),
        value=value,
        targets=targets,
        replacement=replacement,
        seed=seed,
    )
    return module_contributions(subject, parts.labels, request, progress=progress)


def interactions(
    subject: Subject,
    parts: Partition,
    *,
    sample: int | None = None,
    rows: Sequence[int] | NDArray[np.int64] | None = None,
    value: str = "logit",
    targets: int | NDArray[np.int64] | None = None,
    replacement: str = "zero",
    seed: int = 0,
    progress: Progress | None = None,
) -> Interactions:
    """Return which modules add more together than apart, and which say the same.

    Args: as `contributions`, of two modules or more.

    Cost and errors: as `explain.decompose.module_interactions`.
    """
    request = PayoffRequest(
        rows=_rows_of(subject, sample, rows),
        value=value,
        targets=targets,
        replacement=replacement,
        seed=seed,
    )
    return module_interactions(subject, parts.labels, request, progress=progress)


_WORK, _FEWEST = 1e11, 64
"""Multiply-adds that hiding modules one by one may take, and rows that it has all the same."""


def hidden_alone(
    subject: Subject, parts: Partition, *, progress: Progress | None = None
) -> HiddenAlone:
    """Return by how much the headline metric changes when each module alone is hidden.

    Hidden: its units say their mean over the calibration rows, which leaves the others what they
    are used to; 0 where there are no such rows.

    Args:
        subject: dense or pruned.
        parts: the modules.
        progress: called with the share done; may raise to cancel.

    Cost: K + 1 passes of the evaluation rows, of as many as take a few seconds together, 64 at
    least; for the mean K passes of the calibration rows.

    Raises:
        Refused: there are no data, or units cannot be hidden (`explain.decompose.hide`).
        Whatever `progress` raises.
    """
    replacement = "zero" if subject.calibration is None else "mean"
    most = affordable(subject.network, _WORK / (parts.count + 1))
    rows = evaluation_rows(subject, min(len(evaluation_rows(subject)), max(_FEWEST, most)))
    whole = evaluate(subject, rows=rows)
    resamples = metric_resamples(subject, whole, whole, rows=rows)

    def change(module: int) -> Measurement:
        without = hide(subject, parts.labels, [module], replacement=replacement)
        after = evaluate(without, rows=rows, reference=whole)
        return metric_change(subject, whole, after, rows=rows, resamples=resamples)

    found = tuple(change(module) for module in counted(range(parts.count), progress))
    return HiddenAlone(replacement=replacement, changes=found, rows=rows)


def conductances(
    subject: Subject,
    parts: Partition,
    *,
    sample: int | None = None,
    rows: Sequence[int] | NDArray[np.int64] | None = None,
    targets: Sequence[int] | NDArray[np.int64] | None = None,
    baseline: str | None = None,
    steps: int = 50,
    progress: Progress | None = None,
) -> tuple[Conductances, ...]:
    """Return layer by layer how much of an output's change passes through each module.

    Where everything on the way to the output passes a layer (a full cut), the conductances of its
    units add up to the change of the output from the baseline, and so do the modules' sums. Where
    something goes past it (a residual connection, attention) they would not, and the layer is
    left out with that reason.

    Args:
        subject: dense or pruned.
        parts: the modules.
        sample: a single row.
        rows: many rows; by default, without a sample, 64 by class share.
        targets: the output of each row; by default what the network decides.
        baseline: key of the point where the way starts, by default the `usual_baseline`.
        steps: points on the way.
        progress: called with the share done; may raise to cancel.

    Cost: 3 · (steps + 1) passes of each row for every layer that is a full cut.

    Raises:
        What `explain.attribution.explain_rows` raises, and whatever `progress` raises.

    Source: Dhamdhere et al. 2018, arXiv:1805.12233, equation 2, summed over units.
    """
    chosen, places = _rows_of(subject, sample, rows), cuts(subject)
    after = activation_after(subject.network)
    jobs = portions(progress, sum(after[layer] in places for layer in parts.labels) or 1)
    found = []
    for layer, owners in parts.labels.items():
        if after[layer] not in places:
            reason = Message("study.bypassed", layer=layer)
            found.append(Conductances(layer=layer, sums=None, gaps=None, reason=reason))
            continue
        why = explain_rows(
            subject,
            "layer-conductance",
            chosen,
            targets=targets,
            baseline=baseline,
            options={"layer": len(places) - places.index(after[layer]), "steps": steps},
            progress=next(jobs),
        )
        axis = unit_axis(subject.network.get_submodule(layer))
        sums = _by_module(why.values, axis, owners, parts.count)
        found.append(Conductances(layer=layer, sums=sums, gaps=why.gaps, reason=None))
    return tuple(found)


def _by_module(
    values: NDArray[np.float64], axis: int, owners: NDArray[np.int64], count: int
) -> NDArray[np.float64]:
    """Return values of n rows, their units along an axis, summed by module [n, K]."""
    flat = np.moveaxis(values, axis, 1).reshape(len(values), len(owners), -1).sum(2)
    return np.stack([flat[:, owners == module].sum(1) for module in range(count)], axis=1)


def _rows_of(
    subject: Subject, sample: int | None, rows: Sequence[int] | NDArray[np.int64] | None
) -> NDArray[np.int64]:
    if sample is not None:
        return np.array([sample], np.int64)
    return (
        evaluation_rows(subject, _ROWS_OF_MODULES) if rows is None else np.asarray(rows, np.int64)
    )
