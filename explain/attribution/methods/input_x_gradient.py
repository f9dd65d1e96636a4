"""Input times gradient: what each part adds to a linear picture of the network."""

from torch import Tensor

from explain.attribution.places import no_gradient
from explain.attribution.view import View
from explain.core.methods import Attributor, Options


def input_x_gradient(view: View, _options: Options) -> Tensor:
    """Return the input times the gradient."""
    from captum.attr import InputXGradient

    values = InputXGradient(view.model).attribute(
        view.inputs, target=view.targets, additional_forward_args=view.fixed or None
    )
    return view.of_parts(values)


INPUT_X_GRADIENT = Attributor(
    key="input-x-gradient",
    title="Input × gradient",
    line="The gradient times the value of the part itself.",
    family="gradient",
    function=input_x_gradient,
    formula="x_i · ∂f(x)/∂x_i",
    source="Shrikumar et al. 2016, arXiv:1605.01713",
    passes=lambda _subject, _options: 3.0,
    differs="On text it is the embedding times its gradient, summed over the embedding.",
    fits=no_gradient,
)
