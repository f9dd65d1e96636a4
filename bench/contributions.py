"""Print what contributions of modules cost beside Captum: `python -m bench.contributions`.

Ratios of time on the wall, CPU time beside them, in one process, taken in turn. Captum plays the
same game: its features say which modules are there, its forward function multiplies the same
activations by them, and its evaluations are batched in whichever way is fastest; it runs the plain
eager network that the lifted one was made from, as its users have it. Two ways to cut a network:
"slices" of layers (architecture blocks), and units "dealt" out in turn, so that every module has
units in every layer and little is shared. The time of ours is that of the public verb, all in.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import product
from statistics import median

import numpy as np
import torch
from captum.attr import LayerFeatureAblation, ShapleyValues, ShapleyValueSampling
from numpy.typing import NDArray
from torch import Tensor, nn

import explain
import models
from bench.timing import Times, ratio, take_turns
from explain.core.resources import use_one_thread
from explain.core.subject import Subject
from explain.decompose.contributions.ablation import ablations
from explain.decompose.contributions.game import PayoffRequest
from explain.decompose.contributions.hiding import Labels, hiding_sites
from explain.decompose.contributions.shapley import module_contributions
from explain.network import output_layers, prunable_layers
from explain.network.layout import require_lifted
from models.catalog import DEMOS
from models.demo import trained_module

MODELS = ("digits-mlp", "heart-mlp", "credit-mlp", "digits-cnn")
EXACT, SAMPLED = 6, 8
ORDERS = 26
"""Orders that we sample for 8 modules, about the passes of Captum's 25; the error says the rest."""
CHANNELS = 32

Values = NDArray[np.float64]
Case = Callable[[], Values]


class Channels(nn.Module):
    """Convolutions of 16, 32 and 32 channels: the layer to ablate has what comes after it."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(1, 16, 3, padding=1)
        self.first = nn.ReLU()
        self.wide = nn.Conv2d(16, CHANNELS, 3, padding=1)
        self.second = nn.ReLU()
        self.last = nn.Conv2d(CHANNELS, 32, 3, padding=1)
        self.third = nn.ReLU()
        self.mean = nn.AdaptiveAvgPool2d(1)
        self.output = nn.Linear(32, 10)

    def forward(self, images: Tensor) -> Tensor:
        """Return ten scores for images [n, 1, 8, 8]."""
        wide = self.second(self.wide(self.first(self.stem(images))))
        scores: Tensor = self.output(self.mean(self.third(self.last(wide))).flatten(1))
        return scores


def dealt(subject: Subject, players: int) -> Labels:
    """Return the units of all layers dealt out to modules in turn."""
    network = subject.network
    units = {n: len(network.get_parameter(f"{n}.weight")) for n in prunable_layers(network)}
    return {name: np.arange(count) % players for name, count in units.items()}


def sliced(subject: Subject, players: int) -> Labels:
    """Return hidden layers cut into modules of neighbouring units, as evenly as it goes."""
    network = subject.network
    layers = [name for name in prunable_layers(network) if name not in output_layers(network)]
    labels, first = {}, 0
    for modules, name in zip(np.array_split(np.arange(players), len(layers)), layers, strict=True):
        units = len(network.get_parameter(f"{name}.weight"))
        labels[name] = first + np.arange(units) * len(modules) // units
        first += len(modules)
    return labels


CUTS = {"slices": sliced, "dealt": dealt}


def played(
    subject: Subject, labels: Labels, network: nn.Module
) -> Callable[[Tensor, Tensor], Tensor]:
    """Return a forward function of which modules are there [n, K] and inputs [n, ...].

    `network`: the plain network behind the subject, with the same names; it gets hooks.
    """
    there: list[Tensor] = []

    def hiding(axis: int, owners: Tensor) -> Callable[[nn.Module, object, Tensor], Tensor]:
        def hook(_module: nn.Module, _inputs: object, output: Tensor) -> Tensor:
            shape = [len(output)] + [1] * (output.dim() - 1)
            shape[axis] = len(owners)
            return output * there[-1][:, owners].reshape(shape)

        return hook

    for site in hiding_sites(require_lifted(subject.network), labels):
        module = network.get_submodule(site.step)
        module.register_forward_hook(hiding(site.axis, torch.from_numpy(site.owners)))

    def forward(modules: Tensor, inputs: Tensor) -> Tensor:
        there[:] = [modules]
        found: Tensor = network(inputs)
        return found

    return forward


def plain(key: str) -> nn.Module:
    """Return a demo's eager network with its shipped weights."""
    return trained_module(next(demo for demo in DEMOS if demo.key == key))


def ablated(
    network: nn.Module, layer: str, shape: tuple[int, ...], inputs: Tensor, target: int, batch: int
) -> Values:
    """Return what Captum says of every channel of a layer [n, channels]."""
    module = network.get_submodule(layer)
    groups = torch.arange(shape[0]).reshape(1, -1, *[1] * (len(shape) - 1)).expand(1, *shape)
    with torch.no_grad():
        found = LayerFeatureAblation(network, module).attribute(
            inputs, target=target, layer_mask=groups, perturbations_per_eval=batch
        )
    return np.asarray(found.flatten(2)[:, :, 0].double().numpy())


