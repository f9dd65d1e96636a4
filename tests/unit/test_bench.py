"""The benches measure what they say: their references, checks and driver are right."""

from statistics import median

import numpy as np
import pytest
import torch
from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from bench.answers import answers
from bench.bag import bag, random_weights
from bench.masks import WrongMask, amounts, check, copies, moves, peer
from bench.shapes import NETWORKS, weights_in
from bench.students.files import own_files
from bench.students.lesson import ADDRESSES, OWN, plan_lesson
from bench.students.student import BrokenPage, Student
from bench.timing import quantile, ratio, take_turns
from bench.uploads import CASES
from explain import PruningPlan, score, select
from explain.pruning import masked_tensors
from explain.pruning.selection import kth_smallest
from models.loading.loading import load_file

SHAPES = {"a": (40, 30), "b": (8, 40, 3, 3), "c": (10, 8)}


@pytest.mark.parametrize(("network", "millions"), [("ResNet-18", 11.7), ("ResNet-50", 25.5)])
def test_the_shapes_add_up_to_the_published_number_of_weights(network, millions):
    assert round(weights_in(NETWORKS[network]) / 1e6, 1) == millions


def test_every_case_runs_once_a_round_and_the_first_round_does_not_count():
    ran = []
    times = take_turns({"a": lambda: ran.append("a"), "b": lambda: ran.append("b")}, 4)
    assert (ran.count("a"), ran.count("b")) == (5, 5)
    assert ran[:2] != ran[2:4]
    assert all(len(times[name].cpu) == len(times[name].wall) == 4 for name in "ab")


def test_a_ratio_is_taken_round_by_round():
    assert ratio((2.0, 30.0, 8.0), (1.0, 10.0, 2.0)) == median([2.0, 3.0, 4.0])


def test_a_quantile_is_one_of_the_values():
    values = tuple(float(v) for v in range(100))
    assert (quantile(values, 0.5), quantile(values, 0.95), quantile(values, 1)) == (50, 95, 99)


def test_the_amounts_of_a_bench_never_repeat():
    series = amounts()
    drawn = [next(series) for _ in range(500)]
    assert len(set(drawn)) == 500
    assert all(0.05 <= amount <= 0.98 for amount in drawn)


@pytest.mark.parametrize("criterion", ["magnitude", "random"])
def test_masks_that_are_wrong_in_any_way_stop_the_bench(criterion):
    weights = random_weights(SHAPES)
    buffers = {name: weight.clone() for name, weight in weights.items()}
    scores = score(bag(weights), PruningPlan(criterion=criterion))
    masks = moves(weights, buffers, scores)()
    check(weights, buffers, masks)
    kept = tuple(buffers["a.weight"].nonzero()[0])
    gone = tuple((buffers["a.weight"] == 0).nonzero()[0])
    for places, message in (
        ({kept: 7.0}, "kept weight"),
        ({kept: 0.0}, "are zero"),
        ({kept: 0.0, gone: weights["a.weight"][gone]}, "scores more"),
    ):
        broken = {name: buffer.clone() for name, buffer in buffers.items()}
        for place, value in places.items():
            broken["a.weight"][place] = value
        with pytest.raises(WrongMask, match=message):
            check(weights, broken, masks)


def test_the_copy_that_all_is_compared_with_copies_every_weight():
    weights = random_weights(SHAPES)
    buffers = {name: torch.zeros_like(weight) for name, weight in weights.items()}
    copies(weights, buffers)()
    assert all(torch.equal(buffers[name], weights[name]) for name in weights)


def test_the_peer_does_the_same_work_and_leaves_the_weights_alone(monkeypatch):
    weights = random_weights(SHAPES)
    before = {name: weight.clone() for name, weight in weights.items()}
    masked = []
    real = torch.nn.utils.prune.global_unstructured

    def spy(layers, **keywords):
        real(layers, **keywords)
        masked.extend(layer.weight.detach() for layer, _ in layers)

    monkeypatch.setattr("torch.nn.utils.prune.global_unstructured", spy)
    peer(weights)()
    plan = PruningPlan(amount=next(amounts()))
    ours = masked_tensors(weights, select(score(bag(weights), plan), plan))
    assert all(torch.equal(a, b) for a, b in zip(masked, ours.values(), strict=True))
    assert all(torch.equal(weights[name], before[name]) for name in weights)


