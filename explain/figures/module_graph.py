"""The network as a handful of modules: how much each adds, and how much flows between them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from explain.core.contributions import Flow
from explain.core.messages import say, signed
from explain.core.partition import Partition
from explain.figures.module_table import ModuleRow

FAINT = 0.01
"""Flows below this share of the largest are left out, and counted in the sentence."""
_INPUTS, _ANSWERS = -1, -2


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleNode:
    """A module, the inputs (-1) or the answers (-2).

    `x`, `y`: shares 0..1 of the picture. `size`, `before`: shares 0..1 of the largest radius, after
    and before pruning; the area is the |contribution|. `positive`: its sign after pruning.
    """

    number: int
    name: str
    x: float
    text: str
    y: float = 0.5
    size: float = 0.0
    before: float = 0.0
    positive: bool = True
    colour: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleLink:
    """Signal from one node to another: `width` is a share 0..1 of the widest."""

    source: int
    target: int
    width: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleGraph:
    """What the picture of the modules shows."""

    nodes: tuple[ModuleNode, ...]
    links: tuple[ModuleLink, ...]
    sentence: str
    data: Mapping[str, Sequence[object]]


def module_graph(parts: Partition, rows: Sequence[ModuleRow], flow: Flow) -> ModuleGraph:
    """Return the picture: modules from left to right as their units lie in the network.

    `flow`: of the network that is drawn (the pruned one).
    """
    links, left_out = _links([row.name for row in rows], flow)
    return ModuleGraph(
        nodes=_nodes(parts, rows),
        links=tuple(links),
        sentence=_sentence(rows, links, left_out),
        data={
            "from": [_name(rows, link.source) for link in links],
            "to": [_name(rows, link.target) for link in links],
            "flow": [link.text for link in links],
        },
    )


def _nodes(parts: Partition, rows: Sequence[ModuleRow]) -> tuple[ModuleNode, ...]:
    columns = _columns(parts)
    last = max(columns) + 2
    largest = max((abs(x.value) for row in rows for x in (row.dense, row.pruned)), default=0.0)
    ends = (
        ModuleNode(number=_INPUTS, name="inputs", x=0.0, text="inputs"),
        ModuleNode(number=_ANSWERS, name="answers", x=1.0, text="answers"),
    )
    nodes = []
    for row, column in zip(rows, columns, strict=True):
        same = [at for at, other in enumerate(columns) if other == column]
        nodes.append(
            ModuleNode(
                number=row.number,
                name=row.name,
                x=(column + 1) / last,
                y=(same.index(row.number) + 0.5) / len(same),
                size=_radius(row.pruned.value, largest),
                before=_radius(row.dense.value, largest),
                positive=row.pruned.value >= 0,
                colour=row.colour,
                text=_told(row),
            )
        )
    return (*ends, *nodes)


def _columns(parts: Partition) -> list[int]:
    """Return the column of each module: the place of the mean depth of its units."""
    depths = np.concatenate([np.full(len(x), at) for at, x in enumerate(parts.labels.values())])
    owners = np.concatenate(list(parts.labels.values()))
    means = [round(float(depths[owners == module].mean()), 1) for module in range(parts.count)]
    places = {depth: at for at, depth in enumerate(sorted({round(2 * m) / 2 for m in means}))}
    return [places[round(2 * mean) / 2] for mean in means]


def _radius(value: float, largest: float) -> float:
    return float(np.sqrt(abs(value) / largest)) if largest else 0.0


def _told(row: ModuleRow) -> str:
    return say(
        "figures.module_graph.alt",
        name=row.name,
        units=row.units,
        kept_share=row.kept_share,
        adds=signed(row.pruned.value),
        dense=signed(row.dense.value),
    )


def _links(names: Sequence[str], flow: Flow) -> tuple[list[ModuleLink], int]:
    """Return the flows that can be seen, widest first, and how many others there are."""
    pairs = {(_INPUTS, at): float(x) for at, x in enumerate(flow.from_inputs)}
    pairs |= {(at, _ANSWERS): float(x) for at, x in enumerate(flow.to_outputs)}
    pairs |= {
        (one, other): float(flow.between[one, other])
        for one in range(len(names))
        for other in range(len(names))
        if one != other
    }
    total = sum(pairs.values()) or 1.0
    largest = max(pairs.values(), default=0.0)
    out = _way_out(pairs)
    seen = [pair for pair, x in pairs.items() if x > FAINT * largest or pair == out]
    links = [
        ModuleLink(
            source=pair[0],
            target=pair[1],
            width=float(np.sqrt(pairs[pair] / largest)),
            text=say("figures.module_graph.share_of_signal", part=pairs[pair] / total),
        )
        for pair in sorted(seen, key=lambda pair: -pairs[pair])
    ]
    return links, sum(x > 0 for x in pairs.values()) - len(seen)


def _way_out(pairs: Mapping[tuple[int, int], float]) -> tuple[int, int] | None:
    """Return the largest flow into the answers: it is drawn however faint it is."""
    out = {pair: x for pair, x in pairs.items() if pair[1] == _ANSWERS and x > 0}
    return max(out, key=out.__getitem__, default=None)


def _name(rows: Sequence[ModuleRow], number: int) -> str:
    return {_INPUTS: "inputs", _ANSWERS: "answers"}.get(number) or rows[number].name


def _sentence(rows: Sequence[ModuleRow], links: Sequence[ModuleLink], left_out: int) -> str:
    if not links:
        return say("figures.module_graph.no_signal")
    top = links[0]
    said = say(
        "figures.module_graph.most_signal",
        source=_name(rows, top.source),
        target=_name(rows, top.target),
        share=top.text,
    )
    return f"{said} {say('figures.module_graph.faint', count=left_out)}" if left_out else said
