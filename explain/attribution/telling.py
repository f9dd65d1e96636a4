"""How sentences name a number: two places, and its interval where there is one."""

from explain.core.measurement import Measurement

__all__ = ["told"]


def told(number: Measurement) -> str:
    """Return "0.42 [0.31, 0.53]", or "0.42" where no interval is known."""
    if number.low is None or number.high is None:
        return f"{number.value:.2f}"
    return f"{number.value:.2f} [{number.low:.2f}, {number.high:.2f}]"
