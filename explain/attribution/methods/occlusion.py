"""Occlusion: a window of the baseline slides over the sample."""

from torch import Tensor

from explain.attribution.places import no_entrance
from explain.attribution.view import View
from explain.core.messages import Message
from explain.core.methods import Attributor, Options, Parameter
from explain.core.subject import Subject

_TOKENS = 2


def occlusion(view: View, options: Options) -> Tensor:
    """Return for each part the mean fall of the output over the windows that cover it."""
    from captum.attr import Occlusion

    window, strides, positions = windows(view.parts(), options)
    tail = (view.width(),) if view.embedded else ()
    values = Occlusion(view.model).attribute(
        view.inputs,
        sliding_window_shapes=(*window, *tail),
        strides=(*strides, *tail),
        baselines=view.baseline.expand_as(view.inputs),
        target=view.targets,
        additional_forward_args=view.fixed or None,
        perturbations_per_eval=view.at_once(positions),
    )
    channels = view.inputs.shape[1] if len(view.parts()) == 3 else 1
    return view.of_parts(values) / (channels * view.width())


def windows(
    parts: tuple[int, ...], options: Options
) -> tuple[tuple[int, ...], tuple[int, ...], int]:
    """Return size and stride of the window, and at how many places it stands.

    Images [channels, height, width]: all channels, twice the stride, about `positions` places a
    side. Texts [tokens]: two tokens, one further each time.
    """
    if len(parts) == 1:
        size = min(_TOKENS, parts[0])
        return (size,), (1,), parts[0] - size + 1
    strides = tuple(max(1, round(side / options["positions"])) for side in parts[1:])
    sizes = tuple(min(2 * s, side) for s, side in zip(strides, parts[1:], strict=True))
    places = [
        -(-(side - size) // s) + 1 for side, size, s in zip(parts[1:], sizes, strides, strict=True)
    ]
    return (parts[0], *sizes), (parts[0], *strides), places[0] * places[1]


def _passes(subject: Subject, options: Options) -> float:
    """Return its cost: one pass for the sample and one per place of the window."""
    parts = tuple(subject.samples.inputs[0].shape[1:])
    return 1.0 + windows(parts, options)[2]


def _fits(subject: Subject) -> Message | None:
    """Return why the subject cannot be served: neighbours that mean nothing."""
    dimensions = subject.samples.inputs[0].dim() - 1
    if (subject.spec.kind, dimensions) not in {("image", 3), ("text", 1)}:
        return Message("attribution.no_neighbours")
    return no_entrance(subject)


OCCLUSION = Attributor(
    key="occlusion",
    title="Occlusion",
    line="How far the output falls when a window around the part is hidden.",
    family="perturbation",
    function=occlusion,
    formula="mean over windows W around i of f(x) - f(x with the baseline inside W)",
    source="Zeiler and Fergus 2014, arXiv:1311.2901, section 4.2",
    passes=_passes,
    differs="Windows overlap by half. Hidden parts take the baseline's values, not grey. The "
    "value of a pixel is spread evenly over its channels. On text two tokens are hidden at once.",
    parameters=(
        Parameter(
            key="positions",
            title="Places per side",
            line="How many steps the window takes along each side of an image.",
            default=8,
            low=2,
            high=64,
        ),
    ),
    baseline=True,
    fits=_fits,
)
