"""A game: modules are the players, a logit, probability or loss of some rows the payoff."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explain.core.decisions import largest_outputs, sample_losses
from explain.core.errors import InvalidOption, InvalidSubject, NonFinite, Refused, UnknownKey
from explain.core.resources import Progress, keep_freed_memory, side_by_side
from explain.core.subject import Subject, Task, need_rows
from explain.decompose.contributions.coalitions import index_of
from explain.decompose.contributions.hiding import (
    HidingSite,
    Labels,
    hideable_units,
    hiding_sites,
    module_count,
    stand_ins,
)
from explain.decompose.contributions.running import (
    Prefix,
    Route,
    Sets,
    coalition_outputs,
    largest_row,
    multiply_adds,
    route,
    unhidden,
)
from explain.network.layout import Layout, RowAxis, layouts, require_lifted

VALUES = ("logit", "probability", "loss")

Targets = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoffRequest:
    """What modules are asked for: a number of some rows, and what stands for those hidden.

    `rows` [n] samples. `value`: "logit" of the target (the value itself in a regression), its
    "probability", or the "loss" against the known answer. `targets`: the output looked at, one for
    all or one for each row; by default what the network decides for each. `replacement` of a hidden
    unit: "zero", "mean" over the calibration samples (for each unit and position), or "resample":
    what 4 other calibration samples say, all units from the same one. `seed`: of resampled samples,
    and of all else that is drawn.
    """

    rows: NDArray[np.int64]
    value: str = "logit"
    targets: int | NDArray[np.int64] | None = None
    replacement: str = "zero"
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoffReader:
    """Reads one number per row from outputs [m, k] of rows [m] (their places among n)."""

    read: Callable[[Tensor, Tensor], Tensor]
    targets: Targets


def payoff_reader(subject: Subject, request: PayoffRequest) -> PayoffReader:
    """Return how to read the number that is asked for.

    Cost: one forward pass where the targets are not given.

    Raises:
        UnknownKey: no such value.
        Refused: no probability in a regression, or no targets for a loss.
        InvalidOption: no such output.
        InvalidSubject: no rows, or no such row.
    """
    rows, value = request.rows, request.value
    _check_rows(subject, rows)
    if value not in VALUES:
        raise UnknownKey.among("value", value, VALUES)
    chosen = _targets(subject, rows, request.targets)
    if value == "loss":
        return PayoffReader(read=_loss(subject, rows), targets=chosen)
    if value == "probability" and subject.task.kind == "regression":
        raise Refused("decompose.no_probability")
    read = _output(subject.task, chosen, probability=value != "logit")
    return PayoffReader(read=read, targets=chosen)


def _check_rows(subject: Subject, rows: NDArray[np.int64]) -> None:
    need_rows(subject.samples)
    if len(rows) == 0 or rows.min() < 0 or rows.max() >= subject.samples.count:
        raise InvalidSubject("decompose.no_such_samples", last=subject.samples.count - 1)


def _targets(subject: Subject, rows: NDArray[np.int64], given: int | Targets | None) -> Targets:
    if given is None:
        return largest_outputs(subject, subject.samples, rows)
    shape = subject.network.steps[-1].shape
    outputs = int(np.prod(shape)) if shape else 1
    chosen = np.broadcast_to(np.asarray(given, np.int64), rows.shape).copy()
    if chosen.min() < 0 or chosen.max() >= outputs:
        raise InvalidOption("decompose.no_such_output", last=outputs - 1)
    return chosen


def _output(
    task: Task, targets: Targets, *, probability: bool
) -> Callable[[Tensor, Tensor], Tensor]:
    wanted = torch.from_numpy(targets)

    def read(outputs: Tensor, rows: Tensor) -> Tensor:
        flat = outputs.reshape(len(outputs), -1).double()
        if probability:
            flat = torch.softmax(flat, 1) if task.kind == "classification" else flat.sigmoid()
        return flat.gather(1, wanted[rows][:, None])[:, 0]

    return read


def _loss(subject: Subject, rows: NDArray[np.int64]) -> Callable[[Tensor, Tensor], Tensor]:
    if subject.samples.targets is None:
        raise Refused("decompose.no_targets")
    truth = subject.samples.targets[torch.from_numpy(rows)]

    def read(outputs: Tensor, places: Tensor) -> Tensor:
        return sample_losses(outputs.double(), truth[places], subject.task)

    return read


Coalitions = NDArray[np.bool_]
Values = NDArray[np.float64]

_Part = tuple[int, slice]
"""Which draw, and which rows."""

_NUMBERS = 2**20
"""Numbers that a step may give at a time: what stays in the cache was fastest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Game:
    """K modules of a network and the question what sets of them are worth in n rows."""

    players: int
    rows: NDArray[np.int64]
    targets: NDArray[np.int64]
    units: NDArray[np.int64]
    way: Route
    inputs: tuple[Tensor, ...]
    reader: PayoffReader
    draws: tuple[Mapping[str, Tensor], ...]


