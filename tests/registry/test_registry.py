"""Bare weights and the name of an architecture make a network that computes what the source does.

The sources below are written from the papers, with torch's own layers and torchvision's names.
"""

import contextlib
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from explain.core.errors import ImportRefused, InvalidSubject
from explain.network import state_for_source
from models.registry import ARCHITECTURES, architecture, build_registered, candidates
from models.registry.layers import chained, natural


def dense(*sizes, act=nn.ReLU):
    layers = []
    for before, after in pairwise(sizes):
        layers += [nn.Linear(before, after), act()]
    return nn.Sequential(*layers[:-1])


class DigitNet(nn.Module):
    """LeNet as it is usually written for 28x28 pictures."""

    def __init__(self):
        super().__init__()
        self.c1 = nn.Conv2d(1, 6, 5, padding=2)
        self.c2 = nn.Conv2d(6, 16, 5)
        self.f1 = nn.Linear(400, 120)
        self.f2 = nn.Linear(120, 84)
        self.f3 = nn.Linear(84, 10)

    def forward(self, x):
        x = functional.max_pool2d(functional.relu(self.c1(x)), 2)
        x = functional.max_pool2d(functional.relu(self.c2(x)), 2).flatten(1)
        return self.f3(functional.relu(self.f2(functional.relu(self.f1(x)))))


