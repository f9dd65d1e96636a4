"""Laws of writing a masked copy over an earlier one."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explain import InvalidSubject, PruningPlan, prune, score, select
from tests.demos import subject_of

AMOUNTS = st.lists(st.sampled_from([0.0, 0.1, 0.37, 0.5, 0.9, 0.999, 1.0]), min_size=2, max_size=6)
PLANS = st.sampled_from([("magnitude", "weight"), ("random", "weight"), ("l1-norm", "unit")])


@pytest.fixture(scope="module")
def subjects():
    return {key: subject_of(key) for key in ("digits-mlp", "digits-cnn")}


@settings(max_examples=40, deadline=None)
@given(amounts=AMOUNTS, chosen=PLANS, key=st.sampled_from(["digits-mlp", "digits-cnn"]))
def test_a_reused_copy_equals_a_fresh_one_whatever_way_the_slider_went(
    subjects, amounts, chosen, key
):
    subject = subjects[key]
    before = {name: tensor.clone() for name, tensor in subject.network.weights().items()}
    plan = PruningPlan(criterion=chosen[0], granularity=chosen[1])
    scores = score(subject, plan)
    copy = None
    for amount in amounts:
        masks = select(scores, plan.at(amount))
        copy = prune(subject, masks, reuse=copy)
        fresh = prune(subject, masks).network.weights()
        found = copy.network.weights()
        assert all(torch.equal(found[name], fresh[name]) for name in fresh)
    after = subject.network.weights()
    assert all(torch.equal(after[name], before[name]) for name in before)


def test_a_reused_copy_takes_no_new_memory_and_the_dense_network_is_never_written(subjects):
    subject = subjects["digits-mlp"]
    plan = PruningPlan(amount=0.5)
    scores = score(subject, plan)
    first = prune(subject, select(scores, plan))
    second = prune(subject, select(scores, plan.at(0.7)), reuse=first)
    for name in subject.network.prunable:
        places = [one.network.get_parameter(name).data_ptr() for one in (subject, first, second)]
        assert places[1] == places[2] != places[0]
    third = prune(subject, select(scores, plan.at(0.7)), reuse=subject)
    for name in subject.network.prunable:
        assert third.network.get_parameter(name).data_ptr() != (
            subject.network.get_parameter(name).data_ptr()
        )


def test_a_copy_of_another_subject_is_refused(subjects):
    plan = PruningPlan(amount=0.5)
    one, other = subjects["digits-mlp"], subjects["digits-cnn"]
    masks = select(score(one, plan), plan)
    foreign = prune(other, select(score(other, plan), plan))
    with pytest.raises(InvalidSubject):
        prune(one, masks, reuse=foreign)
