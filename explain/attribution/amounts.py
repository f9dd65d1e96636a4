"""Integrated Gradients of many networks that differ only in their weights, at once."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from typing import Self, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from explain.attribution.baselines import Baseline, start_of, usual_baseline
from explain.attribution.baselines import baseline as baseline_of
from explain.attribution.methods.integrated_gradients import STEPS
from explain.attribution.places import embedding, entrance, has_ids, no_gradient
from explain.attribution.rewiring import starting_at
from explain.attribution.stacking import Stack, stack_networks
from explain.core.errors import InvalidOption, InvalidSubject, NonFinite, Refused
from explain.core.methods import resolve
from explain.core.resources import Progress, capacity, side_by_side, size_of_values
from explain.core.subject import Subject
from explain.network import Lifted
from explain.network.graph import CONVOLUTIONS
from explain.network.operations import ScaledDotProductAttention

_ELEMENTS = 2**24
"""Numbers that the values of all points may take, so that convolutional networks are stacked."""

_ROOM = 2**23
"""Numbers that the values of one pass may take, which set its memory: fewer points are slower."""

_NEVER = (nn.RNNBase, nn.RNNCellBase, ScaledDotProductAttention)
"""Layers that have no batched form over weights: networks with them run one after the other."""

Tensors = tuple[Tensor, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Path:
    """Straight lines from a baseline to n rows, and the points on them.

    `start`, `end` [n, *shape]; `targets` [n]; `fixed` the network's other inputs [n, ...]; `at`,
    `weights` [steps] where the points lie, 0..1, and what they count.
    """

    start: Tensor
    end: Tensor
    targets: Tensor
    fixed: Tensors
    at: Tensor
    weights: Tensor

    def pieces(self, most: int) -> Iterator[tuple[slice, slice]]:
        """Yield which rows and which steps run together: at most `most` points, at least one."""
        rows = max(1, min(len(self.end), most))
        return product(_cuts(len(self.end), rows), _cuts(len(self.at), max(1, most // rows)))

    def part(self, rows: slice, steps: slice) -> Self:
        """Return the path of some of the rows over some of the steps."""
        return replace(
            self,
            start=self.start[rows],
            end=self.end[rows],
            targets=self.targets[rows],
            fixed=tuple(x[rows] for x in self.fixed),
            at=self.at[steps],
            weights=self.weights[steps],
        )

    def at_each_step(self, rows: Tensor) -> Tensor:
        """Return a tensor [n, ...] as [steps · n, ...], all rows of a step together."""
        return rows.expand(len(self.at), *rows.shape).flatten(0, 1)


def integrated_gradients_at(
    subjects: Sequence[Subject],
    rows: NDArray[np.int64],
    targets: NDArray[np.int64],
    *,
    steps: int = 16,
    baseline: str | None = None,
    progress: Progress | None = None,
) -> NDArray[np.float64]:
    """Return the Integrated Gradients of the same rows in K networks [K, n, *parts].

    Gauss-Legendre quadrature. With equal steps the values equal those of Captum's
    IntegratedGradients on each network by itself to 1e-5; BatchNorms are folded into the
    convolutions before them, and affine layers at the beginning run only at both ends of the path,
    which changes the last places.

    `targets` [n]: the output to explain for each row, 0 where there is a single one. `steps`:
    points on each path, 2 to 1000: 16 while exploring, 50 at rest. `baseline`: by default the
    `usual_baseline`.

    Cost: 3 · steps passes for each row and network. Networks without convolutions run stacked,
    all K in one pass over stacked weights, and so does a single row of a small convolutional
    network; larger ones, more rows of them, and networks that are recurrent or attend run one
    after the other, or where there is much to do side by side, one core each. Only tensors that
    differ are stacked. Memory is bounded: the values of all points that run at once take about
    64 MB a core.

    Raises:
        InvalidSubject: no subjects, networks of different structure, other samples, no such row.
        InvalidOption: no such output, or steps out of range.
        UnknownKey: no such baseline.
        Refused: the baseline does not fit, or no gradient can be taken.
        NonFinite: the values or the outputs of a network are not finite.

    Source: Sundararajan et al. 2017, arXiv:1703.01365, equation 1; `torch.vmap`.
    """
    _check_kinship(subjects)
    _check_question(subjects[0], rows, targets)
    steps = int(resolve((STEPS,), {STEPS.key: steps})[STEPS.key])
    paths = _paths(subjects, rows, targets, steps, baseline or usual_baseline(subjects[0]))
    skeleton = _enterable(subjects[0])
    together = _together(skeleton, len(subjects), paths[0])
    most = capacity(skeleton, _ROOM // together, most=_ROOM)

    def integrated(here: slice) -> Tensor:
        own = subjects[here]
        stack = stack_networks([subject.network for subject in own], _enterable(own[0]))
        return _integrated(stack, stack.weights(slice(len(own))), paths[here], most)

    macs = sum(layer.macs for layer in skeleton.layers) * 3.0 * steps * len(rows) * len(subjects)
    pieces = list(_cuts(len(subjects), together))
    found = side_by_side(integrated, pieces, macs=macs if together == 1 else 0.0, progress=progress)
    values = torch.cat(found).double()
    _check_finite(values)
    return (values.sum(-1) if has_ids(subjects[0]) else values).numpy()


@cache
def _quadrature(steps: int) -> tuple[Tensor, Tensor]:
    """Return the points in 0..1 and the weights of the Gauss-Legendre rule, which sum to 1."""
    points, weights = np.polynomial.legendre.leggauss(steps)
    return torch.from_numpy((points + 1) / 2).float(), torch.from_numpy(weights / 2).float()


def _cuts(count: int, size: int) -> Iterator[slice]:
    """Yield slices of at most that size that cover 0..count."""
    return (slice(at, at + size) for at in range(0, count, size))


def _check_kinship(subjects: Sequence[Subject]) -> None:
    if not subjects or any(s.network.steps != subjects[0].network.steps for s in subjects):
        raise InvalidSubject("attribution.other_structure")
    if not all(_same_inputs(subject, subjects[0]) for subject in subjects):
        raise InvalidSubject("attribution.other_samples")


def _same_inputs(one: Subject, other: Subject) -> bool:
    if one.samples is other.samples:
        return True
    pairs = zip(one.samples.inputs, other.samples.inputs, strict=True)
    return all(a is b or torch.equal(a, b) for a, b in pairs)


def _check_question(subject: Subject, rows: NDArray[np.int64], targets: NDArray[np.int64]) -> None:
    if any(row < 0 or row >= subject.samples.count for row in rows):
        raise InvalidSubject("attribution.no_such_sample", last=subject.samples.count - 1)
    shape = subject.network.steps[-1].shape
    outputs = shape[0] if shape else 1
    if len(targets) != len(rows) or any(target < 0 or target >= outputs for target in targets):
        raise InvalidOption("attribution.no_such_output", last=outputs - 1)


def _together(network: Lifted, count: int, path: _Path) -> int:
    """Return how many networks run stacked: 1 where one after the other is faster."""
    modules = [module for _, module in network.named_modules()]
    if any(isinstance(module, _NEVER) for module in modules):
        return 1
    each = size_of_values(network) * len(path.end) * len(path.at)
    if any(isinstance(module, CONVOLUTIONS) for module in modules):
        return count if len(path.end) == 1 and count * each <= _ELEMENTS else 1
    return max(1, min(count, _ELEMENTS // max(1, each)))


def _enterable(subject: Subject) -> Lifted:
    """Return a private copy that starts at the embedding's values where the input holds ids."""
    network = cast("Lifted", subject.network)
    start, reason = entrance(subject), no_gradient(subject)
    if start is None or reason is not None:
        raise Refused("attribution.unexplained", reason=reason)
    return starting_at(network, start) if has_ids(subject) else network.sharing_copy()