class Reader(nn.Module):
    """Torch's own encoder over ids, padding hidden, mean over the words that are there."""

    def __init__(self, *, before):
        super().__init__()
        self.token_emb = nn.Embedding(30, 16)
        self.pos_emb = nn.Parameter(torch.randn(1, 12, 16))
        layer = nn.TransformerEncoderLayer(16, 4, 24, norm_first=before, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Linear(16, 3)

    def forward(self, ids):
        absent = ids == 0
        values = self.encoder(self.token_emb(ids) + self.pos_emb, src_key_padding_mask=absent)
        weights = (~absent).float()[:, :, None]
        return self.head((values * weights).sum(1) / weights.sum(1))


class Recurrent(nn.Module):
    def __init__(self, *, words, both):
        super().__init__()
        self.emb = nn.Embedding(30, 5) if words else None
        self.rnn = nn.LSTM(5, 8, num_layers=2, batch_first=True, bidirectional=both)
        self.fc = nn.Linear(16 if both else 8, 3)

    def forward(self, x):
        _, (last, _) = self.rnn(self.emb(x) if self.emb else x)
        return self.fc(torch.cat([last[-2], last[-1]], 1) if self.rnn.bidirectional else last[-1])


def random(*shape):
    return torch.rand(shape, generator=torch.Generator().manual_seed(3)) - 0.5


def tokens(rows, length):
    ids = (random(rows, length).abs() * 58 + 1).long()
    ids[0, -3:] = 0
    return ids


SOURCES = {
    "mlp": (lambda: dense(5, 9, 9, 3), {}, lambda: random(7, 5)),
    "mlp with tanh": (
        lambda: dense(4, 6, 2, act=nn.Tanh),
        {"activation": "tanh"},
        lambda: random(7, 4),
    ),
    "mlp on pictures": (
        lambda: nn.Sequential(nn.Flatten(), dense(36, 8, 2)),
        {"shape": [1, 6, 6]},
        lambda: random(3, 1, 6, 6),
    ),
    "lenet": (DigitNet, {}, lambda: random(3, 1, 28, 28)),
    "transformer-encoder": (lambda: Reader(before=False), {"heads": 4}, lambda: tokens(4, 12)),
    "transformer-encoder, norm before": (
        lambda: Reader(before=True),
        {"norm": "before"},
        lambda: tokens(4, 12),
    ),
    "lstm": (lambda: Recurrent(words=True, both=False), {"length": 9}, lambda: tokens(4, 9)),
    "lstm both ways": (lambda: Recurrent(words=True, both=True), {}, lambda: tokens(4, 20)),
    "lstm on series": (
        lambda: Recurrent(words=False, both=True),
        {"length": 10},
        lambda: random(4, 10, 5),
    ),
}


@pytest.mark.parametrize("case", SOURCES)
def test_weights_of_a_network_written_elsewhere_compute_the_same(case):
    make, params, inputs = SOURCES[case]
    torch.manual_seed(0)
    source = make().eval()
    state = {name: tensor.clone() for name, tensor in source.state_dict().items()}
    best = candidates(state)[0]
    assert best.match.exact
    assert best.name == case.split(" ")[0].rstrip(",")
    network = build_registered(best.name, params, state)
    with torch.no_grad():
        assert torch.allclose(network(inputs()), source(inputs()), rtol=0, atol=1e-6)
    assert network.prunable
    back = state_for_source(network).tensors
    assert {n: t.shape for n, t in back.items()} == {n: t.shape for n, t in state.items()}
    assert all(torch.equal(back[name], tensor) for name, tensor in state.items())


# Written down from the structure of torchvision's networks; the library is not needed.
def resnet_names(counts, *, deep):
    def norm(name):
        kinds = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
        return [f"{name}.{kind}" for kind in kinds]

    names = ["conv1.weight", *norm("bn1")]
    for stage, count in enumerate(counts, start=1):
        for place in range(count):
            block = f"layer{stage}.{place}"
            for conv in range(1, 4 if deep else 3):
                names += [f"{block}.conv{conv}.weight", *norm(f"{block}.bn{conv}")]
            if place == 0 and (deep or stage > 1):
                names += [f"{block}.downsample.0.weight", *norm(f"{block}.downsample.1")]
    return [*names, "fc.weight", "fc.bias"]


def made(key, **sizes):
    entry = architecture(key)
    defaults = {p.key: p.choices[0] if p.choices else p.default for p in entry.parameters}
    torch.manual_seed(0)
    return entry.make(defaults | sizes).eval()


@pytest.mark.parametrize(
    ("key", "counts", "deep", "total"),
    [
        ("resnet18", (2, 2, 2, 2), False, 122),
        ("resnet34", (3, 4, 6, 3), False, 218),
        ("resnet50", (3, 4, 6, 3), True, 320),
    ],
)
def test_residual_networks_have_the_tensor_names_of_torchvision(key, counts, deep, total):
    with torch.device("meta"):
        state = made(key, channels=3, width=64, kernel=7, classes=1000).state_dict()
    assert list(state) == resnet_names(counts, deep=deep)
    assert len(state) == total
    wide = 2048 if deep else 512
    assert state["fc.weight"].shape == (1000, wide)
    assert state["layer4.1.conv2.weight"].shape == (512, 512, 3, 3)


@pytest.mark.parametrize(
    ("key", "total", "last"),
    [
        ("vgg11", 22, 18),
        ("vgg11-bn", 62, 26),
        ("vgg13", 26, 22),
        ("vgg13-bn", 76, 32),
        ("vgg16", 32, 28),
        ("vgg16_bn", 97, 41),
        ("vgg19", 38, 34),
        ("VGG19_bn", 118, 50),
    ],
)
def test_plain_stacks_have_the_tensor_names_of_torchvision(key, total, last):
    with torch.device("meta"):
        network = made(key, channels=3, width=64, layers=[4096, 4096], classes=1000)
    state = network.state_dict()
    convolutions = [name for name in state if len(state[name].shape) == 4]
    assert convolutions[0] == "features.0.weight"
    assert max(int(name.split(".")[1]) for name in state if name.startswith("features")) == last
    assert list(state)[-6:] == [
        f"classifier.{place}.{kind}" for place in (0, 3, 6) for kind in ("weight", "bias")
    ]
    assert state["classifier.0.weight"].shape == (4096, 25088)
    norms = len(convolutions) if "bn" in key else 0
    assert len(state) == 2 * (len(convolutions) + 3) + 5 * norms == total


SMALL = {
    "resnet18": {"channels": 1, "width": 4, "kernel": 3, "classes": 3},
    "resnet34": {"channels": 3, "width": 4, "kernel": 7, "classes": 3},
    "resnet50": {"channels": 3, "width": 4, "kernel": 7, "classes": 3},
    "vgg11-bn": {"channels": 3, "width": 4, "layers": [8, 6], "classes": 3},
    "vgg16": {"channels": 1, "width": 4, "layers": [8, 6], "classes": 3},
}


@pytest.mark.parametrize(
    "key",
    [pytest.param(k, marks=pytest.mark.slow) if k in {"resnet34", "vgg16"} else k for k in SMALL],
)
def test_deep_networks_are_recognised_and_compute_what_they_compute_when_made(key):
    source = made(key, **SMALL[key])
    state = {name: tensor.clone() for name, tensor in source.state_dict().items()}
    assert [guess.name for guess in candidates(state)] == [key]
    network = build_registered(key, {"size": 32}, state)
    images = random(2, SMALL[key]["channels"], 32, 32)
    with torch.no_grad():
        assert torch.equal(network(images), source(images))


NARROW = {
    "resnet18": {"blocks": [[3, 4], [1, 4], [5, 7], [2, 7], [9, 6], [6, 6], [8, 11], [3, 11]]},
    "vgg11-bn": {"widths": [4, 7, 3, 9, 8, 5, 12, 6]},
}


@pytest.mark.parametrize("key", NARROW)
def test_channels_that_were_cut_elsewhere_are_read_off_block_by_block(key):
    source = made(key, **SMALL[key], **NARROW[key])
    state = {name: tensor.clone() for name, tensor in source.state_dict().items()}
    (guess,) = candidates(state)
    assert guess.match.exact
    assert guess.params.items() >= NARROW[key].items()
    images = random(2, SMALL[key]["channels"], 32, 32)
    with torch.no_grad():
        network = build_registered(key, {"size": 32} | NARROW[key], state)
        assert torch.equal(network(images), source(images))


@pytest.mark.parametrize("key", ["resnet18", "vgg11-bn"])
def test_a_network_traced_on_small_pictures_computes_the_same_on_large_ones(key):
    source = made(key, **SMALL[key])
    network = build_registered(key, {"size": 100}, dict(source.state_dict()))
    images = random(2, SMALL[key]["channels"], 100, 100)
    with torch.no_grad():
        assert torch.equal(network(images), source(images))
    assert network.steps[0].shape == tuple(images.shape[1:])
    with pytest.raises(InvalidSubject, match="100"):
        network(images[..., :64, :64])


def test_an_old_file_without_counters_is_taken():
    state = made("resnet18", **SMALL["resnet18"]).state_dict()
    state = {name: value for name, value in state.items() if "num_batches" not in name}
    assert candidates(state)[0].match.exact
    assert set(state_for_source(build_registered("resnet18", {}, state)).tensors) == set(state)


def test_a_chain_of_layers_is_found_whatever_the_names():
    source = dense(6, 4, 6, 5, 2)
    names = ["b", "z", "a", "q"]
    layers = [layer for layer in source if isinstance(layer, nn.Linear)]
    state = {f"{name}.weight": layer.weight for name, layer in zip(names, layers, strict=True)}
    state |= {f"{name}.bias": layer.bias for name, layer in zip(names, layers, strict=True)}
    state = dict(sorted(state.items()))
    best = candidates(state)[0]
    assert best.params["hidden"] == [4, 6, 5]
    assert best.names["layer1.weight"] == "b.weight"
    x = random(3, 6)
    assert torch.allclose(build_registered("mlp", {}, state)(x), source(x), atol=1e-7)


def test_names_count_as_people_count():
    assert natural(["l10.w", "l2.w", "l1.w"]) == ["l1.w", "l2.w", "l10.w"]
    assert chained({"a": (3, 4), "b": (5, 6)}) is None


def test_layers_without_biases_are_an_mlp_too():
    state = {"w1": random(4, 3), "w2": random(2, 4)}
    x = random(5, 3)
    wanted = functional.relu(x @ state["w1"].T) @ state["w2"].T
    assert torch.allclose(build_registered("mlp", {}, state)(x), wanted, atol=1e-7)


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (lambda s: s.pop("layer2.0.bn1.bias"), "1 missing: layer2.0.bn1.bias"),
        (lambda s: s.update(extra=torch.ones(1)), "1 not needed: extra"),
        (
            lambda s: s.update({"fc.bias": torch.ones(4)}),
            r"1 of another shape: fc.bias is \[4\], needed \[3\]",
        ),
        (lambda s: s.pop("fc.weight"), "not those of ResNet-18: it needs the names"),
    ],
)
def test_weights_that_do_not_fit_are_told_by_name_and_shape(change, cause):
    state = dict(made("resnet18", **SMALL["resnet18"]).state_dict())
    change(state)
    with pytest.raises(ImportRefused, match=cause) as refusal:
        build_registered("resnet18", {}, state)
    assert refusal.value.hint


