"""GradientSHAP: gradients on the way from many training samples."""

import torch
from torch import Tensor

from explain.attribution.places import no_gradient
from explain.attribution.view import View
from explain.core.errors import Refused
from explain.core.messages import Message
from explain.core.methods import Attributor, Options, Parameter
from explain.core.subject import Subject


def gradient_shap(view: View, options: Options) -> Tensor:
    """Return the mean of (x - b) times the gradient at a random point between b and x."""
    rows = view.calibration
    if rows is None:
        raise Refused("attribution.no_training_rows")
    generator = torch.Generator().manual_seed(view.seed)
    total = torch.zeros_like(view.inputs, dtype=torch.float64)
    for _ in range(int(options["samples"])):
        chosen = int(torch.randint(len(rows), (), generator=generator))
        share = torch.rand((), generator=generator, dtype=view.inputs.dtype)
        way = view.inputs - rows[chosen : chosen + 1]
        total += (way * _gradient(view, view.inputs - share * way)).double()
    return view.of_parts(total / options["samples"])


def _gradient(view: View, points: Tensor) -> Tensor:
    from captum.attr import Saliency

    found: Tensor = Saliency(view.model).attribute(
        points, target=view.targets, abs=False, additional_forward_args=view.fixed or None
    )
    return found


def _fits(subject: Subject) -> Message | None:
    """Return why the subject cannot be served: no training rows shaped like the samples."""
    if subject.calibration is None:
        return Message("attribution.no_training_rows.says")
    alike = subject.calibration.inputs[0].shape[1:] == subject.samples.inputs[0].shape[1:]
    return no_gradient(subject) if alike else Message("attribution.no_training_rows.says")


GRADIENT_SHAP = Attributor(
    key="gradient-shap",
    title="GradientSHAP",
    line="Gradients at random points between training samples and the sample, averaged.",
    family="gradient",
    function=gradient_shap,
    formula="E[(x_i - b_i) · ∂f(b + t(x - b))/∂x_i], b a training sample, t uniform in 0..1",
    source="Lundberg and Lee 2017, arXiv:1705.07874; Erion et al. 2021, arXiv:1906.10670",
    passes=lambda _subject, options: 3 * options["samples"],
    differs="Its values add up only on average, so no gap is given. No noise is added to the "
    "sample; every row is explained from the same draws.",
    parameters=(
        Parameter(
            key="samples",
            title="Samples",
            line="Training samples to start from, one point on the way from each.",
            default=50,
            low=1,
            high=2000,
        ),
    ),
    seeded=True,
    fits=_fits,
)
