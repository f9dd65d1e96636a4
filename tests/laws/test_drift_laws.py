"""Laws of drift: nothing changed, everything changed, and the way in between."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

import explain
from explain import Cancelled, PruningPlan
from explain.attribution import (
    drift,
    drift_curve,
    explain_rows,
    noise_band,
    noisy,
    random_weights,
    sanity,
    usual_baseline,
)
from explain.attribution.beside_noise import BesideNoise, beside_retraining, beyond_retraining
from explain.attribution.similarity import top_k
from explain.core.errors import InvalidSubject, NonFinite, UnknownKey
from explain.core.explanation import DriftVerdict
from explain.core.intervals import half_width_of, mean_of, source_of
from explain.core.messages import Message, number, say
from explain.figures import ladder
from explain.figures.reason_checks import drift_sentence
from tests.demos import subject_of

METHOD = "integrated-gradients"
FAST = {"steps": 8}
TRAINED = ("digits-mlp", "heart-mlp", "credit-mlp")
AMOUNTS = (0.0, 0.5, 0.8, 0.9, 0.95)


@pytest.fixture(scope="module")
def bands(demo):
    found = {}

    def band(key):
        if key not in found:
            other = subject_of(key, seed=2)
            found[key] = noise_band(demo(key), METHOD, options=FAST, other_seed=other)
        return found[key]

    return band


@pytest.fixture(scope="module")
def pruned(demo):
    def at(key, amount):
        subject = demo(key)
        scores = explain.score(subject, PruningPlan())
        return explain.prune(subject, explain.select(scores, PruningPlan(amount=amount)))

    return at


@pytest.mark.parametrize("key", [*TRAINED, "digits-cnn", "sms-transformer"])
def test_a_network_has_not_drifted_from_itself(demo, key):
    found = drift(demo(key), demo(key), "saliency", rows=np.arange(20))
    assert (found.overlap.value, found.overlap.low, found.overlap.high) == (1, 1, 1)
    assert np.all(found.overlaps == 1)
    assert found.sign_agreement.value == pytest.approx(1)
    assert found.spearman.value == pytest.approx(1)
    assert found.top_k.value == pytest.approx(1)
    assert len(found.flipped) == 0
    assert found.verdict in {DriftVerdict.INSIDE, DriftVerdict.UNCLEAR}


@pytest.mark.parametrize("key", TRAINED)
def test_a_network_that_has_not_changed_is_inside_its_noise(demo, bands, key):
    found = drift(demo(key), demo(key), METHOD, band=bands(key))
    assert found.verdict is DriftVerdict.INSIDE
    assert found.rescaled.value == found.rescaled.high == 1
    assert "did not change beyond" in drift_sentence(found)
    assert say("reasons.noise_moves_more") in drift_sentence(found)
    assert "%" not in ladder(found, 500).sentence


@pytest.mark.parametrize("key", ["heart-mlp", "digits-mlp"])
def test_random_weights_are_at_the_floor_and_outside_the_noise(demo, key):
    subject = demo(key)
    rows = np.arange(230)
    options = {"steps": 4}
    band = noise_band(subject, METHOD, rows=rows, options=options)
    found = [
        drift(subject, random_weights(subject, seed), METHOD, band=band) for seed in range(50, 58)
    ]
    told = [one for one in found if one.verdict is not DriftVerdict.UNCLEAR]
    assert {one.verdict for one in told} == {DriftVerdict.OUTSIDE}
    assert np.mean([one.rescaled.value for one in told]) == pytest.approx(0, abs=0.25)


@pytest.mark.parametrize("key", TRAINED)
def test_drift_grows_with_the_amount(demo, bands, pruned, key):
    curve = drift_curve(demo(key), [pruned(key, amount) for amount in AMOUNTS], bands(key))
    overlaps = [point.overlap.value for point in curve]
    assert overlaps[0] == pytest.approx(1, abs=1e-6)
    assert overlaps == sorted(overlaps, reverse=True)
    assert (curve[0].verdict, curve[-1].verdict.beyond_noise) == ("inside", True)
    for point in curve:
        assert point.overlap.low <= point.overlap.value <= point.overlap.high
        assert point.rescaled.low <= point.rescaled.value <= point.rescaled.high


@pytest.mark.parametrize("key", TRAINED)
def test_beyond_noise_the_verdict_is_what_a_second_training_says_paired(demo, bands, pruned, key):
    band = bands(key)
    for point in drift_curve(demo(key), [pruned(key, a) for a in AMOUNTS], band):
        if point.verdict.beyond_noise:
            more = band.seeds[np.isin(band.rows, point.rows)] - point.overlaps
            mean = more[~np.isnan(more)].mean()
            assert point.beyond_retraining.value == pytest.approx(mean)
            less = point.beyond_retraining.low > 0
            assert (point.verdict is DriftVerdict.MORE_THAN_RETRAINING) == less
            assert (point.verdict is DriftVerdict.LIKE_RETRAINING) == (not less)
    alone = replace(band, seeds=None)
    (point,) = drift_curve(demo(key), [pruned(key, 0.95)], alone)
    assert point.verdict is DriftVerdict.OUTSIDE
    assert say("reasons.beside_retraining", verdict="outside", retrained="", more="") in (
        drift_sentence(point)
    )


def test_a_difference_that_every_row_shows_is_sure_however_far_the_intervals_overlap():
    overlaps = np.linspace(0.2, 0.9, 40)
    seeds = np.append((overlaps + 0.02 + 0.001 * SCATTER)[:-1], np.nan)
    more = beyond_retraining(overlaps, seeds)
    one, other = (mean_of("x", x, say("how.ranks")) for x in (overlaps[:-1], seeds[:-1]))
    assert one.high > other.low
    assert (more.n, more.low > 0) == (39, True)
    outside, inside = DriftVerdict.OUTSIDE, DriftVerdict.INSIDE
    assert beside_retraining(outside, more) is DriftVerdict.MORE_THAN_RETRAINING
    assert beside_retraining(inside, more) is inside
    level = beyond_retraining(overlaps, overlaps + SCATTER)
    assert beside_retraining(outside, level) is DriftVerdict.LIKE_RETRAINING


def test_a_point_of_the_curve_is_the_drift_to_that_network(demo, bands, pruned):
    subject, after = demo("heart-mlp"), pruned("heart-mlp", 0.8)
    band = bands("heart-mlp")
    (point,) = drift_curve(subject, [after], band)
    alone = drift(subject, after, METHOD, band=band)
    assert np.allclose(point.overlaps, alone.overlaps, atol=1e-5)
    assert point.rescaled.value == pytest.approx(alone.rescaled.value, abs=1e-5)
    assert (point.verdict, point.flipped.tolist()) == (alone.verdict, alone.flipped.tolist())


def test_the_curve_of_any_other_method_is_its_drifts(demo, pruned):
    subject = demo("heart-mlp")
    band = noise_band(subject, "saliency", rows=np.arange(20))
    afters = [pruned("heart-mlp", 0.5), pruned("heart-mlp", 0.8)]
    for point, after in zip(drift_curve(subject, afters, band), afters, strict=True):
        assert np.array_equal(point.overlaps, drift(subject, after, "saliency", band=band).overlaps)


def test_rows_that_are_decided_differently_are_in_no_mean(demo, bands, pruned):
    subject, after = demo("heart-mlp"), pruned("heart-mlp", 0.9)
    band = bands("heart-mlp")
    found = drift(subject, after, METHOD, band=band)
    flips = set(explain.flips(subject, after).changed.tolist())
    assert set(found.flipped.tolist()) == flips & set(band.rows.tolist())
    assert len(found.flipped) > 0
    assert sorted([*found.rows, *found.flipped]) == band.rows.tolist()
    assert found.overlap.n == len(found.rows) == len(found.overlaps)
    assert found.floor.n == found.ceiling.n == len(found.rows)
    alike = np.isin(band.rows, found.rows)
    seeds = band.seeds[alike]
    told = seeds[~np.isnan(seeds)]
    assert len(told) < len(seeds)
    assert (found.other_seed.value, found.other_seed.n) == (told.mean(), len(told))
    assert found.beyond_retraining.n == len(told)
    assert found.other_baseline.value == band.baselines[alike].mean()
    a = band.dense.values[alike]
    b = band.question.ask(after, None, like=subject).values[alike]
    assert found.top_k.value == top_k(a, b, found.strongest).mean()
    assert found.top_k.value != top_k(a, b, found.strongest + 1).mean()
    assert f"{len(found.flipped)} of 64 rows are decided differently" in drift_sentence(found)


def test_the_decision_of_the_first_network_is_explained_in_both(demo, pruned):
    subject, asked = demo("digits-mlp"), []

    def listening(subject, method, rows, **given):
        found = explain_rows(subject, method, rows, **given)
        asked.append(found.targets)
        return found

    rows = np.arange(12)
    drift(subject, pruned("digits-mlp", 0.95), "saliency", rows=rows, explain=listening)
    with torch.no_grad():
        wanted = subject.network(subject.samples.inputs[0][:12]).argmax(1).numpy()
    assert all(np.array_equal(targets, wanted) for targets in asked)


def test_a_ready_band_gives_what_a_fresh_one_gives(demo, pruned):
    subject, after, rows = demo("heart-mlp"), pruned("heart-mlp", 0.8), np.arange(24)
    band = noise_band(subject, METHOD, rows=rows, options=FAST)
    ready = drift(subject, after, METHOD, band=band)
    fresh = drift(subject, after, METHOD, rows=rows, options=FAST)
    for one, other in ((ready, fresh), (fresh, drift(subject, after, METHOD, band=band))):
        assert one.overlap == other.overlap
        assert (one.rescaled, one.ceiling, one.floor) == (
            other.rescaled,
            other.ceiling,
            other.floor,
        )
        assert (one.verdict, one.fall) == (other.verdict, other.fall)


def test_only_the_whole_interval_above_0_is_more_than_a_retraining():
    outside, how = DriftVerdict.OUTSIDE, Message("how.beyond_retraining")
    sure, unsure = (mean_of("x", 0.1 + one * SCATTER, how) for one in (0.1, 9))
    assert unsure.value > 0 > unsure.low
    assert beside_retraining(outside, sure) is DriftVerdict.MORE_THAN_RETRAINING
    assert beside_retraining(outside, unsure) is DriftVerdict.LIKE_RETRAINING


def test_steps_that_are_asked_for_are_taken_by_the_noise_too(bands):
    assert bands("heart-mlp").dense.options["steps"] == FAST["steps"]


def test_another_seed_makes_other_noise(demo):
    subject, rows = demo("heart-mlp"), np.arange(12)
    one, other = (noise_band(subject, "saliency", rows=rows, seed=seed) for seed in (0, 10))
    assert not np.array_equal(one.floors, other.floors)
    assert not np.array_equal(one.ceilings, other.ceilings)


def test_a_second_training_and_another_baseline_stand_apart(demo, bands):
    found = drift(demo("heart-mlp"), demo("heart-mlp"), METHOD, band=bands("heart-mlp"))
    assert found.floor.value < found.other_seed.value < 1
    assert found.other_baseline.value < 1
    assert "'mean'" in str(found.other_baseline.how)
    bare = drift(demo("heart-mlp"), demo("heart-mlp"), "saliency", rows=np.arange(10))
    assert (bare.other_seed, bare.other_baseline) == (None, None)


def test_a_method_that_sees_no_weights_cannot_tell(demo, pruned):
    def blind(subject, method, rows, **given):
        found = explain_rows(subject, method, rows, **given)
        inputs = subject.samples.inputs[0][rows.tolist()].double().numpy()
        return replace(found, values=inputs)

    subject = demo("digits-mlp")
    found = drift(subject, pruned("digits-mlp", 0.8), "saliency", explain=blind)
    assert found.verdict is DriftVerdict.UNCLEAR
    assert np.isnan(found.rescaled.value)
    assert "random weights" in drift_sentence(found)


@pytest.mark.parametrize("alike", [0, 1, 7])
def test_few_rows_are_no_ground_for_a_verdict(demo, pruned, alike):
    subject, after = demo("heart-mlp"), pruned("heart-mlp", 0.9)
    flips = explain.flips(subject, after)
    same = np.setdiff1d(np.arange(subject.samples.count), flips.changed)[:alike]
    rows = np.concatenate([flips.changed[:3], same])
    found = drift(subject, after, "saliency", rows=rows)
    assert (found.verdict, len(found.rows)) == (DriftVerdict.UNCLEAR, alike)
    assert f"only {alike} rows" in drift_sentence(found)


FLOORS = np.zeros((3, 40))
SCATTER = np.where(np.arange(40) % 2, 0.2, -0.2)


@pytest.mark.parametrize(
    ("overlaps", "verdict"),
    [
        (0.9 - 0.05 + 0 * SCATTER, DriftVerdict.OUTSIDE),
        (0.9 - 0.02 + 0.1 * SCATTER, DriftVerdict.OUTSIDE),
        (0.9 - 0.002 + 0.1 * SCATTER, DriftVerdict.INSIDE),
        (0.9 + 0.02 + 0 * SCATTER, DriftVerdict.INSIDE),
        (0.9 + 0.001 + 3 * SCATTER, DriftVerdict.INSIDE),
        (0.9 - 0.05 + 2 * SCATTER, DriftVerdict.UNCLEAR),
        (np.full(40, np.nan), DriftVerdict.UNCLEAR),
    ],
)
def test_the_verdict_is_what_the_whole_interval_of_the_fall_allows(overlaps, verdict):
    assert beside(overlaps, FLOORS, np.full((3, 40), 0.9)).verdict() == verdict


@pytest.mark.parametrize(("ceiling", "told"), [(0.07, True), (0.04, False), (0.055, False)])
def test_a_method_tells_apart_only_where_the_whole_interval_of_its_range_is_above_the_least(
    ceiling, told
):
    """Random networks whose mean is ±0.01 apart: of a range of .055 it is not sure."""
    floors = np.array([[0.01] * 40, [-0.01] * 40, [0.0] * 40]) * (1 if ceiling == 0.055 else 0.1)
    found = beside(np.full(40, ceiling), floors, np.full((3, 40), ceiling))
    assert found.tells_apart() == told


def beside(overlaps, floors, ceilings, *, shared=False):
    return BesideNoise(overlaps=overlaps, floors=floors, ceilings=ceilings, shared=shared)


def test_noise_that_rows_share_is_one_more_draw_and_noise_of_their_own_is_not():
    """Written out: with two draws, their means ±d apart, a third lies within t1 * d * sqrt(3)."""
    ceilings = np.array([[0.9 + 0.01] * 40, [0.9 - 0.01] * 40])
    overlaps = 0.87 + 1e-9 * SCATTER
    own, common = (beside(overlaps, FLOORS, ceilings, shared=s).fall() for s in (False, True))
    assert own.low == pytest.approx(0.03, abs=1e-6)
    assert common.high - 0.03 == pytest.approx(12.706 * 0.01 * np.sqrt(3), rel=1e-3)


def test_the_share_of_the_range_errs_as_its_parts_do():
    """Slopes by small steps: each part's error reaches the ratio by its own."""
    rng, step = np.random.default_rng(5), 1e-6
    ceilings, floors = 0.9 + 0.02 * rng.normal(size=(3, 40)), 0.3 + 0.1 * rng.normal(size=(3, 40))
    overlaps = np.full(40, 0.7)
    found = beside(overlaps, floors, ceilings, shared=True).rescaled()
    share = (0.7 - floors.mean()) / (ceilings.mean() - floors.mean())
    assert found.value == pytest.approx(share)
    moved = [
        beside(overlaps + a, floors + b, ceilings + c, shared=True).rescaled().value
        for a, b, c in np.eye(3) * step
    ]
    one, low, high = ((value - share) / step for value in moved)
    rows = source_of(one * overlaps + low * floors.mean(0) + high * ceilings.mean(0))
    networks = source_of(low * floors.mean(1))
    noise = source_of(np.hypot(high, one * np.sqrt(3)) * ceilings.mean(1))
    assert found.high - share == pytest.approx(half_width_of(rows, networks, noise), rel=1e-4)


