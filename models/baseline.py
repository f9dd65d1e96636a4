"""Logistic regression on the same rows and inputs: what a network has to beat."""

from importlib import import_module
from importlib.metadata import version

import torch
from torch import Tensor

from models.fitting import Rows
from models.metrics import figures

__all__ = ["logistic_regression"]

ROUNDS = 5000


def logistic_regression(train: Rows, test: Rows) -> dict[str, object]:
    """Return the figures of a logistic regression on the test rows, and how they were made.

    Needs scikit-learn, which only the training environment has: it is imported when needed.
    """
    linear_model = import_module("sklearn.linear_model")
    model = linear_model.LogisticRegression(max_iter=ROUNDS).fit(_table(train[0]), train[1].numpy())
    outputs = torch.from_numpy(model.predict_log_proba(_table(test[0])))
    return {
        "metrics": figures(outputs, test[1]),
        "how": (
            f"scikit-learn {version('scikit-learn')} LogisticRegression(C=1.0, max_iter={ROUNDS}), "
            f"fitted on the same {len(train[1])} training rows and inputs as the network, measured "
            f"on the same {len(test[1])} held-out rows."
        ),
    }


def _table(inputs: Tensor) -> object:
    """Return inputs as a float64 table, one row a sample."""
    return inputs.flatten(1).double().numpy()
