"""What the Attribution page is asked: which networks, which method, which sample and output."""

from dataclasses import dataclass

from explain import Subject
from explain.attribution import BASELINES, Baseline, fitting_attributors, usual_baseline
from explain.core import Attributor, Comparison
from pages._attribution.choices import BASELINE, METHOD, OPTIONS
from pages._panels.choices import TARGET, TEXT
from pages._shell import caches, current
from pages._shell.current import samples, target_decided
from pages._shell.kept import MODELS, kept
from pages._shell.keys import Explainer, Sight
from pages._shell.state import State, state


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonQuestion:
    """Everything that one picture of reasons depends on."""

    comparison: Comparison
    how: Explainer
    sight: Sight


def reason_question(now: State | None = None) -> ReasonQuestion:
    """Return the question that the choices of this session are."""
    now = now or state()
    return ReasonQuestion(
        comparison=current.comparison(now), how=explainer_of(now), sight=_sight(now)
    )


def shown_text(now: State) -> str:
    """Return the typed text; nothing where the model reads none."""
    return now[TEXT] if caches.subject(now.model).spec.kind == "text" else ""


def _sight(now: State) -> Sight:
    text = shown_text(now)
    samples(now.model, text)
    target = known_target(now)
    if target is None:
        target = target_decided(now.model, now.sample, text)
    return Sight(sample=now.sample, text=text, target=target)


def known_target(now: State) -> int | None:
    """Return the chosen output where it is that of a class or label, else None."""
    task, target = caches.subject(now.model).task, now[TARGET]
    known = task.by_class and target is not None and target < len(task.classes)
    return target if known else None


def explainer_of(now: State) -> Explainer:
    """Return the method with its baseline and options, as far as they fit the model."""
    fits = fitting_methods(now.model)
    record = next((one for one in fits if one.key == now[METHOD]), fits[0])
    baselines = [one.key for one in fitting_baselines(now.model)]
    usual = usual_baseline(caches.subject(now.model))
    chosen = now[BASELINE] if now[BASELINE] in baselines else usual
    return Explainer(
        method=record.key,
        baseline=chosen if record.baseline else "zero",
        options=_options(record, now[OPTIONS]),
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


@kept(size=MODELS)
def fitting_methods(model: str) -> tuple[Attributor, ...]:
    """Return the methods that fit a model, in menu order."""
    return fitting_attributors(caches.subject(model))


@kept(size=MODELS)
def fitting_baselines(model: str) -> tuple[Baseline, ...]:
    """Return the baselines that fit a model, in menu order."""
    subject: Subject = caches.subject(model)
    return tuple(record for record in BASELINES if record.fits(subject) is None)
