"""What a demo is made of, its shipped weights and card, and how the pieces become a subject."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save
from torch import Tensor, nn

from explain.core.errors import InvalidFile
from explain.core.methods import DemoModel
from explain.core.provenance import fingerprint
from explain.core.subject import ModelCard, Samples, Subject
from explain.network import lift
from models.baseline import INPUTS, RegressionBaseline
from models.data.parts import DataSet
from models.fitting import Fitting, folds

CALIBRATION_ROWS = 512
"""At most so many training rows, at a regular distance, serve criteria and repair."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """A built-in network before it is loaded.

    `build` returns the untrained network, `read` its data, `recipe` says how it is trained, and
    `card` holds the words of the card; the figures join them when the network is trained.
    `baseline` is what the network is compared with, `folds` how training rows are divided for
    cross-validation, `findings(network, calibration, test)` more sentences for the card.
    `finish(network, seed)` makes of what was trained what is shipped, and `frame` the network that
    shipped tensors of these shapes belong to, without memory; None where that is as built.
    """

    key: str
    line: str
    kind: Literal["image", "table", "text"]
    build: Callable[[], nn.Module]
    read: Callable[[], DataSet]
    recipe: Fitting
    card: ModelCard
    baseline: RegressionBaseline = INPUTS
    folds: Callable[[Tensor, int], tuple[Tensor, ...]] = folds
    findings: Callable[[nn.Module, Samples, Samples], tuple[str, ...]] = lambda *_: ()
    finish: Callable[[nn.Module, int], nn.Module] = lambda network, _seed: network
    frame: Callable[[Mapping[str, tuple[int, ...]]], nn.Module] | None = None

    @property
    def title(self) -> str:
        """Return what its card is called."""
        return self.card.title


def demo_record(demo: Demo) -> DemoModel:
    """Return the catalog's record of a demo."""
    return DemoModel(
        key=demo.key,
        title=demo.title,
        line=demo.line,
        kind=demo.kind,
        load=partial(subject_of_demo, demo),
    )


def subject_of_demo(demo: Demo, *, seed: int = 1) -> Subject:
    """Return the subject of a demo: lifted network, held-out samples, calibration rows, card.

    `seed` 2 gives the second training of the same network, for noise floors. Nothing is shared
    between two calls, so any number of threads may call at once.

    Raises:
        InvalidFile: a shipped file is missing or damaged.
    """
    data = demo.read()
    network = lift(trained_module(demo, seed=seed), data.test.inputs[0][:2])
    calibration = calibration_rows(data.train)
    return Subject(
        key=demo.key if seed == SEEDS[0] else f"{demo.key}.seed{seed}",
        network=network,
        samples=data.test,
        calibration=calibration,
        spec=data.spec,
        task=data.task,
        card=shipped_card(demo.key),
        fingerprint=fingerprint(network, data.test, calibration),
        training=data.train,
    )


def trained_module(demo: Demo, *, seed: int = 1) -> nn.Module:
    """Return the plain PyTorch network with its shipped weights, in evaluation mode.

    The skeleton is built without memory and without drawing random numbers.
    """
    with torch.device("meta"):
        network = demo.frame(weight_shapes(demo.key, seed)) if demo.frame else demo.build()
    return read_weights(network, demo.key, seed).eval()


def calibration_rows(rows: Samples) -> Samples:
    """Return at most CALIBRATION_ROWS training rows at a regular distance, in stored order."""
    count = min(rows.count, CALIBRATION_ROWS)
    chosen = (torch.arange(count) * rows.count // count).numpy()
    return rows.take(chosen)


WEIGHTS = Path(__file__).parent / "weights"
CARDS = Path(__file__).parent / "cards"
SEEDS = (1, 2)
"""Every demo is trained twice; the first training is the demo, the second measures noise."""


WORDS = ("title", "purpose", "not_for", "source", "authors", "licence")
"""What a card says in words, as the demo does."""


def weights_path(key: str, seed: int, folder: Path = WEIGHTS) -> Path:
    """Return where the weights of a training are kept."""
    return folder / (f"{key}.safetensors" if seed == SEEDS[0] else f"{key}.seed{seed}.safetensors")


def read_weights(network: nn.Module, key: str, seed: int) -> nn.Module:
    """Return `network` with its shipped weights, taken over as they are (it may be on "meta").

    Raises:
        InvalidFile: a tensor is missing, is one too many, or has another shape.
    """
    path = weights_path(key, seed)
    try:
        network.load_state_dict(load_file(path), strict=True, assign=True)
    except (OSError, SafetensorError, RuntimeError) as error:
        raise _broken(path) from error
    return network


def weight_shapes(key: str, seed: int = SEEDS[0]) -> dict[str, tuple[int, ...]]:
    """Return the shape of every tensor of a shipped network by name, from the head of its file.

    Raises:
        InvalidFile: it is missing or damaged.
    """
    path = weights_path(key, seed)
    try:
        with safe_open(path, "pt") as file:
            return {n: tuple(file.get_slice(n).get_shape()) for n in file.keys()}  # noqa: SIM118 - no mapping
    except (OSError, SafetensorError) as error:
        raise _broken(path) from error


def weight_counts(tensors: Iterable[Tensor]) -> tuple[int, int]:
    """Return how many weights are not 0 and how many are: the numbers of matrices and kernels."""
    weights = [tensor for tensor in tensors if tensor.dim() > 1]
    living = sum(int(tensor.count_nonzero()) for tensor in weights)
    return living, sum(tensor.numel() for tensor in weights) - living


def shipped_tensors(key: str, seed: int = SEEDS[0]) -> dict[str, Tensor]:
    """Return every tensor of a shipped network by name.

    Raises:
        InvalidFile: it is missing or damaged.
    """
    path = weights_path(key, seed)
    try:
        return load_file(path)
    except (OSError, SafetensorError) as error:
        raise _broken(path) from error


def write_weights(network: nn.Module, key: str, seed: int, folder: Path = WEIGHTS) -> None:
    """Write all weights and buffers."""
    folder.mkdir(exist_ok=True)
    state = {name: tensor.contiguous() for name, tensor in network.state_dict().items()}
    weights_path(key, seed, folder).write_bytes(save(state))


def shipped_card(key: str) -> ModelCard:
    """Return the card of a demo; InvalidFile when it is missing or damaged."""
    path = CARDS / f"{key}.json"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return ModelCard(
            **{name: found[name] for name in WORDS},
            limits=tuple(found["limits"]),
            metrics=dict(found["metrics"]),
            baselines={
                name: float(baseline["metrics"][found["headline"]])
                for name, baseline in found["baselines"].items()
            },
            notes=tuple(found["notes"]),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _broken(path) from error


def write_card(key: str, card: Mapping[str, object]) -> None:
    """Write a card as JSON."""
    CARDS.mkdir(exist_ok=True)
    text = json.dumps(card, indent=1, ensure_ascii=False)
    (CARDS / f"{key}.json").write_text(text + "\n", encoding="utf-8")


def _broken(path: Path) -> InvalidFile:
    return InvalidFile("models.shipped_file", name=path.name)
