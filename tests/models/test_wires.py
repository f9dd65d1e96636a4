"""Wires: their tax, what is cut, and a network without units that have no weights."""

from itertools import pairwise

import pytest
import torch

from bench.digit_modules import CONTROL, FOUR, agreement, hidden
from explain import evaluate, hidden_alone
from explain.decompose import hide, partition
from models import catalog
from models.architectures import TwoLayerMlp
from models.data.digits import read_digits
from models.data.side_by_side import PLACES, STRETCHES
from models.demo import SEEDS
from models.fitting import Fitting, fit, stretches
from models.wires import RISES, SHORTEST, Wires, largest_weights, shrunk, wire_lengths
from tests.demos import subject_of

TAXED, TWIN = FOUR


def small(seed=0):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return TwoLayerMlp(6, (5, 4), 3)


def test_a_wire_is_as_long_as_its_ends_stand_apart():
    first, second = wire_lengths((torch.zeros(3, 4), torch.zeros(2, 3)), 2)
    columns, units, outputs = [0, 0.5, 0, 0.5], [0, 0.5, 1], [0, 1]
    for found, starts, ends in ((first, columns, units), (second, units, outputs)):
        wanted = [[SHORTEST + abs(end - start) for start in starts] for end in ends]
        assert torch.allclose(found, torch.tensor(wanted))


def test_the_largest_weights_of_all_are_left_whatever_their_layer():
    weights = (torch.tensor([[1.0, -5.0]]), torch.tensor([[2.0], [-4.0]]))
    assert [left.tolist() for left in largest_weights(weights, 0.5)] == [[[0, 1]], [[0], [1]]]


def test_the_tax_is_price_times_size_times_length_and_rises_to_its_full_height():
    weights = tuple(
        p for p in small().requires_grad_(requires_grad=False).parameters() if p.dim() > 1
    )
    wires = Wires(weights=weights, columns=3, tax=0.4, kept=1.0)
    lengths = wire_lengths(weights, 3)
    full = 0.4 * sum(float((w.abs() * n).sum()) for w, n in zip(weights, lengths, strict=True))
    for share, height in ((RISES / 2, 0.5), (RISES, 1), (1.0, 1)):
        wires.begin(share)
        assert wires.tax_now().item() == pytest.approx(height * full, rel=1e-5)


def test_what_is_cut_stays_out_and_a_taxed_training_has_shorter_wires():
    random = torch.Generator().manual_seed(0)
    pictures = torch.rand(256, 1, 1, 6, generator=random)
    rows = pictures, (pictures[:, 0, 0, :3] > 0.5).long()

    def build():
        return TwoLayerMlp(6, (24, 24), 3)

    def trained(**recipe):
        found = fit(build, rows, Fitting(epochs=20, rate=1e-2, decay=0.0, **recipe), seed=1)
        sizes = [p.detach().abs() for p in found.parameters() if p.dim() > 1]
        wires = list(zip(sizes, wire_lengths(sizes, 6), strict=True))
        total = sum(float(size.sum()) for size in sizes)
        left = sum(int((size > 0).sum()) for size in sizes)
        return sum(float((w * n).sum()) for w, n in wires) / total, left

    (free, every), (taxed, few) = trained(), trained(tax=0.02, kept=0.25)
    assert taxed < 0.9 * free
    assert (every, few) == (6 * 24 + 24 * 24 + 24 * 3, pytest.approx(0.25 * every, abs=2))


def test_a_shrunk_network_computes_the_same_with_units_that_have_weights_in_another_order():
    network, inputs = small(), torch.rand(50, 6, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        network.hidden1.weight[1], network.hidden1.bias[1] = 0, 0.7
        network.hidden2.weight[:, 3] = 0
        network.output.weight[:, 2] = 0
    found = shrunk(network, seed=2)
    assert (found.hidden1.out_features, found.hidden2.out_features) == (3, 3)
    with torch.no_grad():
        assert torch.allclose(found(inputs), network(inputs), atol=1e-6)
    kept = network.hidden1.weight[[0, 2, 4]]
    assert not torch.equal(found.hidden1.weight, kept)
    assert {tuple(row) for row in found.hidden1.weight.tolist()} == set(map(tuple, kept.tolist()))


@pytest.mark.parametrize("seed", SEEDS)
def test_no_hidden_unit_that_is_shipped_stands_without_a_weight(seed):
    for key in (TAXED, CONTROL):
        network = subject_of(key, seed=seed).network
        weights = [network.get_parameter(name) != 0 for name in network.prunable]
        assert all(left.any(dim=1).all() for left in weights[:-1])
        assert all(right.any(dim=0).all() for right in weights[1:])


def test_pictures_are_digits_beside_each_other_and_no_stretch_shares_one_with_another():
    data, each = catalog.demo(TAXED).read(), read_digits()
    for part, source in ((data.train, each.train), (data.test, each.test)):
        known = {
            tuple(row.flatten().tolist()): int(t)
            for row, t in zip(source.inputs[0], source.targets, strict=True)
        }
        tiles = part.inputs[0].unfold(3, 8, 8).squeeze(1).movedim(2, 1).flatten(2)
        shown = [[tuple(tile) for tile in row] for row in tiles.tolist()]
        said = part.targets.reshape(-1, len(PLACES), 10).argmax(dim=2).tolist()
        assert part.targets.sum(dim=1).eq(len(PLACES)).all()
        assert [[known[tile] for tile in row] for row in shown] == said
        if part is data.train:
            folds = [
                {tile for row in fold.tolist() for tile in shown[row]}
                for fold in stretches(part.targets, STRETCHES)
            ]
            assert all(not one & other for one, other in pairwise(folds))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_taxed_network_has_a_module_for_each_digit_and_hiding_it_takes_that_digit_alone(seed):
    subject = subject_of(TAXED, seed=seed)
    parts = partition(subject)
    found = hidden(subject, parts)
    assert parts.count == found.own_only.sum() == len(PLACES)
    assert sorted(found.taken.argmax(axis=1)) == list(range(len(PLACES)))
    assert agreement(subject, parts) > 0.75
    alone, whole = hidden_alone(subject, parts), evaluate(subject).metric
    for module, change in enumerate(alone.changes):
        without = hide(subject, parts.labels, [module], replacement="mean")
        assert change.value == evaluate(without).metric - whole < change.high < 0


def test_no_module_of_the_plain_twin_or_of_the_control_takes_its_own_alone():
    for key in (TWIN, CONTROL):
        subject = subject_of(key)
        parts = partition(subject)
        assert not hidden(subject, parts).own_only.any()
    assert partition(subject_of(TWIN)).count == 1
