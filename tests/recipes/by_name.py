"""Bare weights of networks of torchvision, timm and Transformers, opened by name and compared.

Run as a script it prints a line of JSON for each: name, settings, answers of the library, how far
ours are from them, as a share of the largest, seconds. It needs the libraries of `.recipes`.
"""

import argparse
import importlib
import json
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

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


def _convnext() -> nn.Module:
    library = importlib.import_module("torchvision.models.convnext")
    sizes = [(8, 12, 1), (12, 16, 2), (16, 20, 1), (20, None, 1)]
    made: nn.Module = library.ConvNeXt(
        [library.CNBlockConfig(*one) for one in sizes], num_classes=_CLASSES
    )
    return made


def _vit() -> nn.Module:
    library = importlib.import_module("torchvision.models")
    made: nn.Module = library.VisionTransformer(SIDE, 16, 2, 2, 128, 96, num_classes=_CLASSES)
    return made


def _timm(name: str, **sizes: Any) -> Callable[[], nn.Module]:
    def make() -> nn.Module:
        made: nn.Module = importlib.import_module("timm").create_model(
            name, num_classes=_CLASSES, **sizes
        )
        return made

    return make


def _transformers(name: str, **sizes: Any) -> Callable[[], nn.Module]:
    def make() -> nn.Module:
        library = importlib.import_module("transformers")
        config = getattr(library, f"{name}Config")(num_labels=_CLASSES, **sizes)
        made: nn.Module = getattr(library, f"{name}ForImageClassification")(config)
        return made

    return make


SMALL: Mapping[str, Callable[[], nn.Module]] = {
    "mobilenet-v2": _of("mobilenet_v2", width_mult=0.1, num_classes=_CLASSES),
    "mobilenet-v3": _of("mobilenet_v3_small", width_mult=0.2, num_classes=_CLASSES),
    "efficientnet": _efficientnet,
    "densenet": _densenet,
    "regnet": _regnet,
    "convnext": _convnext,
    "vit": _vit,
    "convnext of timm": _timm("convnext_tiny", depths=(1, 1, 2, 1), dims=(8, 12, 16, 20)),
    "vit of timm": _timm(
        "vit_tiny_patch16_224", img_size=SIDE, embed_dim=128, num_heads=2, depth=2
    ),
    "convnext of transformers": _transformers(
        "ConvNext", hidden_sizes=[8, 12, 16, 20], depths=[1, 1, 2, 1]
    ),
    "vit of transformers": _transformers(
        "ViT",
        image_size=SIDE,
        hidden_size=128,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=96,
    ),
}
"""Key of the registry, perhaps with a library -> a small network of that family."""

PUBLISHED: Mapping[str, Callable[[], nn.Module]] = {
    name: _of(name)
    for name in (
        "mobilenet_v2",
        "mobilenet_v3_small",
        "mobilenet_v3_large",
        *(f"efficientnet_b{number}" for number in range(8)),
        *(f"densenet{depth}" for depth in (121, 161, 169, 201)),
        *(f"regnet_{kind}_{size}" for kind in "xy" for size in ("400mf", "1_6gf", "8gf")),
        *(f"convnext_{size}" for size in ("tiny", "small", "base")),
        *(f"vit_{size}" for size in ("b_16", "b_32")),
    )
}


def tried(name: str, make: Callable[[], nn.Module]) -> dict[str, object]:
    """Open the weights of one network and compare answers."""
    torch.manual_seed(0)
    source = make().eval()
    source, state = _filled(source)
    start = time.perf_counter()
    best = candidates(state)[0]
    side = int(str(best.params["size"])) if best.name == "vit" else SIDE
    network = build_registered(best.name, {**best.params, "size": side}, dict(state))
    seconds = time.perf_counter() - start
    pictures = scattered((2, 3, side, side), 0)
    with torch.no_grad():
        wanted, found = _scores(source(pictures)), network(pictures)
    return {
        "name": name,
        "key": best.name,
        "settings": dict(best.params),
        "answers": wanted.tolist() if wanted.numel() <= 2 * _CLASSES else [],
        "apart": float((found - wanted).abs().max() / wanted.abs().max()),
        "seconds": round(seconds, 1),
    }


def _filled(source: nn.Module) -> tuple[nn.Module, dict[str, Tensor]]:
    """Return a network with our numbers, and them as a file of its library has them."""
    if not hasattr(source, "save_pretrained"):
        state = filled(source.state_dict())
        source.load_state_dict(state)
        return source, state
    with tempfile.TemporaryDirectory() as folder:
        source.save_pretrained(folder)
        file = f"{folder}/model.safetensors"
        state = filled(load_file(file))
        save_file(state, file, metadata={"format": "pt"})
        found: nn.Module = type(source).from_pretrained(folder).eval()
    return found, state


def _scores(answer: Any) -> Tensor:
    found: Tensor = getattr(answer, "logits", answer)
    return found


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
