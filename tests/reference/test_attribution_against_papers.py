"""Attribution methods re-implemented slowly from their papers, and compared with Captum's own."""

import warnings
from dataclasses import replace
from itertools import permutations

import captum.attr
import numpy as np
import pytest
import torch
from torch.nn import functional

from explain.attribution import ATTRIBUTORS, explain_rows
from explain.attribution.places import entrance, feature_layers
from models import demo as demos
from models.catalog import demo as demo_of

pytestmark = pytest.mark.filterwarnings("ignore:Setting")  # Captum tells of its hooks

ROWS = np.array([5, 11, 2])
REFERENCES = set()
"""Methods with a test below: each test names its own, so that without it they are missing."""


def reference_of(*methods):
    """Mark a test that compares these methods with their paper or with Captum's own class."""

    def marked(test):
        REFERENCES.update(methods)
        return test

    return marked


@pytest.fixture(scope="module")
def plain():
    """Return a loader of the plain PyTorch network of a demo: no lifting, no view."""
    return lambda key: demos.trained_module(demo_of(key)).requires_grad_(requires_grad=False)


def inputs_of(subject):
    return subject.samples.take(ROWS).inputs[0].clone()


def gradient(module, x, target):
    x = x.clone().requires_grad_()
    return torch.autograd.grad(module(x)[0, target], x)[0]


@reference_of("integrated-gradients")
@pytest.mark.parametrize("key", ["digits-mlp", "digits-cnn", "heart-mlp"])
@pytest.mark.parametrize("steps", [5, 50])
def test_integrated_gradients_sum_gradients_on_a_straight_way(demo, plain, key, steps):
    subject, module = demo(key), plain(key)
    found = explain_rows(subject, "integrated-gradients", ROWS, options={"steps": steps})
    points, weights = np.polynomial.legendre.leggauss(steps)
    for place, x in enumerate(inputs_of(subject)):
        total = torch.zeros_like(x)
        for point, weight in zip((points + 1) / 2, weights / 2, strict=True):
            total += weight * gradient(module, point * x[None], int(found.targets[place]))[0]
        assert np.allclose(found.values[place], (x * total).numpy(), atol=2e-5)


@reference_of("grad-cam")
@pytest.mark.parametrize(("layer", "name"), [(1, "relu4"), (2, "relu3")])
def test_grad_cam_weighs_maps_by_their_mean_gradients(demo, plain, layer, name):
    subject, module = demo("digits-cnn"), plain("digits-cnn")
    found = explain_rows(subject, "grad-cam", ROWS, targets=[1, 2, 3], options={"layer": layer})
    seen = []
    module.get_submodule(name).register_forward_hook(lambda _m, _i, output: seen.append(output))
    for place, x in enumerate(inputs_of(subject)):
        seen.clear()
        output = module(x[None].requires_grad_())[0, place + 1]
        slope = torch.autograd.grad(output, seen[0])[0][0]
        cam = sum(slope[k].mean() * seen[0][0, k] for k in range(len(slope)))
        wide = functional.interpolate(cam[None, None], (8, 8), mode="bilinear")[0]
        assert np.allclose(found.values[place], wide.detach().numpy(), atol=1e-5)


@reference_of("saliency", "input-x-gradient")
def test_saliency_and_input_times_gradient_are_the_gradient(demo, plain):
    subject, module = demo("digits-cnn"), plain("digits-cnn")
    slopes = explain_rows(subject, "saliency", ROWS, targets=[1, 2, 3]).values
    products = explain_rows(subject, "input-x-gradient", ROWS, targets=[1, 2, 3]).values
    for place, x in enumerate(inputs_of(subject)):
        slope = gradient(module, x[None], place + 1)[0]
        assert np.allclose(slopes[place], slope.numpy(), atol=1e-5)
        assert np.allclose(products[place], (slope * x).numpy(), atol=1e-5)


