"""What a test found, as keys: the sentences for them are messages."""

from enum import StrEnum


class DriftVerdict(StrEnum):
    """Whether the reasons of two networks differ by more than the method's own noise."""

    INSIDE = "inside"
    OUTSIDE = "outside"
    UNCLEAR = "unclear"


class SanityVerdict(StrEnum):
    """Whether a method sees the weights of a network."""

    PASSES = "passes"
    FAILS = "fails"
    UNCLEAR = "unclear"


class ClaimVerdict(StrEnum):
    """What became of the claim that pruning localises feature maps.

    `MORE` beats the dense network, every control and every other training; `MORE_HERE` not in
    another training; `MORE_LIKE_CONTROLS` no more than a control; `MORE_WITHOUT_CONTROL` where no
    control is as accurate.
    """

    MORE = "more"
    MORE_HERE = "more_here"
    MORE_LIKE_CONTROLS = "more_like_controls"
    MORE_WITHOUT_CONTROL = "more_without_control"
    SAME = "same"
    LESS = "less"
    INCOMPARABLE = "incomparable"
