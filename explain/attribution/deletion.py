"""deletion: do the parts that an explanation names first carry the output?"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explain.attribution.baselines import baseline as baseline_of
from explain.attribution.baselines import start_of
from explain.attribution.places import has_ids, padding_id
from explain.attribution.players import TILES, players
from explain.core.errors import InvalidSubject, Refused
from explain.core.explanation import Explanation
from explain.core.intervals import Measurement, mean_of
from explain.core.messages import Message
from explain.core.provenance import Provenance, origin
from explain.core.resources import Progress, capacity, counted, portions
from explain.core.subject import Samples, Subject

ORDERS = 5
"""Random orders that each row is compared with."""

STEPS = 16
"""Points of a curve beside its start."""

_NEAR = 1e-3
"""Outputs of the same rows differ by less, as a share of their size or of 1, in float32."""

Values = NDArray[np.float64]
Ranks = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """What happens to an output when the parts named first go first, or come first.

    `shares` [steps] of the parts that are gone (deletion) or there (insertion); the four curves
    [steps] are means over rows of the explained output, as a probability where there are classes.
    `deletion_lift`: by how much lower the deletion curve lies than that of random orders, on
    average over its length; `insertion_lift`: by how much higher the insertion curve. 0: the order
    is no better than chance. The curves of two networks say nothing by themselves, their lifts do.
    """

    method: str
    baseline: str
    rows: NDArray[np.int64]
    shares: Values
    deletion: Values
    deletion_random: Values
    insertion: Values
    insertion_random: Values
    deletion_lift: Measurement
    insertion_lift: Measurement
    passes: float
    provenance: Provenance


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scene:
    """The rows [n], what replaces them, and which of the P parts each element belongs to.

    `groups` [*shape] holds the part of each element; `there` [n, P] the parts that a row has.
    """

    subject: Subject
    inputs: tuple[Tensor, ...]
    blank: Tensor
    groups: NDArray[np.int64]
    there: NDArray[np.bool_]
    targets: NDArray[np.int64]


def deletion(
    subject: Subject,
    explanation: Explanation,
    *,
    samples: Samples | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Deletion:
    """Return deletion and insertion curves of explained rows, as lift over random orders.

    Parts are 8 x 8 tiles of an image (pixels where it has no more), features of a table, tokens of
    a text. A part that is gone has the value of the explanation's baseline; a token becomes
    padding, and padding itself is no part.

    The explanation is of this network; `samples` are those explained, by default its own. `seed`
    draws the random orders.

    Cost: 1 + 2 · 17 · (1 + 5) = 205 forward passes for each row, in batches whose values take
    about 16 MB.

    Raises:
        Refused: the values have another shape than the samples (those of a hidden layer).
        InvalidSubject: no rows, or the network puts out something else for these samples than the
            explanation says.
        Whatever `progress` raises.

    Source: Petsiuk et al. 2018, arXiv:1806.07421. Differs: the paper reports the area itself, by
    which a ruined network looks as good as the dense one; here only the lift over random counts.
    """
    started = time.perf_counter()
    scene = _scene(subject, explanation, subject.samples if samples is None else samples)
    scores = _per_part(explanation.values, scene)
    generator = np.random.default_rng(seed)
    orders = [scores, *(generator.random(scores.shape) for _ in range(ORDERS))]
    gone, there = _curves(scene, [_ranks(order, scene.there) for order in orders], progress)
    lower = _area(gone[1:].mean(0)) - _area(gone[0])
    higher = _area(there[0]) - _area(there[1:].mean(0))
    how = Message("how.random_orders", orders=ORDERS)
    lifts = mean_of("deletion_lift", lower, how), mean_of("insertion_lift", higher, how)
    return Deletion(
        method=explanation.method,
        baseline=explanation.baseline,
        rows=explanation.rows,
        shares=np.linspace(0, 1, STEPS + 1),
        deletion=gone[0].mean(0),
        deletion_random=gone[1:].mean((0, 1)),
        insertion=there[0].mean(0),
        insertion_random=there[1:].mean((0, 1)),
        deletion_lift=lifts[0],
        insertion_lift=lifts[1],
        passes=1.0 + 2 * (STEPS + 1) * len(orders),
        provenance=origin(subject, started, seed=seed),
    )


def _scene(subject: Subject, explanation: Explanation, samples: Samples) -> _Scene:
    if len(explanation.rows) == 0:
        raise InvalidSubject("attribution.nothing_to_delete")
    if explanation.rows.max() >= samples.count:
        raise _other_samples()
    inputs = samples.take(explanation.rows).inputs
    if explanation.values.shape != tuple(inputs[0].shape):
        raise Refused("attribution.hidden_values")
    shape = explanation.values.shape[1:]
    groups = players(subject.spec, shape, {TILES.key: TILES.default}).numpy()
    blank, there = _blank(subject, explanation.baseline, inputs[0], int(groups.max()) + 1)
    scene = _Scene(
        subject=subject,
        inputs=inputs,
        blank=blank,
        groups=groups,
        there=there,
        targets=explanation.targets,
    )
    _check_outputs(scene, explanation.outputs)
    return scene


def _check_outputs(scene: _Scene, said: Values) -> None:
    size = capacity(scene.subject.network)
    slices = [slice(at, at + size) for at in range(0, len(said), size)]
    found = [
        _explained(scene, tuple(x[at] for x in scene.inputs), scene.targets[at]) for at in slices
    ]
    if not np.allclose(np.concatenate(found), said, rtol=_NEAR, atol=_NEAR):
        raise _other_samples()


def _other_samples() -> InvalidSubject:
    return InvalidSubject("attribution.other_explanation")


def _explained(scene: _Scene, inputs: tuple[Tensor, ...], targets: NDArray[np.int64]) -> Values:
    """Return the explained outputs [n] as the network puts them out."""
    outputs = _raw(scene, inputs)
    return np.asarray(outputs.gather(1, torch.from_numpy(targets)[:, None])[:, 0].numpy())


def _raw(scene: _Scene, inputs: tuple[Tensor, ...]) -> Tensor:
    with torch.no_grad():
        return scene.subject.network(*inputs).double().reshape(len(inputs[0]), -1)


def _blank(
    subject: Subject, baseline: str, inputs: Tensor, parts: int
) -> tuple[Tensor, NDArray[np.bool_]]:
    """Return what stands where a part is gone, and which parts each row has."""
    if has_ids(subject):
        padding = padding_id(subject)
        return torch.full_like(inputs, padding), (inputs != padding).flatten(1).numpy()
    blank = baseline_of(baseline).function(start_of(subject, inputs), subject).expand_as(inputs)
    return blank, np.ones((len(inputs), parts), np.bool_)


def _per_part(values: Values, scene: _Scene) -> Values:
    """Return the values of each part added up [n, P]."""
    flat = values.reshape(len(values), -1)
    members = np.eye(scene.there.shape[1])[scene.groups.reshape(-1)]
    return flat @ members


def _ranks(scores: Values, there: NDArray[np.bool_]) -> Ranks:
    """Return at which place each part goes [n, P]: the largest first, what is not there last."""
    order = np.argsort(np.where(there, -scores, np.inf), axis=1, kind="stable")
    return np.argsort(order, axis=1, kind="stable")


def _curves(
    scene: _Scene, orders: Sequence[Ranks], progress: Progress | None
) -> tuple[Values, Values]:
    """Return the outputs [orders, n, steps] while parts go, and while they come."""
    gone: list[Values] = []
    there: list[Values] = []
    jobs = portions(progress, 2 * len(orders))
    for ranks in orders:
        taken = _taken(ranks, scene)
        gone.append(_outputs(scene, taken, next(jobs)))
        there.append(_outputs(scene, ~taken, next(jobs)))
    return np.stack(gone), np.stack(there)


def _taken(ranks: Ranks, scene: _Scene) -> NDArray[np.bool_]:
    """Return which parts have been taken [steps, n, P] after each share of a row's own parts."""
    shares = np.linspace(0, 1, STEPS + 1)[:, None, None]
    counts = np.rint(shares * scene.there.sum(1)[None, :, None])
    return np.asarray(ranks[None] < counts)


