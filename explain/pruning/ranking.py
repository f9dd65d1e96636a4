"""score: every weight or entry scored by a criterion and ranked once."""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explain.core.errors import NonFinite, Refused
from explain.core.methods import Criterion, Grain, Options, Scored
from explain.core.plan import PruningPlan
from explain.core.scores import Counts, Part, ScoreSet, Site, TensorRanking, weights_of
from explain.core.subject import Subject
from explain.network import users_of
from explain.network.slopes import slopes
from explain.pruning.catalog import criterion, grain, options_of, with_scope
from explain.pruning.masking import identity

Gather = Literal["sum", "norm"]


def gathered(site: Site, scores: Mapping[str, Tensor], how: Gather) -> Tensor:
    """Return the score of every entry of a site [entries].

    `scores`: weight name -> scores shaped like the weight. `how`: "sum" Σ s, or "norm" √Σ s².
    """
    found = [_of_part(part, scores[part.name], site.entries, how) for part in site.weights]
    if len(found) == 1:
        return found[0]
    joined = torch.stack([one.double() for one in found])
    return joined.sum(0) if how == "sum" else joined.norm(dim=0)


def _of_part(part: Part, scores: Tensor, entries: int, how: Gather) -> Tensor:
    """Gather over the axes that an entry spans whole, then over the cells that are left."""
    if part.owner is None:
        return scores.flatten()
    spanned = tuple(axis for axis, size in enumerate(part.owner.shape) if size == 1)
    cells = _over(scores, spanned, how) if spanned else scores
    owner = part.owner.ravel()
    # The usual case, every cell an entry: no second sum, and the precision of the scores is kept.
    if np.array_equal(owner, np.arange(entries)):
        return cells.flatten()
    inside = owner >= 0
    values = cells.double().flatten().numpy()[inside]
    summed = np.bincount(owner[inside], _power(values, how), minlength=entries)
    return torch.from_numpy(summed if how == "sum" else np.sqrt(summed))


def _power(values: np.ndarray, how: Gather) -> np.ndarray:
    return values if how == "sum" else np.square(values)


def _over(scores: Tensor, axes: tuple[int, ...], how: Gather) -> Tensor:
    return scores.sum(axes) if how == "sum" else torch.linalg.vector_norm(scores, dim=axes)


def score(subject: Subject, plan: PruningPlan) -> ScoreSet:
    """Score and rank all prunable entries of a subject by the plan's criterion.

    Slow and done once: about 35 ns per weight for the sort, plus the criterion's own passes. The
    amount, threshold, overrides and protected layers of the plan play no part, so one ScoreSet
    serves every position of the slider.

    Raises:
        UnknownKey: no such criterion, grain or option.
        InvalidOption: an option outside its range.
        InvalidPlan: the criterion does not score what the plan prunes.
        Refused: criterion or grain cannot serve this subject (the reason says why).
        NonFinite: a weight or a score is NaN or infinite; the message names the tensor.
    """
    started = time.perf_counter()
    record, what = criterion(plan.criterion), grain(plan.granularity)
    grouping = "row" if with_scope(plan).scope == "row" else "tensor"
    options = options_of(plan)
    _check_fit(record, what, subject)
    sites = _served(record, subject, what.function(subject, options))
    if not any(site.entries for site in sites):
        raise Refused("pruning.nothing_to_prune", title=record.title, many=what.many)
    _check_weights(subject, sites)
    scored = record.function(subject, sites, {**options, "seed": plan.seed})
    ranking = _Ranking(subject=subject, record=record, grain=what, options=options, scored=scored)
    tensors = tuple(ranking.of(site, by_row=grouping == "row") for site in sites)
    if not any(tensor.entries for tensor in tensors):
        raise Refused("pruning.nothing_lives", many=what.many)
    return ScoreSet(
        criterion=record.key,
        granularity=what.key,
        grouping=grouping,
        seed=plan.seed if record.seeded else 0,
        subject=identity(subject),
        tensors=tensors,
        options=tuple(sorted(options.items())),
        fixed=_fixed(subject, weights_of(sites)),
        zeros=_zeros(subject),
        seconds=time.perf_counter() - started,
    )


def _served(record: Criterion, subject: Subject, sites: tuple[Site, ...]) -> tuple[Site, ...]:
    """Return the sites that a criterion can judge: without a gradient all weights look useless."""
    if "gradients" not in record.needs:
        return sites
    network = subject.network
    layers = slopes(network).layers
    return tuple(
        site
        for site in sites
        if all(not layers.isdisjoint(users_of(network, part.name)) for part in site.weights)
    )


def _check_fit(record: Criterion, what: Grain, subject: Subject) -> None:
    reason = record.fits(subject)
    if reason is not None:
        raise Refused("pruning.criterion_unfit", title=record.title, reason=reason)
    reason = what.fits(subject)
    if reason is not None:
        raise Refused("pruning.grain_unfit", many=what.many, reason=reason)


def _fixed(subject: Subject, names: tuple[str, ...]) -> tuple[tuple[str, int], ...]:
    others = (name for name in subject.network.prunable if name not in names)
    return tuple((name, _alive(subject, name)) for name in others)


def _zeros(subject: Subject) -> int:
    network = subject.network
    names = network.prunable
    return sum(network.get_parameter(name).numel() - _alive(subject, name) for name in names)


def _alive(subject: Subject, weight: str) -> int:
    """Return how many numbers of a weight are not 0."""
    return int(torch.count_nonzero(subject.network.get_parameter(weight)))