@pytest.mark.parametrize("ties", [1, 10, 100_000])
def test_the_kth_smallest_of_many_arrays_is_that_of_their_merged_sort(ties):
    draw = np.random.default_rng(0)
    sizes = (0, 1, 7, 3_000, 150_000, 400_000)
    arrays = [np.sort(draw.integers(0, 500_000 // ties + 1, n).astype(np.float32)) for n in sizes]
    merged = np.sort(np.concatenate(arrays))
    for k in (0, 1, 1234, 299_999, len(merged) - 1):
        assert kth_smallest(arrays, k) == merged[k]


def test_a_long_run_of_equal_weights_is_cut_at_its_lowest_flat_indices():
    weights = {"a.weight": torch.cat([torch.full((1000,), 0.5), torch.arange(1.0, 1001)])[None]}
    scores = score(bag(weights), PruningPlan())
    for amount in (0.0005, 0.1, 0.25, 0.4995, 0.5, 0.7):
        gone = masked_tensors(weights, select(scores, PruningPlan(amount=amount)))["a.weight"] == 0
        assert gone[0].tolist() == [place < round(2000 * amount) for place in range(2000)]


def test_a_lesson_is_the_same_every_time_and_its_amounts_are_on_the_slider():
    one, two = (plan_lesson(("digits-mlp",), 5, 6, pause=3.0) for _ in range(2))
    assert one == two
    assert len({seat.tries for seat in one.seats}) == 5
    for seat in one.seats:
        amounts = [amount for _, amount in seat.tries]
        assert len(set(amounts)) == 6
        assert all(amount == round(1000 * amount) / 1000 for amount in amounts)
        assert {page for page, _ in seat.tries} == {"explore"}
        assert 0 <= seat.late < 3


def test_a_class_that_works_together_tries_the_same_amounts():
    lesson = plan_lesson(("digits-mlp", "heart-mlp"), 4, 3, pause=3.0, same=True)
    assert len({seat.tries for seat in lesson.seats}) == 1
    assert [seat.model for seat in lesson.seats] == ["digits-mlp", "heart-mlp"] * 2


def test_a_mixed_class_is_on_every_page_with_every_model_and_some_bring_their_own():
    lesson = plan_lesson(("digits-mlp", "heart-mlp"), 12, 6, pause=6.0, mixed=True)
    assert {page for seat in lesson.seats for page, _ in seat.tries} == set(ADDRESSES)
    assert [seat.model for seat in lesson.seats].count(OWN) == 2
    assert {seat.model for seat in lesson.seats} == {OWN, "digits-mlp", "heart-mlp"}
    own = next(seat for seat in lesson.seats if seat.model == OWN)
    assert {page for page, _ in own.tries} == set(ADDRESSES)


def test_nobody_else_has_the_model_that_a_student_brings_and_it_is_the_same_every_time():
    assert own_files(1) == own_files(1)
    assert own_files(1)[0].content != own_files(2)[0].content
    assert own_files(1)[1] == own_files(2)[1]


def test_nothing_pruned_changes_no_decision_and_everything_pruned_keeps_nothing():
    at = answers("digits-mlp")
    kept, _, changed = at(0.0)
    assert kept == "6,464"
    assert changed == "0"
    assert at(1.0)[0] == "0"


def test_a_student_sees_what_was_drawn_last_and_nothing_that_was_replaced():
    student = Student(socket=None, address="", run="one")
    for place in ((0, 1), (0, 0), (0, 2, 0), (0, 2, 1)):
        delta = Delta()
        delta.new_element.markdown.body = str(place)
        student._take(place, delta)
    delta.new_element.markdown.body = "in place of a block"
    student._take((0, 2), delta)
    student.run = "two"
    student._take((0, 1), delta)
    student._finish(ForwardMsg.FINISHED_EARLY_FOR_RERUN)
    assert len(student.elements()) == 3
    student._finish(ForwardMsg.FINISHED_SUCCESSFULLY)
    assert [e.markdown.body for e in student.elements()] == ["in place of a block"]


def test_a_student_counts_an_error_on_the_page_as_one_and_a_hint_not():
    delta = Delta()
    delta.new_element.alert.body = "The numbers could not be shown."
    delta.new_element.alert.format = Alert.WARNING
    Student(socket=None, address="")._take((0,), delta)
    delta.new_element.alert.format = Alert.ERROR
    with pytest.raises(BrokenPage, match="could not be shown"):
        Student(socket=None, address="")._take((0,), delta)


@pytest.mark.slow
@pytest.mark.parametrize("make", CASES)
def test_files_of_the_upload_bench_are_large_valid_and_of_other_weights_each_time(make):
    files = make(0)
    assert len(files.model) > 45e6
    subject = load_file(files.model, data=files.data, name=files.name)
    assert subject.samples.count > 0
    assert files.model != make(1).model
