"""From a plan to a pruned subject, and to what is drawn of it."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from explain.core.errors import InvalidSubject
from explain.core.messages import Message
from explain.core.network import NetworkView
from explain.core.plan import PruningPlan
from explain.core.provenance import fingerprint
from explain.core.scores import ScoreSet
from explain.core.subject import InputSpec, ModelCard, Samples, Subject, Task
from explain.measure import as_targets, check_outputs, check_subject, infer_task, to_logits
from explain.network import Lifted, drawing_of, edges, lift_answer, signature, silence, unit_deaths
from explain.pruning import fixed_pruned, grain, groups, weight_ranks


def subject(  # noqa: PLR0913 - what belongs together, and what it means
    module: nn.Module,
    inputs: Tensor | tuple[Tensor, ...] | Samples,
    targets: Tensor | None = None,
    *,
    classes: Sequence[str] = (),
    calibration: Samples | tuple[Tensor, Tensor] | None = None,
    task: Task | None = None,
    spec: InputSpec | None = None,
    card: ModelCard | None = None,
    key: str = "custom",
    output: str | int | None = None,
) -> Subject:
    """Lift any eager network and put it together with its data.

    A softmax or sigmoid at the end is cut off: outputs are logits, decisions stay, a threshold of
    the task on probabilities becomes one on logits, and the notes of the card say so.

    Args:
        module: the network; it is copied and not touched.
        inputs: held-out samples, batch first: a tensor, a tuple of them, or ready `Samples`.
        targets: [n] or [n, 1] class indices (integers) or values (floats), [n, labels] of 0 and 1
            for a task of kind "multilabel"; None where nothing is known.
        classes: names of the classes; numbers by default.
        calibration: samples from the training data, for criteria that look at data.
        task: what the outputs mean; inferred from outputs and targets by default.
        spec: what a sample looks like; inferred from the shape by default.
        card: where the network comes from.
        key: a short name.
        output: which of several values that the network returns is the answer, by name or place.
            By default the only one that may be a row of numbers for each row; the notes of the
            card say what was left out.

    Raises:
        UnsupportedOperation: the network uses an operation that cannot be lifted.
        InvalidSubject: inputs, targets, classes, metric and outputs do not fit together, or the
            network gives probabilities that are not the softmax or sigmoid of a value inside.
        UnknownKey: the task names no metric.
    """
    samples = _samples(inputs, targets, task)
    example = samples.take(np.arange(min(2, samples.count))).inputs
    lifted = lift_answer(module, example, output=output)
    rows = None if calibration is None else _calibration(calibration, task)
    answer = _answer_to(lifted.network, example)
    scored = to_logits(lifted.network, task or infer_task(answer, samples, tuple(classes)))
    network, task = scored.network, scored.task
    with torch.no_grad():
        check_outputs(network(*samples.take(np.arange(1)).inputs), task)
    found = Subject(
        key=key,
        network=network,
        samples=samples,
        calibration=rows,
        spec=spec or _spec(samples.inputs[0]),
        task=task,
        card=_with_notes(
            card or ModelCard(title=key, purpose="your own network"), (*lifted.notes, *scored.notes)
        ),
        fingerprint=fingerprint(network, samples, rows),
    )
    check_subject(found)
    return found


def _answer_to(network: Lifted, example: tuple[Tensor, ...]) -> Tensor:
    """Return the answer to the first row.

    Raises:
        InvalidSubject: to one row, or to two, it gives other than one answer each.
    """
    for count in range(len(example[0]), 0, -1):
        with torch.no_grad():
            answer: Tensor = network(*(x[:count] for x in example))
        if answer.shape[:1] != (count,):
            shape = str(list(answer.shape))
            raise InvalidSubject("network.no_answer_each", shape=shape, size=count)
    return answer


def _with_notes(card: ModelCard, notes: Sequence[Message]) -> ModelCard:
    return replace(card, notes=(*card.notes, *notes))


def _samples(
    inputs: Tensor | tuple[Tensor, ...] | Samples, targets: Tensor | None, task: Task | None
) -> Samples:
    if isinstance(inputs, Samples):
        found = inputs.targets if targets is None else targets
        return replace(inputs, targets=None if found is None else as_targets(found, task))
    tensors = (inputs,) if isinstance(inputs, Tensor) else inputs
    return Samples(inputs=tensors, targets=None if targets is None else as_targets(targets, task))


def _calibration(rows: Samples | tuple[Tensor, Tensor], task: Task | None) -> Samples:
    return _samples(rows, None, task) if isinstance(rows, Samples) else _samples(*rows, task)


def _spec(inputs: Tensor) -> InputSpec:
    shape = tuple(inputs.shape[1:])
    if not inputs.is_floating_point():
        return InputSpec(kind="text", shape=shape)
    kinds = {1: "table", 3: "image"}
    low, high = float(inputs.min()), float(inputs.max())
    kind = kinds.get(len(shape), "array")
    return InputSpec(kind=kind, shape=shape, low=low, high=high)  # type: ignore[arg-type]


def network_view(
    subject: Subject, scores: ScoreSet, plan: PruningPlan, *, layer: str | None = None
) -> NetworkView:
    """Return what to draw of a network and when each connection dies, under a fixed budget.

    One view serves every amount of the plan: a connection is gone when the number of pruned
    entries reaches its rank. When whole units die, their outgoing connections go with them if what
    they put out is then exactly 0.

    Args:
        subject: the dense subject.
        scores: of the plan's criterion.
        plan: its amount plays no part; scope, overrides and protection do.
        layer: open this layer (with what feeds it) instead of the whole network.

    Raises:
        UnknownKey: there is no such layer.
    """
    network = subject.network
    drawn = drawing_of(network, subject.spec, subject.task, layer=layer)
    ranks = weight_ranks(scores, plan)
    found = edges(network, drawn, ranks)
    deaths = unit_deaths(network, drawn, found, ranks)
    if grain(scores.granularity).kind == "units":
        found = silence(network, drawn, found, deaths)
    sizes = groups(scores, plan)
    arrays = (found.source, found.target, found.dies_at, found.weight, found.thins_at, deaths)
    return NetworkView(
        sig=signature(subject.fingerprint, drawn.layers, sizes, scores.granularity, *arrays),
        layers=drawn.layers,
        source=found.source,
        target=found.target,
        dies_at=found.dies_at,
        weight=found.weight,
        strength=found.strength,
        count=found.count,
        thins_at=found.thins_at,
        unit_dies_at=deaths,
        groups=sizes,
        fixed_pruned=fixed_pruned(scores, plan),
        prunable=scores.entries,
        edges_total=found.total,
        weights_total=scores.weights,
        zeros=scores.zeros,
    )
