"""Laws that hold for every attribution method on every demo."""

import argparse
import copy
import random
import threading
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

import explain
from explain.attribution import (
    ATTRIBUTORS,
    BASELINES,
    attributor,
    baseline_outputs,
    explain_rows,
    explainable_inputs,
    least_sure,
)
from explain.command.reasons import drift_between
from explain.core.errors import (
    Cancelled,
    InvalidOption,
    InvalidSubject,
    NonFinite,
    Refused,
    UnknownKey,
)
from explain.core.methods import resolve
from explain.core.subject import Samples
from models.catalog import KEYS
from tests.demos import RELATIVES, every_demo, pairs

pytestmark = pytest.mark.filterwarnings("ignore:Setting")  # Captum tells of its hooks

REFUSED = {
    "digits-mlp": {"grad-cam", "guided-grad-cam", "layer-integrated-gradients"},
    "digits-cnn": {"layer-integrated-gradients"},
    "heart-mlp": {"occlusion", "grad-cam", "guided-grad-cam", "layer-integrated-gradients"},
    "credit-mlp": {"occlusion", "grad-cam", "guided-grad-cam", "layer-integrated-gradients"},
    "retina-cnn": {"layer-integrated-gradients"},
    "sms-transformer": {"deeplift", "lrp", "grad-cam", "guided-grad-cam"},
}
REFUSED_BASELINES = {
    "digits-mlp": {"pad"},
    "digits-cnn": {"pad"},
    "heart-mlp": {"blur", "pad"},
    "credit-mlp": {"blur", "pad"},
    "retina-cnn": {"pad"},
    "sms-transformer": {"blur"},
}
for refused in (REFUSED, REFUSED_BASELINES):
    refused.update(dict.fromkeys(RELATIVES, refused["digits-mlp"]))


def product(keys, records):
    return [
        pytest.param(k, record, id=f"{k}-{record.key}")
        for k in keys
        if k not in RELATIVES
        for record in records
    ]


EVERY = product(KEYS, ATTRIBUTORS)
SERVED = pairs(ATTRIBUTORS, lambda key, record: record.key not in REFUSED[key])
ROWS = np.array([3, 0, 7])
FEW = {"tiles": 4, "positions": 4, "orders": 2, "subsets": 64, "samples": 4, "steps": 8}
"""Cheap options, for laws that do not depend on how good an approximation is."""


def few(record):
    return {p.key: max(p.low, FEW[p.key]) for p in record.parameters if p.key in FEW}


def state_of(network):
    tensors = [*network.named_parameters(), *network.named_buffers()]
    return {name: tensor.detach().clone() for name, tensor in tensors}


def check_untouched(subject, before):
    after = state_of(subject.network)
    assert all(torch.equal(before[name], after[name]) for name in before)
    for _, parameter in subject.network.named_parameters():
        assert parameter.grad is None
        assert parameter.requires_grad
    for _, module in subject.network.named_modules():
        assert not module._forward_hooks
        assert not module._forward_pre_hooks
        assert not module._backward_hooks
        assert not hasattr(module, "rule")


@pytest.mark.parametrize(("key", "record"), EVERY)
def test_every_demo_is_served_or_refused_with_a_reason(demo, key, record):
    subject = demo(key)
    reason = record.fits(subject)
    assert (reason is not None) == (record.key in REFUSED[key])
    if reason is not None:
        with pytest.raises(Refused) as caught:
            explain_rows(subject, record.key, ROWS)
        assert str(reason) in caught.value.reason
        assert caught.value.hint
        return
    found = explain_rows(subject, record.key, ROWS, options=few(record))
    assert found.values.shape[0] == len(ROWS)
    if record.key != "layer-conductance":
        assert found.values.shape[1:] == tuple(subject.samples.inputs[0].shape[1:])
    assert found.values.dtype == np.float64
    assert found.values.any()
    assert found.rows.tolist() == ROWS.tolist()
    assert (found.baseline_outputs is not None) == record.baseline
    assert (found.gaps is not None) == record.complete


