"""What one person looks at: one frozen value in the session, made of declared choices."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Generic, TypeVar, cast

import streamlit as st

from explain import ExplainError, PruningPlan, Subject
from explain.core import Another, Compared, Masked
from explain.core.messages import languages, say
from explain.pruning import recalibration_refusal, repair_refusal
from pages._shell import caches
from pages._shell.reading import (
    Words,
    is_whole_number,
    one_of,
    read_plan,
    read_whole,
    read_word,
    read_yes,
    write_plan,
)

Value = TypeVar("Value")


def _one(name: str, value: object) -> dict[str, list[str]]:
    return {name: [str(value)]}


def yes(name: str, _value: object) -> dict[str, list[str]]:
    """Write a switch that is on."""
    return {name: ["yes"]}


def no(name: str, _value: object) -> dict[str, list[str]]:
    """Write a switch that is off, of those that are on by default."""
    return {name: ["no"]}


@dataclass(frozen=True, slots=True, eq=False)
class Choice(Generic[Value]):
    """One choice: what it is called in links, and what it is while nobody has chosen.

    `read` returns what a link says, None for the default; `spell` returns the parameters of a value
    that is not the default. `check` returns why a network cannot have the value that a link asks
    for, None where it can. `whose` is the choice that it belongs to: when that is made anew, this
    one goes back to its default; None for what a session keeps. `once` are names of older links.
    """

    name: str
    default: Value
    read: Callable[[Words], Value | None]
    spell: Callable[[str, Value], Mapping[str, Sequence[str]]] = _one
    check: "Callable[[State, Subject], str | None] | None" = None
    whose: "Choice[Any] | None" = None
    once: tuple[str, ...] = ()

    def to(self, value: Value) -> "Setting[Value]":
        """Return this choice made so."""
        return Setting(self, value)

    def belongs_to(self, others: Mapping["Choice[Any]", object]) -> bool:
        """Return whether one of these choices is its owner, or an owner of that."""
        owner = self.whose
        return owner is not None and (owner in others or owner.belongs_to(others))


def switch(name: str) -> Choice[bool]:
    """Return the choice whether something is shown; a session keeps it."""
    return Choice(name, default=False, read=read_yes, spell=yes)


@dataclass(frozen=True, slots=True)
class Setting(Generic[Value]):
    """A choice and what it is set to."""

    choice: Choice[Value]
    value: Value


@dataclass(frozen=True, slots=True)
class State:
    """What one person looks at: the choices that are not at their default, all in the URL."""

    chosen: Mapping[Choice[Any], object] = field(default_factory=lambda: MappingProxyType({}))

    def __getitem__(self, choice: Choice[Value]) -> Value:
        """Return what a choice is set to."""
        return cast("Value", self.chosen.get(choice, choice.default))

    def but(self, *settings: Setting[Any]) -> "State":
        """Return the state with these choices made; what belongs to them is at its default."""
        made = {one.choice: one.value for one in settings}
        kept = {c: value for c, value in self.chosen.items() if not c.belongs_to(made)}
        found = {**kept, **made}
        return State(MappingProxyType({c: v for c, v in found.items() if v != c.default}))

    @property
    def model(self) -> str:
        """Return the key of the network."""
        return self[MODEL]

    @property
    def plan(self) -> PruningPlan:
        """Return how it is pruned."""
        return self[PLAN]

    @property
    def sample(self) -> int:
        """Return the sample that is looked at."""
        return self[SAMPLE]

    @property
    def recalibrated(self) -> bool:
        """Return whether the BatchNorm statistics are made anew after pruning."""
        return self[RECALIBRATED]

    @property
    def folded(self) -> bool:
        """Return whether what removed units still say is moved into the layers that hear it."""
        return self[FOLDED]

    @property
    def repaired(self) -> bool:
        """Return whether the weights that are left are refit after pruning."""
        return self[REPAIRED]

    def masked(self, plan: PruningPlan) -> Masked:
        """Return what a plan makes of the model, mended as this session wants it."""
        return Masked(
            plan=plan,
            recalibrated=self.recalibrated,
            folded=self.folded,
            repaired=self.repaired,
        )


def _sample_is_there(found: State, subject: Subject) -> str | None:
    if found.sample < max(1, subject.samples.count):
        return None
    return say("shell.link.no_such_sample", sample=found.sample)


def _plan_fits(found: State, _subject: Subject) -> str | None:
    try:
        caches.masks(found.model, found.plan)
    except ExplainError as error:
        return say("shell.link.plan_does_not_fit", why=str(error))
    return None


def _can_recalibrate(_found: State, subject: Subject) -> str | None:
    reason = recalibration_refusal(subject)
    return None if reason is None else say("shell.link.cannot_recalibrate", why=reason)


def _can_repair(_found: State, subject: Subject) -> str | None:
    reason = repair_refusal(subject)
    return None if reason is None else say("shell.link.cannot_repair", why=reason)


def _read_other(words: Words) -> Another | None:
    if words.last is None:
        return None
    model, _, seed = words.last.partition("~")
    return Another(model=model, seed=int(seed) if is_whole_number(seed) else 1)


def _write_other(name: str, other: Another | None) -> dict[str, list[str]]:
    if other is None:
        return {}
    return {name: [other.model if other.seed == 1 else f"{other.model}~{other.seed}"]}


def _can_be_compared(found: State, _subject: Subject) -> str | None:
    other = found[OTHER]
    try:
        caches.subject_of(Compared(model=found.model, how=other))
    except ExplainError as error:
        return say("comparison.link", why=str(error))
    return None


def _read_language(words: Words) -> str | None:
    return one_of(languages())(words)


LANGUAGE = Choice("lang", "en", _read_language)
"""The language that is spoken, as its file of messages is called."""
MODEL = Choice("model", "digits-mlp", read_word)
PLAN = Choice("plan", PruningPlan(), read_plan, write_plan, _plan_fits)
SAMPLE = Choice("sample", 0, read_whole, check=_sample_is_there, whose=MODEL)
RECALIBRATED = Choice(
    "recalibrated", default=False, read=read_yes, spell=yes, check=_can_recalibrate, whose=MODEL
)
FOLDED = Choice("folded", default=False, read=read_yes, spell=yes, whose=MODEL)
REPAIRED = Choice(
    "repaired", default=False, read=read_yes, spell=yes, check=_can_repair, whose=MODEL
)
OTHER: Choice[Another | None] = Choice(
    "other", None, _read_other, _write_other, _can_be_compared, whose=MODEL
)
"""Another model that is compared in place of the one that the plan makes."""

SHARED: tuple[Choice[Any], ...] = (
    LANGUAGE,
    MODEL,
    PLAN,
    SAMPLE,
    RECALIBRATED,
    FOLDED,
    REPAIRED,
    OTHER,
)
"""What every page speaks of, in the order in which a link is read."""
START = State()
STARTED = "started"
"""Key of the session's state that says that app.py has taken the link over."""

