"""A number with everything that belongs to it."""

from dataclasses import dataclass

from explain.core.messages import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One measured value: its unit, how many samples it rests on, its spread, and how it was got.

    `low` and `high` bound a 95 % interval where one is known, else they are None.
    """

    key: str
    value: float
    unit: str
    n: int
    how: Message
    low: float | None = None
    high: float | None = None
