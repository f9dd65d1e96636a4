"""All attribution methods, in the order in which menus show them."""

from explain.attribution.methods.deeplift import DEEPLIFT
from explain.attribution.methods.feature_ablation import FEATURE_ABLATION
from explain.attribution.methods.grad_cam import GRAD_CAM
from explain.attribution.methods.gradient_shap import GRADIENT_SHAP
from explain.attribution.methods.guided_grad_cam import GUIDED_GRAD_CAM
from explain.attribution.methods.input_x_gradient import INPUT_X_GRADIENT
from explain.attribution.methods.integrated_gradients import INTEGRATED_GRADIENTS
from explain.attribution.methods.kernel_shap import KERNEL_SHAP
from explain.attribution.methods.layer_conductance import LAYER_CONDUCTANCE
from explain.attribution.methods.layer_integrated_gradients import LAYER_INTEGRATED_GRADIENTS
from explain.attribution.methods.lrp import LRP
from explain.attribution.methods.occlusion import OCCLUSION
from explain.attribution.methods.saliency import SALIENCY
from explain.attribution.methods.shapley_sampling import SHAPLEY_SAMPLING
from explain.core.methods import Attributor, record_of_key
from explain.core.subject import Subject

ATTRIBUTORS: tuple[Attributor, ...] = (
    INTEGRATED_GRADIENTS,
    SALIENCY,
    INPUT_X_GRADIENT,
    GRADIENT_SHAP,
    DEEPLIFT,
    LRP,
    OCCLUSION,
    FEATURE_ABLATION,
    SHAPLEY_SAMPLING,
    KERNEL_SHAP,
    GRAD_CAM,
    GUIDED_GRAD_CAM,
    LAYER_CONDUCTANCE,
    LAYER_INTEGRATED_GRADIENTS,
)


def attributor(key: str) -> Attributor:
    """Return the method of that key, or raise UnknownKey, whose hint names the nearest."""
    return record_of_key(ATTRIBUTORS, key, "attribution_method")


def fitting_attributors(subject: Subject) -> tuple[Attributor, ...]:
    """Return the methods that fit a subject, in menu order; who asks for none gets the first."""
    return tuple(record for record in ATTRIBUTORS if record.fits(subject) is None)
