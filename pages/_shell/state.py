"""What one person looks at: one frozen value in the session, shared by all pages."""

from dataclasses import dataclass, field, replace

import streamlit as st

from explain import PruningPlan

__all__ = [
    "START",
    "State",
    "can_redo",
    "can_undo",
    "change",
    "change_plan",
    "redo",
    "state",
    "undo",
]

_KEY, _PAST, _FUTURE = "state", "past", "future"
_DEPTH = 200
_OWN = (
    *("unit", "recalibrated", "maps", "channel"),
    *("method", "options", "baseline", "target", "text"),
    *("split", "parts", "reshaped", "module", "over", "worth", "stand", "hidden"),
)
"""What has no meaning for another model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The choices of a session: plain data, all of it in the URL."""

    model: str = "digits-mlp"
    plan: PruningPlan = field(default_factory=PruningPlan)
    sample: int = 0
    view: str = "graph"
    layer: str = ""
    """The layer that the network view is opened at; empty for the whole network."""
    unit: tuple[str, int] | None = None
    """The unit whose arithmetic is shown: its layer (or input) and its number."""
    recalibrated: bool = False
    """Whether the BatchNorm statistics are made anew after pruning."""
    maps: str = ""
    """The layer whose feature maps are shown; empty for the last one that has any."""
    channel: int | None = None
    """The channel that is looked at closely; None for the most relevant one."""
    colours: str = "layer"
    """What feature maps share one colour range with: their unit, their layer, the network."""
    overlay: bool = False
    """Whether feature maps lie over the sample."""
    method: str = "integrated-gradients"
    """The attribution method."""
    options: tuple[tuple[str, float], ...] = ()
    """Parameters of the method that are not at their default."""
    baseline: str = ""
    """Where attributions start from; empty for what is usual for the model."""
    target: int | None = None
    """The output that is explained; None for what the dense network decides."""
    text: str = ""
    """A typed text in place of the sample; empty for the sample."""
    split: str = "layered-null"
    """The method that breaks the network into modules."""
    parts: int | None = None
    """How many modules are wanted; None for as many as the method finds."""
    reshaped: tuple[str, ...] = ()
    """What was done to the modules by hand, step by step: merged, split, carved out."""
    module: int | None = None
    """The module that is looked at."""
    worth: str = "logit"
    """What modules contribute to: a logit, a probability or a loss."""
    over: str = "sample"
    """Which samples: "sample", "all", "class~2" or "group~site~Zurich"."""
    stand: str = "zero"
    """What stands for a hidden module."""
    hidden: tuple[int, ...] = ()
    """The modules that are hidden."""


START = State()


def state() -> State:
    """Return the choices of this session."""
    found = st.session_state.get(_KEY, START)
    return found if isinstance(found, State) else START


def change(**choices: object) -> None:
    """Replace some choices; another model drops undo."""
    before = state()
    after = replace(before, **choices)  # type: ignore[arg-type]
    if after.model != before.model:
        after = replace(
            after, **{name: getattr(START, name) for name in _OWN if name not in choices}
        )
        st.session_state[_PAST], st.session_state[_FUTURE] = [], []
    st.session_state[_KEY] = after


def change_plan(plan: PruningPlan) -> None:
    """Replace the plan and remember the one before for undo."""
    before = state().plan
    if plan == before:
        return
    st.session_state[_PAST] = [*_list(_PAST), before][-_DEPTH:]
    st.session_state[_FUTURE] = []
    change(plan=plan)


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
    change(plan=plans[-1])


def _list(key: str) -> list[PruningPlan]:
    return list(st.session_state.get(key, []))
