"""What a method lets people choose: widgets, command line and checks are made from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from explain.core.errors import InvalidOption, UnknownKey

Options = Mapping[str, float]
"""Parameter key -> value; whole numbers where the parameter is whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One number that a method takes, with its range and its default.

    `choices` are the names of the values 0, 1, ... where the number only picks one of them.
    """

    key: str
    title: str
    line: str
    default: float
    low: float
    high: float
    whole: bool = True
    choices: tuple[str, ...] = ()


def resolve(parameters: Sequence[Parameter], given: Options) -> dict[str, float]:
    """Return the value of every parameter: what was given, else the default.

    Raises:
        UnknownKey: a value for a parameter that is not there.
        InvalidOption: a value outside its range, or a fraction where a whole number is needed.
    """
    known = [parameter.key for parameter in parameters]
    for key in given:
        if key not in known:
            raise UnknownKey.among("option", key, known)
    return {p.key: _checked(p, given.get(p.key, p.default)) for p in parameters}


def _checked(parameter: Parameter, value: float) -> float:
    if not parameter.low <= value <= parameter.high or (parameter.whole and value % 1):
        raise InvalidOption(
            "options.not_whole" if parameter.whole else "options.out_of_range",
            title=parameter.title,
            value=value,
            low=parameter.low,
            high=parameter.high,
        )
    return int(value) if parameter.whole else float(value)
