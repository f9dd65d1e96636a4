"""Laws of the order in which entries die, over many layers."""

import sys
import time
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parent))
from bare import bare_subject

from explain import PruningPlan, score
from explain.pruning import death_ranks


def test_two_thousand_layers_are_ranked_in_a_few_seconds():
    """A search of every layer in every other one takes more than ten."""
    torch.manual_seed(0)
    tensors = {f"layer{i}.weight": torch.randint(-9, 9, (2, 3)).float() for i in range(2_000)}
    scores = score(bare_subject(tensors), PruningPlan())
    started = time.perf_counter()
    ranks = death_ranks(scores, PruningPlan())
    assert time.perf_counter() - started < 3
    found = np.concatenate([ranks[name] for name in tensors])
    magnitudes = np.concatenate([tensor.abs().numpy().ravel() for tensor in tensors.values()])
    order = np.argsort(magnitudes, kind="stable")
    zeros = int((magnitudes == 0).sum())
    assert not found[order][:zeros].any()
    assert np.array_equal(found[order][zeros:], np.arange(1, len(found) - zeros + 1))


def test_tensors_of_different_precision_share_one_order():
    tensors = {
        "single.weight": torch.tensor([[0.1, 0.3]], dtype=torch.float32),
        "double.weight": torch.tensor([[0.1, 0.2]], dtype=torch.float64),
    }
    ranks = death_ranks(score(bare_subject(tensors), PruningPlan()), PruningPlan())
    assert ranks["double.weight"].tolist() == [1, 3]
    assert ranks["single.weight"].tolist() == [2, 4]