def _check_weights(subject: Subject, sites: tuple[Site, ...]) -> None:
    for name in weights_of(sites):
        if not torch.isfinite(subject.network.get_parameter(name)).all():
            raise NonFinite.inside("weight", name)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ranking:
    """What a criterion said about the weights or entries of a grain."""

    subject: Subject
    record: Criterion
    grain: Grain
    options: Options
    scored: Scored

    def of(self, site: Site, *, by_row: bool) -> TensorRanking:
        """Return the entries of a site, ranked together or inside its output rows."""
        single = site.parts[0].owner is None
        alive = sum(_alive(self.subject, part.name) for part in site.weights)
        outside = 0 if single else alive - int(self._sizes(site, alive).sum())
        scores = {} if self.record.per == "entry" else self._of_weights(site)
        if self.grain.pick is not None:
            site = self._picked(site, scores)
        values = self.scored[site.name] if single else self._of_entries(site, scores)
        rows, lines = (site.rows, site.lines) if by_row else (1, None)
        ranked, order = self._sorted(scores[site.name] if values is None else values, rows, lines)
        absent = None
        if not self._is_full(site, alive):
            lives = self._numbers(site, site.parts)[order] > 0
            absent = (~lives).sum(1)
            first = np.argsort(lives, axis=1, kind="stable")  # what lives keeps its order
            ranked = np.take_along_axis(ranked, first, 1)
            order = np.take_along_axis(order, first, 1)
        ranked.flags.writeable = order.flags.writeable = False
        return TensorRanking(
            name=site.name,
            layer=site.layer,
            parts=site.parts,
            values=None if values is None else values.detach(),
            ranked=ranked,
            order=order,
            absent=absent,
            sizes=None if single else self._sizes(site, alive),
            alive=alive,
            outside=outside,
        )

    def _is_full(self, site: Site, alive: int) -> bool:
        return alive == sum(math.prod(part.shape) for part in site.weights)

    def _sizes(self, site: Site, alive: int) -> Counts:
        """Return how many living weights each entry takes [entries]."""
        return site.sizes if self._is_full(site, alive) else self._numbers(site, site.weights)

    def _numbers(self, site: Site, parts: tuple[Part, ...]) -> Counts:
        """Return how many numbers that are not 0 each entry takes from these parts [entries]."""
        taken = np.zeros(site.entries, np.int64)
        for part in parts:
            alive = self.subject.network.get_parameter(part.name).detach().ne(0).double()
            taken += _of_part(part, alive, site.entries, "sum").numpy().astype(np.int64)
        return taken

    def _picked(self, site: Site, scores: dict[str, Tensor]) -> Site:
        """Return the site with only those weights in its entries that these lose."""
        parts = []
        for part in site.weights:
            owner = np.broadcast_to(np.asarray(part.owner), part.shape)
            picked = self.grain.pick(owner, scores[part.name], self.options)  # type: ignore[misc]
            parts.append(replace(part, owner=picked))
        return replace(site, parts=tuple(parts))

    def _of_weights(self, site: Site) -> dict[str, Tensor]:
        """Return the scores of all weights of a site."""
        found: dict[str, Tensor] = {}
        for part in site.weights:
            values = self.scored[part.name]
            weight = self.subject.network.get_parameter(part.name).detach()
            found[part.name] = weight.abs() if values is None else _finite(part.name, values)
        return found

    def _of_entries(self, site: Site, scores: dict[str, Tensor]) -> Tensor:
        """Return the scores of all entries of a site: asked for, or gathered from its weights."""
        asked = self.scored.get(site.name) if self.record.per == "entry" else None
        values = gathered(site, scores, self.record.gather) if asked is None else asked
        return _finite(site.name, values)

    def _sorted(
        self, values: Tensor, rows: int, lines: Counts | None
    ) -> tuple[NDArray[np.floating], NDArray[np.uint32]]:
        if lines is not None:
            values = values.flatten()[torch.from_numpy(lines)]
        ranked, order = rank(values.reshape(rows, -1) if values.numel() else _empty(rows))
        if lines is not None:
            order = lines.ravel()[order].astype(np.uint32)
        normalise = self.record.normalise
        if normalise is not None:
            ranked = np.stack([normalise(torch.from_numpy(row)).numpy() for row in ranked])
        return ranked, order


def _finite(name: str, scores: Tensor) -> Tensor:
    if not torch.isfinite(scores).all():
        raise NonFinite.inside("score", name)
    return scores


def _empty(rows: int) -> Tensor:
    return torch.zeros(max(1, rows), 0)


def rank(scores: Tensor) -> tuple[NDArray[np.floating], NDArray[np.uint32]]:
    """Sort each row of scores ascending; equal scores stand by flat index.

    Args:
        scores: [groups, size], finite and not negative, float64 or anything narrower.

    Returns:
        The sorted scores and the flat (row-major) index of each, both [groups, size].
    """
    groups, size = scores.shape
    flat = np.arange(groups * size, dtype=np.uint64).reshape(groups, size)
    if scores.dtype == torch.float64:
        values = scores.numpy() + 0.0
        order = np.argsort(values, axis=1, kind="stable")
        return np.take_along_axis(values, order, 1), np.take_along_axis(
            flat.astype(np.uint32), order, 1
        )
    return _rank_packed((scores.float() + 0.0).numpy(), flat)


def _rank_packed(
    values: NDArray[np.float32], flat: NDArray[np.uint64]
) -> tuple[NDArray[np.floating], NDArray[np.uint32]]:
    """Sort by (score, index) as one integer: the bits of a positive float order like the float."""
    # One sort of integers gives order and ties at once, twice as fast as a stable argsort.
    packed = np.ascontiguousarray(values).view(np.uint32).astype(np.uint64)
    packed <<= np.uint64(32)
    packed |= flat
    packed.sort(axis=1)
    halves = packed.view(np.uint32).reshape(*packed.shape, 2)
    return halves[..., 1].copy().view(np.float32), halves[..., 0].copy()
