"""Where explanations start from: what stands for "nothing there"."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from explain.attribution.places import LookUp, has_ids, look_up, padding_id
from explain.core.errors import Refused
from explain.core.messages import Message
from explain.core.methods import Attributor, record_of_key
from explain.core.subject import Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What a baseline is made of.

    `inputs` [n, *shape] are the rows as numbers, `calibration` training rows shaped like them.
    Where rows were ids, `look_up` turns ids [n, *parts] into numbers [n, *parts, width].
    """

    inputs: Tensor
    calibration: Tensor | None
    look_up: LookUp | None = None

    def training_rows(self) -> Tensor:
        """Return the training rows.

        Raises:
            Refused: there are none.
        """
        if self.calibration is None:
            raise Refused("attribution.no_calibration")
        return self.calibration


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """A way to choose the point that explanations start from.

    `function(start, subject)` returns [1 or n, *shape]. `fits` returns why the subject cannot be
    served, or None.
    """

    key: str
    title: str
    line: str
    function: Callable[[Start, Subject], Tensor]
    fits: Callable[[Subject], Message | None] = lambda _subject: None


def _needs_rows(subject: Subject) -> Message | None:
    if subject.calibration is None:
        return Message("attribution.no_calibration.says")
    if subject.calibration.inputs[0].shape[1:] != subject.samples.inputs[0].shape[1:]:
        return Message("attribution.calibration_shapes")
    return None


def _zero(start: Start, _subject: Subject) -> Tensor:
    return torch.zeros_like(start.inputs[:1])


def _mean(start: Start, _subject: Subject) -> Tensor:
    return start.training_rows().double().mean(0, keepdim=True).to(start.inputs.dtype)


def _sample(start: Start, subject: Subject) -> Tensor:
    rows = start.training_rows()
    distance = (rows - _mean(start, subject)).flatten(1).double().square().sum(1)
    nearest = int(distance.argmin())
    return rows[nearest : nearest + 1]


def _blur(start: Start, _subject: Subject) -> Tensor:
    """Blur by a Gaussian whose standard deviation is an eighth of the longer side."""
    sigma = max(start.inputs.shape[2:]) / 8
    turned = _blurred_rows(start.inputs, sigma).transpose(2, 3)
    return _blurred_rows(turned, sigma).transpose(2, 3).contiguous()


def _blurred_rows(images: Tensor, sigma: float) -> Tensor:
    """Blur along the last dimension; beyond the edge its last value goes on."""
    channels, width = images.shape[1], images.shape[3]
    reach = min(width - 1, round(3 * sigma))
    kernel = torch.exp(-0.5 * (torch.arange(-reach, reach + 1, dtype=images.dtype) / sigma) ** 2)
    kernel = (kernel / kernel.sum()).expand(channels, 1, 1, -1)
    padded = functional.pad(images, (reach, reach, 0, 0), mode="replicate")
    return functional.conv2d(padded, kernel, groups=channels)


def _only_images(subject: Subject) -> Message | None:
    if subject.spec.kind != "image" or len(subject.samples.inputs[0].shape) != 4:
        return Message("attribution.not_blurred")
    return None


def _padding(start: Start, subject: Subject) -> Tensor:
    if start.look_up is None:
        raise Refused("attribution.no_padding")
    return start.look_up(torch.full((1, *start.inputs.shape[1:-1]), padding_id(subject)))


def _only_texts(subject: Subject) -> Message | None:
    return None if has_ids(subject) else Message("attribution.no_padding.says")


BASELINES: tuple[Baseline, ...] = (
    Baseline(
        key="zero",
        title="Zero",
        line="All zeros: black pixels, average columns of a standardised table, no embedding.",
        function=_zero,
    ),
    Baseline(
        key="mean",
        title="Mean of training samples",
        line="The mean of the calibration samples, element by element.",
        function=_mean,
        fits=_needs_rows,
    ),
    Baseline(
        key="blur",
        title="Blurred image",
        line="The image itself without detail: blurred over an eighth of its longer side.",
        function=_blur,
        fits=_only_images,
    ),
    Baseline(
        key="sample",
        title="A typical training sample",
        line="The one calibration sample that is nearest to their mean.",
        function=_sample,
        fits=_needs_rows,
    ),
    Baseline(
        key="pad",
        title="Padding",
        line="The embedding of the padding token in every place.",
        function=_padding,
        fits=_only_texts,
    ),
)


def baseline(key: str) -> Baseline:
    """Return the baseline of that key, or raise UnknownKey, whose hint names the nearest."""
    return record_of_key(BASELINES, key, "baseline")


def usual_baseline(subject: Subject) -> str:
    """Return the key of the baseline to take where none is asked for.

    What the input's spec says, where that fits; else "mean" for texts with training rows: LayerNorm
    bends so sharply near an empty embedding that integrated gradients from "zero" miss the change
    of the output. "zero" for all else.
    """
    said = next((b for b in BASELINES if b.key == subject.spec.baseline), None)
    if said is not None and said.fits(subject) is None:
        return said.key
    return "mean" if has_ids(subject) and _needs_rows(subject) is None else "zero"


def other_baselines(record: Attributor, subject: Subject, key: str) -> tuple[str, ...]:
    """Return the other baselines that fit, in menu order; none for a method that has none."""
    if not record.baseline:
        return ()
    return tuple(b.key for b in BASELINES if b.key != key and b.fits(subject) is None)


def training_rows(subject: Subject) -> Tensor | None:
    """Return the training rows as numbers, shaped like the samples; None where they are not."""
    if subject.calibration is None or _needs_rows(subject) is not None:
        return None
    rows, numbers = subject.calibration.inputs[0], look_up(subject)
    return rows if numbers is None else numbers(rows)


def start_of(subject: Subject, inputs: Tensor) -> Start:
    """Return what baselines of some samples [n, *parts] are made of, ids looked up."""
    numbers = look_up(subject)
    return Start(
        inputs=inputs if numbers is None else numbers(inputs),
        calibration=training_rows(subject),
        look_up=numbers,
    )
