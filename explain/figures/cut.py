"""What a cut into modules is worth, and the tree from the whole network to small groups."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from explain.core.messages import say
from explain.core.partition import Dendrogram, PartitionQuality
from explain.figures import marks
from explain.figures.chart import (
    REMOVED,
    Bar,
    Bars,
    Chart,
    Frame,
    Part,
    literal,
    of_module,
    picture,
)


def cut_bars(found: PartitionQuality, *, cut_again: bool = True) -> Bars:
    """Return the n-cut and the modularity of this network beside those of permuted ones.

    `cut_again`: whether the method cut those networks itself; else it is the same blocks in all.
    """
    largest = max(found.n_cut, float(found.null_n_cuts.max(initial=0.0))) or 1.0
    rows = (
        _own(say("figures.cut.n_cut"), found.n_cut, largest),
        _nulls(say("figures.cut.permuted_n_cut"), found.null_n_cuts, largest),
        _own(say("figures.cut.modularity"), found.modularity, 1.0),
        _nulls(say("figures.cut.permuted_modularity"), found.null_modularities, 1.0),
    )
    return Bars(
        rows=rows,
        scale=say("figures.cut.scale", largest=largest),
        sentence=_cut_sentence(found, cut_again=cut_again),
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


def _own(name: str, value: float, largest: float) -> Bar:
    place = max(0.0, value / largest)
    text = say("figures.cut.own", value=value)
    return Bar(name=name, text=text, value=place, low=place, high=place, look="dense")


def _nulls(name: str, values: NDArray[np.float64], largest: float) -> Bar:
    return Bar(
        name=name,
        text=marks.with_sign("noise", say("figures.cut.on_average", mean=float(values.mean()))),
        value=max(0.0, float(values.mean()) / largest),
        low=max(0.0, float(values.min()) / largest),
        high=max(0.0, float(values.max()) / largest),
        look="noise",
    )


def quality_sentence(found: PartitionQuality) -> str:
    """Return how the n-cut stands beside those of networks without structure."""
    if len(found.flows) == 1:
        return say("modules.nothing_to_cut")
    return say(
        "modules.cut_better" if found.effect < 1 else "modules.cut_no_better",
        count=len(found.flows),
        n_cut=found.n_cut,
        apart=abs(1 - found.effect),
        p_value=found.p_value,
        networks=len(found.null_n_cuts),
    )


def _cut_sentence(found: PartitionQuality, *, cut_again: bool) -> str:
    stable = found.stability
    again = (
        say("modules.cut_again", index=stable.value, seeds=stable.n)
        if cut_again
        else say("modules.cut_given")
    )
    apart = say("modules.run_apart", percent=100 * found.cut, bytes=found.traffic)
    return " ".join([quality_sentence(found), apart, again, say("modules.modularity_rises")])


_FRAME = Frame(bottom=30, left=58)


def dendrogram_chart(tree: Dendrogram, names: Sequence[str]) -> Chart:
    """Draw the tree from left (whole) to right (small groups), in the colours of the modules."""
    depth, height = _places(tree)
    figure = picture(
        [*_lines(tree, depth, height), *_points(tree, depth, height, names)],
        height=max(260, 40 + 9 * int((tree.left < 0).sum())),
        xaxis={"visible": False, "range": [-0.3, float(depth.max()) + 0.3]},
        yaxis={"visible": False, "range": [-1, float(height.max()) + 1]},
        frame=_FRAME,
    )
    leaves = int((tree.left < 0).sum())
    sizes = [_size(tree, at) for at in range(len(tree.parent))]
    return Chart(
        figure=figure,
        sentence=_tree_sentence(tree, names, leaves),
        data={
            "branch": list(range(len(tree.parent))),
            "parent": tree.parent.tolist(),
            "module": [names[at] if at >= 0 else "" for at in tree.module],
            "units": sizes,
            "share of |weight| cut here": tree.height.tolist(),
            "layers": [", ".join(units) for units in tree.units],
        },
        frame=_FRAME,
    )


def _places(tree: Dendrogram) -> tuple[np.ndarray, np.ndarray]:
    """Return the depth of every branch and its height on the page: leaves one after another."""
    depth = np.zeros(len(tree.parent))
    for at in range(1, len(depth)):
        depth[at] = depth[tree.parent[at]] + 1
    height = np.zeros(len(depth))
    for place, leaf in enumerate(_leaves(tree)):
        height[leaf] = place
    for at in reversed(range(len(depth))):
        if tree.left[at] >= 0:
            height[at] = (height[tree.left[at]] + height[tree.right[at]]) / 2
    return depth, height


def _leaves(tree: Dendrogram) -> list[int]:
    found, waiting = [], [0]
    while waiting:
        at = waiting.pop()
        if tree.left[at] < 0:
            found.append(at)
        else:
            waiting += [int(tree.right[at]), int(tree.left[at])]
    return found


def _lines(tree: Dendrogram, depth: np.ndarray, height: np.ndarray) -> list[Part]:
    """Return one trace a colour: from each branch down its parent's line and out to itself."""
    found: dict[str, tuple[list[float | None], list[float | None]]] = {}
    for at in range(1, len(tree.parent)):
        parent = int(tree.parent[at])
        x, y = found.setdefault(_colour(tree, at), ([], []))
        x += [float(depth[parent]), float(depth[parent]), float(depth[at]), None]
        y += [float(height[parent]), float(height[at]), float(height[at]), None]
    return [
        {
            "type": "scatter",
            "x": x,
            "y": y,
            "mode": "lines",
            "line": {"color": colour, "width": 1.5},
            "hoverinfo": "skip",
        }
        for colour, (x, y) in found.items()
    ]


def _points(
    tree: Dendrogram, depth: np.ndarray, height: np.ndarray, names: Sequence[str]
) -> list[Part]:
    branches = range(len(tree.parent))
    return [
        {
            "type": "scatter",
            "x": depth.tolist(),
            "y": height.tolist(),
            "mode": "markers",
            "marker": {"size": 7, "color": [_colour(tree, at) for at in branches]},
            "text": [_told(tree, at, names) for at in branches],
            "hovertemplate": "%{text}<extra></extra>",
        }
    ]


def _colour(tree: Dendrogram, at: int) -> str:
    return of_module(int(tree.module[at])) if tree.module[at] >= 0 else REMOVED


def _size(tree: Dendrogram, at: int) -> int:
    return sum(len(units) for units in tree.units[at].values())


def _told(tree: Dendrogram, at: int, names: Sequence[str]) -> str:
    module = (
        names[int(tree.module[at])]
        if tree.module[at] >= 0
        else say("figures.hierarchy.several_modules")
    )
    layers = ", ".join(f"{layer}: {len(units)}" for layer, units in tree.units[at].items())
    told = say(
        "figures.hierarchy.units",
        module=literal(module),
        units=_size(tree, at),
        layers=literal(layers),
    )
    if tree.left[at] < 0:
        return told
    return f"{told}<br>{say('figures.hierarchy.cut', cut=float(tree.height[at]))}"


def _tree_sentence(tree: Dendrogram, names: Sequence[str], leaves: int) -> str:
    return say(
        "figures.hierarchy.levels",
        units=_size(tree, 0),
        modules=len(names),
        groups=leaves,
        cut=float(tree.height[0]),
    )