def test_a_drift_that_all_rows_show_is_never_called_none_by_eight_of_them(demo, pruned):
    subject = demo("heart-mlp")
    rows = np.arange(subject.samples.count)
    band = noise_band(subject, METHOD, rows=rows, options=FAST)
    whole = drift(subject, pruned("heart-mlp", 0.8), METHOD, band=band)
    assert whole.verdict is DriftVerdict.OUTSIDE
    kept = np.isin(rows, whole.rows)
    floors, ceilings = band.floors[:, kept], band.ceilings[:, kept]
    generator, told = np.random.default_rng(0), []
    for _ in range(40):
        few = generator.choice(len(whole.rows), 8, replace=False)
        told.append(beside(whole.overlaps[few], floors[:, few], ceilings[:, few]).verdict())
    assert told.count(DriftVerdict.INSIDE) <= 2


def test_the_sentence_says_how_far_below_the_ceiling_and_where_noise_moves_more(
    demo, bands, pruned
):
    subject, band = demo("heart-mlp"), bands("heart-mlp")
    same = drift(subject, subject, METHOD, band=band)
    assert "Noise moves the method more than pruning did." in drift_sentence(same)
    far = drift(subject, pruned("heart-mlp", 0.9), METHOD, band=band)
    assert "Noise moves" not in drift_sentence(far)
    fall = far.ceiling.value - far.overlap.value
    assert f"it lies {number(fall)} [" in drift_sentence(far)