def _outputs(scene: _Scene, removed: NDArray[np.bool_], progress: Progress | None) -> Values:
    """Return the explained outputs [n, steps] where these parts are gone."""
    steps, rows, _ = removed.shape
    flat = torch.from_numpy(removed.reshape(steps * rows, -1))
    at = torch.arange(rows).repeat(steps)
    size = capacity(scene.subject.network)
    found = [
        _answers(scene, flat[first : first + size], at[first : first + size])
        for first in counted(range(0, len(flat), size), progress)
    ]
    return np.concatenate(found).reshape(steps, rows).T


def _answers(scene: _Scene, removed: Tensor, rows: Tensor) -> Values:
    """Return the outputs of some rows in which some parts [m, P] are gone."""
    masks = removed[:, torch.from_numpy(scene.groups.reshape(-1))]
    first, *others = (x[rows] for x in scene.inputs)
    inputs = torch.where(masks.reshape(first.shape), scene.blank[rows], first)
    outputs = _raw(scene, (inputs, *others))
    kind = scene.subject.task.kind
    if kind == "classification":
        outputs = torch.softmax(outputs, 1)
    elif kind in {"binary", "multilabel"}:
        outputs = torch.sigmoid(outputs)
    targets = torch.from_numpy(scene.targets)[rows]
    return np.asarray(outputs.gather(1, targets[:, None])[:, 0].numpy())


def _area(curves: Values) -> Values:
    """Return the mean height of curves [..., steps] over their length."""
    inner = (curves[..., 1:] + curves[..., :-1]) / 2
    return np.asarray(inner.mean(-1))
