"""explain_rows: one method, one network, some of its samples."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explain.attribution.baselines import Baseline, Start, training_rows, usual_baseline
from explain.attribution.baselines import baseline as baseline_of
from explain.attribution.catalog import attributor
from explain.attribution.places import LookUp, entrance, look_up, no_entrance
from explain.attribution.rewiring import starting_at
from explain.attribution.several_inputs import samples_with, starting_with
from explain.attribution.view import Passes, View
from explain.core.decisions import largest_outputs
from explain.core.errors import InvalidOption, InvalidSubject, NonFinite, Refused
from explain.core.explanation import Explanation
from explain.core.methods import NO_OPTIONS, Attributor, Options, resolve
from explain.core.provenance import origin
from explain.core.resources import Progress, capacity
from explain.core.subject import Samples, Subject, need_rows
from explain.network.lifted import Lifted

_ROWS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """What is settled before the first batch runs."""

    subject: Subject
    record: Attributor
    start: Baseline
    options: Mapping[str, float]
    network: Lifted
    look_up: LookUp | None
    calibration: Tensor | None
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """What came out of one batch."""

    values: Tensor
    outputs: Tensor
    baseline_outputs: Tensor


def explain_rows(  # noqa: PLR0913 - what is asked, and how
    subject: Subject,
    method: str,
    rows: Sequence[int] | NDArray[np.int64],
    *,
    targets: Sequence[int] | NDArray[np.int64] | None = None,
    baseline: str | None = None,
    options: Options = NO_OPTIONS,
    seed: int = 0,
    samples: Samples | None = None,
    of_input: int = 0,
    progress: Progress | None = None,
) -> Explanation:
    """Explain outputs of a network for some rows: what each part of a sample adds to them.

    Works on a private copy with hooks of its own: the subject, its gradients and the random state
    of the process stay as they are, and any number of threads may call at once. A row's values do
    not depend on the rows it is explained with, but for the last places of float32.

    One input is explained, by default the first; others keep the sample's values and stand in
    `held`. Where it holds token ids,
    the explanation starts at the output of the embedding that looks them up: gradients are taken
    there, hidden tokens take the baseline's embedding, and a token's values are summed. What the
    network computes from the ids beside that, a padding mask say, stays as it is.

    Args:
        subject: dense or pruned.
        method: key of an attribution method in the catalog.
        rows: which samples.
        targets: the output to explain for each row; by default the decision of this network. With
            a single output ("binary", "regression") it is 0.
        baseline: key of a baseline, by default the subject's `usual_baseline`; without meaning for
            methods that have none.
        options: values for parameters of the method.
        seed: for methods that draw at random; every row is explained from the same draws.
        samples: take the rows from here in place of the subject's samples.
        of_input: place of the input to explain.
        progress: called with the share done, 0..1, at most about 100 times; may raise to cancel.

    Cost: the record's `passes` for each row, in batches whose values take about 16 MB, and two
    more passes for the outputs at the sample and at the baseline.

    Raises:
        UnknownKey: no such method, baseline or option.
        InvalidOption: an option, an input or a target that is out of range.
        InvalidSubject: no such row.
        Refused: there are no data; or the method or the baseline does not fit the subject, with
            the reason.
        NonFinite: the values, or the outputs at the samples or the baseline, are not finite.
        Whatever `progress` raises.
    """
    started = time.perf_counter()
    turned = starting_with(subject, of_input)
    given = turned.samples if samples is None else samples_with(samples, of_input)
    chosen = _checked_rows(rows, given)
    work = _work(turned, method, baseline or usual_baseline(turned), options, seed)
    wanted = _targets(work, given, chosen, targets)
    expected = work.record.passes(turned, work.options) * len(chosen)
    passes = Passes(expected, progress)
    parts = [_explained(work, view) for view in _views(work, passes, given, chosen, wanted)]
    passes.tell(1.0)
    count = passes.count / max(1, len(chosen))
    found = _together(work, chosen, wanted, parts, count, started)
    held = tuple(at for at in range(len(given.inputs)) if at != of_input)
    return replace(found, of_input=of_input, held=held)


def _work(subject: Subject, method: str, baseline: str, options: Options, seed: int) -> _Work:
    record, start = attributor(method), baseline_of(baseline)
    settled = resolve(record.parameters, options)
    reason = no_entrance(subject) or record.fits(subject)
    if reason is not None:
        raise Refused("attribution.unfit", title=record.title, reason=reason)
    reason = start.fits(subject) if record.baseline else None
    if reason is not None:
        raise Refused("attribution.baseline_unfit", title=start.title, reason=reason)
    name = str(entrance(subject))
    own = _private(cast("Lifted", subject.network))
    numbers = look_up(subject)
    return _Work(
        subject=subject,
        record=record,
        start=start if record.baseline else baseline_of("zero"),
        options=settled,
        network=own if numbers is None else starting_at(own, name),
        look_up=numbers,
        calibration=training_rows(subject),
        seed=seed,
    )


def _private(network: Lifted) -> Lifted:
    """Return a copy over the same memory whose weights take no gradients."""
    own = network.with_parameters(network.weights())
    for parameter in own.parameters():
        parameter.requires_grad = False
    return own


def _checked_rows(rows: Sequence[int] | NDArray[np.int64], samples: Samples) -> NDArray[np.int64]:
    need_rows(samples)
    chosen = np.asarray(rows, np.int64).reshape(-1)
    wrong = chosen[(chosen < 0) | (chosen >= samples.count)]
    if len(wrong):
        raise InvalidSubject("samples.no_sample", sample=int(wrong[0]), last=samples.count - 1)
    return chosen


def _targets(
    work: _Work,
    samples: Samples,
    rows: NDArray[np.int64],
    given: Sequence[int] | NDArray[np.int64] | None,
) -> NDArray[np.int64]:
    """Return the output to explain for each row, checked."""
    if given is None:
        return largest_outputs(work.subject, samples, rows)
    wanted = np.asarray(given, np.int64).reshape(-1)
    if len(wanted) != len(rows):
        raise InvalidOption("attribution.count_of_targets", targets=len(wanted), rows=len(rows))
    outputs = _width(work.subject)
    if any(target < 0 or target >= outputs for target in wanted):
        raise InvalidOption(
            "attribution.no_output",
            output=next(int(t) for t in wanted if not 0 <= t < outputs),
            last=outputs - 1,
        )
    return wanted


def _width(subject: Subject) -> int:
    """Return the number of outputs."""
    shape = subject.network.steps[-1].shape
    return shape[0] if shape else 1


def _views(
    work: _Work,
    passes: Passes,
    samples: Samples,
    rows: NDArray[np.int64],
    targets: NDArray[np.int64],
) -> Iterator[View]:
    """Yield the rows batch by batch, every pass of the network counted."""
    model = work.network.sharing_copy()
    passes.watch(model)
    room = capacity(work.subject.network)
    size = min(_ROWS, room)
    for at in range(0, len(rows), size):
        here = slice(at, at + size)
        yield _view(work, model, passes, samples.take(rows[here]).inputs, targets[here], room)


def _view(
    work: _Work,
    model: Lifted,
    passes: Passes,
    inputs: tuple[Tensor, ...],
    targets: NDArray[np.int64],
    room: int,
) -> View:
    numbers = inputs[0] if work.look_up is None else work.look_up(inputs[0])
    start = Start(inputs=numbers, calibration=work.calibration, look_up=work.look_up)
    many = len(work.subject.network.steps[-1].shape or ()) > 0
    return View(
        subject=work.subject,
        model=model,
        passes=passes,
        inputs=numbers.detach().requires_grad_(),
        fixed=_hookable(inputs[1:] if work.look_up is None else inputs),
        baseline=work.start.function(start, work.subject),
        targets=torch.from_numpy(targets) if many else None,
        embedded=work.look_up is not None,
        calibration=work.calibration,
        capacity=room,
        seed=work.seed,
    )


def _hookable(inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """Let gradients flow to numbers that stay fixed: Captum hooks what is computed from them."""
    return tuple(x.detach().requires_grad_(x.is_floating_point()) for x in inputs)


def _explained(work: _Work, view: View) -> _Part:
    with torch.enable_grad():
        values: Tensor = work.record.function(view, work.options)
    return _Part(
        values=values.detach().double(),
        outputs=_outputs(work, view, view.inputs),
        baseline_outputs=_outputs(work, view, view.baseline.expand_as(view.inputs)),
    )


def _outputs(work: _Work, view: View, inputs: Tensor) -> Tensor:
    with torch.no_grad():
        found: Tensor = work.network(inputs, *view.fixed).double()
    if view.targets is None:
        return found.reshape(len(inputs))
    return found.gather(1, view.targets[:, None])[:, 0]


def _together(
    work: _Work,
    rows: NDArray[np.int64],
    targets: NDArray[np.int64],
    parts: Sequence[_Part],
    passes: float,
    started: float,
) -> Explanation:
    values = _joined([part.values for part in parts], work)
    outputs = _joined([part.outputs for part in parts], None)
    starts = _joined([part.baseline_outputs for part in parts], None)
    _check_finite(work, values, outputs, starts if work.record.baseline else outputs)
    return Explanation(
        method=work.record.key,
        baseline=work.start.key,
        options=MappingProxyType(dict(work.options)),
        rows=rows,
        targets=targets,
        values=values,
        outputs=outputs,
        baseline_outputs=starts if work.record.baseline else None,
        gaps=_gaps(values, outputs - starts) if work.record.complete else None,
        passes=passes,
        provenance=origin(work.subject, started, seed=work.seed),
    )


def _joined(parts: Sequence[Tensor], work: _Work | None) -> NDArray[np.float64]:
    """Return all batches as one array; without rows, an empty one of the samples' shape."""
    if parts:
        found: NDArray[np.float64] = torch.cat(list(parts)).numpy()
        return found
    shape = () if work is None else tuple(work.subject.samples.inputs[0].shape[1:])
    return np.zeros((0, *shape))


def _gaps(values: NDArray[np.float64], change: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return by how much the values miss the change of the output, as a share of it [n]."""
    total = values.reshape(len(values), -1).sum(1) if len(values) else np.zeros(0)
    found: NDArray[np.float64] = np.abs(total - change) / np.maximum(np.abs(change), 1e-6)
    return found


def _check_finite(work: _Work, *found: NDArray[np.float64]) -> None:
    if not all(np.isfinite(numbers).all() for numbers in found):
        raise NonFinite.inside("explanation", work.record.key)
