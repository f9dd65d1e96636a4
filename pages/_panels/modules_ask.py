"""What the Modules page is asked: which networks, cut how, and about which samples."""

from dataclasses import dataclass

from explain.figures import output_name, wording
from pages._shell import caches
from pages._shell.module_caches import Cut, Question, contributed, cut_of, members, rows_of
from pages._shell.reason_caches import Network
from pages._shell.state import State, state

__all__ = [
    "HIDDEN",
    "MODULE",
    "Asked",
    "asked",
    "output",
    "samples_in_words",
]

MODULE, HIDDEN = "module", "hidden"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Everything that a picture of modules depends on."""

    dense: Network
    pruned: Network
    cut: Cut
    question: Question


def asked(now: State | None = None) -> Asked:
    """Return the question that the choices of this session are."""
    now = now or state()
    dense = Network(model=now.model)
    pruned = Network(model=now.model, plan=now.plan.to_json(), recalibrated=now.recalibrated)
    masks = caches.masks(now.model, now.plan)
    same = masks.kept == masks.total and not now.recalibrated
    return Asked(
        dense=dense,
        pruned=dense if same else pruned,
        cut=cut_of(now),
        question=_question(now),
    )


def _question(now: State) -> Question:
    single = now.over == "sample"
    return Question(
        over=now.over, sample=now.sample if single else 0, value=now.worth, stand=now.stand
    )


def output(found: Asked) -> str:
    """Return in words what the modules add to."""
    subject, question = caches.subject(found.dense.model), found.question
    if question.value == "loss":
        return "the loss"
    kind = "the output" if subject.task.kind == "regression" else f"the {question.value}"
    if not subject.task.by_class:
        return f"{kind} of {output_name(subject.task, 0)}"
    targets = contributed(found.dense, found.cut, question).targets
    same = len(set(targets.tolist())) == 1
    return f"{kind} of {output_name(subject.task, int(targets[0])) if same else 'what is decided'}"


def samples_in_words(found: Asked) -> str:
    """Return which samples a question is about: "sample 3", "47 samples with sex: female"."""
    over, model = found.question.over, found.dense.model
    if over == "sample":
        return f"sample {found.question.sample}"
    used, there = len(rows_of(model, over, 0)), len(members(model, over))
    count = f"{used} sample{'s' if used != 1 else ''}"
    count = count if used == there else f"{used} of {wording.count(there)} samples"
    kind, _, rest = over.partition("~")
    if kind == "class":
        count += f" of “{caches.subject(model).task.classes[int(rest)]}”"
    elif rest:
        count += f" with {rest.replace('~', ': ', 1)}"
    return f"{count}: too few to say much" if used < _FEW else count


_FEW = 20
"""Samples below which an average is called little evidence."""
