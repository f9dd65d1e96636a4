"""The file of all test cases, changed or not: one row each."""

from typing import Any

import numpy as np

from explain import Subject
from explain.figures import decision_name
from pages._decisions.decided import look_at
from pages._shell import caches, current
from pages._shell.charts import to_csv
from pages._shell.state import OTHER, State


def truth(subject: Subject, row: int) -> str:
    """Return the right answer of a test case, nothing where it is not known."""
    targets = subject.samples.targets
    return "" if targets is None else decision_name(subject.task, targets[row].numpy())


def ledger_csv(now: State) -> str:
    """Return one row for every test case. It asks no session: it runs in a thread."""
    seen = look_at(now, caches.sweep(now.model, current.masked(now)))
    subject, found, ids = seen.subject, seen.ledger, seen.subject.samples.ids
    rows = [int(row) for row in found.rows]
    columns: dict[str, Any] = {
        "sample": rows,
        "id": [ids[row] if ids else "" for row in rows],
        "status": list(found.status),
        "dense": [decision_name(subject.task, value) for value in found.before],
        "pruned": [decision_name(subject.task, value) for value in found.after],
        subject.task.target: [truth(subject, row) for row in rows],
    }
    if now[OTHER] is None:
        columns["first_amount"] = [None if np.isnan(a) else float(a) for a in found.first_amount]
        columns["flips_back"] = [bool(back) for back in found.flips_back]
    groups = subject.samples.groups.items()
    return to_csv(columns | {name: [values[row] for row in rows] for name, values in groups})
