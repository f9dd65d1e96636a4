"""cases: the samples worth looking at, those first that teach most."""

import re

import numpy as np
from numpy.typing import NDArray

from explain.core.cases import Case, Pick
from explain.core.comparison import Evaluation, FlipLedger, Sweep
from explain.core.decisions import leads
from explain.core.subject import Samples, Subject
from explain.measure import ledger_of
from explain.study.asking import samples_of

UNSURE = 0.2
"""The lead below which a decision counts as unsure: 60 against 40 %."""


def cases(
    sweep: Sweep,
    subject: Subject,
    pruned: Evaluation,
    pick: Pick | None = None,
    *,
    amount: float,
) -> tuple[Case, ...]:
    """Return the cases that are picked, those first whose decision turns nearest to the amount.

    Of those that turn equally near, the ones that the dense network is least sure of stand first.
    A decision that turns between two amounts of the sweep only has no first amount.

    Args:
        sweep: of the plan; it holds the dense network's answers.
        subject: the dense subject.
        pruned: the evaluation of the other network on the sweep's rows.
        pick: which cases, by default all [n].
        amount: the share removed now, 0 to 1.

    Cost: no forward pass beside the sweep.

    Raises:
        InvalidOption: there is no such class or group, or no sample of it.
    """
    pick = pick or Pick()
    ledger = ledger_of(sweep, subject, pruned)
    lead = _leads(sweep, subject)
    shown = _shown(ledger, pruned, lead, pick, amount) & _asked(ledger, subject, pick)
    order = np.lexsort((lead, _distance(ledger, amount)))
    return tuple(_case(ledger, pruned, lead, int(at)) for at in order[shown[order]])


def _leads(sweep: Sweep, subject: Subject) -> NDArray[np.float64]:
    outputs = sweep.dense.outputs
    if outputs is None or subject.task.kind == "regression":
        return np.full(len(sweep.rows), np.nan)
    return leads(outputs, subject.task)


def _distance(ledger: FlipLedger, amount: float) -> NDArray[np.float64]:
    """Return how far each decision's first turn is from the amount; infinity for never."""
    return np.nan_to_num(np.abs(ledger.first_amount - amount), nan=np.inf)


def _shown(
    ledger: FlipLedger,
    pruned: Evaluation,
    lead: NDArray[np.float64],
    pick: Pick,
    amount: float,
) -> NDArray[np.bool_]:
    same = np.array(ledger.status) == "same"
    parts: dict[str, NDArray[np.bool_]] = {
        "all": np.ones_like(same),
        "changed": ~same,
        "next": same & (ledger.first_amount > amount),
        "never": same & np.isnan(ledger.first_amount),
        "unsure": lead < UNSURE,
        "wrong": np.zeros_like(same) if pruned.correct is None else ~pruned.correct,
    }
    return parts[pick.show]


def _asked(ledger: FlipLedger, subject: Subject, pick: Pick) -> NDArray[np.bool_]:
    """Return which rows are of the class and the group, and say the words."""
    overs = [] if pick.label is None else [f"class~{pick.label}"]
    overs += [f"group~{pick.group}"] if pick.group else []
    found = np.ones(len(ledger.rows), np.bool_)
    for over in overs:
        found &= np.isin(ledger.rows, samples_of(subject, over))
    if pick.search.strip():
        found &= [_says(subject.samples, int(row), pick.search) for row in ledger.rows]
    return found


def _says(samples: Samples, row: int, search: str) -> bool:
    """Return whether every word that is searched begins a word of the sample."""
    said = _words(samples, row)
    words = (word.strip(",;:…") for word in search.casefold().split())
    return all(re.search(_beginning(word), said) for word in words)


def _beginning(word: str) -> str:
    """Return what finds a word at the start of one, and anywhere in scripts without spaces."""
    return rf"(?<!\w){re.escape(word)}" if word.isascii() else re.escape(word)


def _words(samples: Samples, row: int) -> str:
    columns = {**samples.groups, **samples.display}
    said = [str(row), *(samples.ids[row : row + 1])]
    said += [f"{name} {values[row]}" for name, values in columns.items()]
    return "\n".join(said).casefold()


def _case(ledger: FlipLedger, pruned: Evaluation, lead: NDArray[np.float64], at: int) -> Case:
    first, leading = float(ledger.first_amount[at]), float(lead[at])
    return Case(
        row=int(ledger.rows[at]),
        before=_plain(ledger.before[at]),
        after=_plain(ledger.after[at]),
        status=ledger.status[at],
        right=None if pruned.correct is None else bool(pruned.correct[at]),
        first_amount=None if np.isnan(first) else first,
        lead=None if np.isnan(leading) else leading,
    )


def _plain(decision: NDArray[np.float64]) -> float | tuple[float, ...]:
    return tuple(decision.tolist()) if np.ndim(decision) else float(decision)
