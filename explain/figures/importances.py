"""What two networks look at over many samples, with intervals."""

from collections.abc import Sequence

import numpy as np

from explain.attribution import Importance
from explain.core.messages import number, say, signed
from explain.figures.attribution_maps import AttributionMaps, MapTile
from explain.figures.chart import Bar, Bars
from explain.figures.pixels import Triple, heat_map

MOST = 10
"""Parts that are shown."""


def importance_bars(names: Sequence[str], dense: Importance, pruned: Importance) -> Bars:
    """Return the mean |value| of the parts that matter most, dense (grey) and pruned (blue).

    Both rest on the same samples and outputs.
    """
    order = dense.order[:MOST]
    highs = [float(one.size_high.reshape(-1)[order].max(initial=0.0)) for one in (dense, pruned)]
    largest = max(highs) or 1.0
    titles = [say("comparison.network", network=which) for which in ("dense", "pruned")]
    rows = [
        _bar(names[at], title, one, int(at), largest, quiet=quiet)
        for at in order
        for title, one, quiet in ((titles[0], dense, True), (titles[1], pruned, False))
    ]
    return Bars(
        rows=tuple(rows),
        sentence=_sentence(names, dense, pruned),
        scale=say("figures.importances.scale", largest=largest),
        data=_data(names, dense, pruned),
    )


def _bar(name: str, title: str, found: Importance, at: int, largest: float, *, quiet: bool) -> Bar:
    size, low, high = (
        float(x.reshape(-1)[at]) for x in (found.size, found.size_low, found.size_high)
    )
    return Bar(
        name=f"{name}, {title}",
        text=say(
            "figures.importances.size_and_mean",
            size=size,
            mean=signed(float(found.signed.reshape(-1)[at])),
        ),
        value=size / largest,
        low=low / largest,
        high=high / largest,
        quiet=quiet,
    )


def _sentence(names: Sequence[str], dense: Importance, pruned: Importance) -> str:
    def lead(found: Importance) -> str:
        at = int(found.order[0])
        low, high = (float(x.reshape(-1)[at]) for x in (found.size_low, found.size_high))
        size = number(float(found.size.reshape(-1)[at]))
        return f"{names[at]} ({size} [{number(low)}, {number(high)}])"

    return say(
        "figures.importances.leans_most",
        n=dense.n,
        dense=lead(dense),
        pruned=lead(pruned),
    )


def _data(
    names: Sequence[str], dense: Importance, pruned: Importance
) -> dict[str, Sequence[object]]:
    columns: dict[str, Sequence[object]] = {"part": [names[at] for at in dense.order]}
    for title, found in (("dense", dense), ("pruned", pruned)):
        for field in ("signed", "signed_low", "signed_high", "size", "size_low", "size_high"):
            values = getattr(found, field).reshape(-1)[dense.order]
            columns[f"{field.replace('_', ' ')}, {title}"] = values.tolist()
    return columns


def importance_maps(dense: Importance, pruned: Importance) -> AttributionMaps:
    """Return the mean signed value of every pixel, dense, pruned and difference, on one scale."""
    pixels = Triple(dense=dense.signed.sum(0), pruned=pruned.signed.sum(0))
    widths = [float(((one.signed_high - one.signed_low) / 2).max()) for one in (dense, pruned)]
    return AttributionMaps(
        picture="",
        tiles=tuple(
            MapTile(
                title=title,
                uri=heat_map(values, pixels.largest),
                alt=say("figures.importances.alt", title=title, n=dense.n),
            )
            for title, values in pixels.sides
        ),
        largest=pixels.largest,
        scale=say("figures.importances.pixel_scale", largest=pixels.largest),
        sentence=(
            say(
                "figures.importances.pixels",
                n=dense.n,
                widest=max(widths),
                change=float(np.abs(pixels.difference).max()),
            )
        ),
    )