def _paths(
    subjects: Sequence[Subject],
    rows: NDArray[np.int64],
    targets: NDArray[np.int64],
    steps: int,
    key: str,
) -> list[_Path]:
    """Return the path of each network; networks that start from the same tensors share one."""
    made: dict[tuple[int, ...], _Path] = {}
    found: list[_Path] = []
    for subject in subjects:
        origin = tuple(id(part) for part in _origin(subject))
        if origin not in made:
            made[origin] = _path(subject, rows, targets, steps, key)
        found.append(made[origin])
    return found


def _path(
    subject: Subject,
    rows: NDArray[np.int64],
    targets: NDArray[np.int64],
    steps: int,
    key: str,
) -> _Path:
    inputs = tuple(x[torch.from_numpy(rows)] for x in subject.samples.inputs)
    begin, fixed = start_of(subject, inputs[0]), inputs if has_ids(subject) else inputs[1:]
    at, weights = _quadrature(steps)
    return _Path(
        start=_baseline(subject, key).function(begin, subject).expand_as(begin.inputs),
        end=begin.inputs,
        targets=torch.from_numpy(np.asarray(targets, np.int64)),
        fixed=fixed,
        at=at,
        weights=weights,
    )


def _origin(subject: Subject) -> tuple[object, ...]:
    """Return all that a path is made of beside the samples: training rows and word vectors."""
    words = embedding(subject).weight if has_ids(subject) else None
    return subject.calibration, words


