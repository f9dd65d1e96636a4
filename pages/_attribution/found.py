"""The values of one sample in both networks, as they are drawn."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explain import Explanation, Subject
from explain.attribution import by_question
from explain.core.messages import say
from explain.figures import Triple
from models.text import words_read
from pages._attribution.asked import ReasonQuestion
from pages._shell import caches
from pages._shell.current import samples

Pair = tuple[Explanation, Explanation]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The values of one sample as they are drawn: pixels, tokens with their padding, or parts."""

    values: Triple
    kind: str
    names: tuple[str, ...]
    """Of tokens and of parts; of pixels none."""

    @classmethod
    def of(cls, question: ReasonQuestion, pair: Pair) -> "Found":
        """Return how the values of two explanations are drawn."""
        subject = caches.subject(question.comparison.dense)
        found = Triple(dense=pair[0].values[0], pruned=pair[1].values[0])
        same = found.dense.shape == subject.samples.inputs[0].shape[1:]
        if same and subject.spec.kind == "image":
            return cls(values=found, kind="pixels", names=())
        if same and subject.spec.kind == "text":
            return cls(values=found, kind="tokens", names=_tokens(question, subject))
        if same and len(subject.spec.names) == found.dense.size:
            dense, names = by_question(found.dense, subject.spec)
            pruned, _ = by_question(found.pruned, subject.spec)
            return cls(values=_flat(Triple(dense=dense, pruned=pruned)), kind="parts", names=names)
        return cls(values=_flat(found), kind="parts", names=_numbered(found.dense, same=same))


def row_read(question: ReasonQuestion) -> int:
    """Return the row among the samples looked at: a typed text is the only one."""
    return 0 if question.sight.text else question.sight.sample


def _tokens(question: ReasonQuestion, subject: Subject) -> tuple[str, ...]:
    given = samples(question.comparison.dense, question.sight.text)
    return words_read(subject.spec, given, row_read(question))


def _flat(found: Triple) -> Triple:
    return Triple(dense=_units(found.dense), pruned=_units(found.pruned))


def _units(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return one value a unit: feature maps are summed over places, tokens over the message."""
    if values.ndim == 3:
        return np.asarray(values.sum((1, 2)))
    return np.asarray(values.sum(0) if values.ndim == 2 else values.reshape(-1))


def _numbered(values: NDArray[np.float64], *, same: bool) -> tuple[str, ...]:
    what = "part" if same else "channel" if values.ndim == 3 else "unit"
    return tuple(say("attribution.part", kind=what, at=at) for at in range(len(_units(values))))
