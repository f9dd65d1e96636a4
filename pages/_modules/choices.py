"""Choices of the tab Parts: how the network is cut, what is asked, and what is hidden."""

from typing import Any

from explain import ExplainError, Subject
from explain.core.messages import Sayable, say
from explain.decompose import PARTITIONERS, REPLACEMENTS, VALUES, partitioner
from explain.study import samples_of
from pages._modules.caches import MOST as MOST_MODULES
from pages._modules.caches import shown_partition
from pages._shell.keys import Partitioning
from pages._shell.reading import (
    LONGEST,
    MOST,
    Words,
    is_whole_number,
    one_of,
    read_whole,
    text_up_to,
)
from pages._shell.state import MODEL, Choice, State, switch

_LONGEST_STEP = 2000


def cut_of(now: State) -> Partitioning:
    """Return how the network of a session is cut."""
    return Partitioning(model=now.model, method=now[METHOD], k=now[K], steps=now[RESHAPED])


def _method_fits(found: State, subject: Subject) -> str | None:
    return _unfit(partitioner(found[METHOD]).fits(subject))


def _can_be_asked_for(found: State, _subject: Subject) -> str | None:
    k = found[K]
    if k is not None and not 2 <= k <= MOST_MODULES:
        return _unfit(say("modules.link.count", k=k, most=MOST_MODULES))
    return _can_be_cut(found.but(K.to(k)))


def _can_be_cut(found: State, _subject: Subject | None = None) -> str | None:
    try:
        shown_partition(cut_of(found))
    except ExplainError as error:
        return _unfit(str(error))
    return None


def _unfit(reason: Sayable) -> str | None:
    return None if reason is None else say("modules.link.unfit", why=reason)


def _module_is_there(found: State, _subject: Subject) -> str | None:
    return _missing(found, found[MODULE] or 0)


def _hidden_are_there(found: State, _subject: Subject) -> str | None:
    hidden = found[HIDDEN]
    return _missing(found, max(hidden))


def _missing(found: State, module: int) -> str | None:
    if module < shown_partition(cut_of(found)).count:
        return None
    return say("modules.link.module", module=module)


def _samples_are_there(found: State, subject: Subject) -> str | None:
    try:
        samples_of(subject, found[OVER])
    except ExplainError as error:
        return say("modules.link.samples", why=str(error))
    return None


def _has_a_meaning(found: State, subject: Subject) -> str | None:
    if found[VALUE] == "loss" and subject.samples.targets is None:
        return say("modules.link.loss")
    if found[VALUE] == "probability" and subject.task.kind == "regression":
        return say("modules.link.probability")
    return None


def _can_be_replaced(_found: State, subject: Subject) -> str | None:
    if subject.calibration is None:
        return say("modules.link.calibration")
    return None


def _read_steps(words: Words) -> tuple[str, ...]:
    steps = tuple(words.all)
    if len(steps) > MOST or any(len(step) > _LONGEST_STEP for step in steps):
        words.note(say("modules.link.steps"))
        return ()
    return steps


def _read_modules(words: Words) -> tuple[int, ...]:
    return tuple(sorted({int(said) for said in words.all[:MOST] if is_whole_number(said)}))


def _write_all(name: str, values: tuple[object, ...]) -> dict[str, list[str]]:
    return {name: [str(value) for value in values]}


METHOD = Choice(
    "partition",
    "layered-null",
    one_of([record.key for record in PARTITIONERS]),
    check=_method_fits,
    whose=MODEL,
    once=("split",),
)
"""The method that breaks the network into modules."""
K: Choice[int | None] = Choice(
    "k", None, read_whole, check=_can_be_asked_for, whose=METHOD, once=("parts",)
)
"""How many modules are wanted; None for as many as the method finds."""
RESHAPED: Choice[tuple[str, ...]] = Choice(
    "reshaped", (), _read_steps, _write_all, _can_be_cut, whose=K
)
"""What was done to the modules by hand, step by step: merged, split, carved out."""
MODULE: Choice[int | None] = Choice(
    "module", None, read_whole, check=_module_is_there, whose=RESHAPED
)
"""The module that is looked at."""
HIDDEN: Choice[tuple[int, ...]] = Choice(
    "hidden", (), _read_modules, _write_all, _hidden_are_there, whose=RESHAPED
)
"""The modules that are hidden."""
OVER = Choice("over", "sample", text_up_to(2 * LONGEST), check=_samples_are_there, whose=MODEL)
"""Which samples: "sample", "all", "class~2" or "group~site~Zurich"."""
VALUE = Choice("value", "logit", one_of(VALUES), check=_has_a_meaning, whose=MODEL, once=("worth",))
"""What modules contribute to: a logit, a probability or a loss."""
REPLACEMENT = Choice(
    "replacement",
    "zero",
    one_of(REPLACEMENTS),
    check=_can_be_replaced,
    whose=MODEL,
    once=("stand",),
)
"""What stands for a hidden module."""
CAUSES = switch("give-back")
"""Whether the give-back test runs."""
PARTS = Choice("give-back-of", "modules", one_of(("modules", "layers")))
"""What is given back one by one."""
CONDUCTANCE = switch("conductance")
"""Whether sums of layer conductance are shown."""
CURVE_SHOWN = switch("module-curve")
"""Whether contributions are followed over the amounts."""
PAIRS = switch("pairs")
"""Whether interactions are shown that take long."""
OWN = switch("own-modules")
"""Whether it is open how modules are found, and made by hand."""
ADDS = switch("contributions")
"""Whether contributions are shown of parts that stand one after the other."""
QUALITY = switch("cut-quality")
"""Whether the cut is compared with chance."""
TREE = switch("tree")
"""Whether the tree of modules is shown."""
CLASSES = switch("hidden-by-class")
"""Whether the classes are open that hiding modules costs."""

CHOICES: tuple[Choice[Any], ...] = (
    *(CAUSES, PARTS, OWN, ADDS, CONDUCTANCE, CURVE_SHOWN, PAIRS, QUALITY, TREE, CLASSES),
    METHOD,
    K,
    RESHAPED,
    MODULE,
    HIDDEN,
    OVER,
    VALUE,
    REPLACEMENT,
)
