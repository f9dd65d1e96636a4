"""What a link asks for, checked against the model: what it does not have falls back with a note."""

from pages._shell import caches
from pages._shell.choice import State
from pages._shell.url import Choices


def checked(found: State, choices: Choices) -> tuple[State, tuple[str, ...]]:
    """Return the state with every choice that the model has, and a note for each other one."""
    notes: list[str] = []
    subject = caches.subject(found.model)
    for choice in choices:
        if choice.check is None or found[choice] == choice.default:
            continue
        reason = choice.check(found, subject)
        if reason is not None:
            notes.append(reason)
            found = found.but(choice.to(choice.default))
    return found, tuple(notes)
