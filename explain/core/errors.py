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

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Self

from explain.core.messages import Message, Sayable, Unsayable, fields, hint_of

Text = str | Message
"""What is said when somebody reads it, or is said already."""


class ExplainError(Exception):
    """Base of all errors of this project: what is wrong, and a `hint` what to do next.

    `InvalidPlan("plan.overridden_twice", layer=name)` carries the key of two messages, `says` and
    `hint` (its own, or that of its section), and the values that they name; `hint=Message(…)` is a
    hint that several errors share, and the key then is one message. All are said when somebody
    reads them. Beside a hint that is text the first argument is text too.

    Raises:
        Unsayable: no such messages, or other values than they name.
    """

    def __init__(self, key: str, /, *, hint: Text | None = None, **values: Sayable) -> None:
        super().__init__(key)
        self.messages: tuple[Text, Text] = _messages(key, hint, values)

    def __str__(self) -> str:
        """Return what is wrong."""
        return str(self.messages[0])

    def __reduce__(self) -> tuple[object, ...]:
        """Travel between processes as kind, messages and notes."""
        return Exception.__new__, (type(self), *self.args), self.__dict__

    @property
    def hint(self) -> str:
        """Return what to do next."""
        return str(self.messages[1])

    @classmethod
    def like(cls, error: "ExplainError") -> Self:
        """Return an error of this kind that says what another says."""
        return cls.saying(*error.messages)

    @classmethod
    def saying(cls, says: Text, hint: Text) -> Self:
        """Return an error of this kind that says this."""
        found = cls.__new__(cls, says)
        found.messages = (says, hint)
        return found


@contextmanager
def placed(kind: type[ExplainError], at: Callable[[], Message]) -> Iterator[None]:
    """Add to errors of this kind, raised inside, the sentence `at` on where that was."""
    try:
        yield
    except kind as error:
        says, hint = error.messages
        raise type(error).saying(Message("errors.placed", parts=[says, at()]), hint) from error


def _messages(key: str, hint: Text | None, values: Mapping[str, Sayable]) -> tuple[Text, Text]:
    """Return what an error says and its hint, each with the values that it names."""
    if isinstance(hint, str):
        return key, hint
    if hint is not None:
        return Message(key, **values), hint
    parts = [f"{key}.says", hint_of(key)]
    names = [fields(part) for part in parts]
    wrong = frozenset[str]().union(*names) ^ values.keys()
    if wrong:
        raise Unsayable(f"The error {key!r} takes other values: {', '.join(sorted(wrong))}.")
    says, advice = ({name: values[name] for name in taken} for taken in names)
    return Message(parts[0], **says), Message(parts[1], **advice)


def reason_of(error: BaseException, most: int = 200) -> Text:
    """Return why something failed: the message that an error carries, else its first line.

    Errors of Python that stay inside a room carry a `Message` as their only argument. A line is cut
    at `most` characters and ends without a full stop.
    """
    carried = error.messages[0] if isinstance(error, ExplainError) else (*error.args, "")[0]
    if isinstance(carried, Message):
        return carried
    return (str(error).strip() or type(error).__name__).splitlines()[0][:most].rstrip(".")


class InvalidPlan(ExplainError):
    """A pruning plan that cannot mean anything."""


class InvalidOption(ExplainError):
    """A parameter of a method outside its range."""


class UnknownKey(ExplainError):
    """No entry of that name; the hint names the nearest one."""

    @classmethod
    def among(cls, what: str, key: object, known: Iterable[str]) -> Self:
        """Return the error for `key`, which is not among the `known` names of a `what`.

        `what` is a form of the message `unknown_key.says`.
        """
        names = list(known)
        near = get_close_matches(str(key), names, n=1)
        hint = Message("unknown_key.known", keys=names) if names else Message("unknown_key.none")
        if near:
            hint = Message("unknown_key.near", key=near[0])
        return cls("unknown_key.says", hint=hint, what=what, key=str(key)[:80])


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
        """Return the error for the tensor `name` of kind `what`, a form of `non_finite.says`."""
        return cls("non_finite", what=what, name=name)


class UnsupportedOperation(ExplainError):
    """An operation outside the allow-list of the lifted network; the message has its name."""


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
