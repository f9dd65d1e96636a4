"""Saliency: the gradient of the output."""

from torch import Tensor

from explain.attribution.places import no_gradient
from explain.attribution.view import View
from explain.core.methods import Attributor, Options


def saliency(view: View, _options: Options) -> Tensor:
    """Return the gradient, with its sign."""
    from captum.attr import Saliency

    values = Saliency(view.model).attribute(
        view.inputs,
        target=view.targets,
        abs=False,
        additional_forward_args=view.fixed or None,
    )
    return view.of_parts(values)


SALIENCY = Attributor(
    key="saliency",
    title="Saliency",
    line="How fast the output changes with each part: the gradient, with its sign.",
    family="gradient",
    function=saliency,
    formula="∂f(x)/∂x_i",
    source="Simonyan et al. 2013, arXiv:1312.6034, section 3",
    passes=lambda _subject, _options: 3.0,
    differs="The paper shows the largest absolute gradient over the colours; here each channel "
    "keeps its own, signed. On text it is summed over the embedding.",
    fits=no_gradient,
)
