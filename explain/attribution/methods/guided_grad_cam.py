"""Guided Grad-CAM: guided backpropagation where Grad-CAM is positive."""

import warnings

from torch import Tensor, nn

from explain.attribution.methods.grad_cam import grad_cam_fits, upsampled, weighted_maps
from explain.attribution.places import LAYER
from explain.attribution.view import View
from explain.core.messages import Message
from explain.core.methods import Attributor, Options
from explain.core.subject import Subject

warnings.filterwarnings("ignore", message="Setting backward hooks on ReLU activations")


def guided_grad_cam(view: View, options: Options) -> Tensor:
    """Return guided backpropagation times the positive part of Grad-CAM, upsampled."""
    from captum.attr import GuidedBackprop

    where = upsampled(weighted_maps(view, options).clamp_min(0), view)
    own = view.isolated()
    guided: Tensor = GuidedBackprop(own.model).attribute(
        own.inputs, target=own.targets, additional_forward_args=own.fixed or None
    )
    return guided * where


def _fits(subject: Subject) -> Message | None:
    """Return why the subject cannot be served: what Grad-CAM lacks, or no ReLU to guide."""
    relus = any(isinstance(module, nn.ReLU) for _, module in subject.network.named_modules())
    return grad_cam_fits(subject) if relus else Message("attribution.no_relu")


GUIDED_GRAD_CAM = Attributor(
    key="guided-grad-cam",
    title="Guided Grad-CAM",
    line="Fine lines where Grad-CAM lies; they hardly depend on what the network has learned.",
    family="layer",
    function=guided_grad_cam,
    formula="guided backpropagation · max(0, Grad-CAM)",
    source="Selvaraju et al. 2017, arXiv:1610.02391, section 3.2; Springenberg et al. 2014, "
    "arXiv:1412.6806",
    passes=lambda _subject, _options: 6.0,
    differs="Grad-CAM is upsampled bilinearly; Captum takes the nearest neighbour by default.",
    parameters=(LAYER,),
    warning="Failed the sanity check of Adebayo et al. 2018 (arXiv:1810.03292) on their networks: "
    "guided backpropagation kept most of its map when the weights were random.",
    fits=_fits,
)
