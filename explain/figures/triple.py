"""Dense, pruned, and what is between them: three arrays on one symmetric scale."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MANY = 1_000
"""From so many parts on, the strongest 0.5 % do not stretch the scale."""
_LEVEL = 99.5

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Triple:
    """Values of one sample in two networks, shaped alike, in units of the explained output."""

    dense: Values
    pruned: Values

    @property
    def difference(self) -> Values:
        """Return pruned - dense: what pruning added or took."""
        return self.pruned - self.dense

    @property
    def sides(self) -> tuple[tuple[str, Values], ...]:
        """Return the three arrays with their titles, in the order in which they are shown."""
        return (
            ("dense", self.dense),
            ("pruned", self.pruned),
            ("difference", self.difference),
        )

    @property
    def largest(self) -> float:
        """Return the |value| of full colour for all three: the largest, of many the 99.5th %."""
        sizes = np.abs(np.stack([values.reshape(-1) for _, values in self.sides]))
        if not sizes.size:
            return 0.0
        if sizes.shape[1] < MANY:
            return float(sizes.max())
        return float(np.percentile(sizes, _LEVEL)) or float(sizes.max())

    @property
    def cut(self) -> bool:
        """Return whether some |values| lie beyond full colour."""
        return any(bool((np.abs(values) > self.largest).any()) for _, values in self.sides)


def signed(value: float) -> str:
    """Return a value with its sign to three significant digits, a true minus; "0" for nothing."""
    if abs(value) < _NOTHING:
        return "0"
    text = f"{value:+,.0f}" if abs(value) >= _WHOLE else f"{value:+#.3g}".rstrip(".")
    return text.replace("-", "−")


_NOTHING = 5e-13
_WHOLE = 999.5