def test_floor_and_ceiling_keep_every_draw_and_their_intervals_know_it(demo):
    band = noise_band(demo("heart-mlp"), METHOD, rows=np.arange(40), options=FAST)
    assert band.floors.shape == band.ceilings.shape == (5, 40)
    between = np.ptp(band.floors.mean(1))
    assert between > 0.02
    assert band.floor.low < band.floor.value - between / 4
    assert "draws and rows" in str(band.floor.how)


def test_a_network_of_nan_has_no_curve(demo, bands):
    subject = demo("heart-mlp")
    name, weight = list(subject.network.weights().items())[-1]
    broken = subject.network.with_parameters({name: torch.full_like(weight, torch.nan)})
    with pytest.raises(NonFinite):
        drift_curve(subject, [replace(subject, network=broken)], bands("heart-mlp"))


def test_the_columns_of_a_table_move_by_their_own_range_and_a_constant_one_not():
    rows = torch.randn(300, 3)
    rows[:, 1] *= 50
    rows[:, 2] = 7
    subject = explain.subject(nn.Linear(3, 2).eval(), rows, torch.tensor([0, 1] * 150))
    step = noisy(subject, 0).samples.inputs[0] - rows
    ranges = rows.amax(0) - rows.amin(0)
    assert step.std(0)[:2].numpy() == pytest.approx(0.02 * ranges[:2].numpy(), rel=0.15)
    assert not step[:, 2].any()


