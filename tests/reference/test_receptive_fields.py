"""Theoretical receptive fields against brute force: change every pixel, see what moves."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import explain
from explain.features import Box, receptive_field

SIDE = 13


class Residual(nn.Module):
    def __init__(self, kernel):
        super().__init__()
        self.inner = nn.Conv2d(2, 2, kernel, padding=kernel // 2)
        self.relu = nn.ReLU()

    def forward(self, x):
        return self.relu(self.inner(x) + x)


class Beside(nn.Module):
    def __init__(self, kernel, stride):
        super().__init__()
        self.left = nn.Conv2d(2, 1, 1, stride=stride)
        self.right = nn.Conv2d(2, 1, kernel, stride=stride, padding=kernel // 2)

    def forward(self, x):
        return torch.cat([self.left(x), self.right(x)], 1)


class Gate(nn.Module):
    """Squeeze and excite: every place is scaled by what the whole picture says."""

    def forward(self, x):
        return x * torch.sigmoid(x.mean((2, 3), keepdim=True))


class Shuffled(nn.Module):
    """Channels first to last and back, which is not followed."""

    def forward(self, x):
        return torch.relu(x.permute(0, 2, 3, 1) * 2).permute(0, 3, 1, 2)


def conv(kernel, stride, padding, dilation):
    return nn.Conv2d(2, 2, kernel, stride=stride, padding=padding, dilation=dilation)


EXACT = st.one_of(
    st.builds(
        conv, st.integers(1, 4), st.integers(1, 3), st.sampled_from([0, 1, 2]), st.integers(1, 2)
    ),
    st.builds(lambda k, d: conv(k, 1, "same", d), st.integers(2, 4), st.integers(1, 2)),
    st.builds(
        lambda k, s, c: nn.MaxPool2d(k, s, padding=k // 2, ceil_mode=c),
        st.integers(1, 3),
        st.integers(1, 3),
        st.booleans(),
    ),
    st.builds(
        lambda k, s, c: nn.AvgPool2d(k, s, ceil_mode=c),
        st.integers(1, 3),
        st.integers(1, 3),
        st.booleans(),
    ),
    st.builds(Residual, st.sampled_from([1, 3, 5])),
    st.builds(Beside, st.sampled_from([1, 3, 5]), st.integers(1, 2)),
    st.builds(
        lambda k, s, p: nn.ConvTranspose2d(2, 2, k, stride=s, padding=p),
        st.integers(2, 4),
        st.integers(1, 2),
        st.integers(0, 1),
    ),
    st.builds(lambda a, b: nn.ZeroPad2d((a, b, b, a)), st.integers(-1, 2), st.integers(0, 2)),
    st.builds(nn.AdaptiveAvgPool2d, st.integers(2, 5)),
    st.builds(lambda: nn.Upsample(scale_factor=2)),
    st.builds(lambda: nn.BatchNorm2d(2)),
    st.builds(nn.ReLU),
)
LOOSE = st.one_of(
    st.builds(Gate),
    st.builds(Shuffled),
    st.builds(lambda: nn.ReflectionPad2d(1)),
    st.builds(lambda: nn.Upsample(scale_factor=2, mode="bilinear")),
    st.builds(lambda: nn.GroupNorm(1, 2)),
    EXACT,
)


class Chain(nn.Module):
    """Some parts, a last convolution to look at, and an answer."""

    def __init__(self, parts, kernel=2, stride=1):
        super().__init__()
        self.parts = nn.Sequential(*parts)
        self.last = nn.Conv2d(2, 1, kernel, stride=stride)
        self.head = nn.Linear(1, 2)

    def forward(self, x):
        return self.head(self.last(self.parts(x)).mean((2, 3)))


def subject_of(module, *, positive):
    generator = torch.Generator().manual_seed(0)
    module = module.double().eval()
    with torch.no_grad():
        for tensor in module.parameters():
            drawn = torch.rand(tensor.shape, generator=generator, dtype=tensor.dtype) + 0.1
            signs = torch.randint(0, 2, tensor.shape, generator=generator) * 2 - 1
            tensor.copy_(drawn if positive else drawn * signs)
    shown = torch.rand(2, 2, SIDE, SIDE, generator=generator, dtype=torch.float64)
    return explain.subject(module, shown, torch.tensor([0, 1]))


def moved(subject):
    """Return [pixels, positions]: which positions of `last` move when a pixel does."""
    first = subject.samples.inputs[0][:1]
    pixels = SIDE * SIDE
    changed = first.repeat(pixels + 1, 1, 1, 1)
    changed.view(pixels + 1, 2, pixels)[range(pixels), :, range(pixels)] += 50.0
    network, seen = subject.network.sharing_copy(), []
    network.get_submodule("last").register_forward_hook(lambda _m, _i, out: seen.append(out))
    with torch.no_grad():
        network(changed)
    answers = seen[0][:, 0]
    far = (answers[:-1] - answers[-1]).abs() > 1e-12 * answers[-1].abs().clamp(min=1)
    return far.numpy().reshape(SIDE, SIDE, *answers.shape[1:])


def box_around(pixels):
    rows, columns = np.flatnonzero(pixels.any(1)), np.flatnonzero(pixels.any(0))
    if not len(rows):
        return Box(top=0, bottom=0, left=0, right=0)
    return Box(
        top=int(rows[0]),
        bottom=int(rows[-1]) + 1,
        left=int(columns[0]),
        right=int(columns[-1]) + 1,
    )


def inside(small, large):
    rows = large.top <= small.top and small.bottom <= large.bottom
    return small.area == 0 or (rows and large.left <= small.left and small.right <= large.right)


def lifted(parts, *, positive):
    """Return the subject, or None where the parts leave no picture for the last convolution."""
    try:
        with torch.no_grad():
            chain = Chain(parts)
            chain.double().eval()(torch.zeros(1, 2, SIDE, SIDE, dtype=torch.float64))
    except RuntimeError:
        return None
    return subject_of(chain, positive=positive)


def pairs(subject):
    """Return the theoretical box and the one found by brute force, for every position."""
    influence = moved(subject)
    for y, x in np.ndindex(*influence.shape[2:]):
        yield receptive_field(subject, "last", (y, x)), box_around(influence[:, :, y, x])


pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same'")


@settings(max_examples=8)
@given(parts=st.lists(EXACT, min_size=2, max_size=4))
def test_with_positive_weights_the_box_is_exactly_what_moves_the_unit(parts):
    subject = lifted(parts, positive=True)
    if subject is not None:
        assert all(theory == found for theory, found in pairs(subject))


@settings(max_examples=4)
@given(parts=st.lists(LOOSE, min_size=2, max_size=3))
def test_no_pixel_outside_the_box_ever_moves_the_unit(parts):
    subject = lifted(parts, positive=False)
    if subject is not None:
        assert all(inside(found, theory) for theory, found in pairs(subject))


@pytest.mark.parametrize("part", [Gate(), Shuffled(), nn.GroupNorm(1, 2)])
def test_behind_a_step_that_mixes_places_everything_is_seen(part):
    subject = subject_of(Chain([part]), positive=True)
    whole = Box(top=0, bottom=SIDE, left=0, right=SIDE)
    assert receptive_field(subject, "last", (3, 3)) == whole


def test_the_textbook_recursion_gives_the_same_sizes():
    parts = [conv(3, 1, 1, 1), nn.MaxPool2d(2), conv(3, 1, 1, 1)]
    subject = subject_of(Chain(parts, kernel=3), positive=True)
    size, jump = 1, 1
    for kernel, stride in ((3, 1), (2, 2), (3, 1), (3, 1)):
        size, jump = size + (kernel - 1) * jump, jump * stride
    middle = receptive_field(subject, "last", (2, 2))
    assert (middle.bottom - middle.top, middle.right - middle.left) == (size, size) == (12, 12)


def test_a_position_that_sees_padding_only_has_an_empty_box():
    subject = subject_of(Chain([nn.ZeroPad2d((3, 0, 3, 0))]), positive=True)
    assert receptive_field(subject, "last", (0, 0)).area == 0
    assert receptive_field(subject, "last", (2, 2)) == Box(top=0, bottom=1, left=0, right=1)
