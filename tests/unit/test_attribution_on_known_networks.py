"""Networks so small that every answer is known."""

from functools import cache

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import explain
from explain.attribution import ATTRIBUTORS, attributor, explain_rows
from explain.core.errors import Refused
from explain.core.subject import InputSpec, Samples, Task

pytestmark = pytest.mark.filterwarnings("ignore:Setting")  # Captum tells of its hooks

X = torch.tensor([[1.0, -2.0, 3.0, 0.5], [0.2, 0.4, -1.0, 2.0]])
TRAINING = torch.tensor([[0.5, 0.5, 0.0, 1.0], [-0.5, -0.5, 1.0, 0.0], [1.0, 1.0, 2.0, -1.0]])
TABLE_METHODS = (
    "integrated-gradients",
    "input-x-gradient",
    "deeplift",
    "lrp",
    "feature-ablation",
    "shapley-sampling",
    "kernel-shap",
)


def table_of(module, inputs=X, kind="regression"):
    classes = ("no", "yes") if kind == "binary" else ()
    return explain.subject(
        module,
        Samples(inputs=(inputs,)),
        calibration=Samples(inputs=(TRAINING,)),
        task=Task(kind=kind, classes=classes, metric="agreement"),
        spec=InputSpec(kind="table", shape=tuple(inputs.shape[1:])),
    )


def linear(weight, bias=0.0):
    module = nn.Linear(len(weight), 1)
    module.weight = nn.Parameter(torch.tensor([weight]))
    module.bias = nn.Parameter(torch.tensor([bias]))
    return module


WEIGHTS = [2.0, -1.0, 0.0, 4.0]


@cache
def line(bias=0.0):
    return table_of(linear(WEIGHTS, bias))


@cache
def known():
    return table_of(Known(), EVEN)


@pytest.mark.parametrize("key", TABLE_METHODS)
def test_a_linear_network_gives_each_input_its_weight_times_its_value(key):
    options = {"epsilon": 1e-9} if key == "lrp" else {}
    found = explain_rows(line(), key, [0, 1], options=options)
    wanted = X.numpy() * np.array(WEIGHTS)
    assert np.allclose(found.values, wanted, atol=1e-5)
    assert found.targets.tolist() == [0, 0]


@pytest.mark.parametrize(
    "key", [r.key for r in ATTRIBUTORS if r.baseline and r.key in TABLE_METHODS]
)
def test_a_linear_network_gives_each_input_its_way_from_the_baseline(key):
    found = explain_rows(line(7.0), key, [0, 1], baseline="mean")
    wanted = (X - TRAINING.mean(0)).numpy() * np.array(WEIGHTS)
    assert np.allclose(found.values, wanted, atol=1e-5)


def test_gradient_shap_of_a_linear_network_converges_to_the_way_from_the_mean():
    found = explain_rows(line(), "gradient-shap", [0], options={"samples": 2000})
    wanted = (X[:1] - TRAINING.mean(0)).numpy() * np.array(WEIGHTS)
    assert np.allclose(found.values, wanted, atol=0.2)


def test_the_units_of_a_linear_layer_conduct_what_they_pass_on():
    net = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 1))
    found = explain_rows(table_of(net), "layer-conductance", [0, 1], options={"steps": 500})
    with torch.no_grad():
        units = torch.relu(net[0](X)) - torch.relu(net[0](torch.zeros(1, 4)))
        wanted = (units * net[2].weight).numpy()
    assert np.allclose(found.values, wanted, atol=5e-3)


class Known(nn.Module):
    """relu(x1 + x2 - 1) + 3 x3; x4 is not used."""

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(4, 2)
        self.first.weight = nn.Parameter(torch.tensor([[1.0, 1, 0, 0], [0, 0, 1, 0]]))
        self.first.bias = nn.Parameter(torch.tensor([-1.0, 10.0]))
        self.relu = nn.ReLU()
        self.last = linear([1.0, 3.0], -30.0)

    def forward(self, x: Tensor) -> Tensor:
        return self.last(self.relu(self.first(x)))


