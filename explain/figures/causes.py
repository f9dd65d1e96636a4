"""Which part of what pruning took caused the changed decisions."""

from collections.abc import Sequence

from explain.core.contributions import GiveBack, GivenBack
from explain.figures.chart import Bar, Bars
from explain.figures.wording import count, share

__all__ = ["give_back_bars"]


def give_back_bars(found: GiveBack) -> Bars:
    """Return one bar a part: the share of the changed decisions that its dense weights repair.

    Args:
        found: parts with their decisions repaired, most first.
    """
    rows = tuple(
        Bar(
            name=part.part,
            text=f"{part.repaired} repaired, {part.broken} broken",
            value=part.share if len(found.changed) else 0.0,
            low=part.low,
            high=part.high,
            quiet=part.repaired <= part.broken,
        )
        for part in found.parts
    )
    return Bars(
        rows=rows,
        scale="full width: all changed decisions; lines: Wilson's 95 % intervals; grey: breaks as "
        "many as it repairs",
        sentence=_sentence(found.parts, len(found.changed), found.all_repaired),
        data={
            "part": [part.part for part in found.parts],
            "numbers given back": [part.restored for part in found.parts],
            "decisions repaired": [part.repaired for part in found.parts],
            "share": [part.share for part in found.parts],
            "low": [part.low for part in found.parts],
            "high": [part.high for part in found.parts],
            "decisions broken": [part.broken for part in found.parts],
        },
    )


def _sentence(parts: Sequence[GivenBack], changed: int, repaired: int) -> str:
    if not changed:
        return "Pruning changed 0 decisions: there is no cause to look for."
    top = parts[0]
    return (
        f"Giving {top.part} its {count(top.restored)} numbers back repairs {top.repaired} of "
        f"{changed} changed decisions ({share(top.share, 0)}); giving everything back repairs "
        f"{repaired}. Parts repair together too, so these shares need not add up to 100 %."
    )
