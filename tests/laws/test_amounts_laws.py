"""Laws of Integrated Gradients in many networks at once: as Captum in each by itself."""

import threading
from dataclasses import replace

import numpy as np
import pytest
import torch
from captum.attr import IntegratedGradients
from torch import nn

import explain
from explain import Cancelled, PruningPlan
from explain.attribution import amounts as at_amounts
from explain.attribution import explain_rows
from explain.attribution.amounts import integrated_gradients_at
from explain.attribution.rewiring import foldings
from explain.core.errors import InvalidOption, InvalidSubject, NonFinite, Refused, UnknownKey
from tests.demos import every_demo

SMALL = ("digits-mlp", "digits-cnn", "heart-mlp", "credit-mlp")
AMOUNTS = (0.0, 0.5, 0.9)


@pytest.fixture(scope="module")
def pruned(demo, in_double):
    """Return copies of a demo at several amounts, in float64 where asked."""

    def at(key, amounts=AMOUNTS, *, double=False):
        subject = in_double(demo(key)) if double else demo(key)
        scores = explain.score(subject, PruningPlan())
        masks = [explain.select(scores, PruningPlan(amount=amount)) for amount in amounts]
        return [explain.prune(subject, mask) for mask in masks]

    return at


def one_by_one(subjects, rows, targets, steps):
    """Return what Captum says of each network by itself."""
    inputs = subjects[0].samples.inputs[0][torch.from_numpy(rows)]
    found = [
        IntegratedGradients(subject.network.sharing_copy()).attribute(
            inputs, torch.zeros_like(inputs), target=torch.from_numpy(targets), n_steps=steps
        )
        for subject in subjects
    ]
    return torch.stack(found).double().detach().numpy()


def distance(one, other):
    """Return the relative L2 distance of each row in each network."""
    gap = np.linalg.norm((one - other).reshape(*one.shape[:2], -1), axis=2)
    return gap / np.linalg.norm(other.reshape(*other.shape[:2], -1), axis=2)


def wanted(subject, rows):
    with torch.no_grad():
        return subject.network(subject.samples.inputs[0][rows.tolist()]).argmax(1).numpy()


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("key", SMALL)
def test_many_networks_at_once_say_what_captum_says_of_each(pruned, key, count):
    subjects, rows = pruned(key), np.arange(count)
    targets = wanted(subjects[0], rows)
    found = integrated_gradients_at(subjects, rows, targets, steps=50)
    assert np.median(distance(found, one_by_one(subjects, rows, targets, 50))) <= 1e-5


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("key", SMALL)
def test_in_double_precision_no_row_differs_from_captum(pruned, key, count):
    """In float32 a ReLU at the very edge may fall on the other side when BatchNorm is folded."""
    subjects, rows = pruned(key, double=True), np.arange(count)
    targets = wanted(subjects[0], rows)
    found = integrated_gradients_at(subjects, rows, targets, steps=20)
    assert distance(found, one_by_one(subjects, rows, targets, 20)).max() <= 2e-6


@pytest.mark.parametrize("key", ["digits-mlp", "heart-mlp", "credit-mlp"])
def test_sixteen_steps_say_nearly_what_fifty_say(pruned, key):
    subjects, rows = pruned(key), np.arange(8)
    targets = wanted(subjects[0], rows)
    few, many = (
        integrated_gradients_at(subjects, rows, targets, steps=steps) for steps in (16, 50)
    )
    assert np.median(distance(few, many)) <= 0.02


@pytest.mark.parametrize("key", every_demo())
def test_one_network_alone_is_explained_as_by_the_method(demo, in_double, key):
    subject, rows = demo(key) if key.startswith("sms") else in_double(demo(key)), np.arange(1)
    said = explain_rows(subject, "integrated-gradients", rows, options={"steps": 8})
    found = integrated_gradients_at([subject], rows, said.targets, steps=8)
    assert distance(found, said.values[None]).max() <= 1e-4


@pytest.mark.parametrize("key", every_demo())
def test_a_network_says_the_same_alone_and_among_others(pruned, key):
    double = not key.startswith("sms")
    subjects, rows = pruned(key, (0.0, 0.6), double=double), np.arange(1)
    targets = np.zeros(1, np.int64)
    together = integrated_gradients_at(subjects, rows, targets, steps=4)
    alone = [integrated_gradients_at([s], rows, targets, steps=4)[0] for s in subjects]
    assert distance(together, np.stack(alone)).max() <= 1e-4


@pytest.mark.parametrize("baseline", ["zero", "mean", "sample"])
def test_the_values_add_up_to_what_the_output_changes_by(pruned, baseline):
    subjects, rows = pruned("heart-mlp"), np.arange(6)
    targets = wanted(subjects[0], rows)
    found = integrated_gradients_at(subjects, rows, targets, steps=50, baseline=baseline)
    for subject, values in zip(subjects, found, strict=True):
        said = explain_rows(
            subject, "integrated-gradients", rows, targets=targets, baseline=baseline
        )
        change = said.outputs - said.baseline_outputs
        assert values.sum(1) == pytest.approx(change, rel=0.02, abs=0.02)


def test_the_batch_norms_of_the_cnn_are_folded_so_that_the_laws_cover_folding(demo):
    assert foldings(demo("digits-cnn").network) == {f"conv{i}": f"norm{i}" for i in (1, 2, 3, 4)}


def test_the_networks_are_left_as_they_were(pruned):
    subjects = pruned("digits-cnn")
    before = [s.network.weights() for s in subjects]
    kept = [{n: t.clone() for n, t in weights.items()} for weights in before]
    integrated_gradients_at(subjects, np.arange(1), np.zeros(1, np.int64), steps=4)
    for subject, weights, copies in zip(subjects, before, kept, strict=True):
        now = subject.network.weights()
        assert all(torch.equal(now[n], copies[n]) for n in copies)
        assert all(now[n].data_ptr() == weights[n].data_ptr() for n in weights)
        assert all(p.grad is None for _, p in subject.network.named_parameters())
        assert not any(m._forward_hooks for _, m in subject.network.named_modules())