@reference_of("feature-ablation")
def test_feature_ablation_takes_one_question_after_the_other_with_all_its_columns(demo, plain):
    subject, module = demo("heart-mlp"), plain("heart-mlp")
    found = explain_rows(subject, "feature-ablation", ROWS, targets=[1, 1, 0]).values
    for place, x in enumerate(inputs_of(subject)):
        target = (1, 1, 0)[place]
        for question in set(subject.spec.questions):
            columns = [at for at, name in enumerate(subject.spec.questions) if name == question]
            without = x.clone()
            without[columns] = 0
            fall = (module(x[None]) - module(without[None]))[0, target]
            assert found[place, columns].sum() == pytest.approx(float(fall), abs=1e-5)
            assert np.ptp(found[place, columns]) == pytest.approx(0, abs=1e-6)


@reference_of("occlusion")
def test_occlusion_averages_the_windows_that_cover_a_pixel(demo, plain):
    subject, module = demo("digits-mlp"), plain("digits-mlp")
    found = explain_rows(subject, "occlusion", ROWS, targets=[1, 2, 3]).values
    for place, x in enumerate(inputs_of(subject)):
        total, covers = torch.zeros(8, 8), torch.zeros(8, 8)
        for top in range(7):
            for left in range(7):
                hidden = x.clone()
                hidden[:, top : top + 2, left : left + 2] = 0
                fall = (module(x[None]) - module(hidden[None]))[0, place + 1]
                total[top : top + 2, left : left + 2] += fall
                covers[top : top + 2, left : left + 2] += 1
        assert np.allclose(found[place, 0], (total / covers).numpy(), atol=1e-5)


@reference_of("kernel-shap", "shapley-sampling")
def test_shapley_values_of_few_tiles_are_means_over_all_orders(demo, plain):
    """Four tiles have 24 orders: the mean over all of them is exact."""
    subject, module = demo("digits-mlp"), plain("digits-mlp")
    x, tiles = inputs_of(subject)[:1], [(t, s) for t in (0, 4) for s in (0, 4)]

    def value(present):
        y = torch.zeros_like(x)
        for top, left in present:
            y[:, :, top : top + 4, left : left + 4] = x[:, :, top : top + 4, left : left + 4]
        return float(module(y)[0, 4])

    exact = dict.fromkeys(tiles, 0.0)
    for order in permutations(tiles):
        for place, tile in enumerate(order):
            exact[tile] += (value(order[: place + 1]) - value(order[:place])) / 24
    for key, options, near in [
        ("kernel-shap", {"tiles": 2, "subsets": 4000}, 0.05),
        ("shapley-sampling", {"tiles": 2, "orders": 600}, 0.2),
    ]:
        found = explain_rows(subject, key, ROWS[:1], targets=[4], options=options).values[0, 0]
        for top, left in tiles:
            total = found[top : top + 4, left : left + 4].sum()
            assert total == pytest.approx(exact[top, left], abs=near)


@reference_of("lrp")
def test_lrp_hands_back_relevance_layer_by_layer(demo, plain):
    subject, module = demo("digits-mlp"), plain("digits-mlp")
    epsilon = 0.3
    found = explain_rows(subject, "lrp", ROWS, targets=[1, 2, 3], options={"epsilon": epsilon})
    layers = [module.hidden1, module.hidden2, module.output]
    for place, x in enumerate(inputs_of(subject)):
        values = [x.flatten()]
        for layer in layers:
            values.append(torch.relu(layer(values[-1])))
        relevance = torch.zeros(10)
        relevance[place + 1] = layers[-1](values[-2])[place + 1]
        for layer, below in zip(layers[::-1], values[-2::-1], strict=True):
            z = layer(below)
            share = relevance / (z + epsilon * torch.where(z >= 0, 1.0, -1.0))
            relevance = (below[None, :] * layer.weight * share[:, None]).sum(0)
        assert np.allclose(found.values[place].flatten(), relevance.numpy(), atol=1e-5)


CAPTUM = {
    "integrated-gradients": (captum.attr.IntegratedGradients, {"n_steps": 50}),
    "saliency": (captum.attr.Saliency, {"abs": False}),
    "input-x-gradient": (captum.attr.InputXGradient, {}),
    "deeplift": (captum.attr.DeepLift, {}),
    "feature-ablation": (captum.attr.FeatureAblation, {}),
}


