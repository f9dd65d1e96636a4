"""Unit: a whole neuron or channel dies, with its bias and its BatchNorm's scale and shift."""

from explain.core.messages import Message
from explain.core.methods import Grain, Options
from explain.core.scores import Site
from explain.core.subject import Subject
from explain.network import UNIT_LAYERS
from explain.pruning.units import sites_of_units


def unit_sites(subject: Subject, _options: Options) -> tuple[Site, ...]:
    """Return the units of linear layers and convolutions, those of the answer left out."""
    return sites_of_units(subject, UNIT_LAYERS)


UNIT = Grain(
    key="unit",
    title="Units: neurons and channels",
    line="A whole neuron or channel dies: incoming weights, bias, BatchNorm scale and shift.",
    kind="units",
    one="unit",
    many="units",
    still="{kept} of {total} units left",
    function=unit_sites,
    source="Li et al. 2017, arXiv:1608.08710",
    differs="Outgoing weights stay: a unit that puts out 0 may still say something behind a "
    "function that turns 0 into something else.",
    fits=lambda subject: None if unit_sites(subject, {}) else Message("pruning.no_units"),
)
