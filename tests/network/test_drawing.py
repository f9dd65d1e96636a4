"""What is drawn: every connection once, when it dies, and what a dead unit still gives away."""

import numpy as np
import pytest
import torch
from torch import nn

import explain
from explain import PruningPlan
from explain.core.network import NEVER
from explain.network import drawing_of, edges
from explain.network.drawing.silence import silent_layers
from tests.demos import every_demo


def subject_of(module, *shape):
    torch.manual_seed(0)
    return explain.subject(module, torch.randn(4, *shape))


def view_of(subject, plan=None, **options):
    plan = plan or PruningPlan()
    return explain.network_view(subject, explain.score(subject, plan), plan, **options)


@pytest.mark.parametrize("key", ["digits-mlp", "heart-mlp", "credit-mlp", "one-digit-taxed"])
def test_a_perceptron_is_drawn_connection_by_connection_and_a_weight_of_0_is_none(demo, key):
    subject = demo(key)
    view = view_of(subject)
    by_pair = {
        (int(s), int(t)): float(w)
        for s, t, w in zip(view.source, view.target, view.weight, strict=True)
    }
    assert len(by_pair) == view.edges_total == view.weights_total
    layers = {layer.key: layer for layer in view.layers}
    for before, after in zip(view.layers[:-1], view.layers[1:], strict=True):
        weight = subject.network.get_parameter(f"{after.key}.weight")
        for (row, column), value in np.ndenumerate(weight.detach().numpy()):
            pair = before.first + column, layers[after.key].first + row
            assert by_pair.pop(pair, 0.0) == value
    assert not by_pair
    assert (view.zeros > 0) == key.endswith("taxed")
    assert view.zeros + view.weights_total == sum(
        subject.network.get_parameter(name).numel() for name in subject.network.prunable
    )


@pytest.mark.parametrize("key", every_demo())
@pytest.mark.parametrize("criterion", ["magnitude", "random", "lamp"])
def test_an_edge_is_there_as_long_as_one_of_its_weights_is(demo, key, criterion):
    subject = demo(key)
    plan = PruningPlan(criterion=criterion)
    scores = explain.score(subject, plan)
    view = view_of(subject, plan)
    assert (np.diff(view.dies_at.astype(np.int64)) <= 0).all()
    drawn = drawing_of(subject.network, subject.spec, subject.task)
    for amount in (0.0, 0.35, 0.8, 0.99, 1.0):
        masks = explain.select(scores, plan.at(amount))
        alive = set(view_pairs(view, view.dies_at > masks.total - masks.kept))
        assert alive == literal_pairs(drawn, living(subject, masks))


def living(subject, masks):
    """Return which weights are kept and were not 0 before."""
    weights = {name: subject.network.get_parameter(name) for name in masks.keep}
    return {name: keep & (weights[name] != 0) for name, keep in masks.keep.items()}


def view_pairs(view, chosen):
    return zip(view.source[chosen].tolist(), view.target[chosen].tolist(), strict=True)


def literal_pairs(drawn, keep):
    """Go through every weight in turn."""
    pairs = set()
    for wire in drawn.wires:
        mask = keep[wire.weight].reshape(*wire.source.shape, -1).any(-1)
        for row, column in np.argwhere(mask.numpy()):
            pairs.add((int(wire.source[row, column]), int(wire.target[row])))
    return pairs


@pytest.mark.parametrize("key", every_demo())
def test_a_unit_is_dead_when_its_last_incoming_weight_is(demo, key):
    subject = demo(key)
    view = view_of(subject)
    scores = explain.score(subject, PruningPlan())
    for amount in (0.5, 0.9, 0.98):
        masks = explain.select(scores, PruningPlan(amount=amount))
        gone = masks.total - masks.kept
        for layer in view.layers[1:]:
            units = living(subject, masks)[f"{layer.key}.weight"].flatten(1).any(1).numpy()
            kept = np.logical_or.reduceat(units, layer.members[: layer.drawn])
            deaths = view.unit_dies_at[layer.first : layer.first + layer.drawn]
            assert np.array_equal(deaths > gone, kept)