EVEN = torch.tensor([[0.8, 0.8, 2.0, 5.0]])
AXIOMATIC = [*TABLE_METHODS, "saliency", "gradient-shap"]


@pytest.mark.parametrize("key", AXIOMATIC)
def test_an_input_that_nothing_uses_gets_nothing(key):
    values = explain_rows(known(), key, [0]).values[0]
    assert abs(values[3]) < 1e-6


@pytest.mark.parametrize("key", AXIOMATIC)
def test_inputs_that_play_the_same_part_get_the_same(key):
    options = {"orders": 1000} if key == "shapley-sampling" else {}
    values = explain_rows(known(), key, [0], options=options).values[0]
    assert values[0] != 0
    assert values[0] == pytest.approx(values[1], abs=0.05 if options else 1e-6)


@pytest.mark.parametrize("key", ["shapley-sampling", "kernel-shap"])
def test_shapley_values_share_a_minimum_equally(key):
    """min(x1, x2) = x1 - relu(x1 - x2) at (1, 2): f = 1, each alone brings 0."""

    class Minimum(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return (x[:, :1] - torch.relu(x[:, :1] - x[:, 1:2])) - 3 * x[:, 2:3]

    options = {"orders": 1000} if key == "shapley-sampling" else {}
    row = torch.tensor([[1.0, 2.0, 1.0, 0.0]])
    values = explain_rows(table_of(Minimum(), row), key, [0], options=options).values[0]
    assert np.allclose(values, [0.5, 0.5, -3, 0], atol=0.05 if options else 1e-5)


@pytest.mark.parametrize("squeeze", [False, True])
def test_one_logit_is_the_output_that_is_explained(squeeze):
    net = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 1))
    if squeeze:
        net.append(nn.Flatten(0))
    subject = table_of(net, kind="binary")
    with torch.no_grad():
        wanted = net(X).flatten()
    for key in TABLE_METHODS:
        found = explain_rows(subject, key, [0, 1])
        assert np.allclose(found.outputs, wanted, atol=1e-6)
        assert found.targets.tolist() == [0, 0]
        assert found.values.shape == (2, 4)


class TwoInputs(nn.Module):
    """The first input plus twice the second."""

    def __init__(self):
        super().__init__()
        self.last = linear([1.0, 1.0, 1.0, 1.0])

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        return self.last(x + 2 * y)


@pytest.mark.parametrize("key", ["integrated-gradients", "deeplift", "shapley-sampling"])
def test_of_two_inputs_the_first_is_explained_and_the_second_stays(key):
    samples = Samples(inputs=(X, X.flip(1)))
    subject = explain.subject(
        TwoInputs(), samples, task=Task(kind="regression", metric="agreement")
    )
    found = explain_rows(subject, key, [0, 1])
    assert np.allclose(found.values, X.numpy(), atol=1e-5)
    assert np.allclose(found.baseline_outputs, 2 * X.sum(1).numpy(), atol=1e-5)


def test_ids_without_an_embedding_are_refused():
    class Counts(nn.Module):
        def __init__(self):
            super().__init__()
            self.last = nn.Linear(5, 2)

        def forward(self, ids: Tensor) -> Tensor:
            return self.last(ids.float())

    ids = torch.randint(0, 9, (3, 5))
    subject = explain.subject(Counts(), ids, torch.tensor([0, 1, 0]))
    for record in ATTRIBUTORS:
        with pytest.raises(Refused, match="embedding"):
            explain_rows(subject, record.key, [0])


def test_a_subject_without_training_rows_says_what_needs_them():
    subject = explain.subject(nn.Linear(4, 2), X, torch.tensor([0, 1]))
    with pytest.raises(Refused, match="calibration"):
        explain_rows(subject, "integrated-gradients", [0], baseline="mean")
    assert "calibration" in str(attributor("gradient-shap").fits(subject))
