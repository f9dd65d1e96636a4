"""Forty small Transformers networks and forty of timm, made here with random weights.

Run as a script it lifts them and prints a line of JSON for each: name, difference, seconds, or why
not. It needs the libraries of `.recipes`, beside this project's own.
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
from torch import Tensor, nn

from explain.core.errors import ExplainError
from explain.network import Lifted, lift, separable_heads, state_for_source

ROOT = Path(__file__).parents[2]
_ROWS = 3
_TEXT = {
    "vocab_size": 60,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 48,
    "max_position_embeddings": 40,
    "pad_token_id": 0,
    "num_labels": 3,
}
_SHORT = {
    "vocab_size": 60,
    "n_embd": 32,
    "n_layer": 2,
    "n_head": 4,
    "n_positions": 40,
    "pad_token_id": 0,
    "num_labels": 3,
}
_KEYS = {**_TEXT, "num_key_value_heads": 2, "head_dim": 8}
_PICTURE = {
    "image_size": 32,
    "patch_size": 8,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 48,
    "num_labels": 3,
}
_STAGES = {
    "image_size": 32,
    "patch_size": 4,
    "hidden_sizes": [8, 16, 24, 32],
    "depths": [1] * 4,
    "num_labels": 3,
}
_SOUND = {
    **{key: _TEXT[key] for key in ("hidden_size", "num_hidden_layers", "num_attention_heads")},
    "intermediate_size": 48,
    "conv_dim": [16, 16],
    "conv_stride": [4, 2],
    "conv_kernel": [8, 4],
    "num_feat_extract_layers": 2,
    "num_conv_pos_embeddings": 8,
    "num_conv_pos_embedding_groups": 2,
    "num_labels": 3,
}

TRANSFORMERS: Mapping[str, Mapping[str, Any]] = {
    "Bert": _TEXT,
    "Bert eager": {**_TEXT, "attn_implementation": "eager"},
    "DistilBert": {**_TEXT, "dim": 32, "n_layers": 2, "n_heads": 4, "hidden_dim": 48},
    "Roberta": _TEXT,
    "XLMRoberta": _TEXT,
    "Camembert": _TEXT,
    "Electra": {**_TEXT, "embedding_size": 16},
    "Albert": {**_TEXT, "embedding_size": 16},
    "MPNet": _TEXT,
    "MobileBert": {**_TEXT, "intra_bottleneck_size": 16, "embedding_size": 16},
    "SqueezeBert": {**_TEXT, "embedding_size": 32},
    "ConvBert": {**_TEXT, "embedding_size": 16, "head_ratio": 2},
    "RoFormer": {**_TEXT, "embedding_size": 16},
    "Nystromformer": {**_TEXT, "num_landmarks": 12, "segment_means_seq_len": 12},
    "FNet": {**_TEXT, "tpu_short_seq_length": 12},
    "Deberta": {**_TEXT, "relative_attention": True, "pos_att_type": ["c2p", "p2c"]},
    "DebertaV2": {
        **_TEXT,
        "relative_attention": True,
        "pos_att_type": ["c2p", "p2c"],
        "position_buckets": 8,
    },
    "XLNet": {
        "vocab_size": 60,
        "num_labels": 3,
        "pad_token_id": 0,
        "d_model": 32,
        "n_layer": 2,
        "n_head": 4,
        "d_inner": 48,
    },
    "T5": {
        "vocab_size": 60,
        "d_model": 32,
        "d_kv": 8,
        "d_ff": 48,
        "num_layers": 2,
        "num_heads": 4,
    },
    "ModernBert": {**_TEXT, "bos_token_id": 1, "eos_token_id": 2, "cls_token_id": 1}
    | {"sep_token_id": 2},
    "GPT2": _SHORT,
    "GPTNeo": {**_TEXT, "num_layers": 2, "num_heads": 4}
    | {"attention_types": [[["global", "local"], 1]]},
    "GPTNeoX": _TEXT,
    "OPT": {**_TEXT, "ffn_dim": 48, "word_embed_proj_dim": 32},
    "Bloom": {**_SHORT, "hidden_size": 32},
    "Llama": _KEYS,
    "Mistral": _KEYS,
    "Qwen2": _KEYS,
    "Gemma": _KEYS,
    "Phi": _TEXT,
    "Mamba": {**_TEXT, "state_size": 4, "time_step_rank": 2},
    "ViT": _PICTURE,
    "DeiT": _PICTURE,
    "Beit": {**_PICTURE, "use_relative_position_bias": True},
    "Dinov2": _PICTURE,
    "Swin": {
        "image_size": 32,
        "num_labels": 3,
        "patch_size": 4,
        "embed_dim": 8,
        "depths": [1, 1],
        "num_heads": [2, 2],
    }
    | {"window_size": 4},
    "ConvNext": _STAGES,
    "ConvNextV2": _STAGES,
    "Segformer": {**_PICTURE, "hidden_sizes": [8, 8, 16, 16], "depths": [1] * 4}
    | {"num_attention_heads": [1, 1, 2, 2], "decoder_hidden_size": 16},
    "Wav2Vec2": _SOUND,
}
"""Family of Transformers, and the settings that make it small."""

WITHOUT_HEADS = frozenset(
    {"SqueezeBert", "ConvBert", "RoFormer", "Nystromformer", "FNet", "XLNet"}
    | {"Mamba", "ConvNext", "ConvNextV2"}
)
"""Families without attention, or with one whose heads are not told apart."""

TIMM: Mapping[str, Mapping[str, Any]] = {
    "resnet18": {},
    "resnet50": {},
    "resnext50_32x4d": {},
    "seresnet18": {},
    "resnetv2_50": {},
    "wide_resnet50_2": {},
    "res2net50_26w_4s": {},
    "ecaresnet26t": {},
    "skresnet18": {},
    "resnest14d": {},
    "regnetx_002": {},
    "regnety_002": {},
    "densenet121": {},
    "vgg11_bn": {},
    "dla34": {},
    "hrnet_w18_small": {},
    "efficientnet_b0": {},
    "efficientnetv2_rw_t": {},
    "mobilenetv2_100": {},
    "mobilenetv3_small_100": {},
    "mnasnet_100": {},
    "ghostnet_100": {},
    "rexnet_100": {},
    "tinynet_e": {},
    "inception_v3": {"side": 96},
    "convnext_atto": {},
    "convnextv2_atto": {},
    "repvgg_a0": {},
    "mixer_s32_224": {"img_size": 64},
    "resmlp_12_224": {"img_size": 64},
    "poolformer_s12": {},
    "edgenext_xx_small": {},
    "mobilevit_xxs": {},
    "vit_tiny_patch16_224": {"img_size": 64, "depth": 2},
    "deit_tiny_patch16_224": {"img_size": 64, "depth": 2},
    "beit_base_patch16_224": {"img_size": 64, "depth": 2, "embed_dim": 48, "num_heads": 4},
    "xcit_nano_12_p16_224": {"img_size": 64, "depth": 2},
    "cait_xxs24_224": {"img_size": 64, "depth": 2},
    "swin_tiny_patch4_window7_224": {"depths": (1, 1, 1, 1), "embed_dim": 24},
    "coat_lite_tiny": {"img_size": 64},
}
"""Architecture of timm, and what makes it small (`side`: the pictures)."""


class _Answer(nn.Module):
    """The one answer of a network: its logits, or the mean over its last states."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor) -> Tensor:
        found = self.network(x)
        return found.logits if "logits" in found else found.last_hidden_state.mean(1)


