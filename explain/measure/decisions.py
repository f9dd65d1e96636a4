"""From outputs to decisions: `explain.core.decisions` under the name of this room."""

from explain.core.decisions import correct, decide, differ

__all__ = ["correct", "decide", "differ"]
