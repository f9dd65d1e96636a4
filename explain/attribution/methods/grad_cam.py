"""Grad-CAM: the feature maps of a convolution, weighted by their mean gradients."""

from torch import Tensor
from torch.nn import functional

from explain.attribution.places import LAYER, feature_layers, layer_at, no_entrance
from explain.attribution.view import View
from explain.core.messages import Message
from explain.core.methods import Attributor, Options
from explain.core.subject import Subject


def grad_cam(view: View, options: Options) -> Tensor:
    """Return the weighted sum of maps, upsampled and spread evenly over the input's channels."""
    channels = view.inputs.shape[1]
    full = upsampled(weighted_maps(view, options), view)
    return full.expand(-1, channels, -1, -1) / channels


def weighted_maps(view: View, options: Options) -> Tensor:
    """Return the weighted sum of the maps of a layer, signed, at its own size [n, 1, h, w]."""
    from captum.attr import LayerGradCam

    layer = layer_at(feature_layers(view.model), int(options["layer"]))
    maps: Tensor = LayerGradCam(view.model, view.model.get_submodule(layer)).attribute(
        view.inputs, target=view.targets, additional_forward_args=view.fixed or None
    )
    return maps


def upsampled(maps: Tensor, view: View) -> Tensor:
    """Return maps [n, 1, h, w] at the size of the images, bilinearly."""
    sides = view.inputs.shape[2:]
    return functional.interpolate(maps, size=sides, mode="bilinear", align_corners=False)


def grad_cam_fits(subject: Subject) -> Message | None:
    """Return why the subject cannot be served: no image, or no convolution over it."""
    if subject.samples.inputs[0].dim() != 4:
        return Message("attribution.only_images")
    if not feature_layers(subject.network):
        return Message("attribution.no_convolution")
    return no_entrance(subject)


GRAD_CAM = Attributor(
    key="grad-cam",
    title="Grad-CAM",
    line="Where the feature maps lie that speak for this output.",
    family="layer",
    function=grad_cam,
    formula="Σ_k mean(∂f/∂A_k) · A_k, upsampled bilinearly",
    source="Selvaraju et al. 2017, arXiv:1610.02391, equations 1 and 2",
    passes=lambda _subject, _options: 3.0,
    differs="Parts that speak against the output stay, with their sign; the paper sets them to 0. "
    "The maps are those after BatchNorm and activation, of a residual block after its sum. Coarse: "
    "one value per place of the layer.",
    parameters=(LAYER,),
    fits=grad_cam_fits,
)
