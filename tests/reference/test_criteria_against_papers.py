"""Every criterion against a slow, literal re-implementation of its formula."""

import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils import prune as torch_prune

import explain
from explain import PruningPlan
from explain.pruning import CRITERIA, criterion


class Convolutions(nn.Module):
    """Stride, padding, groups, a BatchNorm and a linear head: every path of the criteria."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(2, 4, 3, stride=2, padding=1)
        self.norm = nn.BatchNorm2d(4)
        self.second = nn.Conv2d(4, 6, 3, padding=1, groups=2)
        self.head = nn.Linear(6, 3)

    def forward(self, x):
        x = torch.relu(self.norm(self.first(x)))
        x = torch.relu(self.second(x))
        return self.head(x.mean((2, 3)))


def perceptron():
    return nn.Sequential(nn.Linear(5, 7), nn.ReLU(), nn.Linear(7, 6), nn.Tanh(), nn.Linear(6, 3))


@pytest.fixture(scope="module", params=["perceptron", "convolutions"])
def subject(request):
    torch.manual_seed(3)
    module = perceptron() if request.param == "perceptron" else Convolutions()
    with torch.no_grad():
        for name, tensor in module.named_buffers():
            if name.endswith("running_mean"):
                tensor.normal_()
    shape = (5,) if request.param == "perceptron" else (2, 6, 7)
    inputs, targets = torch.randn(40, *shape), torch.arange(40) % 3
    return explain.subject(
        module.eval(),
        inputs[:10],
        targets[:10],
        calibration=explain.Samples(inputs=(inputs[10:],), targets=targets[10:]),
    )


def scores_of(subject, key):
    record = criterion(key)
    plan = PruningPlan(
        criterion=key, granularity=record.granularity, scope=record.scopes[0], seed=SEED
    )
    return explain.score(subject, plan)


def spread(ranked):
    """Return the scores of one tensor by flat index."""
    values = np.empty(ranked.entries)
    values[ranked.order.ravel()] = ranked.ranked.ravel()
    return values


def module_of(subject, name):
    return subject.network.get_submodule(name.rpartition(".")[0])


def inputs_and_outputs(subject, names):
    """Run the calibration samples one by one and note every module's input and output."""
    network = subject.network.sharing_copy()
    seen = {name: [] for name in names}
    for name in names:
        network.get_submodule(name).register_forward_hook(
            lambda _m, i, o, name=name: seen[name].append((i[0][0], o[0]))
        )
    with torch.no_grad():
        for row in subject.calibration.inputs[0]:
            network(row[None])
    return seen


def weight_of(subject, name):
    return subject.network.get_parameter(name).detach().double()


def literal_magnitudes(subject, names):
    return {name: weight_of(subject, name).abs().numpy() for name in names}


def literal_lamp(subject, names):
    """Return the square over the sum of squares of what is not smaller."""
    found = {}
    for name in names:
        flat = weight_of(subject, name).flatten().tolist()
        order = sorted(range(len(flat)), key=lambda i: (abs(flat[i]), i))
        found[name] = np.empty(len(flat))
        for place, i in enumerate(order):
            found[name][i] = flat[i] ** 2 / math.fsum(flat[j] ** 2 for j in order[place:])
    return found


def literal_taylor(subject, names):
    """Return |weight · gradient of the mean loss|, one row at a time."""
    inputs, targets = subject.calibration.inputs[0], subject.calibration.targets
    totals = dict.fromkeys(names, 0.0)
    for row, target in zip(inputs, targets, strict=True):
        dense = {n: subject.network.get_parameter(n).detach() for n in names}
        network = subject.network.with_parameters(dense)
        for name in names:
            network.get_parameter(name).requires_grad_()
        functional.cross_entropy(network(row[None]), target[None]).backward()
        for name in names:
            totals[name] = totals[name] + network.get_parameter(name).grad / len(inputs)
    return {name: (weight_of(subject, name) * totals[name]).abs().numpy() for name in names}


def literal_input_norms(module, rows):
    """Return ‖x‖ for every cell of the weight by going through every position in turn."""
    energy = torch.zeros_like(module.weight)
    for x, y in rows:
        if isinstance(module, nn.Linear):
            energy += x.reshape(-1, x.shape[-1]).square().sum(0)
            continue
        padded = functional.pad(x, (1, 1, 1, 1))
        per_group = module.in_channels // module.groups
        for out in range(module.out_channels):
            first = out // (module.out_channels // module.groups) * per_group
            for row in range(y.shape[1]):
                for column in range(y.shape[2]):
                    top, left = row * module.stride[0], column * module.stride[1]
                    patch = padded[first : first + per_group, top : top + 3, left : left + 3]
                    energy[out] += patch.square()
    return energy.sqrt()


def literal_wanda(subject, names):
    """Return the magnitude times the norm of the input."""
    seen = inputs_and_outputs(subject, [name.rpartition(".")[0] for name in names])
    found = {}
    for name in names:
        with torch.no_grad():
            norms = literal_input_norms(module_of(subject, name), seen[name.rpartition(".")[0]])
        found[name] = weight_of(subject, name).abs().numpy() * norms.numpy()
    return found


