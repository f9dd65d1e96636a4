"""The state in the URL: a link shows the same view; whatever is wrong in it falls back."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from explain import ExplainError, PruningPlan
from explain.attribution import ATTRIBUTORS, BASELINES
from explain.decompose import PARTITIONERS, REPLACEMENTS, VALUES
from explain.pruning import CRITERIA, criterion
from pages._shell.state import START, State

__all__ = ["Query", "as_query", "decode", "encode"]

_WORDS = (
    *("model", "sample", "view", "layer"),
    *("maps", "channel", "colours", "method", "baseline", "target", "text"),
    *("split", "parts", "module", "worth", "over", "stand"),
)
_SWITCHES = ("recalibrated", "overlay")
_LONGEST = 200
_TEXT = 2000
_MOST = 40
_DIGITS = 10

Query = Mapping[str, Sequence[str]]


def encode(state: State) -> dict[str, str | list[str]]:
    """Return the query parameters of a state; defaults are left out."""
    found = _encode_plan(state.plan)
    for name in _WORDS:
        if getattr(state, name) != getattr(START, name):
            found[name] = str(getattr(state, name))
    if state.options:
        found["option"] = [f"{name}~{value!r}" for name, value in state.options]
    for name in _SWITCHES:
        if getattr(state, name):
            found[name] = "yes"
    if state.reshaped:
        found["reshaped"] = list(state.reshaped)
    if state.hidden:
        found["hidden"] = [str(module) for module in state.hidden]
    if state.unit is not None:
        found["unit"] = f"{state.unit[0]}~{state.unit[1]}"
    return found


def as_query(state: State) -> dict[str, list[str]]:
    """Return the query parameters of a state as a browser gives them back."""
    found = encode(state)
    return {name: [value] if isinstance(value, str) else value for name, value in found.items()}


def _encode_plan(plan: PruningPlan) -> dict[str, str | list[str]]:
    found: dict[str, str | list[str]] = {
        name: str(getattr(plan, name))
        for name in ("criterion", "granularity", "scope", "seed")
        if getattr(plan, name) != getattr(START.plan, name)
    }
    if plan.threshold is not None:
        found["threshold"] = repr(plan.threshold)
    elif plan.amount:
        found["amount"] = repr(plan.amount)
    if plan.overrides:
        found["override"] = [f"{layer}~{amount!r}" for layer, amount in plan.overrides]
    if plan.protected:
        found["protect"] = list(plan.protected)
    return found


def decode(query: Query, models: Sequence[str]) -> tuple[State, tuple[str, ...]]:
    """Return the state of query parameters, and a note for each that had to be ignored.

    Only forms and ranges are checked here; whether a layer or sample exists is checked against the
    model later.
    """
    notes: list[str] = []
    state = _with_model(START, query, models, notes)
    state = replace(state, plan=_plan(query, notes))
    state = _with_choice(state, "view", query, ("graph", "matrix", "table"), notes)
    sample = _whole(query, "sample", notes)
    layer = _first(query, "layer")
    known = replace(state, sample=sample or 0, layer=layer or "", unit=_unit(query, notes))
    return _with_modules(_with_reasons(known, query, notes), query, notes), tuple(notes)


def _with_reasons(state: State, query: Query, notes: list[str]) -> State:
    """Take over what is explained, and how."""
    state = _with_choice(state, "method", query, [r.key for r in ATTRIBUTORS], notes)
    state = _with_choice(state, "baseline", query, [r.key for r in BASELINES], notes)
    state = _with_choice(state, "colours", query, ("unit", "layer", "network"), notes)
    return replace(
        state,
        options=_pairs(query, "option", notes) or (),
        recalibrated=_first(query, "recalibrated") == "yes",
        overlay=_first(query, "overlay") == "yes",
        maps=_first(query, "maps") or "",
        channel=_whole(query, "channel", notes),
        target=_whole(query, "target", notes),
        text=str(query["text"][-1])[:_TEXT] if query.get("text") else "",
    )


def _with_modules(state: State, query: Query, notes: list[str]) -> State:
    """Take over which modules are looked at, and what they are asked."""
    state = _with_choice(state, "split", query, [r.key for r in PARTITIONERS], notes)
    state = _with_choice(state, "worth", query, VALUES, notes)
    state = _with_choice(state, "stand", query, REPLACEMENTS, notes)
    steps = tuple(query.get("reshaped", ()))
    if len(steps) > _MOST or any(len(step) > _TEXT for step in steps):
        notes.append("The link changes modules by hand in more ways than can be followed.")
        steps = ()
    hidden = tuple(int(text) for text in query.get("hidden", ())[:_MOST] if _is_whole(text))
    return replace(
        state,
        parts=_whole(query, "parts", notes),
        module=_whole(query, "module", notes),
        over=str(query["over"][-1])[: 2 * _LONGEST] if query.get("over") else START.over,
        reshaped=steps,
        hidden=tuple(sorted(set(hidden))),
    )


def _with_model(state: State, query: Query, models: Sequence[str], notes: list[str]) -> State:
    key = _first(query, "model")
    if key is None:
        return state
    if key in models:
        return replace(state, model=key)
    notes.append(f"The link names the model {key!r}, which is not here.")
    return state


def _with_choice(
    state: State, name: str, query: Query, known: Sequence[str], notes: list[str]
) -> State:
    value = _first(query, name)
    if value is None or value in known:
        return state if value is None else replace(state, **{name: value})  # type: ignore[arg-type]
    notes.append(f"The link asks for the {name} {value!r}, which does not exist.")
    return state


def _plan(query: Query, notes: list[str]) -> PruningPlan:
    """Build the plan field by field, so that one bad value loses only itself."""
    plan = _with_criterion(PruningPlan(), query, notes)
    fields: dict[str, object] = {
        "granularity": _first(query, "granularity"),
        "scope": _first(query, "scope"),
        "seed": _whole(query, "seed", notes),
        "overrides": _pairs(query, "override", notes),
        "protected": tuple(query.get("protect", ())[:_MOST]) or None,
    }
    notes.extend(
        f"The link has more than {_MOST} values of {name}; the rest was ignored."
        for name in ("override", "protect")
        if len(query.get(name, ())) > _MOST
    )
    for name, value in fields.items():
        if value is not None:
            plan = _try(plan, {name: value}, name, notes)
    threshold = _float(query, "threshold", notes)
    amount = _float(query, "amount", notes)
    if threshold is not None:
        return _try(plan, {"threshold": threshold, "amount": None}, "threshold", notes)
    return plan if amount is None else _try(plan, {"amount": amount}, "amount", notes)


def _with_criterion(plan: PruningPlan, query: Query, notes: list[str]) -> PruningPlan:
    key = _first(query, "criterion")
    if key is None:
        return plan
    if key not in [record.key for record in CRITERIA]:
        notes.append(f"The link names the criterion {key!r}, which does not exist.")
        return plan
    return replace(plan, criterion=key, granularity=criterion(key).granularity)


def _try(plan: PruningPlan, fields: dict[str, object], name: str, notes: list[str]) -> PruningPlan:
    try:
        return replace(plan, **fields)  # type: ignore[arg-type]
    except ExplainError as error:
        notes.append(f"The link's {name} was ignored: {error}")
        return plan


def _pairs(query: Query, name: str, notes: list[str]) -> tuple[tuple[str, float], ...] | None:
    pairs = []
    for text in query.get(name, ())[:_MOST]:
        key, _, value = text[: 2 * _LONGEST].rpartition("~")
        try:
            pairs.append((key, float(value)))
        except ValueError:
            notes.append(f"The link's {name} {text[:_LONGEST]!r} was ignored.")
    return tuple(pairs) or None


def _unit(query: Query, notes: list[str]) -> tuple[str, int] | None:
    text = _first(query, "unit")
    if text is None:
        return None
    layer, _, number = text.rpartition("~")
    if layer and _is_whole(number):
        return layer, int(number)
    notes.append(f"The link's unit {text!r} was ignored.")
    return None


def _first(query: Query, name: str) -> str | None:
    values = query.get(name, ())
    return str(values[-1])[:_LONGEST] if values else None


def _float(query: Query, name: str, notes: list[str]) -> float | None:
    text = _first(query, name)
    if text is None:
        return None
    try:
        return float(text)
    except ValueError:
        notes.append(f"The link's {name} {text!r} is no number.")
        return None


def _whole(query: Query, name: str, notes: list[str]) -> int | None:
    text = _first(query, name)
    if text is None:
        return None
    if _is_whole(text):
        return int(text)
    notes.append(f"The link's {name} {text!r} is no whole number.")
    return None


def _is_whole(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _DIGITS
