"""The same question to several networks: what do these outputs come from, in these rows?"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explain.core.explanation import Explanation
from explain.core.parameters import Options
from explain.core.progress import Progress
from explain.core.subject import Subject

Explain = Callable[..., Explanation]
"""Called like `explain_rows`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A method, its settings and the rows to explain; `targets` None: what each network decides."""

    explain: Explain
    method: str
    rows: NDArray[np.int64]
    baseline: str
    options: Options
    seed: int
    targets: NDArray[np.int64] | None = None

    def ask(
        self,
        subject: Subject,
        progress: Progress | None = None,
        *,
        baseline: str | None = None,
        like: Subject | None = None,
    ) -> Explanation:
        """Return the answer of one network, from another baseline or on another's samples."""
        return self.explain(
            subject,
            self.method,
            self.rows,
            targets=self.targets,
            baseline=baseline or self.baseline,
            options=self.options,
            seed=self.seed,
            samples=None if like is None else like.samples,
            progress=progress,
        )
