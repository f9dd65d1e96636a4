"""The tree from the whole network over its modules down to small groups of units."""

from collections.abc import Sequence

import numpy as np

from explain.core.messages import say
from explain.core.partition import Dendrogram
from explain.figures.chart import Chart, Frame, Part, picture
from explain.figures.markup import literal
from explain.figures.palette import REMOVED, of_module

_FRAME = Frame(bottom=30, left=58)
_ROOT = 1


def dendrogram_chart(tree: Dendrogram, names: Sequence[str]) -> Chart:
    """Draw the tree from left (whole) to right (small groups); branches in their module's colour.

    Args:
        tree: the branches.
        names: of the modules.
    """
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
        sentence=_sentence(tree, names, leaves),
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


def _sentence(tree: Dendrogram, names: Sequence[str], leaves: int) -> str:
    return say(
        "figures.hierarchy.levels",
        units=_size(tree, 0),
        modules=len(names),
        groups=leaves,
        cut=float(tree.height[0]),
    )