def of_transformers(name: str) -> tuple[nn.Module, Tensor]:
    """Return a small network of a family, and a few rows."""
    library = importlib.import_module("transformers")
    family, settings = name.split(maxsplit=1)[0], dict(TRANSFORMERS[name])
    implementation = settings.pop("attn_implementation", None)
    config = getattr(library, f"{family}Config")(**settings)
    if implementation is not None:
        config._attn_implementation = implementation
    config.use_cache = False
    made = getattr(library, family + _ending(name, settings))
    network = _Answer(made(config)).eval()
    if "image_size" in settings:
        return network, torch.randn(_ROWS, 3, 32, 32)
    if family == "Wav2Vec2":
        return network, torch.randn(_ROWS, 400)
    return network, torch.randint(3, 60, (_ROWS, 12))


def of_timm(name: str) -> tuple[nn.Module, Tensor]:
    """Return an architecture with random weights, and a few pictures."""
    library = importlib.import_module("timm")
    settings = dict(TIMM[name])
    side = settings.pop("side", settings.get("img_size", 224 if "swin" in name else 64))
    network = library.create_model(name, pretrained=False, num_classes=3, **settings)
    return network.eval(), torch.randn(_ROWS, 3, side, side)


def _ending(name: str, settings: Mapping[str, Any]) -> str:
    if name in {"T5", "Mamba"}:
        return "EncoderModel" if name == "T5" else "Model"
    return f"For{'Image' if 'image_size' in settings else 'Sequence'}Classification"


MADE: Mapping[str, tuple[Mapping[str, Any], Callable[[str], tuple[nn.Module, Tensor]]]] = {
    "transformers": (TRANSFORMERS, of_transformers),
    "timm": (TIMM, of_timm),
}


def tried(library: str, name: str) -> dict[str, Any]:
    """Return how far the lifted network is from its source on other rows, or why there is none."""
    torch.manual_seed(0)
    _, make = MADE[library]
    start = time.perf_counter()
    found: dict[str, Any] = {"library": library, "name": name}
    source, rows = make(name)
    try:
        network = lift(source, rows)
    except ExplainError as error:
        found["refused"] = f"{error}"
    else:
        with torch.no_grad():
            found["apart"] = float((network(rows[:2]) - source(rows[:2])).abs().max())
        found["heads"] = sum(one.count for one in separable_heads(network))
        found["back"] = _gone_back(network, make(name)[0], rows[:2])
    return {**found, "seconds": round(time.perf_counter() - start, 1)}


def _gone_back(network: Lifted, fresh: nn.Module, rows: Tensor) -> float | str:
    """Return how far a fresh source is from the network that gave it half of its weights.

    In shares of the largest answer; or why it does not take them.
    """
    half = {}
    for name in network.prunable:
        weight = network.get_parameter(name).detach()
        half[name] = torch.where(weight.abs() < weight.abs().median(), 0.0, weight)
    pruned = network.with_parameters(half)
    state = state_for_source(pruned)
    try:
        fresh.load_state_dict(dict(state.tensors), strict=True)
    except RuntimeError as error:
        return " ".join(map(str, (*state.notes, error)))[:400]
    with torch.no_grad():
        wanted, got = pruned(rows), fresh(rows)
    return float((wanted - got).abs().max() / wanted.abs().max().clamp_min(1))


def main() -> None:
    """Lift what is asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("library", choices=MADE)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--only", nargs="*")
    given = parser.parse_args()
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    places = [Path(p) for p in (ROOT / ".recipes" / "lib").glob("python*/site-packages")]
    sys.path += map(str, places)
    for name in ("nms", "qnms"):  # the compiled part of torchvision is for torch with CUDA
        torch.library.define(f"torchvision::{name}", "(Tensor boxes) -> Tensor")
    for name in given.only or list(MADE[given.library][0])[:: given.every]:
        sys.stdout.write(json.dumps(tried(given.library, name)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