def distance(one: Values, other: Values) -> float:
    """Return the L2 distance as a share of the other's length."""
    return float(np.linalg.norm(one - other) / np.linalg.norm(other))


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One network: how many times faster than Captum at its fastest, and both distances."""

    name: str
    rows: int
    times: dict[str, Times]
    wrong: dict[str, float]

    def __str__(self) -> str:
        """Return the line of the table."""
        rivals = [name for name in self.times if name.startswith("captum")]
        best = min(rivals, key=lambda name: median(self.times[name].cpu))
        line = f"  {self.name:<18}{self.rows:>5}{1000 * median(self.times[best].cpu):>11.1f}"
        for name in self.times:
            if name not in rivals:
                rival, ours = self.times[best], self.times[name]
                line += f"{1000 * median(ours.cpu):>11.1f}{ratio(rival.wall, ours.wall):>9.1f}"
                line += f"{ratio(rival.cpu, ours.cpu):>7.1f}"
                line += f"{self.wrong[name]:>10.4f}"
        return f"{line}{self.wrong[best]:>10.4f}  {best}"


def exact(key: str, cut: str, rows: int, rounds: int) -> Row:
    """Measure exact values of 6 modules against Captum's, which go through all 720 orders."""
    subject = models.load(key)
    labels = CUTS[cut](subject, EXACT)
    chosen, targets = _question(subject, rows)
    cases: dict[str, Case] = {
        "exact": lambda: (
            module_contributions(
                subject, labels, PayoffRequest(rows=chosen, targets=targets)
            ).per_row
        ),
        **_rivals(subject, labels, chosen, targets, partial(ShapleyValues), {}),
    }
    return _row(f"{key} {cut}", rows, cases, rounds, truth=cases["exact"]())


def sampled(key: str, cut: str, rows: int, rounds: int) -> Row:
    """Measure 8 modules at an error below 0.03 against Captum's 25 sampled orders."""
    subject = models.load(key)
    labels = CUTS[cut](subject, SAMPLED)
    chosen, targets = _question(subject, rows)

    def ours(orders: int | None) -> Values:
        return module_contributions(
            subject, labels, PayoffRequest(rows=chosen, targets=targets), sampled=orders
        ).per_row

    cases: dict[str, Case] = {
        f"{ORDERS} orders": partial(ours, ORDERS),
        "exact": partial(ours, None),
        **_rivals(
            subject, labels, chosen, targets, partial(ShapleyValueSampling), {"n_samples": 25}
        ),
    }
    return _row(f"{key} {cut}", rows, cases, rounds, truth=ours(None))


def channels(rows: int, rounds: int) -> Row:
    """Measure the ablation of 32 channels against Captum's."""
    held = models.load("digits-cnn").samples
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = Channels().eval()
    subject = explain.subject(network, held)
    chosen, labels = np.arange(rows), {"wide": np.arange(CHANNELS)}
    inputs = held.take(chosen).inputs[0]
    cases: dict[str, Case] = {
        "ours": lambda: ablations(subject, labels, PayoffRequest(rows=chosen, targets=3))
    }
    for batch in (1, 4, CHANNELS):
        cases[f"captum by {batch}"] = partial(
            ablated, network, "second", (CHANNELS, 8, 8), inputs, 3, batch
        )
    return _row("32 channels", rows, cases, rounds, truth=cases["captum by 1"]())


def _question(subject: Subject, rows: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    chosen = np.arange(rows)
    with torch.no_grad():
        decided = subject.network(*subject.samples.take(chosen).inputs).argmax(1)
    return chosen, decided.numpy()


def _rivals(
    subject: Subject,
    labels: Labels,
    rows: NDArray[np.int64],
    targets: NDArray[np.int64],
    method: Callable[..., ShapleyValues | ShapleyValueSampling],
    options: dict[str, int],
) -> dict[str, Case]:
    """Return Captum's run one evaluation at a time, and all features of an order at a time."""
    players = 1 + max(int(owners.max()) for owners in labels.values())
    forward = played(subject, labels, plain(subject.key))
    inputs = subject.samples.take(rows).inputs[0]

    def run(batch: int) -> Values:
        torch.manual_seed(0)
        with torch.no_grad():
            found = method(forward).attribute(
                torch.ones(len(rows), players),
                target=torch.from_numpy(targets),
                additional_forward_args=inputs,
                perturbations_per_eval=batch,
                **options,
            )
        return np.asarray(found.double().numpy())

    return {f"captum by {batch}": partial(run, batch) for batch in (1, players)}


def _row(name: str, rows: int, cases: dict[str, Case], rounds: int, truth: Values) -> Row:
    wrong = {case: distance(work(), truth) for case, work in cases.items()}
    return Row(name=name, rows=rows, times=take_turns(cases, rounds), wrong=wrong)


def _head(title: str, ours: tuple[str, ...]) -> None:
    print(title)
    columns = "".join(f"{name + ' ms':>11}{'faster':>9}{'CPU':>7}{'distance':>10}" for name in ours)
    print(f"  {'':<18}{'rows':>5}{'captum ms':>11}{columns}{'captum':>10}  its fastest")


def main() -> None:
    """Print the tables; the goals stand in the README of this folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", default=",".join(MODELS), help="keys, with commas")
    parser.add_argument("--rows", default="1,16,64", help="numbers of rows, with commas")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    use_one_thread()
    counts = [int(rows) for rows in options.rows.split(",")]
    keys = options.models.split(",")
    _head("32 channel ablations / LayerFeatureAblation", ("ours",))
    for rows in counts:
        print(channels(rows, options.rounds), flush=True)
    _head(f"{SAMPLED} modules / ShapleyValueSampling, 25 orders", (f"{ORDERS} orders", "exact"))
    for key, cut, rows in product(keys, CUTS, counts):
        print(sampled(key, cut, rows, options.rounds), flush=True)
    _head(f"{EXACT} modules, exact / ShapleyValues", ("exact",))
    for key, cut, rows in product(keys, CUTS, counts):
        print(exact(key, cut, rows, max(1, options.rounds // 2)), flush=True)


if __name__ == "__main__":
    main()
