"""Neuron: whole units of linear layers die; convolutions stay as they are."""

from torch import nn

from explain.core.messages import Message
from explain.core.methods import Grain, Options
from explain.core.scores import Site
from explain.core.subject import Subject
from explain.pruning.units import sites_of_units


def neuron_sites(subject: Subject, _options: Options) -> tuple[Site, ...]:
    """Return the units of linear layers, those of the answer left out."""
    return sites_of_units(subject, (nn.Linear,))


NEURON = Grain(
    key="neuron",
    title="Neurons of linear layers",
    line="A whole neuron of a linear layer dies, with its bias and its BatchNorm's part.",
    kind="units",
    one="neuron",
    many="neurons",
    still="{kept} of {total} neurons left",
    function=neuron_sites,
    source="He et al. 2014, doi:10.1109/ICASSP.2014.6853595",
    differs="Outgoing weights stay, as for units.",
    fits=lambda subject: None if neuron_sites(subject, {}) else Message("pruning.no_neurons"),
)