def test_a_bundle_thins_by_quarters_until_it_is_gone(demo):
    subject = demo("digits-cnn")
    view = view_of(subject)
    scores = explain.score(subject, PruningPlan())
    drawn = drawing_of(subject.network, subject.spec, subject.task)
    wire = next(w for w in drawn.wires if w.weight == "conv2.weight")
    edge = {pair: at for at, pair in enumerate(view_pairs(view, slice(None)))}
    for amount in (0.2, 0.5, 0.8):
        masks = explain.select(scores, PruningPlan(amount=amount))
        gone = masks.total - masks.kept
        keep = masks.keep["conv2.weight"].flatten(2).numpy()
        for row in range(keep.shape[0]):
            for column in range(keep.shape[1]):
                at = edge[int(wire.source[row, column]), int(wire.target[row])]
                lost = int((~keep[row, column]).sum())
                passed = [int(rank <= gone) for rank in view.thins_at[at]]
                assert passed == [int(lost >= np.ceil(q * 9)) for q in (0.25, 0.5, 0.75)]


def test_protected_layers_never_die_and_overridden_ones_are_dead_from_the_start(demo):
    plan = PruningPlan(protected=("output",), overrides=(("hidden1", 1.0),))
    view = view_of(demo("digits-mlp"), plan)
    last = view.layers[-1]
    into_last = view.target >= last.first
    into_first = (view.target < view.layers[2].first) & ~into_last
    assert (view.dies_at[into_last] == NEVER).all()
    assert (view.dies_at[into_first] == 0).all()
    assert view.fixed_pruned == 4096


def test_the_budget_keeps_the_strongest_and_says_how_many_there_are(demo):
    subject = demo("digits-mlp")
    drawn = drawing_of(subject.network, subject.spec, subject.task)
    everything = edges(subject.network, drawn, {})
    some = edges(subject.network, drawn, {}, budget=500)
    assert (len(some.source), some.total) == (500, 6464)
    assert some.strength.min() >= np.sort(everything.strength)[-500]


def test_a_deep_network_is_drawn_layer_by_layer_and_each_layer_can_be_opened():
    blocks = [part for _ in range(14) for part in (nn.Linear(20, 20), nn.ReLU())]
    subject = subject_of(nn.Sequential(*blocks, nn.Linear(20, 3)), 20)
    view = view_of(subject)
    assert {layer.drawn for layer in view.layers} == {1}
    assert len(view.source) == 15
    opened = view_of(subject, layer=view.layers[3].key)
    assert [layer.drawn for layer in opened.layers] == [20, 20]
    assert opened.weights_total == view.weights_total


def test_a_wide_layer_is_drawn_as_groups_that_stand_for_all_units():
    subject = subject_of(nn.Sequential(nn.Linear(8, 300), nn.ReLU(), nn.Linear(300, 2)), 8)
    view = view_of(subject)
    middle = view.layers[1]
    assert (middle.drawn, middle.units) == (32, 300)
    assert int(view.count.sum()) == view.weights_total == 8 * 300 + 300 * 2


def test_an_opened_layer_that_does_not_exist_is_refused(demo):
    with pytest.raises(explain.UnknownKey):
        view_of(demo("digits-mlp"), layer="hidden9")


class Branches(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(4, 6), nn.Linear(6, 2)

    def forward(self, x):
        h = self.first(x)
        return self.last(torch.sigmoid(h) + torch.cos(h))


torch.manual_seed(1)
SILENT = {
    "relu": (nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 2)), True),
    "tanh": (nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 2)), True),
    "nothing": (nn.Sequential(nn.Linear(4, 6), nn.Linear(6, 2)), True),
    "batchnorm": (
        nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Linear(6, 2)),
        True,
    ),
    "sigmoid": (nn.Sequential(nn.Linear(4, 6), nn.Sigmoid(), nn.Linear(6, 2)), False),
    "layernorm": (
        nn.Sequential(nn.Linear(4, 6), nn.LayerNorm(6), nn.Tanh(), nn.Linear(6, 2)),
        False,
    ),
    "branches": (Branches(), False),
}


