"""What a method lets people set: widgets, command-line options and checks are drawn from these."""

from dataclasses import dataclass

__all__ = ["Choice", "Number", "Parameter", "Toggle"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A number from `low` to `high` in steps of `step`."""

    key: str
    title: str
    low: float
    high: float
    step: float
    default: float
    line: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of a few named options, in menu order."""

    key: str
    title: str
    options: tuple[str, ...]
    default: str
    line: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Toggle:
    """On or off."""

    key: str
    title: str
    default: bool
    line: str = ""


Parameter = Number | Choice | Toggle