@pytest.mark.parametrize(("key", "record"), SERVED)
def test_the_output_explained_is_the_decision_and_its_value_that_of_the_network(demo, key, record):
    subject = demo(key)
    found = explain_rows(subject, record.key, ROWS, options=few(record))
    with torch.no_grad():
        outputs = subject.network(*subject.samples.take(ROWS).inputs).double().numpy()
    assert found.targets.tolist() == outputs.argmax(1).tolist()
    assert np.allclose(found.outputs, outputs[np.arange(3), found.targets], rtol=1e-5, atol=1e-5)


COMPLETENESS = {
    "integrated-gradients": 0.1,
    "layer-integrated-gradients": 0.1,
    "layer-conductance": 0.02,
    "deeplift": 1e-5,
    "shapley-sampling": 1e-5,
    "kernel-shap": 1e-5,
}
"""How far the sum may be from the change of the output, as a share of the outputs' spread."""


def steps_of(subject, record):
    """Return the default steps; 1000 for paths between embeddings, where LayerNorm bends."""
    defaults = resolve(record.parameters, {})
    wanted = 1000 if subject.spec.kind == "text" else defaults.get("steps")
    return {"steps": wanted} if "steps" in defaults else {}


@pytest.mark.parametrize(("key", "record"), [p for p in SERVED if p.values[1].complete])
def test_complete_methods_add_up_to_the_change_of_the_output_in_every_row(demo, key, record):
    subject = demo(key)
    rows = np.arange(6 if subject.spec.kind == "text" else 20)
    options = steps_of(subject, record) or few(record)
    found = explain_rows(subject, record.key, rows, options=options, baseline="mean")
    change = found.outputs - found.baseline_outputs
    missing = np.abs(found.values.reshape(len(rows), -1).sum(1) - change)
    assert np.allclose(found.gaps, missing / np.maximum(np.abs(change), 1e-6))
    assert missing.max() <= COMPLETENESS[record.key] * found.outputs.std()


class Ratio(nn.Module):
    """Finite wherever one of two numbers is not 0."""

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(2, 2)

    def forward(self, x):
        return self.first(x) / (x * x).sum(1, keepdim=True)


def test_a_baseline_at_which_the_network_is_not_finite_is_refused():
    subject = explain.subject(Ratio().eval(), torch.ones(4, 2), torch.tensor([0, 1, 0, 1]))
    assert np.isfinite(explain_rows(subject, "saliency", [0]).values).all()
    with pytest.raises(NonFinite):
        explain_rows(subject, "feature-ablation", [0])


@pytest.mark.parametrize("subsets", [16, 32, 64, 512])
def test_equal_players_get_equal_values_however_few_subsets_there_are(subsets):
    net = nn.Linear(40, 2)
    with torch.no_grad():
        net.weight.fill_(1)
    subject = explain.subject(net.eval(), torch.ones(4, 40), torch.tensor([0, 1, 0, 1]))
    found = explain_rows(subject, "kernel-shap", [0], targets=[0], options={"subsets": subsets})
    assert found.values[0] == pytest.approx(np.ones(40), abs=1e-4)
    assert found.gaps.max() < 1e-5


@pytest.mark.parametrize(("key", "record"), SERVED)
def test_the_record_says_what_a_row_costs(demo, key, record):
    subject = demo(key)
    options = few(record)
    found = explain_rows(subject, record.key, ROWS, options=options)
    said = record.passes(subject, resolve(record.parameters, options))
    assert found.passes == pytest.approx(said, rel=0.25)


def global_random_state():
    legacy = np.random.get_state()  # noqa: NPY002 - the state that others may use
    return torch.get_rng_state().tolist(), legacy[1].tolist(), random.getstate()


@pytest.mark.parametrize(("key", "record"), SERVED)
def test_explaining_leaves_no_trace_on_the_network_or_the_random_state(demo, key, record):
    subject = demo(key)
    before = state_of(subject.network)
    drawn = global_random_state()
    explain_rows(subject, record.key, ROWS, options=few(record))
    check_untouched(subject, before)
    assert global_random_state() == drawn


@pytest.mark.parametrize(("key", "record"), SERVED)
def test_a_wrong_target_is_refused_and_leaves_no_trace(demo, key, record):
    subject = demo(key)
    before = state_of(subject.network)
    with pytest.raises(InvalidOption, match="no output 99") as caught:
        explain_rows(subject, record.key, ROWS, targets=[0, 99, 0])
    assert "0 to" in caught.value.hint
    check_untouched(subject, before)


