"""The shipped files of a demo: weights as safetensors and the card as JSON."""

import json
from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import nn

from explain.core.errors import InvalidFile
from explain.core.subject import ModelCard

WEIGHTS = Path(__file__).parent / "weights"
CARDS = Path(__file__).parent / "cards"
SEEDS = (1, 2)
"""Every demo is trained twice; the first training is the demo, the second measures noise."""


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
            title=found["title"],
            purpose=found["purpose"],
            not_for=found["not_for"],
            source=found["source"],
            authors=found["authors"],
            licence=found["licence"],
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
    """Return the error for a shipped file that cannot be used."""
    return InvalidFile("models.shipped_file", name=path.name)
