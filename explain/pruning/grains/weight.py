"""Weight: every connection dies by itself."""

from explain.core.messages import Message
from explain.core.methods import Grain, Options
from explain.core.scores import Part, Site
from explain.core.subject import Subject
from explain.network import layer_of


def weight_sites(subject: Subject, _options: Options) -> tuple[Site, ...]:
    """Return every prunable weight, each of its numbers an entry."""
    weights = {name: subject.network.get_parameter(name) for name in subject.network.prunable}
    return tuple(
        Site(
            name=name,
            layer=layer_of(name),
            parts=(Part(name=name, shape=tuple(weight.shape)),),
            entries=weight.numel(),
            rows=max(1, len(weight)),
        )
        for name, weight in weights.items()
    )


WEIGHT = Grain(
    key="weight",
    title="Weights",
    line="Every connection dies by itself.",
    kind="weights",
    one="weight",
    many="weights",
    still="{kept} of {total} connections left",
    scopes=("global", "layer", "row"),
    function=weight_sites,
    source="Han et al. 2015, arXiv:1506.02626",
    fits=lambda subject: None if subject.network.prunable else Message("pruning.no_weights"),
)
