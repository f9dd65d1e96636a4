"""What a link asks for, checked against the model: what it does not have falls back with a note."""

from collections.abc import Callable
from dataclasses import replace

from explain import ExplainError, Subject
from explain.attribution import attributor, baseline
from explain.decompose import partitioner
from explain.features import mappable_layers
from explain.pruning import recalibration_refusal
from explain.study.asking import members
from models.text import typed
from pages._shell import caches, current
from pages._shell.module_caches import MOST, shown
from pages._shell.state import START, State

__all__ = ["checked"]

_Check = Callable[[State, Subject], str | None]


def checked(found: State) -> tuple[State, tuple[str, ...]]:
    """Return the state with every choice that the model has, and a note for each other one."""
    notes: list[str] = []
    subject = caches.subject(found.model)
    for fields, check in _CHECKS:
        reason = check(found, subject)
        if reason is not None:
            notes.append(reason)
            found = replace(found, **{name: getattr(START, name) for name in fields})
    return found, tuple(notes)


def _sample(found: State, subject: Subject) -> str | None:
    if found.sample < max(1, subject.samples.count):
        return None
    return f"The link's sample {found.sample} does not exist; showing sample 0."


def _plan(found: State, _subject: Subject) -> str | None:
    try:
        caches.masks(found.model, found.plan)
    except ExplainError as error:
        return f"The link's plan does not fit this model: {error}"
    return None


def _recalibrated(found: State, subject: Subject) -> str | None:
    reason = recalibration_refusal(subject) if found.recalibrated else None
    return None if reason is None else f"The link recalibrates, which cannot be done: {reason}"


def _maps(found: State, subject: Subject) -> str | None:
    if not found.maps or found.maps in mappable_layers(subject):
        return None
    return f"The link's layer {found.maps!r} has no feature maps here."


def _method(found: State, subject: Subject) -> str | None:
    reason = attributor(found.method).fits(subject) if found.method != START.method else None
    return None if reason is None else f"The link's method does not fit this model: {reason}"


def _baseline(found: State, subject: Subject) -> str | None:
    reason = baseline(found.baseline).fits(subject) if found.baseline else None
    return None if reason is None else f"The link's baseline does not fit this model: {reason}"


def _target(found: State, subject: Subject) -> str | None:
    outputs = max(1, len(subject.task.classes)) if subject.task.by_class else 1
    if found.target is None or found.target < outputs:
        return None
    return f"The link's output {found.target} does not exist; showing what the network decides."


def _text(found: State, subject: Subject) -> str | None:
    if not found.text:
        return None
    try:
        typed(subject, found.text)
    except ExplainError as error:
        return f"The link's text cannot be read: {error}"
    return None


def _split(found: State, subject: Subject) -> str | None:
    if (found.split, found.parts, found.reshaped) == (START.split, START.parts, START.reshaped):
        return None
    reason = partitioner(found.split).fits(subject)
    if found.parts is not None and not 2 <= found.parts <= MOST:
        reason = f"{found.parts} modules cannot be asked for; 2 to {MOST} can."
    if reason is None:
        try:
            shown(current.cut(found))
        except ExplainError as error:
            reason = str(error)
    return None if reason is None else f"The link's modules do not fit this model: {reason}"


def _modules(found: State, _subject: Subject) -> str | None:
    wanted = (*found.hidden, *(() if found.module is None else (found.module,)))
    if not wanted or max(wanted) < shown(current.cut(found)).count:
        return None
    return f"The link's module {max(wanted)} does not exist."


def _over(found: State, subject: Subject) -> str | None:
    if found.over == START.over:
        return None
    try:
        members(subject, found.over)
    except ExplainError as error:
        return f"The link's samples do not exist: {error}"
    return None


def _worth(found: State, subject: Subject) -> str | None:
    if found.worth == "loss" and subject.samples.targets is None:
        return "The link asks for a loss, but nothing is known to lose against."
    if found.worth == "probability" and subject.task.kind == "regression":
        return "The link asks for a probability, which a regression does not give."
    if found.stand != "zero" and subject.calibration is None:
        return "The link hides units with values of calibration samples; there are none."
    return None


_CHECKS: tuple[tuple[tuple[str, ...], _Check], ...] = (
    (("sample",), _sample),
    (("plan",), _plan),
    (("recalibrated",), _recalibrated),
    (("maps", "channel"), _maps),
    (("method",), _method),
    (("baseline",), _baseline),
    (("target",), _target),
    (("text",), _text),
    (("split", "parts", "reshaped"), _split),
    (("module", "hidden"), _modules),
    (("over",), _over),
    (("worth", "stand"), _worth),
)