@pytest.mark.parametrize(
    ("key", "usual"), [("sms-transformer", "mean"), ("heart-mlp", "zero"), ("digits-cnn", "zero")]
)
def test_the_usual_baseline_is_taken_where_none_is_named_and_zero_where_it_is(demo, key, usual):
    subject, rows = demo(key), np.arange(2)
    asked = {"rows": rows, "options": {"steps": 2}}
    assert usual_baseline(subject) == usual
    assert noise_band(subject, METHOD, **asked).dense.baseline == usual
    assert sanity(subject, METHOD, **asked).baseline == usual
    assert drift(subject, subject, METHOD, **asked).baseline == usual
    assert explain_rows(subject, METHOD, rows, options={"steps": 2}).baseline == usual
    assert noise_band(subject, METHOD, **asked, baseline="zero").dense.baseline == "zero"


@pytest.mark.parametrize(("said", "usual"), [("mean", "mean"), ("blur", "zero"), ("no", "zero")])
def test_a_spec_that_names_a_baseline_that_fits_makes_it_the_usual_one(demo, said, usual):
    subject = demo("heart-mlp")
    own = replace(subject, spec=replace(subject.spec, baseline=said))
    assert usual_baseline(own) == usual


def test_from_the_usual_baseline_of_a_text_the_values_add_up(demo):
    gaps = [
        explain_rows(demo("sms-transformer"), METHOD, np.arange(40), baseline=key).gaps
        for key in (None, "zero")
    ]
    assert np.quantile(gaps[0], 0.9) < 0.05 < np.quantile(gaps[1], 0.9)


