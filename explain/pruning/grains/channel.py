"""Channel: whole units of convolutions die; linear layers stay as they are."""

from explain.core.messages import Message
from explain.core.methods import Grain, Options
from explain.core.scores import Site
from explain.core.subject import Subject
from explain.network import UNIT_LAYERS
from explain.pruning.units import sites_of_units


def channel_sites(subject: Subject, _options: Options) -> tuple[Site, ...]:
    """Return the channels of convolutions, those of the answer left out."""
    return sites_of_units(subject, UNIT_LAYERS[1:])


CHANNEL = Grain(
    key="channel",
    title="Channels of convolutions",
    line="A whole output channel of a convolution dies, with its bias and its BatchNorm's part.",
    kind="units",
    one="channel",
    many="channels",
    still="{kept} of {total} channels left",
    function=channel_sites,
    source="Li et al. 2017, arXiv:1608.08710, section 3.1",
    differs="The next layer's weights for the channel stay: they are multiplied by what is left.",
    fits=lambda subject: None if channel_sites(subject, {}) else Message("pruning.no_channels"),
)
