"""attribute: what each part of one sample adds to one output."""

from types import MappingProxyType

from explain.attribution import explain_rows
from explain.core.explanation import Explanation
from explain.core.parameters import Options
from explain.core.progress import Progress
from explain.core.subject import Samples, Subject

_NO_OPTIONS: Options = MappingProxyType({})


def attribute(
    subject: Subject,
    method: str,
    *,
    sample: int = 0,
    target: int | None = None,
    baseline: str | None = None,
    options: Options = _NO_OPTIONS,
    seed: int = 0,
    samples: Samples | None = None,
    progress: Progress | None = None,
) -> Explanation:
    """Explain one output of a network for one sample: what each part of it adds to the output.

    Args:
        subject: dense or pruned; nothing in it changes.
        method: key of an attribution method.
        sample: row of the samples.
        target: the output to explain, by default the network's decision; give the same one where
            two networks are compared.
        baseline: key of the point where the method starts, by default the `usual_baseline`.
        options: parameters of the method.
        seed: for methods that draw at random.
        samples: take the row from here, a typed text say.
        progress: called with the share done; may raise to cancel.

    Returns:
        An `Explanation` of one row: `values` [1, *parts].

    Cost: the method's `passes`.

    Raises:
        What `explain.attribution.explain_rows` raises, which explains many rows at once.
    """
    return explain_rows(
        subject,
        method,
        [sample],
        targets=None if target is None else [target],
        baseline=baseline,
        options=options,
        seed=seed,
        samples=samples,
        progress=progress,
    )