@pytest.mark.parametrize(
    ("name", "params", "cause"),
    [
        ("mpl", {}, "no architecture called 'mpl'"),
        ("resnet18", {}, "not those of ResNet-18"),
        ("mlp", {"depth": 3}, "no parameter 'depth'"),
        ("mlp", {"in": 5}, "given as 5, but the weights say 4"),
        ("mlp", {"hidden": [3, 3]}, r"given as \[3, 3\], but the weights say \[6\]"),
        ("mlp", {"activation": "swish"}, "Activation cannot be 'swish'"),
        ("mlp", {"activation": 99}, "Activation cannot be 99"),
        ("mlp", {"activation": True}, "Activation cannot be True"),
        ("mlp", {"activation": float("nan")}, "Activation cannot be nan"),
        ("mlp", {"activation": [1]}, "Activation cannot be"),
        ("mlp", {"shape": "4"}, "list of sizes"),
        ("mlp", {"shape": [4.5]}, "whole sizes"),
    ],
)
def test_a_wrong_name_or_parameter_is_refused_with_the_cause(name, params, cause):
    with pytest.raises(ImportRefused, match=cause) as refusal:
        build_registered(name, params, dense(4, 6, 2).state_dict())
    assert refusal.value.hint


def test_sizes_that_a_card_repeats_are_taken_when_they_agree():
    params = {"in": 4, "hidden": [6], "out": 2, "activation": "gelu"}
    assert build_registered("mlp", params, dense(4, 6, 2).state_dict()).prunable


