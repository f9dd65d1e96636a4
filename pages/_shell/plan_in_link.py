"""The pruning plan in a link: parameters of its own, so that one bad value loses only itself."""

from dataclasses import replace

from explain import ExplainError, PruningPlan
from explain.core.messages import say
from explain.pruning import CRITERIA, GRAINS, criterion, options_of
from pages._shell.reading import MOST, Words, read_number, read_pairs, read_whole

_START = PruningPlan()


def write_plan(_name: str, plan: PruningPlan) -> dict[str, list[str]]:
    """Return the parameters of a plan; defaults are left out."""
    found = {
        name: [str(getattr(plan, name))]
        for name in ("criterion", "granularity", "scope", "seed")
        if getattr(plan, name) != getattr(_START, name)
    }
    if plan.threshold is not None:
        found["threshold"] = [repr(plan.threshold)]
    elif plan.amount:
        found["amount"] = [repr(plan.amount)]
    if plan.overrides:
        found["override"] = [f"{layer}~{amount!r}" for layer, amount in plan.overrides]
    if plan.protected:
        found["protect"] = list(plan.protected)
    if plan.options:
        found["plan-option"] = [f"{name}~{value!r}" for name, value in plan.options]
    return found


def read_plan(words: Words) -> PruningPlan:
    """Build the plan field by field."""
    plan = _with_criterion(PruningPlan(), words)
    fields: dict[str, object] = {
        "granularity": _grain(words),
        "scope": words.of("scope").last,
        "seed": read_whole(words.of("seed")),
        "overrides": read_pairs(words.of("override")),
        "protected": tuple(words.of("protect").all[:MOST]) or None,
        "options": read_pairs(words.of("plan-option")),
    }
    for name in ("override", "protect"):
        if len(words.of(name).all) > MOST:
            words.note(say("shell.link.too_many", most=MOST, name=name))
    for name, value in fields.items():
        if value is not None:
            plan = _try(plan, {name: value}, name, words)
    plan = _with_known_options(plan, words)
    threshold, amount = read_number(words.of("threshold")), read_number(words.of("amount"))
    if threshold is not None:
        return _try(plan, {"threshold": threshold, "amount": None}, "threshold", words)
    return plan if amount is None else _try(plan, {"amount": amount}, "amount", words)


def _with_criterion(plan: PruningPlan, words: Words) -> PruningPlan:
    key = words.of("criterion").last
    if key is None:
        return plan
    if key not in [record.key for record in CRITERIA]:
        words.note(say("shell.link.no_such_criterion", key=key))
        return plan
    return replace(plan, criterion=key, granularity=criterion(key).granularity)


def _grain(words: Words) -> str | None:
    key = words.of("granularity").last
    if key is None or key in [record.key for record in GRAINS]:
        return key
    words.note(say("shell.link.no_such_granularity", key=key))
    return None


def _with_known_options(plan: PruningPlan, words: Words) -> PruningPlan:
    try:
        options_of(plan)
    except ExplainError as error:
        words.note(say("shell.link.options_ignored", why=str(error)))
        return replace(plan, options=())
    return plan


def _try(plan: PruningPlan, fields: dict[str, object], name: str, words: Words) -> PruningPlan:
    try:
        return replace(plan, **fields)  # type: ignore[arg-type]
    except ExplainError as error:
        words.note(say("shell.link.ignored_because", name=name, why=str(error)))
        return plan
