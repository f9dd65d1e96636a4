"""From an opened file, its card and its data to the subject that everything else works on."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import torch
from torch import Tensor

from explain.core.errors import ImportRefused, reason_of
from explain.core.messages import Message, say
from explain.core.provenance import fingerprint
from explain.core.resources import affordable
from explain.core.subject import InputSpec, ModelCard, Samples, Subject
from explain.network import Lifted, with_titles
from models.loading.assembling.arranging import arranged, held_out, learnt_rows, split_rows
from models.loading.assembling.inputs import (
    InputRoles,
    check_valued,
    held_at,
    held_notes,
    roles_of,
    with_roles,
)
from models.loading.assembling.output_meaning import meaning, with_targets
from models.loading.assembling.preprocessing import input_steps, prepared
from models.loading.assembling.titles import titles_of
from models.loading.card.model_card import Card
from models.loading.data.record import Data
from models.loading.opening import ModelFile

_KINDS: dict[str, Literal["image", "table", "text", "array"]] = {
    "tabular": "table",
    "image": "image",
    "text": "text",
}
_FIRST, _WORK = 64, 1e11
"""Rows of the first run, and multiply-adds that they may take."""

WITHOUT_DATA = Message("loading.assembling.no_data")
"""What is noted of a network that comes without data."""


def subject_from(
    opened: ModelFile,
    card: Card,
    data: Data | None,
    *,
    calibration: Data | None = None,
    network: Lifted | None = None,
    roles: InputRoles | None = None,
    seed: int = 1,
) -> Subject:
    """Return the subject of a user's network.

    A softmax or sigmoid at the end is taken off, pictures get their colours first, raw values are
    preprocessed once. Of one file of data a quarter (at most 512 rows, chosen inside each class
    with `seed`) serves criteria; where the file tells what the network has learnt from, those rows
    are of that, nothing of it is measured on and all of it may be trained on. A second file is
    taken as `calibration` whole.
    Everything that was changed or chosen stands in the notes of the subject's card.

    Without data the samples have no rows, but the shape of the inputs: the network can be drawn and
    pruned by what looks at weights alone; whatever needs rows refuses by itself.

    Args:
        opened: the file.
        card: what is known of the network, as complete as possible.
        data: samples; None where there are none.
        calibration: further samples, from the training data.
        network: built from bare weights, where the file holds no network.
        roles: what its inputs are for, by default what the card says.
        seed: of the choice of rows.

    Cost: one pass over at most 64 rows, of one where that takes seconds.

    Raises:
        ImportRefused: card, data and network do not fit together, with the reason.
    """
    given = opened.network if network is None else network
    if given is None:
        raise ImportRefused("loading.assembling.weights_without_network")
    roles = roles or roles_of(opened.inputs, given, card)
    values = {} if data is None else dict(data.held)
    check_valued(roles, values)
    ready = arranged(held_at(with_roles(given, roles), roles, roles.names, values), card)
    found = with_titles(ready.network, titles_of(ready.network))
    rows = _rows(data, card, found)
    outputs = _first_run(found, rows)
    meant = meaning(card, data, outputs, ready.head)
    samples, kept, said = rows, None, WITHOUT_DATA
    training = None
    if data is not None:
        labelled = with_targets(rows, data, meant.task)
        samples, kept, said = split_rows(labelled, seed, data.learnt)
        training = learnt_rows(labelled, data.learnt)
    if calibration is not None:
        kept = with_targets(prepared(calibration, card, found), calibration, meant.task)
        if data is not None:
            samples = held_out(labelled, data.learnt)
        said = Message("loading.assembling.own_calibration", rows=kept.count)
    left = tuple(name for name in roles.names if name not in values)
    held = held_notes(roles, values, left[1:])
    notes = (*_head_note(ready.head, card), *meant.notes, *held_notes(roles, {}, ()), said)
    whole = f"{opened.sha256}|{fingerprint(found, samples, kept)}"
    return Subject(
        key=f"file-{opened.sha256[:12]}",
        network=found,
        samples=samples,
        calibration=kept,
        spec=replace(_spec(samples, data, card), inputs=left, held=held),
        task=meant.task,
        card=_model_card(opened, card, data, notes),
        fingerprint=hashlib.sha256(whole.encode()).hexdigest(),
        training=training,
    )


def _rows(data: Data | None, card: Card, network: Lifted) -> Samples:
    """Return the rows as the network takes them; no rows of the right shape without data."""
    if data is not None:
        return prepared(data, card, network)
    steps = input_steps(network)
    types = [dict(step.keywords)["dtype"] for step in steps]
    return Samples(
        inputs=tuple(
            torch.zeros((0, *(step.shape or ())), dtype=kind)  # type: ignore[call-overload]
            for step, kind in zip(steps, types, strict=True)
        )
    )


def _first_run(network: Lifted, rows: Samples) -> Tensor:
    """Return outputs of the first rows, of one row of zeros without any.

    Raises:
        ImportRefused: the network does not run on these rows, gives no row of numbers, or numbers
            that are not finite.
    """
    most = min(_FIRST, max(1, affordable(network, _WORK)))
    inputs = tuple(x[:most] if len(x) else x.new_zeros((1, *x.shape[1:])) for x in rows.inputs)
    try:
        with torch.no_grad():
            outputs: Tensor = network(*inputs)
    except (RuntimeError, IndexError, ValueError) as error:
        ids = not inputs[0].is_floating_point()
        raise ImportRefused(
            "loading.assembling.no_run_on_ids" if ids else "loading.assembling.no_run",
            line=reason_of(error),
        ) from error
    if outputs.dim() > 2 or not outputs.is_floating_point() or len(outputs) != len(inputs[0]):
        raise ImportRefused(
            "loading.assembling.no_row_of_numbers",
            shape=str(list(outputs.shape[1:])),
            type=str(outputs.dtype),
        )
    if rows.count and not bool(torch.isfinite(outputs).all()):
        bad = int((~torch.isfinite(outputs.reshape(len(outputs), -1)).all(1)).sum())
        raise ImportRefused("loading.assembling.outputs_not_finite", bad=bad, rows=len(outputs))
    return outputs


def _spec(samples: Samples, data: Data | None, card: Card) -> InputSpec:
    """Return what a sample looks like, with the range of its values."""
    values = samples.inputs[0]
    kind = data.kind if data is not None else card.modality
    whole = values.numel() > 0
    names = data.names if data is not None else card.input.features
    return InputSpec(
        kind=_KINDS.get(kind, "array"),
        shape=tuple(values.shape[1:]),
        names=names,
        low=float(values.min()) if whole else 0.0,
        high=float(values.max()) if whole else 1.0,
        baseline=card.baseline.replace("zeros", "zero"),
        questions=card.input.questions if names == card.input.features else (),
    )


def _head_note(head: str, card: Card) -> tuple[Message, ...]:
    if not head:
        return ()
    against = card.output == "logits" and head != "log-softmax"
    return (
        Message(
            "loading.assembling.head_against_card" if against else "loading.assembling.head",
            head=head,
        ),
    )


def _model_card(
    opened: ModelFile, card: Card, data: Data | None, notes: Sequence[Message]
) -> ModelCard:
    """Return what is known of the network, with where it comes from in the notes."""
    source = Message("loading.assembling.source", format=opened.format, sha256=opened.sha256)
    report = data.report if data is not None else ()
    differs = card.sha256 and card.sha256 != opened.sha256
    other = (Message("loading.assembling.other_file"),) if differs else ()
    said = (source, *opened.warnings, *card.warnings, *other, *report, *notes)
    return ModelCard(
        title=card.title or opened.name or say("loading.assembling.untitled"),
        purpose=card.purpose or say("loading.assembling.no_purpose"),
        not_for=card.not_for,
        source=card.source,
        authors=card.authors,
        licence=card.licence,
        limits=card.limits,
        notes=(*card.notes, *said),
    )