def test_noise_leaves_the_subject_alone_and_is_small(demo):
    for key in ("digits-mlp", "sms-transformer"):
        subject = demo(key)
        inputs, weights = subject.samples.inputs[0].clone(), clones(subject)
        moved = noisy(subject, 0)
        assert torch.equal(subject.samples.inputs[0], inputs)
        assert same(weights, subject)
        if key == "digits-mlp":
            step = moved.samples.inputs[0] - inputs
            assert float(step.std()) == pytest.approx(0.02, rel=0.02)
            assert same(weights, moved)
            wide = replace(subject, spec=replace(subject.spec, low=-1.0, high=2.0))
            assert torch.allclose(noisy(wide, 0).samples.inputs[0] - inputs, 3 * step, atol=1e-6)
        else:
            assert torch.equal(moved.samples.inputs[0], inputs)
            layers = subject.network.named_modules()
            name = next(name for name, one in layers if one is _words(subject))
            tripled = {f"{name}.weight": 3 * _words(subject).weight.detach()}
            loud = replace(subject, network=subject.network.with_parameters(tripled))
            step = (_words(noisy(loud, 0)).weight - _words(loud).weight).detach()
            spread = _words(loud).weight.detach().std()
            assert float(step.std() / spread) == pytest.approx(0.02, rel=0.02)
            padding = _words(subject).padding_idx
            assert padding is not None
            assert not step[padding].any()