@reference_of(*CAPTUM)
@pytest.mark.parametrize("key", ["digits-mlp", "heart-mlp", "credit-mlp"])
@pytest.mark.parametrize("method", CAPTUM)
def test_captum_gives_the_same_on_networks_where_captum_is_right(demo, plain, key, method):
    subject, module = demo(key), plain(key)
    subject = replace(subject, spec=replace(subject.spec, questions=()))
    kind, options = CAPTUM[method]
    x = inputs_of(subject).requires_grad_()
    targets = torch.tensor([1, 0, 1])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wanted = kind(module).attribute(x, target=targets, **options).detach().numpy()
    found = explain_rows(subject, method, ROWS, targets=targets.numpy()).values
    assert np.abs(found - wanted).max() <= 1e-6 * max(1.0, np.abs(wanted).max())


@reference_of("layer-conductance")
@pytest.mark.parametrize("layer", ["relu2", "relu1"])
def test_captum_gives_the_same_conductance(demo, plain, layer):
    subject, module = demo("digits-mlp"), plain("digits-mlp")
    x = inputs_of(subject).requires_grad_()
    method = captum.attr.LayerConductance(module, getattr(module, layer))
    wanted = method.attribute(x, target=torch.tensor([1, 2, 3])).detach().numpy()
    options = {"layer": {"relu2": 1, "relu1": 3}[layer]}
    found = explain_rows(
        subject, "layer-conductance", ROWS, targets=[1, 2, 3], options=options
    ).values
    assert np.abs(found - wanted).max() <= 1e-6 * np.abs(wanted).max()


@reference_of("layer-integrated-gradients")
def test_text_equals_captums_integrated_gradients_at_the_embedding(demo):
    subject = demo("sms-transformer")
    network = subject.network.sharing_copy()
    layer = next(s.module for s in network.steps if s.name == entrance(subject))
    embedding = network.get_submodule(layer)
    ids = subject.samples.take(ROWS).inputs[0]
    method = captum.attr.LayerIntegratedGradients(network, embedding)
    targets = torch.tensor([1, 0, 1])
    wanted = method.attribute(ids, torch.zeros_like(ids), target=targets, n_steps=50)
    found = explain_rows(
        subject, "layer-integrated-gradients", ROWS, targets=[1, 0, 1], baseline="pad"
    )
    wanted = wanted.sum(-1).detach().numpy()
    assert np.abs(found.values - wanted).max() <= 1e-6 * max(1.0, np.abs(wanted).max())


@reference_of("guided-grad-cam")
@pytest.mark.parametrize("layer", [1, 2])
def test_captum_gives_the_same_guided_grad_cam(demo, plain, layer):
    subject, module = demo("digits-cnn"), plain("digits-cnn")
    name = feature_layers(subject.network)[-layer]
    method = captum.attr.GuidedGradCam(module, module.get_submodule(name))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wanted = method.attribute(
            inputs_of(subject).requires_grad_(),
            target=torch.tensor([1, 2, 3]),
            interpolate_mode="bilinear",
        )
    wanted = wanted.detach().numpy()
    found = explain_rows(
        subject, "guided-grad-cam", ROWS, targets=[1, 2, 3], options={"layer": layer}
    ).values
    assert wanted.any()
    assert np.abs(found - wanted).max() <= 1e-5 * np.abs(wanted).max()


@reference_of("gradient-shap")
def test_gradient_shap_is_near_the_mean_of_integrated_gradients_from_every_training_row(
    demo, plain
):
    subject, module = demo("heart-mlp"), plain("heart-mlp")
    found = explain_rows(
        subject, "gradient-shap", ROWS, targets=[1, 0, 1], options={"samples": 2000}
    ).values
    starts = subject.calibration.inputs[0]
    points, weights = np.polynomial.legendre.leggauss(8)
    for place, x in enumerate(inputs_of(subject)):
        total = torch.zeros_like(x)
        for point, weight in zip((points + 1) / 2, weights / 2, strict=True):
            on_the_way = (starts + point * (x - starts)).requires_grad_()
            outputs = module(on_the_way)[:, (1, 0, 1)[place]].sum()
            slopes = torch.autograd.grad(outputs, on_the_way)[0]
            total += weight * (slopes * (x - starts)).mean(0)
        apart = np.linalg.norm(found[place] - total.numpy())
        assert apart <= 0.1 * np.linalg.norm(total.numpy())


def test_every_method_is_compared_with_a_reference():
    assert {record.key for record in ATTRIBUTORS} == REFERENCES
