"""DeepLIFT: differences from the baseline, carried backwards by the rescale rule."""

import warnings

from torch import Tensor

from explain.attribution.rules import DEEPLIFT_RULES, no_rule
from explain.attribution.view import View
from explain.core.methods import Attributor, Options

warnings.filterwarnings("ignore", message="Setting forward, backward hooks")


def deeplift(view: View, _options: Options) -> Tensor:
    """Return the contribution of each part to the difference from the baseline's output."""
    from captum.attr import DeepLift

    own = view.isolated()
    values = DeepLift(own.model).attribute(
        own.inputs,
        baselines=own.baseline.expand_as(own.inputs),
        target=own.targets,
        additional_forward_args=own.fixed or None,
    )
    return own.of_parts(values)


DEEPLIFT = Attributor(
    key="deeplift",
    title="DeepLIFT",
    line="What each part adds to the difference from the baseline, layer by layer.",
    family="gradient",
    function=deeplift,
    formula="(x_i - b_i) · m_i; at every activation m = Δoutput / Δinput in place of the slope",
    source="Shrikumar et al. 2017, arXiv:1704.02685, rescale rule",
    passes=lambda _subject, _options: 6.0,
    differs="Only for networks whose every layer has an exact rule: Captum gives values for "
    "GELU, LayerNorm and attention too, but they do not add up.",
    complete=True,
    baseline=True,
    fits=lambda subject: no_rule(subject, DEEPLIFT_RULES),
)