def test_four_threads_get_what_one_gets(pruned):
    subjects, rows, targets = pruned("heart-mlp"), np.arange(4), np.zeros(4, np.int64)
    alone = integrated_gradients_at(subjects, rows, targets)
    found = [None] * 4

    def work(place):
        found[place] = integrated_gradients_at(subjects, rows, targets)

    threads = [threading.Thread(target=work, args=(place,)) for place in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.array_equal(one, alone) for one in found)


def test_a_recurrent_network_is_explained_too():
    torch.manual_seed(0)

    class Reader(nn.Module):
        def __init__(self):
            super().__init__()
            self.read = nn.LSTM(3, 5, batch_first=True)
            self.answer = nn.Linear(5, 2)

        def forward(self, rows):
            return self.answer(self.read(rows)[0][:, -1])

    subject = explain.subject(Reader(), torch.randn(6, 4, 3), torch.tensor([0, 1] * 3))
    scores = explain.score(subject, PruningPlan())
    subjects = [
        explain.prune(subject, explain.select(scores, PruningPlan(amount=a))) for a in (0.0, 0.5)
    ]
    rows, targets = np.arange(3), np.array([0, 1, 0])
    found = integrated_gradients_at(subjects, rows, targets, steps=20)
    assert distance(found, one_by_one(subjects, rows, targets, 20)).max() <= 1e-5


def test_networks_of_different_structure_are_refused(demo):
    rows, targets = np.arange(1), np.zeros(1, np.int64)
    for subjects in ([], [demo("heart-mlp"), demo("credit-mlp")]):
        with pytest.raises(InvalidSubject) as found:
            integrated_gradients_at(subjects, rows, targets)
        assert found.value.hint
    with pytest.raises(UnknownKey):
        integrated_gradients_at([demo("heart-mlp")], rows, targets, baseline="zeroo")


def test_a_row_or_an_output_that_is_not_there_is_refused(demo):
    subject = demo("heart-mlp")
    with pytest.raises(InvalidSubject):
        integrated_gradients_at([subject], np.array([100_000]), np.array([0]))
    with pytest.raises(explain.ExplainError):
        integrated_gradients_at([subject], np.array([0]), np.array([9]))


def test_it_can_be_cancelled_between_two_networks(pruned):
    seen = []

    def progress(done):
        seen.append(done)
        if len(seen) == 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        integrated_gradients_at(
            pruned("digits-cnn"), np.arange(2), np.zeros(2, np.int64), steps=4, progress=progress
        )
    assert seen == pytest.approx([1 / 3, 2 / 3])


@pytest.mark.parametrize("place", [-1, -2])
def test_values_and_outputs_that_are_not_finite_are_refused(demo, place):
    subject = demo("heart-mlp")
    name, weight = list(subject.network.weights().items())[place]
    broken = subject.network.with_parameters({name: torch.full_like(weight, torch.nan)})
    rows, targets = np.arange(2), np.zeros(2, np.int64)
    with pytest.raises(NonFinite):
        integrated_gradients_at([subject, replace(subject, network=broken)], rows, targets)


@pytest.mark.parametrize("steps", [0, 1, -1, 1001])
def test_steps_out_of_range_are_refused_with_the_range(demo, steps):
    with pytest.raises(InvalidOption) as caught:
        integrated_gradients_at([demo("heart-mlp")], np.arange(1), np.zeros(1, int), steps=steps)
    assert "2 to 1,000" in caught.value.hint


def test_networks_with_other_samples_are_refused(demo):
    subject = demo("heart-mlp")
    moved = replace(subject, samples=subject.samples.take(np.arange(9, -1, -1)))
    with pytest.raises(InvalidSubject, match="different cases"):
        integrated_gradients_at([subject, moved], np.arange(2), np.zeros(2, int))


def test_a_baseline_that_does_not_fit_is_refused(demo):
    with pytest.raises(Refused):
        integrated_gradients_at(
            [demo("heart-mlp")], np.arange(1), np.zeros(1, int), baseline="blur"
        )


def test_each_network_starts_from_its_own_training_rows(demo):
    subject, rows, targets = demo("heart-mlp"), np.arange(3), np.zeros(3, np.int64)
    other = replace(subject, calibration=subject.calibration.take(np.arange(5)))
    settings = {"steps": 8, "baseline": "mean"}
    together = integrated_gradients_at([subject, other], rows, targets, **settings)
    alone = integrated_gradients_at([other], rows, targets, **settings)
    assert np.allclose(together[1], alone[0], atol=1e-5)
    assert not np.allclose(together[0], together[1], atol=1e-3)


def test_the_points_of_a_large_network_are_never_all_there_at_once(pruned, monkeypatch):
    subjects, rows, targets = pruned("digits-cnn"), np.arange(5), np.arange(5)
    whole = integrated_gradients_at(subjects, rows, targets, steps=7)
    batches = []

    def watched(run, start, end, path):
        batches.append(len(path.at) * len(path.end))
        return gradients(run, start, end, path)

    gradients = at_amounts._gradients
    room = 3 * at_amounts.size_of_values(subjects[0].network)
    monkeypatch.setattr(at_amounts, "_ROOM", room)
    monkeypatch.setattr(at_amounts, "_gradients", watched)
    found = integrated_gradients_at(subjects, rows, targets, steps=7)
    assert (max(batches), sum(batches)) == (3, 3 * 35)
    assert np.allclose(found, whole, atol=1e-5)
