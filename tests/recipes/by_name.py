"""Bare weights of torchvision's networks, opened by name and compared with the library.

Run as a script it prints a line of JSON for each: name, settings, answers of the library, how far
ours are from them, as a share of the largest, seconds. It needs the libraries of `.recipes`.
"""

import argparse
import importlib
import json
import sys
import time
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from models.registry import build_registered, candidates
from tests.registry.filling import filled, scattered

ROOT = Path(__file__).parents[2]
SIDE = 96
_CLASSES = 5


def _efficientnet() -> nn.Module:
    efficientnet = importlib.import_module("torchvision.models.efficientnet")
    stages, last = efficientnet._efficientnet_conf(
        "efficientnet_b0", width_mult=0.25, depth_mult=0.3
    )
    made: nn.Module = efficientnet.EfficientNet(
        stages, 0.2, num_classes=_CLASSES, last_channel=last
    )
    return made


def _regnet() -> nn.Module:
    regnet = importlib.import_module("torchvision.models.regnet")
    sizes = regnet.BlockParams(
        depths=[1, 2, 1, 1],
        widths=[8, 16, 24, 32],
        group_widths=[8, 8, 8, 16],
        bottleneck_multipliers=[1.0] * 4,
        strides=[2] * 4,
        se_ratio=0.25,
    )
    made: nn.Module = regnet.RegNet(sizes, num_classes=_CLASSES)
    return made


def _of(name: str, **sizes: Any) -> Callable[[], nn.Module]:
    def make() -> nn.Module:
        library = importlib.import_module("torchvision.models")
        made: nn.Module = getattr(library, name)(weights=None, **sizes)
        return made

    return make


def _densenet() -> nn.Module:
    library = importlib.import_module("torchvision.models")
    made: nn.Module = library.DenseNet(4, (2, 1, 1, 2), 8, num_classes=_CLASSES)
    return made


SMALL: Mapping[str, Callable[[], nn.Module]] = {
    "mobilenet-v2": _of("mobilenet_v2", width_mult=0.1, num_classes=_CLASSES),
    "mobilenet-v3": _of("mobilenet_v3_small", width_mult=0.2, num_classes=_CLASSES),
    "efficientnet": _efficientnet,
    "densenet": _densenet,
    "regnet": _regnet,
}
"""Key of the registry -> a small network of that family."""

PUBLISHED: Mapping[str, Callable[[], nn.Module]] = {
    name: _of(name)
    for name in (
        "mobilenet_v2",
        "mobilenet_v3_small",
        "mobilenet_v3_large",
        *(f"efficientnet_b{number}" for number in range(8)),
        *(f"densenet{depth}" for depth in (121, 161, 169, 201)),
        *(f"regnet_{kind}_{size}" for kind in "xy" for size in ("400mf", "1_6gf", "8gf")),
    )
}


def tried(name: str, make: Callable[[], nn.Module]) -> dict[str, object]:
    """Open the weights of one network and compare answers."""
    torch.manual_seed(0)
    source = make().eval()
    state = filled(source.state_dict())
    source.load_state_dict(state)
    start = time.perf_counter()
    best = candidates(state)[0]
    network = build_registered(best.name, {**best.params, "size": SIDE}, dict(state))
    seconds = time.perf_counter() - start
    pictures = scattered((2, 3, SIDE, SIDE), 0)
    with torch.no_grad():
        wanted, found = source(pictures), network(pictures)
    return {
        "name": name,
        "key": best.name,
        "settings": dict(best.params),
        "answers": wanted.tolist() if wanted.numel() <= 2 * _CLASSES else [],
        "apart": float((found - wanted).abs().max() / wanted.abs().max()),
        "seconds": round(seconds, 1),
    }


def main() -> None:
    """Open what is asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("which", choices=("small", "published"))
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--only", nargs="*")
    given = parser.parse_args()
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    sys.path += map(str, (ROOT / ".recipes" / "lib").glob("python*/site-packages"))
    for name in ("nms", "qnms"):  # the compiled part of torchvision is for torch with CUDA
        torch.library.define(f"torchvision::{name}", "(Tensor boxes) -> Tensor")
    every = SMALL if given.which == "small" else PUBLISHED
    for name in given.only or list(every)[:: given.every]:
        sys.stdout.write(json.dumps(tried(name, every[name])) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
