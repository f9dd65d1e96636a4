"""Everything that can go wrong, as one tree.

ExplainError               base: every error says what to do next in `hint`
├── InvalidPlan            a pruning plan that cannot mean anything (amount 2, two targets)
├── InvalidOption          a parameter of a method outside its range
├── UnknownKey             no such model, criterion, layer or metric; the hint names the nearest
├── Refused                this cannot be done for this subject, with the `reason` in words
├── NonFinite              NaN or infinity in weights or scores, with the tensor's name
├── UnsupportedOperation   an operation of a network outside the allow-list, with its name
├── InvalidSubject         network, samples and task that do not belong together
├── InvalidFile            a shipped or given file that is not what it says
├── ImportRefused          a file of a user that is not taken in, with the `reason` in words
└── Cancelled              the caller asked a long job to stop
"""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Self

from explain.core.messages import Message, Sayable, Unsayable, fields

__all__ = [
    "Cancelled",
    "ExplainError",
    "ImportRefused",
    "InvalidFile",
    "InvalidOption",
    "InvalidPlan",
    "InvalidSubject",
    "NonFinite",
    "Refused",
    "UnknownKey",
    "UnsupportedOperation",
]


class ExplainError(Exception):
    """Base of all errors of this project: what is wrong, and a `hint` what to do next.

    `InvalidPlan("plan.overridden_twice", layer=name)` carries the key of two messages, `says` and
    `hint`, and the values that they name; both are said when somebody reads them. With `hint=` the
    two are given as text.

    Raises:
        Unsayable: no such messages, or other values than they name.
    """

    def __init__(self, key: str, /, *, hint: str | None = None, **values: Sayable) -> None:
        super().__init__(key)
        self._says: str | Message = key
        self._hint: str | Message = hint or ""
        if hint is None:
            self._says, self._hint = _messages(key, values)

    def __str__(self) -> str:
        """Return what is wrong."""
        return str(self._says)

    def __reduce__(self) -> tuple[object, ...]:
        """Travel between processes as kind, messages and notes."""
        return Exception.__new__, (type(self), *self.args), self.__dict__

    @property
    def hint(self) -> str:
        """Return what to do next."""
        return str(self._hint)

    @classmethod
    def like(cls, error: "ExplainError") -> Self:
        """Return an error of this kind that says what another says."""
        found = cls.__new__(cls, *error.args)
        found.__dict__.update(error.__dict__)
        return found


def _messages(key: str, values: Mapping[str, Sayable]) -> tuple[Message, Message]:
    """Return what an error says and its hint, each with the values that it names."""
    names = [fields(f"{key}.says"), fields(f"{key}.hint")]
    wrong = frozenset[str]().union(*names) ^ values.keys()
    if wrong:
        raise Unsayable(f"The error {key!r} takes other values: {', '.join(sorted(wrong))}.")
    says, hint = ({name: values[name] for name in taken} for taken in names)
    return Message(f"{key}.says", **says), Message(f"{key}.hint", **hint)


class InvalidPlan(ExplainError):
    """A pruning plan that cannot mean anything."""


class InvalidOption(ExplainError):
    """A parameter of a method outside its range."""


class UnknownKey(ExplainError):
    """No entry of that name; the hint names the nearest one."""

    @classmethod
    def among(cls, what: str, key: object, known: Iterable[str]) -> Self:
        """Return the error for `key`, which is not among the `known` names of a `what`."""
        names = list(known)
        near = get_close_matches(str(key), names, n=1)
        hint = f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(names) or 'none'}."
        return cls(f"There is no {what} called {str(key)[:80]!r}.", hint=hint)


class Refused(ExplainError):
    """This cannot be done for this subject: refused rather than done wrongly."""

    @property
    def reason(self) -> str:
        """Return why, in words."""
        return str(self)


class NonFinite(ExplainError):
    """NaN or infinity where finite numbers are needed."""

    @classmethod
    def inside(cls, what: str, name: str) -> Self:
        """Return the error for the tensor `name` of kind `what` ("weight", "score")."""
        return cls(
            f"The {what} {name!r} holds NaN or infinity.",
            hint="Such values cannot be ranked: repair or retrain the network first.",
        )


class UnsupportedOperation(ExplainError):
    """An operation outside the allow-list of the lifted network."""

    def __init__(self, operation: str) -> None:
        super().__init__(
            f"The network uses {operation!r}, which cannot be lifted.",
            hint="Rewrite that step with a common layer or operation; docs/methods.md lists them.",
        )
        self.operation = operation


class InvalidSubject(ExplainError):
    """Network, samples and task do not belong together."""


class InvalidFile(ExplainError):
    """A file is not what it says it is."""


class ImportRefused(ExplainError):
    """A file of a user that is not taken in: what is wrong with it, and what to do next.

    The only error that reading a file of a user raises, whatever is inside.
    """

    @property
    def reason(self) -> str:
        """Return why, in words."""
        return str(self)


class Cancelled(ExplainError):
    """The caller asked a long job to stop."""

    def __init__(self) -> None:
        super().__init__("cancelled")
