"""Which samples are evaluated: `explain.core.subset` under the name of this room."""

from explain.core.subset import LIMIT, evaluation_rows

__all__ = ["LIMIT", "evaluation_rows"]
