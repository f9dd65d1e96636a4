"""What two networks look at over many samples, with intervals."""

from collections.abc import Sequence
from dataclasses import replace

from explain.attribution import Importance, pixel_change, share_change
from explain.core.messages import say
from explain.figures.attribution_maps import AttributionMaps, MapTile
from explain.figures.chart import Bar, Bars, Look
from explain.figures.marks import SIDES
from explain.figures.pixels import Triple, heat_map

MOST = 10
"""Parts that are shown."""


def importance_bars(names: Sequence[str], dense: Importance, pruned: Importance) -> Bars:
    """Return the share of all |values| that the parts have that matter most, before and after.

    Shares, since a network with smaller outputs has smaller values everywhere. Both rest on the
    same samples and outputs.
    """
    order = [int(at) for at in dense.order[:MOST]]
    largest = max(_share(one, at)[2] for one in (dense, pruned) for at in order) or 1.0
    return Bars(
        rows=tuple(_bar(names[at], (dense, pruned), at, largest) for at in order),
        sentence=_sentence(names, dense, pruned),
        scale=say("figures.importances.scale", largest=largest),
        data=_data(names, dense, pruned),
    )


def _share(found: Importance, at: int) -> tuple[float, float, float]:
    """Return a part's share of all mean |values|, with the ends of its interval."""
    whole = float(found.size.sum()) or 1.0
    size, low, high = (
        float(x.reshape(-1)[at]) / whole for x in (found.size, found.size_low, found.size_high)
    )
    return size, low, high


def _bar(name: str, found: tuple[Importance, Importance], at: int, largest: float) -> Bar:
    before, after = (_share(one, at) for one in found)
    text = say("figures.importances.shares", before=before[0], after=after[0])
    first, second = (
        Bar(
            name=name,
            text=text,
            value=size / largest,
            low=low / largest,
            high=high / largest,
            look=look,
        )
        for look, (size, low, high) in zip(_LOOKS, (before, after), strict=True)
    )
    return replace(second, before=first)


_LOOKS: tuple[Look, Look] = ("dense", "pruned")


def _sentence(names: Sequence[str], dense: Importance, pruned: Importance) -> str:
    def lead(found: Importance) -> str:
        at = int(found.order[0])
        size, low, high = _share(found, at)
        return say("figures.importances.part", part=names[at], size=size, low=low, high=high)

    leading = dict.fromkeys((int(dense.order[0]), int(pruned.order[0])))
    return say(
        "figures.importances.leans_most",
        n=dense.n,
        dense=lead(dense),
        pruned=lead(pruned),
        changes=[_changed(names, dense, pruned, at) for at in leading],
    )


def _changed(names: Sequence[str], dense: Importance, pruned: Importance, at: int) -> str:
    """Say what the paired test says of one part."""
    found = share_change(dense, pruned, at)
    surely = "no" if not found.excludes_zero else "more" if found.value > 0 else "less"
    return say(
        "figures.importances.change",
        part=names[at],
        surely=surely,
        change=found.value,
        low=found.low,
        high=found.high,
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
    change = pixel_change(dense, pruned)
    return AttributionMaps(
        picture="",
        ratio=pixels.dense.shape[1] / pixels.dense.shape[0],
        tiles=tuple(
            MapTile(
                title=title,
                uri=heat_map(values, pixels.largest),
                alt=say("figures.importances.alt", title=title, n=dense.n),
                look=look,
            )
            for look, (title, values) in zip(SIDES, pixels.sides, strict=True)
        ),
        largest=pixels.largest,
        scale=say("figures.importances.pixel_scale", largest=pixels.largest),
        sentence=(
            say(
                "figures.importances.pixels",
                n=dense.n,
                change=change.value,
                low=change.low,
                high=change.high,
            )
        ),
    )
