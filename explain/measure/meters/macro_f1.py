"""Macro F1: how well each label is found, every label counting the same."""

from torch import Tensor

from explain.core.decisions import macro_f1, resampled_macro_f1
from explain.core.messages import Message
from explain.core.methods import Meter
from explain.core.subject import Subject


def _measure(outputs: Tensor, targets: Tensor, subject: Subject) -> float:
    """Return the mean over labels of 2 · hits / (said + true), 0..1.

    Labels that are neither true nor said in any sample have no F1 and are left out; NaN if no
    label is left. The headline of sets of labels: a network that says nothing gets 0, where the
    share of right labels would praise it as long as labels are rare, and a rare label counts as
    much as a frequent one. Source: Sorower 2010, "A literature survey on algorithms for multi-label
    learning", macro-averaged F1.
    """
    return macro_f1(outputs, targets, subject.task)


MACRO_F1 = Meter(
    key="macro-f1",
    title="macro F1",
    line="Mean over labels of the harmonic mean of precision and recall.",
    function=_measure,
    resampled=lambda outputs, targets, subject, shares: resampled_macro_f1(
        outputs, targets, subject.task, shares
    ),
    better="higher",
    unit="share",
    fits=lambda subject: (
        None if subject.task.kind == "multilabel" else Message("measure.several_labels")
    ),
)
