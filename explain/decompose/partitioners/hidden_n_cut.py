"""Spectral n-cut on |w| between hidden units alone."""

from explain.core.messages import Message
from explain.core.methods import Partitioner
from explain.core.subject import Subject
from explain.decompose.spectral import normalised_cut
from explain.decompose.split import Split, SplitRequest
from explain.decompose.unit_graph import UnitGraph
from explain.decompose.units import trace_units


def hidden_n_cut(graph: UnitGraph, wanted: SplitRequest) -> Split:
    """Cluster hidden units by the weights between them; inputs and outputs have no say."""
    labels = normalised_cut(graph, wanted.count or 1, wanted.seed, hidden_only=True)
    return Split(labels=labels)


def _fits(subject: Subject) -> Message | None:
    """Return why not: no weight joins two hidden units."""
    skeleton = trace_units(subject.network)
    hidden = {group.key for group in skeleton.with_role("hidden")}
    if any(link.source in hidden and link.target in hidden for link in skeleton.links):
        return None
    return Message("decompose.one_hidden_layer")


HIDDEN_N_CUT = Partitioner(
    key="hidden-n-cut",
    title="Spectral n-cut, hidden units only",
    line="Cuts the graph of hidden units where the least |weight| runs; inputs have no say.",
    function=hidden_n_cut,
    count="estimated",
    formula="min Σ cut(m) / vol(m) over weights between hidden units",
    source="Filan et al. 2021, arXiv:2103.03386, section 2",
    differs="Inputs and outputs are left out, of which a first layer has many.",
    cost="no pass through the network; a few products with its weights",
    seeded=True,
    fits=_fits,
)
