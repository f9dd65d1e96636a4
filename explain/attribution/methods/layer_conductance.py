"""Layer conductance: what flows through each unit of a layer."""

from torch import Tensor

from explain.attribution.methods.integrated_gradients import STEPS
from explain.attribution.places import LAYER, cuts, layer_at, no_gradient
from explain.attribution.view import View
from explain.core.messages import Message
from explain.core.methods import Attributor, Options
from explain.core.subject import Subject


def layer_conductance(view: View, options: Options) -> Tensor:
    """Return the conductance of each unit, [n, *shape of the layer]."""
    from captum.attr import LayerConductance

    layer = layer_at(cuts(view.subject), int(options["layer"]))
    steps = int(options["steps"])
    found: Tensor = LayerConductance(view.model, view.model.get_submodule(layer)).attribute(
        view.inputs,
        baselines=view.baseline.expand_as(view.inputs),
        target=view.targets,
        additional_forward_args=view.fixed or None,
        n_steps=steps,
        internal_batch_size=max(2, view.at_once(steps + 1)) * len(view.inputs),
    )
    return found


def _fits(subject: Subject) -> Message | None:
    """Return why the subject cannot be served: no layer that everything passes."""
    reason = no_gradient(subject)
    if reason is not None or cuts(subject):
        return reason
    return Message("attribution.no_cut")


LAYER_CONDUCTANCE = Attributor(
    key="layer-conductance",
    title="Layer conductance",
    line="What each unit of a layer adds to the output on the way from the baseline.",
    family="layer",
    function=layer_conductance,
    formula="Σ_i (x_i - b_i) · ∫₀¹ ∂f/∂y · ∂y/∂x_i dt for each unit y of the layer",
    source="Dhamdhere et al. 2018, arXiv:1805.12233, equation 2; Shrikumar et al. 2018, "
    "arXiv:1807.09946",
    passes=lambda _subject, options: 3 * (options["steps"] + 1),
    differs="Values belong to the units of the layer, not to the parts of the sample. Only layers "
    "that everything passes are offered: elsewhere the values would not add up.",
    parameters=(STEPS, LAYER),
    complete=True,
    baseline=True,
    fits=_fits,
)
