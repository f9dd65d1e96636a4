"""network_view: what to draw of a network and when each connection dies."""

from explain.core.plan import PruningPlan
from explain.core.scores import ScoreSet
from explain.core.subject import Subject
from explain.core.view import NetworkView
from explain.network import drawing_of, edges, signature, silence, unit_deaths
from explain.pruning import (
    fixed_pruned,
    grain,
    groups,
    weight_ranks,
)


def network_view(
    subject: Subject, scores: ScoreSet, plan: PruningPlan, *, layer: str | None = None
) -> NetworkView:
    """Return what to draw of a network and when each connection dies, under a fixed budget.

    One view serves every amount of the plan: a connection is gone when the number of pruned
    entries reaches its rank. When whole units die, their outgoing connections go with them if what
    they put out is then exactly 0.

    Args:
        subject: the dense subject.
        scores: of the plan's criterion.
        plan: its amount plays no part; scope, overrides and protection do.
        layer: open this layer (with what feeds it) instead of the whole network.

    Raises:
        UnknownKey: there is no such layer.
    """
    network = subject.network
    drawn = drawing_of(network, subject.spec, subject.task, layer=layer)
    ranks = weight_ranks(scores, plan)
    found = edges(network, drawn, ranks)
    deaths = unit_deaths(network, drawn, found, ranks)
    if grain(scores.granularity).kind == "units":
        found = silence(network, drawn, found, deaths)
    sizes = groups(scores, plan)
    arrays = (found.source, found.target, found.dies_at, found.weight, found.thins_at, deaths)
    return NetworkView(
        sig=signature(subject.fingerprint, drawn.layers, sizes, scores.granularity, *arrays),
        layers=drawn.layers,
        source=found.source,
        target=found.target,
        dies_at=found.dies_at,
        weight=found.weight,
        strength=found.strength,
        count=found.count,
        thins_at=found.thins_at,
        unit_dies_at=deaths,
        groups=sizes,
        fixed_pruned=fixed_pruned(scores, plan),
        prunable=scores.entries,
        edges_total=found.total,
        weights_total=scores.weights,
    )