def game(subject: Subject, labels: Labels, request: PayoffRequest) -> Game:
    """Return a game to play with `worth`.

    Cost: a few passes of three rows, one of the rows where no targets are given, one of the
    calibration samples where they stand for hidden modules.

    Raises:
        UnknownKey, InvalidOption, InvalidSubject, Refused: as `module_contributions`.
    """
    rows = np.asarray(request.rows, np.int64).reshape(-1)
    network, players = require_lifted(subject.network), module_count(labels)
    read = payoff_reader(subject, replace(request, rows=rows))
    where = layouts(network, subject.samples.take(np.arange(min(3, subject.samples.count))).inputs)
    places = hiding_sites(network, labels)
    hidden = stand_ins(subject, request.replacement, places, where, len(rows), request.seed)
    return Game(
        players=players,
        rows=rows,
        targets=read.targets,
        units=hideable_units(places, players),
        way=route(network, where, places),
        inputs=subject.samples.take(rows).inputs,
        reader=read,
        draws=tuple(hidden),
    )


def worth(played: Game, coalitions: Coalitions, progress: Progress | None = None) -> Values:
    """Return what sets of modules [..., K] are worth [..., n], the mean over draws.

    Raises:
        NonFinite: the network gives NaN or infinity.
        Whatever `progress` raises.
    """
    return np.asarray(worth_by_draw(played, coalitions, progress).mean(0))


def worth_by_draw(played: Game, coalitions: Coalitions, progress: Progress | None = None) -> Values:
    """Return what sets of modules [..., K] are worth [draws, ..., n], each different set run once.

    There are several draws where other samples stand for hidden modules, else one. Memory is
    bounded: sets and rows run in portions whose largest step gives 2²⁰ numbers, side by side
    where there is much to do.

    Raises:
        NonFinite: the network gives NaN or infinity.
        Whatever `progress` raises.
    """
    keep_freed_memory()
    distinct, place = index_of(coalitions)
    order = np.lexsort(distinct[:, _by_last_use(played.way.reach.sites, played.players)].T)
    total = np.zeros((len(played.draws), len(distinct), len(played.rows)))
    whole = Sets(distinct)
    parts, portions = _portions(played, largest_row(played.way, whole), len(distinct))
    sets = {some.start: Sets(distinct[order[some]]) for some in portions}

    def fill(part: _Part, before: Prefix, some: slice) -> None:
        draw, rows = part
        total[draw, order[some], rows] = _read(played, before, sets[some.start], rows)

    def fill_all(part: _Part) -> None:
        before = _prefix(played, *part)
        for some in portions:
            fill(part, before, some)

    macs = multiply_adds(played.way, whole) * len(played.draws) * len(played.rows)
    if len(parts) > 1:
        side_by_side(fill_all, parts, macs=macs, progress=progress)
    else:
        work = partial(fill, parts[0], _prefix(played, *parts[0]))
        side_by_side(work, portions, macs=macs, progress=progress)
    if not np.isfinite(total).all():
        raise NonFinite.inside("value", "")
    return total[:, place]


def _by_last_use(places: Mapping[str, HidingSite], players: int) -> list[int]:
    """Return the modules, those whose units come first last: the main key of the sets' order."""
    seen = list(dict.fromkeys(int(m) for site in places.values() for m in np.unique(site.owners)))
    return [*(m for m in reversed(seen) if m >= 0), *(set(range(players)) - set(seen))]


def _portions(played: Game, each: int, sets: int) -> tuple[list[_Part], list[slice]]:
    """Return what is played at a time: draws with some of the rows, and some of the sets.

    `each`: the most numbers that a row with all sets has at a step.
    """
    count = len(played.rows)
    rows = _even(count, max(1, _NUMBERS // each))
    many = min(sets, max(1, sets * _NUMBERS // (each * rows)))
    draws = range(len(played.draws))
    return (
        [(draw, part) for draw in draws for part in _cuts(count, rows)],
        list(_cuts(sets, many)),
    )


def _even(count: int, most: int) -> int:
    """Return the size of portions of at most so many that are as equal as can be."""
    return -(-count // max(1, -(-count // most)))


def _cuts(count: int, size: int) -> Iterator[slice]:
    return (slice(at, min(count, at + size)) for at in range(0, count, size))


def _prefix(played: Game, draw: int, rows: slice) -> Prefix:
    inputs = tuple(x[rows] for x in played.inputs)
    where, count = played.way.where, len(inputs[0])
    stand_in = {
        step: _of_rows(value, where[step], rows, count)
        for step, value in played.draws[draw].items()
    }
    with torch.no_grad():
        return unhidden(played.way, inputs, stand_in)


def _of_rows(value: Tensor, layout: Layout, rows: slice, count: int) -> Tensor:
    """Return what stands in for these rows; a value of one row stands for each of them."""
    if value.dim() == 0 or not isinstance(layout, RowAxis):
        return value
    some = value.expand(count, *value.shape[1:]) if len(value) == 1 else value[rows]
    return layout.together(
        some.movedim(0, layout.axis + 1)
        .flatten(layout.axis + 1, layout.axis + 2)
        .unsqueeze(layout.axis + 1)
    )


def _read(played: Game, before: Prefix, coalitions: Sets, rows: slice) -> Values:
    found = coalition_outputs(played.way, before, coalitions)
    sets, count = found.shape[:2]
    places = torch.arange(rows.start, rows.start + count).repeat(sets)
    worths = played.reader.read(found.flatten(0, 1), places)
    return np.asarray(worths.reshape(sets, count).double().numpy())
