"""The answer to “why?” in one or two sentences: what both networks decide, and what moved it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explain.core.messages import say, signed
from explain.figures.pixels import Triple
from explain.figures.wording import Answer


def both_decide(dense: Answer, pruned: Answer) -> str:
    """Return what two networks decide for one sample, and how sure either is."""
    if dense.sure is None or pruned.sure is None:
        return say("figures.why.says", dense=dense.decision, pruned=pruned.decision)
    if dense.decision == pruned.decision:
        decision = dense.decision
        return say("figures.why.decides", decision=decision, sure=dense.sure, then=pruned.sure)
    return say(
        "figures.why.flips",
        dense=dense.decision,
        sure=dense.sure,
        pruned=pruned.decision,
        then=pruned.sure,
    )


def moved_most(names: Sequence[str], found: Triple) -> str:
    """Return the part that did most of the change, in the direction that all of it took.

    Where nothing changed, the strongest part. `names`: of the parts; `found` has a value for each.
    """
    if not found.difference.any():
        at = int(np.abs(found.dense).argmax())
        return say("figures.why.strongest", part=names[at], value=signed(float(found.dense[at])))
    direction = 1.0 if found.difference.sum() >= 0 else -1.0
    at = int((direction * found.difference).argmax())
    before, after = float(found.dense[at]), float(found.pruned[at])
    return say(
        "figures.why.moved",
        how=_how(before, after),
        part=names[at],
        before=signed(before),
        after=signed(after),
    )


def _how(before: float, after: float) -> str:
    if before * after < 0:
        return "turned"
    return "weakened" if abs(after) < abs(before) else "strengthened"


def for_and_against(output: str, found: Triple) -> str:
    """Return what all parts together add for and against an output, before and after."""
    up, down, up_after, down_after = (
        part for values in (found.dense, found.pruned) for part in _parted(values)
    )
    return say(
        "figures.why.sums",
        output=output,
        up=up,
        down=down,
        up_after=up_after,
        down_after=down_after,
    )


def _parted(values: NDArray[Any]) -> tuple[float, float]:
    return float(values[values > 0].sum()), float(-values[values < 0].sum())