def crash(*_inputs):
    raise ZeroDivisionError


@pytest.mark.parametrize(("key", "record"), SERVED)
def test_a_crash_inside_the_network_leaves_no_trace(demo, key, record, monkeypatch):
    subject = demo(key)
    before = state_of(subject.network)
    monkeypatch.setattr(nn.Linear, "forward", crash)
    with pytest.raises(ZeroDivisionError):
        explain_rows(subject, record.key, ROWS, targets=[0, 0, 0], options=few(record))
    monkeypatch.undo()
    check_untouched(subject, before)


@pytest.mark.parametrize(("key", "record"), SERVED)
def test_a_job_that_is_cancelled_stops_and_leaves_no_trace(demo, key, record):
    subject = demo(key)
    before = state_of(subject.network)

    def stop(_share):
        raise Cancelled

    with pytest.raises(Cancelled):
        explain_rows(subject, record.key, ROWS, options=few(record), progress=stop)
    check_untouched(subject, before)


@pytest.mark.parametrize(("key", "record"), SERVED)
def test_progress_grows_to_one(demo, key, record):
    subject = demo(key)
    told = []
    explain_rows(subject, record.key, ROWS, options=few(record), progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(told) <= 102


@pytest.mark.parametrize(("key", "record"), SERVED)
def test_a_row_is_explained_alike_alone_and_with_others(demo, in_double, key, record):
    """In float32 a ReLU at a tie may fall either way in a batch; in float64 nothing may differ."""
    subject = in_double(demo(key))
    together = explain_rows(subject, record.key, ROWS, options=few(record)).values
    alone = [explain_rows(subject, record.key, [r], options=few(record)).values for r in ROWS]
    apart = np.abs(np.concatenate(alone) - together)
    assert apart.max() <= 1e-12 * np.abs(together).max()


def spread(values):
    return float(np.abs(values).max())


@pytest.mark.parametrize(("key", "record"), SERVED)
def test_four_threads_that_share_a_network_get_the_answers_of_one(demo, key, record):
    subject = demo(key)

    def answer(place):
        row = [int(ROWS[place % 3])]
        return explain_rows(subject, record.key, row, options=few(record)).values

    alone = [answer(place) for place in range(4)]
    wrong = []

    def run(place):
        same = [np.array_equal(answer(place), alone[place]) for _ in range(2)]
        wrong.extend(place for equal in same if not equal)

    threads = [threading.Thread(target=run, args=(place,)) for place in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@pytest.mark.parametrize(("key", "record"), SERVED)
def test_random_weights_change_the_map(demo, key, record):
    subject = demo(key)
    generator = torch.Generator().manual_seed(5)
    drawn = {
        name: torch.randn(p.shape, generator=generator) * p.detach().std()
        for name, p in subject.network.named_parameters()
        if p.dim() > 1
    }
    other = replace(subject, network=subject.network.with_parameters(drawn))
    targets = [0, 0, 0]
    maps = [
        explain_rows(s, record.key, ROWS, targets=targets, options=few(record)).values
        for s in (subject, other)
    ]
    first, second = (m / max(spread(m), 1e-12) for m in maps)
    assert np.abs(first - second).mean() > 0.01 * np.abs(first).mean()
    assert np.abs(first - second).max() > 0.1


@pytest.mark.parametrize(("key", "record"), [p for p in SERVED if p.values[1].seeded])
def test_a_seed_gives_the_same_values_again_and_another_gives_others(demo, key, record):
    subject = demo(key)
    values = [
        explain_rows(subject, record.key, ROWS, options=few(record), seed=seed).values
        for seed in (1, 1, 2)
    ]
    assert np.array_equal(values[0], values[1])
    assert not np.allclose(values[0], values[2])


@pytest.mark.parametrize(("key", "start"), product(KEYS, BASELINES))
def test_a_baseline_is_where_the_explanation_starts(demo, key, start):
    subject = demo(key)
    assert (start.fits(subject) is not None) == (start.key in REFUSED_BASELINES[key])
    if start.key in REFUSED_BASELINES[key]:
        with pytest.raises(Refused) as caught:
            explain_rows(subject, "feature-ablation", ROWS, baseline=start.key)
        assert str(start.fits(subject)) in caught.value.reason
        return
    found = explain_rows(subject, "feature-ablation", ROWS, baseline=start.key)
    assert found.baseline == start.key
    assert not np.allclose(found.baseline_outputs, found.outputs)


@pytest.mark.parametrize("key", every_demo())
def test_typed_samples_take_the_place_of_the_subjects_own(demo, key):
    subject = demo(key)
    typed = Samples(inputs=subject.samples.take(np.array([9, 4])).inputs)
    found = explain_rows(subject, "integrated-gradients", [1], samples=typed)
    wanted = explain_rows(subject, "integrated-gradients", [4])
    assert np.array_equal(found.values, wanted.values)


@pytest.mark.parametrize("key", every_demo())
def test_a_pruned_network_is_explained_by_itself(demo, key):
    subject = demo(key)
    plan = explain.PruningPlan(amount=0.9)
    pruned = explain.prune(subject, explain.select(explain.score(subject, plan), plan))
    targets = [0, 0, 0]
    before, after = (
        explain_rows(s, "integrated-gradients", ROWS, targets=targets) for s in (subject, pruned)
    )
    assert not np.allclose(before.values, after.values)
    assert after.provenance.plan == pruned.pruned_by
    assert after.provenance.subject == subject.fingerprint


def test_no_rows_give_an_empty_explanation(demo):
    found = explain_rows(demo("digits-mlp"), "integrated-gradients", [])
    assert found.values.shape == (0, 1, 8, 8)
    assert found.gaps.shape == (0,)


@pytest.mark.parametrize("row", [-1, 450])
def test_a_row_that_is_not_there_is_refused(demo, row):
    with pytest.raises(InvalidSubject, match="no sample") as caught:
        explain_rows(demo("digits-mlp"), "saliency", [row])
    assert "449" in caught.value.hint


def test_as_many_targets_as_rows_are_needed(demo):
    with pytest.raises(InvalidOption, match="2 targets for 3 rows"):
        explain_rows(demo("digits-mlp"), "saliency", ROWS, targets=[1, 2])


@pytest.mark.parametrize(
    ("change", "near"),
    [
        ({"method": "integrated-gradient"}, "integrated-gradients"),
        ({"baseline": "zeros"}, "zero"),
        ({"options": {"step": 5}}, "steps"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(demo, change, near):
    arguments = {"method": "integrated-gradients", "rows": [0], **change}
    with pytest.raises(UnknownKey) as caught:
        explain_rows(demo("digits-mlp"), **arguments)
    assert near in caught.value.hint


def test_a_layer_that_is_too_far_back_is_refused_with_those_there_are(demo):
    with pytest.raises(InvalidOption) as caught:
        explain_rows(demo("digits-cnn"), "grad-cam", [0], options={"layer": 9})
    assert "relu4" in caught.value.hint


def test_a_failed_sanity_check_stands_in_the_record():
    assert "Adebayo" in attributor("guided-grad-cam").warning
    assert not attributor("integrated-gradients").warning


def test_every_method_names_its_formula_and_its_source():
    for record in ATTRIBUTORS:
        assert record.formula
        assert record.source
        assert record.line.endswith(".")


@pytest.mark.parametrize("key", ["heart-mlp", "digits-mlp", "sms-transformer"])
def test_a_baseline_that_gives_half_of_the_output_answers_the_same_already(demo, key):
    found = explain_rows(demo(key), "integrated-gradients", np.arange(24), options={"steps": 4})
    shares = found.baseline_outputs / found.outputs
    assert np.array_equal(found.answered_by_baseline, shares >= 0.5)
    alone = replace(found, baseline_outputs=found.outputs)
    assert alone.answered_by_baseline.all()
    assert not replace(found, baseline_outputs=None).answered_by_baseline.any()


@pytest.mark.parametrize("key", ["heart-mlp", "digits-cnn", "sms-transformer"])
def test_the_least_sure_baseline_is_the_one_whose_own_answer_is_nearest_to_chance(demo, key):
    subject, sample = demo(key), 3
    outputs = baseline_outputs(subject, sample)
    assert list(outputs) == [b.key for b in BASELINES if b.fits(subject) is None]
    sureness = {}
    for name, found in outputs.items():
        method, steps = "integrated-gradients", {"steps": 2}
        for target in range(len(found)):
            one = explain_rows(
                subject, method, [sample], targets=[target], baseline=name, options=steps
            )
            assert one.baseline_outputs[0] == pytest.approx(found[target], abs=1e-4)
        sureness[name] = torch.softmax(torch.from_numpy(found), 0).max()
    assert least_sure(outputs, subject.task) == min(sureness, key=sureness.get)
    assert least_sure(outputs, replace(subject.task, kind="regression")) is None


class _TwoInputs(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(3, 2, bias=False), nn.Linear(4, 2, bias=False)

    def forward(self, a, b):
        return self.first(a) - 5 * self.second(b)


def test_each_of_two_inputs_is_explained_by_its_own_run_and_the_other_is_said_to_be_held():
    """A linear network: values are weights times inputs, and all of them add up to the output."""
    torch.manual_seed(0)
    module, a, b = _TwoInputs().eval(), torch.randn(6, 3), torch.randn(6, 4)
    subject = explain.subject(module, (a, b), torch.tensor([0, 1] * 3))
    asked = {"sample": 4, "target": 1}
    found = [
        explain.attribute(subject, "integrated-gradients", of_input=at, **asked) for at in (0, 1)
    ]
    assert [(one.of_input, one.held) for one in found] == [(0, (1,)), (1, (0,))]
    wanted = module.first.weight[1] * a[4], -5 * module.second.weight[1] * b[4]
    for one, values in zip(found, wanted, strict=True):
        assert one.values[0] == pytest.approx(values.detach().numpy(), abs=1e-5)
    both = sum(one.values.sum() for one in found)
    assert both == pytest.approx(float(module(a, b)[4, 1]), abs=1e-5)
    with pytest.raises(InvalidOption):
        explain.attribute(subject, "saliency", of_input=2)
    with pytest.raises(Refused, match="0, 1"):
        explain.attribute(subject, "saliency")


def test_drift_is_of_the_input_that_is_asked_for_and_asks_as_attribute_does():
    """Only the weights of the second input change: the first keeps all of its reasons."""
    torch.manual_seed(0)
    module, a, b = _TwoInputs().eval(), torch.randn(16, 3), 0.01 * torch.randn(16, 4)
    other = copy.deepcopy(module)
    other.second.weight.data = module.second.weight.data.flip(1)
    before, after = (
        explain.subject(one, (a, b), torch.tensor([0, 1] * 8)) for one in (module, other)
    )
    method, rows = "integrated-gradients", np.arange(16)
    first, second = (
        explain.drift(before, after, method, rows=rows, of_input=at).overlap.value for at in (0, 1)
    )
    assert first == pytest.approx(1, abs=1e-6)
    assert second < 0.9
    options = argparse.Namespace(method=method, drift=16, model="none")
    told = drift_between(before, after, options, {}, of_input=1)
    assert told["overlap"]["value"] == pytest.approx(second)
    with pytest.raises(Refused, match="0, 1"):
        explain.drift(before, after, method, rows=rows)


class _Masked(nn.Module):
    def __init__(self):
        super().__init__()
        self.words, self.last = nn.Embedding(5, 3), nn.Linear(3, 2)

    def forward(self, ids, mask):
        return self.last((self.words(ids) * mask[..., None].float()).sum(1))


def test_of_ids_and_a_padding_mask_only_the_ids_can_be_explained_and_need_not_be_chosen():
    ids, mask = torch.arange(24).reshape(6, 4) % 5, torch.ones(6, 4, dtype=torch.int64)
    subject = explain.subject(_Masked(), (ids, mask), torch.tensor([0, 1] * 3))
    assert explainable_inputs(subject) == (0,)
    found = explain.attribute(subject, "integrated-gradients", baseline="zero")
    assert (found.of_input, found.held) == (0, (1,))
    assert found.gaps[0] < 1e-4