def _words(subject):
    """Return the embedding of words; what else is looked up has no place for padding."""
    layers = subject.network.modules()
    return next(one for one in layers if isinstance(one, nn.Embedding))


class _Loose(nn.Module):
    def __init__(self):
        super().__init__()
        self.own, self.last = nn.Parameter(5 + 2 * torch.randn(20, 50)), nn.Linear(50, 2)

    def forward(self, x):
        return self.last(x * self.own.mean(0))


def test_a_tensor_that_no_layer_owns_is_drawn_anew_with_its_own_mean_and_spread():
    torch.manual_seed(0)
    subject = explain.subject(_Loose().eval(), torch.randn(4, 50), torch.tensor([0, 1, 0, 1]))
    (own,) = (w for name, w in subject.network.weights().items() if w.shape == (20, 50))
    (drawn,) = (
        w for w in random_weights(subject, 1).network.weights().values() if w.shape == own.shape
    )
    assert abs(float(torch.corrcoef(torch.stack([own.flatten(), drawn.flatten()]))[0, 1])) < 0.2
    assert (float(drawn.mean()), float(drawn.std())) == pytest.approx((5, 2), rel=0.1)


@pytest.mark.parametrize("key", ["digits-mlp", "digits-cnn", "sms-transformer"])
def test_random_weights_forget_everything_and_touch_nothing(demo, key):
    subject, weights, state = demo(key), clones(demo(key)), torch.get_rng_state()
    ruined = random_weights(subject, 3)
    assert same(weights, subject)
    assert torch.equal(torch.get_rng_state(), state)
    again, other = random_weights(subject, 3), random_weights(subject, 4)
    for name, tensor in ruined.network.named_parameters():
        if tensor.dim() > 1:
            assert not torch.equal(tensor, weights[name]), name
            assert torch.equal(tensor, dict(again.network.named_parameters())[name])
            assert not torch.equal(tensor, dict(other.network.named_parameters())[name])
    for name, tensor in ruined.network.named_buffers():
        if name.endswith("running_mean"):
            assert not tensor.any()


def test_random_weights_are_those_that_the_layers_would_draw_themselves(demo):
    drawn = random_weights(demo("digits-mlp"), 5).network.get_parameter("hidden1.weight")
    with torch.random.fork_rng():
        torch.manual_seed(5)
        assert torch.equal(drawn, nn.Linear(64, 64).weight)


def test_a_band_of_another_network_or_method_is_refused(demo, bands):
    with pytest.raises(InvalidSubject):
        drift(demo("digits-mlp"), demo("digits-mlp"), METHOD, band=bands("heart-mlp"))
    with pytest.raises(InvalidSubject):
        drift(demo("heart-mlp"), demo("heart-mlp"), "saliency", band=bands("heart-mlp"))
    with pytest.raises(UnknownKey):
        drift(demo("heart-mlp"), demo("heart-mlp"), "astrology")


def test_drift_reports_how_far_it_is_and_can_be_cancelled(demo, pruned):
    subject, seen = demo("heart-mlp"), []
    drift(subject, pruned("heart-mlp", 0.5), "saliency", rows=np.arange(9), progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(1)
    weights = clones(subject)

    def stop(share):
        if share > 0.3:
            raise Cancelled

    with pytest.raises(Cancelled):
        drift(subject, subject, "saliency", rows=np.arange(9), progress=stop)
    assert same(weights, subject)
    assert not any(module._forward_hooks for _, module in subject.network.named_modules())


def clones(subject):
    return {name: tensor.clone() for name, tensor in subject.network.weights().items()}


def same(weights, subject):
    now = subject.network.weights()
    return all(torch.equal(now[name], tensor) for name, tensor in weights.items())