def literal_norms(power):
    """Return a norm that runs over the incoming weights of every unit."""

    def norms(subject, names):
        return {
            name: np.array(
                [
                    sum(abs(w) ** power for w in unit.flatten().tolist()) ** (1 / power)
                    for unit in weight_of(subject, name)
                ]
            )
            for name in names
        }

    return norms


def literal_activation(subject, layer, outputs):
    """Return activations [samples, units, positions] after the norm and function of the layer."""
    kind = subject.network.get_submodule(layer)
    found = torch.stack([y for _, y in outputs])
    if isinstance(kind, nn.Conv2d):
        if layer == "first":
            norm = subject.network.get_submodule("norm")
            with torch.no_grad():
                found = norm(found)
        return torch.relu(found).flatten(2)
    function = torch.relu if layer == "0" or layer.endswith("0") else torch.tanh
    return function(found)[:, :, None]


def literal_mean(of):
    """Return a mean over samples and positions of what a unit puts out."""

    def mean(subject, names):
        layers = [name.rpartition(".")[0] for name in names]
        seen = inputs_and_outputs(subject, layers)
        return {
            name: of(literal_activation(subject, layer, seen[layer]).double()).mean((0, 2)).numpy()
            for name, layer in zip(names, layers, strict=True)
        }

    return mean


def literal_chance(shape_of):
    """Return numbers drawn one after the other from the seed of the plan."""

    def chance(subject, names):
        generator = torch.Generator().manual_seed(SEED)
        weights = (subject.network.get_parameter(name) for name in names)
        return {
            name: torch.rand(shape_of(weight), generator=generator).double().numpy()
            for name, weight in zip(names, weights, strict=True)
        }

    return chance


SEED = 5
LITERAL = {
    "magnitude": literal_magnitudes,
    "lamp": literal_lamp,
    "taylor": literal_taylor,
    "wanda": literal_wanda,
    "wanda-global": literal_wanda,
    "random": literal_chance(lambda weight: weight.shape),
    "l1-norm": literal_norms(1),
    "l2-norm": literal_norms(2),
    "mean-activation": literal_mean(torch.abs),
    "apoz": literal_mean(lambda found: (found != 0).double()),
    "random-units": literal_chance(lambda weight: (len(weight),)),
}
"""Each criterion once more, slowly: subject, names of weights -> scores by weight name."""


@pytest.mark.parametrize("record", CRITERIA, ids=lambda record: record.key)
def test_a_criterion_scores_as_its_source_says(subject, record):
    scores = scores_of(subject, record.key)
    wanted = LITERAL[record.key](subject, [ranked.name for ranked in scores.tensors])
    for ranked in scores.tensors:
        found = spread(ranked)
        assert found.size == wanted[ranked.name].size
        assert np.allclose(found, wanted[ranked.name].ravel(), rtol=1e-4, atol=1e-7)


def test_wanda_takes_the_same_share_of_every_output_row(subject):
    plan = PruningPlan(criterion="wanda", amount=0.5)
    masks = explain.select(explain.score(subject, plan), plan)
    for name, keep in masks.keep.items():
        if name.endswith("weight"):
            size = keep[0].numel()
            assert (keep.flatten(1).sum(1) == size - round(0.5 * size)).all()


def test_random_scores_come_from_the_seed_alone(subject):
    plans = [PruningPlan(criterion="random", amount=0.5, seed=seed) for seed in (1, 1, 2)]
    keeps = [explain.select(explain.score(subject, p), p).keep for p in plans]
    same = [torch.equal(keeps[0][name], keeps[1][name]) for name in keeps[0]]
    other = [torch.equal(keeps[0][name], keeps[2][name]) for name in keeps[0]]
    assert all(same)
    assert not all(other)


def dense_copy(subject):
    module = nn.ModuleDict()
    for name in subject.network.prunable:
        found = module_of(subject, name)
        copied = nn.Linear(1, 1, bias=False)
        copied.weight = nn.Parameter(found.weight.detach().clone())
        module[name.replace(".", "_")] = copied
    return module


@pytest.mark.parametrize("amount", [0.1, 0.5, 0.93])
def test_magnitude_equals_torch_where_torch_is_right(subject, amount):
    """PyTorch's own global pruning is exact as long as no two magnitudes are equal."""
    copied = dense_copy(subject)
    pairs = [(layer, "weight") for layer in copied.values()]
    torch_prune.global_unstructured(pairs, torch_prune.L1Unstructured, amount=amount)
    plan = PruningPlan(amount=amount)
    pruned = explain.prune(subject, explain.select(explain.score(subject, plan), plan))
    for name in subject.network.prunable:
        theirs = copied[name.replace(".", "_")].weight
        assert torch.equal(pruned.network.get_parameter(name), theirs)


@pytest.mark.parametrize("amount", [0.3, 0.5])
def test_unit_norms_equal_torch_where_torch_is_right(subject, amount):
    plan = PruningPlan(criterion="l2-norm", granularity="unit", scope="layer", amount=amount)
    masks = explain.select(explain.score(subject, plan), plan)
    pruned = explain.prune(subject, masks)
    copied = dense_copy(subject)
    for ranked in masks.scores.tensors:
        layer = copied[ranked.name.replace(".", "_")]
        torch_prune.ln_structured(layer, "weight", amount=amount, n=2, dim=0)
        assert torch.equal(pruned.network.get_parameter(ranked.name), layer.weight)
