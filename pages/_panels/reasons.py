"""What the Attribution page is asked: which networks, which method, which sample and output."""

from dataclasses import dataclass

from explain import Subject
from explain.attribution import ATTRIBUTORS, BASELINES, Baseline, attributor, usual_baseline
from explain.core.comparison import Comparison
from explain.core.records import Attributor
from pages._shell import caches, current
from pages._shell.kept import kept
from pages._shell.keys import Explainer, Sight
from pages._shell.reason_caches import samples, target_decided
from pages._shell.state import State, state

__all__ = [
    "Asked",
    "asked",
    "explainer_of",
    "fitting_baselines",
    "fitting_methods",
    "shown_text",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Everything that one picture of reasons depends on."""

    comparison: Comparison
    how: Explainer
    sight: Sight


def asked(now: State | None = None) -> Asked:
    """Return the question that the choices of this session are."""
    now = now or state()
    return Asked(comparison=current.comparison(now), how=explainer_of(now), sight=_sight(now))


def shown_text(now: State) -> str:
    """Return the typed text; nothing where the model reads none."""
    return now.text if caches.subject(now.model).spec.kind == "text" else ""


def _sight(now: State) -> Sight:
    text = shown_text(now)
    samples(now.model, text)
    decided = target_decided(now.model, now.sample, text)
    target = decided if now.target is None or not _exists(now) else now.target
    return Sight(sample=now.sample, text=text, target=target)


def _exists(now: State) -> bool:
    """Return whether the chosen output is that of a class or label."""
    task = caches.subject(now.model).task
    return task.by_class and now.target is not None and now.target < len(task.classes)


def explainer_of(now: State) -> Explainer:
    """Return the method with its baseline and options, as far as they fit the model."""
    fits = fitting_methods(now.model)
    record = attributor(now.method) if attributor(now.method) in fits else fits[0]
    baselines = [one.key for one in fitting_baselines(now.model)]
    usual = usual_baseline(caches.subject(now.model))
    chosen = now.baseline if now.baseline in baselines else usual
    return Explainer(
        method=record.key,
        baseline=chosen if record.baseline else "zero",
        options=_options(record, now.options),
    )


def _options(
    record: Attributor, given: tuple[tuple[str, float], ...]
) -> tuple[tuple[str, float], ...]:
    """Return the options that the method has, inside their ranges."""
    known = {p.key: p for p in record.parameters}
    return tuple(
        (key, float(round(value)) if known[key].whole else value)
        for key, value in given
        if key in known and known[key].low <= value <= known[key].high
    )


@kept(size=64)
def fitting_methods(model: str) -> tuple[Attributor, ...]:
    """Return the methods that fit a model, in menu order."""
    subject: Subject = caches.subject(model)
    return tuple(record for record in ATTRIBUTORS if record.fits(subject) is None)


@kept(size=64)
def fitting_baselines(model: str) -> tuple[Baseline, ...]:
    """Return the baselines that fit a model, in menu order."""
    subject: Subject = caches.subject(model)
    return tuple(record for record in BASELINES if record.fits(subject) is None)
