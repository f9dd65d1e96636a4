"""`export` and `inspect`: networks as files."""

import argparse
import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from explain import InvalidFile, InvalidOption
from explain.command.choosing import add_plan_options, plan_of, pruned_by
from explain.core import Network
from explain.core.messages import say
from models.loading.card.describing import card_of
from models.loading.card.model_card import card_bytes
from models.loading.files.saving import to_pt2, to_safetensors
from models.loading.opening import ModelFile, open_model
from models.registry import candidates

_WRITERS: Mapping[str, Callable[[Network, Mapping[str, object]], bytes]] = {
    ".safetensors": to_safetensors,
    ".pt2": to_pt2,
}
_MOST_SHOWN = 500


def add_export_options(command: argparse.ArgumentParser) -> None:
    """Add the options of `export`."""
    add_plan_options(command, positional=True)
    add = command.add_argument
    add("--out", type=Path, required=True, help=say("command.help.out"))


def export(options: argparse.Namespace) -> dict[str, Any]:
    """Write a network, pruned as the plan says, and return what was written."""
    if options.out.suffix not in _WRITERS:
        raise InvalidOption("command.no_such_ending", name=options.out.name)
    _, masks, pruned = pruned_by(options, plan_of(options))
    content = _WRITERS[options.out.suffix](pruned.network, json.loads(card_bytes(card_of(pruned))))
    try:
        options.out.write_bytes(content)
    except OSError as error:
        raise InvalidFile("command.unwritable", path=str(options.out)) from error
    return {
        "file": str(options.out),
        "bytes": len(content),
        "model": pruned.key,
        "plan": json.loads(masks.plan.to_json()),
        "connections": {"total": masks.weights_total, "kept": masks.weights_kept},
    }


def add_inspect_options(command: argparse.ArgumentParser) -> None:
    """Add the options of `inspect`."""
    command.add_argument("file", type=Path, help=say("command.help.file"))
    command.add_argument("--output-name", default="", help=say("command.help.output_name"))
    command.add_argument("--part", default="", help=say("command.help.part"))


def inspect(options: argparse.Namespace) -> dict[str, Any]:
    """Return what is inside a model file, without running it."""
    opened = open_model(options.file, output=options.output_name, part=options.part)
    card = opened.card or {}
    return {
        "file": opened.name,
        "format": opened.format,
        "sha256": opened.sha256,
        "bytes": opened.bytes,
        "seconds": round(opened.seconds, 3),
        "title": _printable(card.get("title")),
        "card": sorted(map(_printable, card)),
        **(_weights(opened) if opened.network is None else _network(opened)),
        "classes": [_printable(name) for name in opened.classes],
        "warnings": [_printable(text) for text in opened.warnings],
    }


def _network(opened: ModelFile) -> dict[str, Any]:
    network, run = opened.network, opened.preflight
    if network is None or run is None:
        return {}
    return {
        "parameters": sum(layer.parameters for layer in network.layers),
        "inputs": [_printable(str(one.said())) for one in opened.inputs],
        "output": list(network.steps[-1].shape or ()),
        "outputs": [_printable(str(one.said())) for one in opened.outputs],
        "macs": run.macs,
        "peak_bytes": run.peak_bytes,
        "rows_at_once": run.fitting,
        "layers": [
            {
                "name": layer.name,
                "display": _printable(layer.display),
                "kind": layer.kind,
                "input": list(layer.input_shape),
                "output": list(layer.output_shape),
                "parameters": layer.parameters,
                "macs": layer.macs,
            }
            for layer in network.layers[:_MOST_SHOWN]
        ],
    }


def _weights(opened: ModelFile) -> dict[str, Any]:
    fitting = [guess for guess in candidates(opened.tensors) if guess.match.exact]
    return {
        "parameters": sum(tensor.numel() for tensor in opened.tensors.values()),
        "networks": dict(opened.parts),
        "architectures": [{"name": guess.name, "params": dict(guess.params)} for guess in fitting],
        "tensors": [
            {
                "name": _printable(name),
                "type": str(tensor.dtype).removeprefix("torch."),
                "shape": list(tensor.shape),
                "bytes": math.prod(tensor.shape) * tensor.element_size(),
            }
            for name, tensor in list(opened.tensors.items())[:_MOST_SHOWN]
        ],
    }


def _printable(text: object) -> str:
    """Return a text of a stranger without what would steer a terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in str(text or ""))[:2_000]
