"""Reading a link: words, numbers and the plan, with a note for each value that is ignored."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from explain import ExplainError, PruningPlan
from explain.core.messages import say
from explain.pruning import CRITERIA, GRAINS, criterion, options_of

LONGEST = 200
"""Characters of a value that are read."""
MOST = 40
"""Values of one name that are read."""
_DIGITS = 10

Query = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Words:
    """A link, and the name in it that is read."""

    query: Query
    name: str
    notes: list[str]

    @property
    def all(self) -> Sequence[str]:
        """Return every value of the name."""
        return self.query.get(self.name, ())

    @property
    def last(self) -> str | None:
        """Return the last value of the name, None where there is none."""
        return str(self.all[-1])[:LONGEST] if self.all else None

    def of(self, name: str) -> "Words":
        """Return what stands under another name."""
        return Words(self.query, name, self.notes)

    def note(self, said: str) -> None:
        """Say what was ignored."""
        self.notes.append(said)


def read_word(words: Words) -> str | None:
    """Read a name."""
    return words.last


def text_up_to(longest: int) -> Callable[[Words], str | None]:
    """Return how a text of at most so many characters is read."""
    return lambda words: str(words.all[-1])[:longest] if words.all else None


def one_of(known: Sequence[str]) -> Callable[[Words], str | None]:
    """Return how one of these words is read."""

    def read(words: Words) -> str | None:
        found = words.last
        if found is None or found in known:
            return found
        words.note(say("shell.link.no_such_value", name=words.name, value=found))
        return None

    return read


def read_yes(words: Words) -> bool:
    """Read a switch."""
    return words.last in {"yes", "1"}


def read_no(words: Words) -> bool:
    """Read a switch that is on while nobody turns it off."""
    return words.last != "no"


def read_whole(words: Words) -> int | None:
    """Read a whole number."""
    found = words.last
    if found is None or is_whole_number(found):
        return None if found is None else int(found)
    words.note(say("shell.link.no_whole_number", name=words.name, value=found))
    return None


def is_whole_number(text: str) -> bool:
    """Return whether a text is a whole number of at most ten digits."""
    return text.isascii() and text.isdigit() and len(text) <= _DIGITS


def read_number(words: Words) -> float | None:
    """Read a number."""
    found = words.last
    if found is None:
        return None
    try:
        return float(found)
    except ValueError:
        words.note(say("shell.link.no_number", name=words.name, value=found))
        return None


def read_pairs(words: Words) -> tuple[tuple[str, float], ...] | None:
    """Read names with a number each, `name~0.5`."""
    found = []
    for said in words.all[:MOST]:
        key, _, value = said[: 2 * LONGEST].rpartition("~")
        try:
            found.append((key, float(value)))
        except ValueError:
            words.note(say("shell.link.ignored", name=words.name, value=said[:LONGEST]))
    return tuple(found) or None


_START = PruningPlan()


def write_plan(_name: str, plan: PruningPlan) -> dict[str, list[str]]:
    """Return the parameters of a plan; defaults are left out."""
    found = {
        name: [str(getattr(plan, name))]
        for name in ("criterion", "granularity", "scope", "of", "seed")
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
        "of": words.of("of").last,
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
