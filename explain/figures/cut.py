"""What a cut into modules is worth beside the cuts of networks without structure."""

import numpy as np
from numpy.typing import NDArray

from explain.core.messages import say
from explain.core.partition import PartitionQuality
from explain.figures.chart import Bar, Bars
from explain.figures.wording import number


def cut_bars(found: PartitionQuality, *, cut_again: bool = True) -> Bars:
    """Return the n-cut and the modularity of this network beside those of permuted ones.

    Args:
        found: the measures of the cut and of the null networks' cuts.
        cut_again: whether the method cut those networks itself; else it is the same blocks in all.
    """
    largest = max(found.n_cut, float(found.null_n_cuts.max(initial=0.0))) or 1.0
    rows = (
        Bar(
            name=say("figures.cut.n_cut"),
            text=number(found.n_cut),
            value=found.n_cut / largest,
            low=found.n_cut / largest,
            high=found.n_cut / largest,
        ),
        _nulls(say("figures.cut.permuted_n_cut"), found.null_n_cuts, largest),
        Bar(
            name=say("figures.cut.modularity"),
            text=number(found.modularity),
            value=max(0.0, found.modularity),
            low=max(0.0, found.modularity),
            high=max(0.0, found.modularity),
        ),
        _nulls(say("figures.cut.permuted_modularity"), found.null_modularities, 1.0),
    )
    return Bars(
        rows=rows,
        scale=say("figures.cut.scale", largest=largest),
        sentence=_sentence(found, cut_again=cut_again),
        data={
            "measure": [
                *("cut", "n-cut", "effect", "p-value", "modularity"),
                *("stability", say("figures.cut.bytes_a_sample")),
            ],
            "value": [
                *(found.cut, found.n_cut, found.effect, found.p_value, found.modularity),
                *(found.stability.value, found.traffic),
            ],
        },
    )


def _nulls(name: str, values: NDArray[np.float64], largest: float) -> Bar:
    return Bar(
        name=name,
        text=say("figures.cut.on_average", mean=float(values.mean())),
        value=max(0.0, float(values.mean()) / largest),
        low=max(0.0, float(values.min()) / largest),
        high=max(0.0, float(values.max()) / largest),
        quiet=True,
    )


def quality_sentence(found: PartitionQuality) -> str:
    """Return how the n-cut stands beside those of networks without structure."""
    if len(found.flows) == 1:
        return say("modules.nothing_to_cut")
    return say(
        "modules.cut_better" if found.effect < 1 else "modules.cut_no_better",
        count=len(found.flows),
        n_cut=found.n_cut,
        effect=found.effect,
        p_value=found.p_value,
        networks=len(found.null_n_cuts),
    )


def _sentence(found: PartitionQuality, *, cut_again: bool) -> str:
    stable = found.stability
    again = (
        say("modules.cut_again", index=stable.value, seeds=stable.n)
        if cut_again
        else say("modules.cut_given")
    )
    apart = say("modules.run_apart", percent=100 * found.cut, bytes=found.traffic)
    return " ".join([quality_sentence(found), apart, again, say("modules.modularity_rises")])