_KEY, _PAST, _FUTURE = "state", "past", "future"
_DEPTH = 200


def state() -> State:
    """Return the choices of this session."""
    found = st.session_state.get(_KEY, START)
    return found if isinstance(found, State) else START


def change(*settings: Setting[Any]) -> None:
    """Make some choices; what belongs to them goes back to its default."""
    become(state().but(*settings))


def become(after: State) -> None:
    """Look at something else; another model drops undo."""
    if after.model != state().model:
        st.session_state[_PAST], st.session_state[_FUTURE] = [], []
    st.session_state[_KEY] = after


def change_plan(plan: PruningPlan) -> None:
    """Replace the plan and remember the one before for undo."""
    before = state().plan
    if plan == before:
        return
    st.session_state[_PAST] = [*_list(_PAST), before][-_DEPTH:]
    st.session_state[_FUTURE] = []
    change(PLAN.to(plan))


def undo() -> None:
    """Go back to the plan before."""
    _step(_PAST, _FUTURE)


def redo() -> None:
    """Take back an undo."""
    _step(_FUTURE, _PAST)


def can_undo() -> bool:
    """Return whether there is a plan to go back to."""
    return bool(_list(_PAST))


def can_redo() -> bool:
    """Return whether there is an undo to take back."""
    return bool(_list(_FUTURE))


def _step(source: str, target: str) -> None:
    plans = _list(source)
    if not plans:
        return
    st.session_state[target] = [*_list(target), state().plan]
    st.session_state[source] = plans[:-1]
    change(PLAN.to(plans[-1]))


def _list(key: str) -> list[PruningPlan]:
    return list(st.session_state.get(key, []))


def keep(key: str, value: object) -> str:
    """Bring a widget to the state's value before it is drawn, and return its key.

    Also where the value is the same: a widget that stands on two pages is another one on each, and
    the browser shows its default until it is told.
    """
    if value is not None or st.session_state.get(key) is not None:
        st.session_state[key] = value
    return key


def kept_field(key: str, value: object, take: Callable[[Any], None]) -> dict[str, Any]:
    """Return key and callback of a field that shows the state's value; `take` gets what is entered.

    Where the value was set elsewhere it is another field from then on. What a browser says of the
    one before, since it has not heard of that or shows a popover no more, is nobody's choice.
    """
    if st.session_state.get(_field(key), value) != value:
        st.session_state[_made(key)] = st.session_state.get(_made(key), 0) + 1
    shown = _field(key)

    def changed() -> None:
        if shown == _field(key):
            take(st.session_state[shown])

    return {"key": keep(shown, value), "on_change": changed}


def _field(key: str) -> str:
    made = st.session_state.get(_made(key), 0)
    return f"{key}-{made}" if made else key


def _made(key: str) -> str:
    return f"{key}-made"
