"""The figures on the cards against their definitions, written out."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from models.baseline import figures

scores = st.lists(st.tuples(st.integers(-3, 3), st.integers(-3, 3)), min_size=4, max_size=30)


def both_classes(rows):
    outputs = torch.tensor(rows, dtype=torch.float32)
    return outputs, torch.arange(len(rows)) % 2


@given(scores)
def test_auc_is_the_share_of_pairs_in_the_right_order(rows):
    outputs, targets = both_classes(rows)
    score = [b - a for a, b in rows]
    pairs = [(score[i], score[j]) for i in range(1, len(rows), 2) for j in range(0, len(rows), 2)]
    expected = sum((p > n) + 0.5 * (p == n) for p, n in pairs) / len(pairs)
    assert figures(outputs, targets)["auc"] == pytest.approx(expected, abs=6e-7)


@given(scores)
def test_accuracy_counts_the_first_largest_output(rows):
    outputs, targets = both_classes(rows)
    right = [(b > a) == bool(t) for (a, b), t in zip(rows, targets.tolist(), strict=True)]
    found = figures(outputs, targets)["accuracy"]
    assert found == pytest.approx(sum(right) / len(right), abs=6e-7)


@given(scores)
def test_balanced_accuracy_is_the_mean_of_the_classes(rows):
    outputs, targets = both_classes(rows)
    found = figures(outputs, targets)
    right = [(b > a) == bool(t) for (a, b), t in zip(rows, targets.tolist(), strict=True)]
    each = [sum(right[t::2]) / len(right[t::2]) for t in (0, 1)]
    assert found["balanced-accuracy"] == pytest.approx(sum(each) / 2, abs=6e-7)


@given(scores)
def test_log_loss_is_the_mean_surprise(rows):
    outputs, targets = both_classes(rows)
    chosen = [row[t] for row, t in zip(rows, targets.tolist(), strict=True)]
    surprises = [
        math.log(sum(map(math.exp, row))) - own for row, own in zip(rows, chosen, strict=True)
    ]
    found = figures(outputs, targets)["log-loss"]
    assert found == pytest.approx(sum(surprises) / len(rows), abs=6e-7)


def test_auc_stands_beside_two_classes_only():
    outputs, targets = torch.eye(3), torch.arange(3)
    assert "auc" not in figures(outputs, targets)
    assert figures(outputs, targets)["accuracy"] == 1
    assert figures(torch.eye(2), torch.arange(2))["auc"] == 1


def test_sets_of_labels_have_accuracy_of_the_whole_macro_f1_and_a_mean_loss():
    outputs = torch.tensor([[2.0, -1.0], [2.0, 1.0], [-1.0, 1.0]])
    found = figures(outputs, torch.tensor([[1, 0], [0, 1], [0, 0]]))
    losses = [math.log1p(math.exp(x)) for x in (-2, -1, 2, -1, -1, 1)]
    assert found == pytest.approx(
        {
            "accuracy": 1 / 3,
            "macro-f1": (2 * 1 / 3 + 2 * 1 / 3) / 2,
            "log-loss": sum(losses) / 6,
        },
        abs=6e-7,
    )
