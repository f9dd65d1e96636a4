"""A recurrent layer without numbers says the shapes that it would have."""

import pytest
import torch
from torch import nn

from explain.network.steps import empty_results


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU, nn.RNN])
@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize("bidirectional", [True, False])
def test_empty_results_have_the_shapes_of_real_ones(kind, batch_first, bidirectional):
    layer = kind(3, 4, num_layers=2, batch_first=batch_first, bidirectional=bidirectional)
    sequence = torch.randn(5, 7, 3)
    assert shapes(empty_results(layer, sequence.to("meta"))) == shapes(layer(sequence))


def test_a_projected_state_is_narrower_than_the_cell():
    layer = nn.LSTM(3, 4, proj_size=2)
    sequence = torch.randn(5, 7, 3)
    assert shapes(empty_results(layer, sequence.to("meta"))) == shapes(layer(sequence))


def test_a_wrong_number_of_features_is_an_error_without_numbers_too():
    with pytest.raises(RuntimeError, match="3 features"):
        empty_results(nn.LSTM(3, 4), torch.empty(5, 7, 2, device="meta"))


def shapes(value):
    if isinstance(value, torch.Tensor):
        return tuple(value.shape)
    return tuple(map(shapes, value))
