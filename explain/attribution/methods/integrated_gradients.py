"""Integrated gradients: the gradient along the straight way from the baseline."""

from torch import Tensor

from explain.attribution.places import no_gradient
from explain.attribution.view import View
from explain.core.methods import Attributor, Options, Parameter
from explain.core.subject import Subject

STEPS = Parameter(
    key="steps",
    title="Steps",
    line="Points on the way from the baseline at which the gradient is taken.",
    default=50,
    low=2,
    high=1000,
)


def integrated_gradients(view: View, options: Options) -> Tensor:
    """Return (x - b) times the mean gradient on the way from b to x, one value per part."""
    from captum.attr import IntegratedGradients

    steps = int(options["steps"])
    values = IntegratedGradients(view.model).attribute(
        view.inputs,
        baselines=view.baseline.expand_as(view.inputs),
        target=view.targets,
        additional_forward_args=view.fixed or None,
        n_steps=steps,
        method="gausslegendre",
        internal_batch_size=view.at_once(steps) * len(view.inputs),
    )
    return view.of_parts(values)


def integrated_gradients_passes(_subject: Subject, options: Options) -> float:
    """Return its cost: a forward and a backward pass per step."""
    return 3 * options["steps"]


INTEGRATED_GRADIENTS = Attributor(
    key="integrated-gradients",
    title="Integrated gradients",
    line="What each part adds to the output on the straight way from the baseline to the sample.",
    family="gradient",
    function=integrated_gradients,
    formula="(x_i - b_i) · ∫₀¹ ∂f(b + t(x - b))/∂x_i dt",
    source="Sundararajan et al. 2017, arXiv:1703.01365, equation 1",
    passes=integrated_gradients_passes,
    differs="The integral is taken by Gauss-Legendre quadrature. On text the way runs between "
    "embeddings, and the values of a token are summed over its embedding.",
    parameters=(STEPS,),
    complete=True,
    baseline=True,
    fits=no_gradient,
)
