"""importance: what a network looks at over many samples."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explain.core.errors import InvalidSubject
from explain.core.explanation import Explanation
from explain.core.intervals import Measurement, intervals, mean_of
from explain.core.messages import Message
from explain.core.provenance import Provenance

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Importance:
    """Means over n rows for each part [*parts], with bootstrap 95 % intervals over rows.

    `signed`: the mean value, in units of the output: for or against what was explained. `size`:
    the mean |value|: how much the part matters either way. `order` lists the parts, flattened, by
    falling size. `values` [n, *parts] are the explanations that the means are of.
    """

    method: str
    n: int
    values: Values
    signed: Values
    signed_low: Values
    signed_high: Values
    size: Values
    size_low: Values
    size_high: Values
    order: NDArray[np.int64]
    provenance: Provenance


def importance(explanation: Explanation) -> Importance:
    """Return the global importance of every part from explanations of many rows.

    The |values| of two networks are no measure of drift (see `similarity`): this says where to
    look first. Cost: no pass through the network; memory for a few copies of the values.

    Raises:
        InvalidSubject: fewer than two rows, which have no spread.
    """
    values = explanation.values
    if len(values) < 2:
        raise InvalidSubject("attribution.one_row")
    sizes = np.abs(values)
    signed_low, signed_high = intervals(values)
    size_low, size_high = intervals(sizes)
    size = sizes.mean(0)
    return Importance(
        method=explanation.method,
        n=len(values),
        values=values,
        signed=values.mean(0),
        signed_low=signed_low,
        signed_high=signed_high,
        size=size,
        size_low=size_low,
        size_high=size_high,
        order=np.argsort(-size.reshape(-1), kind="stable"),
        provenance=explanation.provenance,
    )


def share_change(before: Importance, after: Importance, part: int) -> Measurement:
    """Return how much larger a part's share of all mean |values| is in the other network.

    Paired row by row: what each row adds to the two shares, along the ratio's slopes, is compared
    in the same row. Whether the two networks' own intervals overlap says nothing of it.

    Raises:
        InvalidSubject: they are of other rows or parts.
    """
    _check_alike(before, after)
    change = _shares(after, part) - _shares(before, part)
    return mean_of("share_change", change, Message("how.share_change"))


def pixel_change(before: Importance, after: Importance) -> Measurement:
    """Return by how much the mean value, summed over channels, differs where it differs most.

    `values` are [n, channels, height, width]; paired row by row.

    Raises:
        InvalidSubject: they are of other rows or parts.
    """
    _check_alike(before, after)
    change = (after.values - before.values).sum(1).reshape(before.n, -1)
    most = int(np.abs(change.mean(0)).argmax())
    return mean_of("pixel_change", change[:, most], Message("how.pixel_change"))


def _check_alike(before: Importance, after: Importance) -> None:
    if before.values.shape != after.values.shape:
        here, there = str(before.values.shape), str(after.values.shape)
        raise InvalidSubject("attribution.other_shapes", shape=here, other=there)


def _shares(found: Importance, part: int) -> Values:
    """Return what each row says of a part's share [n]: their mean is the share."""
    sizes = np.abs(found.values.reshape(found.n, -1))
    totals, own = sizes.sum(1), sizes[:, part]
    whole = float(totals.mean()) or 1.0
    share = float(own.mean()) / whole
    return np.asarray(share + (own - share * totals) / whole)