def _baseline(subject: Subject, key: str) -> Baseline:
    record = baseline_of(key)
    reason = record.fits(subject)
    if reason is not None:
        raise Refused("attribution.other_baseline", title=record.title, reason=reason)
    return record


def _integrated(stack: Stack, weights: Tensors, paths: Sequence[_Path], most: int) -> Tensor:
    """Return the attributions [k, n, *shape] of k networks, at most so many points at a time.

    The line is followed behind the affine beginning of the networks, where it is straight too, and
    the gradients are summed there: that beginning runs twice and back once, not at every step.
    """
    first = paths[0]
    start = torch.stack([path.start for path in paths])
    end = torch.stack([path.end for path in paths]).requires_grad_()
    enter, run = (_over(f, weights, len(paths)) for f in (stack.enter, stack.run))
    begin = enter(start, *first.fixed)
    with torch.enable_grad():
        reached = enter(end, *first.fixed)
    total = torch.zeros_like(reached)
    for rows, steps in first.pieces(most):
        line = begin[:, rows].detach(), reached[:, rows].detach()
        for gradient in _gradients(run, *line, first.part(rows, steps)):
            total[:, rows] += gradient
    (gradient,) = torch.autograd.grad(reached, end, total)
    return gradient * (end.detach() - start)


def _over(function: Callable[..., Tensor], weights: Tensors, count: int) -> Callable[..., Tensor]:
    """Return a function of values [count, m, ...] and of what all these networks share."""
    if count > 1:
        return lambda values, *shared: torch.vmap(lambda w, x: function(w, x, *shared))(
            weights, values
        )
    own = tuple(_channels_last(tensor[0]) for tensor in weights)
    return lambda values, *shared: _channels_last(
        function(own, values.flatten(0, 1), *shared)
    ).unsqueeze(0)


def _channels_last(tensor: Tensor) -> Tensor:
    """Return the same numbers in the order in which torch convolves and pools fastest on CPUs."""
    return tensor.contiguous(memory_format=torch.channels_last) if tensor.dim() == 4 else tensor


def _gradients(run: Callable[..., Tensor], start: Tensor, end: Tensor, path: _Path) -> Tensors:
    """Return the gradients [k, n, ...] at each step between two values, times its weight."""
    across = path.at.to(end.dtype).reshape(-1, *[1] * (end.dim() - 1))
    points = torch.lerp(start.unsqueeze(1), end.unsqueeze(1), across)
    leaf = points.flatten(1, 2).requires_grad_()
    inputs = (path.end, *path.fixed)
    with torch.enable_grad():
        outputs = run(leaf, *(path.at_each_step(x) for x in inputs))
        chosen = _chosen(outputs, path)
        (gradient,) = torch.autograd.grad(chosen.sum(), leaf)
    return torch.split(gradient, len(path.end), 1)


def _chosen(outputs: Tensor, path: _Path) -> Tensor:
    """Return the outputs to explain [k, steps · n] of all outputs, each times its weight."""
    targets = path.at_each_step(path.targets).expand(len(outputs), -1)
    chosen = outputs.reshape(*targets.shape, -1).gather(2, targets[..., None])[..., 0]
    _check_finite(chosen.detach())
    return chosen * path.weights.repeat_interleave(len(path.end))


def _check_finite(found: Tensor) -> None:
    if not bool(torch.isfinite(found).all()):
        raise NonFinite.inside("explanation", "integrated-gradients")