def test_heads_and_lengths_that_cannot_be_are_refused():
    state = Reader(before=False).state_dict()
    with pytest.raises(ImportRefused, match="3 heads do not divide"):
        build_registered("transformer-encoder", {"heads": 3}, state)
    with pytest.raises(ImportRefused, match="do not reach to 13"):
        build_registered("transformer-encoder", {"length": 13}, state)


def test_shapes_of_any_kind_raise_only_import_refused():
    chance = np.random.default_rng(0)
    states = [("vgg11-bn", made("vgg11-bn", **SMALL["vgg11-bn"]).state_dict())]
    states += [
        (case.split(" ")[0].rstrip(","), SOURCES[case][0]().state_dict()) for case in SOURCES
    ]
    for key, state in states:
        for _ in range(8):
            changed = {**state, "more": torch.zeros(1, 1, 1)}
            for name in chance.choice(list(state), size=2):
                shape = chance.integers(1, 6, size=chance.integers(0, 5)).tolist()
                changed[str(name)] = torch.zeros(shape, device="meta")
            with contextlib.suppress(ImportRefused):
                build_registered(key, {}, changed)


def test_every_architecture_says_what_it_is_and_needs():
    assert len({entry.key for entry in ARCHITECTURES}) == len(ARCHITECTURES)
    for entry in ARCHITECTURES:
        assert entry.line.endswith(".")
        assert entry.needs
        assert entry.source
        assert architecture(entry.key.upper().replace("-", "_")) is entry