@pytest.mark.parametrize(("module", "silent"), SILENT.values(), ids=SILENT)
def test_outgoing_edges_die_with_a_unit_only_where_it_then_gives_exactly_nothing(module, silent):
    subject = subject_of(module, 4)
    first = subject.network.prunable[0].rpartition(".")[0]
    assert (first in silent_layers(subject.network)) == silent
    plan = PruningPlan(criterion="l1-norm", granularity="unit", amount=0.5)
    masks = explain.select(explain.score(subject, plan), plan)
    pruned = explain.prune(subject, masks)
    dead = ~masks.keep[f"{first}.weight"].any(1)
    consumer = subject.network.prunable[1]
    cut = pruned.network.get_parameter(consumer).detach().clone()
    cut[:, dead] = 0
    inputs = subject.samples.inputs
    same = torch.equal(
        pruned.network(*inputs), pruned.network.with_parameters({consumer: cut})(*inputs)
    )
    assert same == silent
    view = view_of(subject, plan)
    leaving = view.target >= view.layers[-1].first
    from_dead = leaving & np.isin(view.source - view.layers[1].first, np.flatnonzero(dead))
    assert (view.dies_at[from_dead] <= masks.total - masks.kept).all() == silent


class Sequence(nn.Module):
    """Features of every token, a recurrent layer over them, an answer."""

    def __init__(self):
        super().__init__()
        self.first, self.recurrent = nn.Linear(4, 6), nn.GRU(6, 5, batch_first=True)
        self.last = nn.Linear(5, 2)

    def forward(self, x):
        return self.last(self.recurrent(torch.relu(self.first(x)))[0].mean(1))


def test_what_feeds_a_recurrent_layer_is_one_node_from_which_all_its_weights_come():
    view = view_of(subject_of(Sequence(), 7, 4))
    layers = {layer.key: layer for layer in view.layers}
    assert layers["first"].drawn == layers["recurrent"].drawn == 1
    leaving = view.source == layers["first"].first
    assert view.count[leaving & (view.target == layers["recurrent"].first)].sum() == 15 * 6 + 15 * 5


class TwoInputs(nn.Module):
    """A picture and a table, each through its own layer."""

    def __init__(self):
        super().__init__()
        self.picture, self.table, self.last = nn.Linear(6, 4), nn.Linear(3, 4), nn.Linear(8, 2)

    def forward(self, picture, table):
        seen = [self.picture(picture.flatten(1)), self.table(table)]
        return self.last(torch.cat(seen, 1))


def test_each_input_has_its_own_size_and_only_the_first_its_grid():
    torch.manual_seed(0)
    subject = explain.subject(TwoInputs(), (torch.randn(4, 1, 2, 3), torch.randn(4, 3)))
    view = view_of(subject)
    first, second = (layer for layer in view.layers if layer.kind == "input")
    assert [(first.units, first.grid), (second.units, second.grid)] == [(6, (2, 3)), (3, None)]
    assert int(view.source.max()) < sum(layer.drawn for layer in view.layers)
    into_table = next(layer for layer in view.layers if layer.key == "table")
    arriving = (view.target >= into_table.first) & (view.target < into_table.first + 4)
    sources = set(view.source[arriving].tolist())
    assert sources == set(range(second.first, second.first + 3))


def test_names_of_a_table_stand_at_the_first_input_only():
    torch.manual_seed(0)
    module = TwoInputs()
    module.picture = nn.Linear(3, 4)
    spec = explain.InputSpec(kind="table", shape=(3,), names=("a", "b", "c"))
    subject = explain.subject(module, (torch.randn(4, 3), torch.randn(4, 3)), spec=spec)
    inputs = [layer for layer in view_of(subject).layers if layer.kind == "input"]
    assert [layer.names for layer in inputs] == [("a", "b", "c"), None]


class Words(nn.Module):
    """An embedding of tokens, the mean over them, an answer."""

    def __init__(self):
        super().__init__()
        self.words, self.last = nn.Embedding(11, 6), nn.Linear(6, 2)

    def forward(self, x):
        return self.last(self.words(x).mean(1))


def test_an_embedding_stands_with_as_many_nodes_as_it_has_features():
    subject = explain.subject(Words(), torch.randint(0, 11, (4, 3)))
    view = view_of(subject)
    assert [(layer.units, layer.drawn) for layer in view.layers] == [(6, 6), (2, 2)]
    assert len(view.source) == 6 * 2
