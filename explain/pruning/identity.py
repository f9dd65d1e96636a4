"""Which network scores and masks belong to: the dense subject and every plan that pruned it."""

from explain.core.subject import Subject

_THEN = "\n"
"""Stands between two plans, each of which is one line of JSON."""


def identity(subject: Subject) -> str:
    """Return the fingerprint of the dense subject, followed by the plans that pruned it."""
    return _joined(subject.fingerprint, subject.pruned_by)


def history(subject: Subject, plan: str) -> str:
    """Return the plans of a copy, one a line: those of the subject, then this one."""
    return _joined(subject.pruned_by, plan)


def is_copy_of(copy: Subject, subject: Subject) -> bool:
    """Return whether one is the subject itself or was pruned from it in one step."""
    before, _, _ = copy.pruned_by.rpartition(_THEN)
    same_network = copy is subject or (copy.pruned_by != "" and before == subject.pruned_by)
    return same_network and copy.fingerprint == subject.fingerprint


def _joined(*lines: str) -> str:
    return _THEN.join(line for line in lines if line)
