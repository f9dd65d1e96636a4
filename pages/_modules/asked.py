"""What the Modules page is asked: which networks, cut how, and about which samples."""

from dataclasses import dataclass

from explain.core import Comparison
from explain.core.messages import say
from explain.figures import output_name
from explain.study import samples_of
from pages._modules.caches import contributions_of, payoff_rows
from pages._modules.choices import OVER, REPLACEMENT, VALUE, cut_of
from pages._shell import caches, current
from pages._shell.choice import State
from pages._shell.keys import Partitioning, Payoff
from pages._shell.state import state


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleQuestion:
    """Everything that a picture of modules depends on."""

    comparison: Comparison
    cut: Partitioning
    question: Payoff


def module_question(now: State | None = None) -> ModuleQuestion:
    """Return the question that the choices of this session are."""
    now = now or state()
    return ModuleQuestion(
        comparison=current.comparison(now), cut=cut_of(now), question=_question(now)
    )


def _question(now: State) -> Payoff:
    single = now[OVER] == "sample"
    sample = now.sample if single else 0
    return Payoff(over=now[OVER], sample=sample, value=now[VALUE], replacement=now[REPLACEMENT])


def output(found: ModuleQuestion) -> str:
    """Return in words what the modules add to."""
    subject, question = caches.subject(found.comparison.dense), found.question
    if question.value == "loss":
        return say("modules.asked.loss")
    kind = "output" if subject.task.kind == "regression" else question.value
    if not subject.task.by_class:
        return say("modules.asked.output", kind=kind, output=output_name(subject.task, 0))
    targets = set(contributions_of(found.comparison.before, found.cut, question).targets.tolist())
    if len(targets) > 1:
        return say("modules.asked.decided", kind=kind)
    return say("modules.asked.output", kind=kind, output=output_name(subject.task, targets.pop()))


def samples_in_words(found: ModuleQuestion) -> str:
    """Return which samples a question is about: "sample 3", "47 samples with sex: female"."""
    over, subject = found.question.over, caches.subject(found.comparison.dense)
    if over == "sample":
        return say("modules.asked.sample", sample=found.question.sample)
    used = len(payoff_rows(found.comparison.dense, found.question))
    there = len(samples_of(subject, over))
    kind, _, rest = over.partition("~")
    name = subject.task.classes[int(rest)] if kind == "class" else rest.replace("~", ": ", 1)
    said = (
        say("modules.asked.samples", over=kind, n=used, name=name)
        if used == there
        else say("modules.asked.some_samples", over=kind, n=used, there=there, name=name)
    )
    return say("modules.asked.few", samples=said) if used < _FEW else said


_FEW = 20
"""Samples below which an average is called little evidence."""
