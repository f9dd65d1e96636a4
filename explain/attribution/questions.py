"""Columns of a table that answer one question, told as one."""

import numpy as np
from numpy.typing import NDArray

from explain.core.subject import InputSpec


def by_question(
    values: NDArray[np.float64], spec: InputSpec
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Return values of columns [..., features] as sums [..., questions], and the questions.

    All together add up to the same as before. Where nothing was declared, and for values of
    anything but the columns, both come back as they are: the values and the names of the columns.
    """
    if not spec.questions or values.shape[-1:] != spec.shape:
        return values, spec.names
    belongs = np.eye(len(spec.asked))[spec.question_of]
    return np.asarray(values @ belongs), spec.asked
