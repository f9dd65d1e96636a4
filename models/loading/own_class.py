"""The way on for weights of a class that is not known here: the lines that export its network."""

import json
from pathlib import PurePosixPath

from torch import Tensor

from explain.core.messages import say
from models.loading.opening import ModelFile

_SHOWN = 6
_FEW = 32
"""Pixels a side, places or tokens of the example, where weights do not say how many."""


def export_lines(file: ModelFile) -> str:
    """Return the Python lines that make a .pt2 of bare weights, where their class is.

    They name the file, its tensors with their shapes, and the keys and the prefix under which
    `torch.save` put them; a whole pickled module is loaded in place of its weights. The example
    that they trace with is a guess from the first weights. What is a text of the file stands in
    quotation marks or in a comment.
    """
    if file.format == "pickled-module":
        return say(
            "loading.own_class.module",
            file=_quoted(file.name),
            kind=file.classes[0],
            example=_example(file),
            out=_quoted(_beside(file.name)),
        )
    return say(
        "loading.own_class.weights",
        imports="\n".join(_imports(file)),
        file=file.name,
        names=_names(file),
        weights=_weights(file),
        example=_example(file),
        out=_quoted(_beside(file.name)),
    )


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _beside(name: str) -> str:
    return PurePosixPath(name).stem + ".pt2"


def _names(file: ModelFile) -> str:
    """Return one comment a tensor, of the first few."""
    lines = [
        say("loading.own_class.tensor", name=name, shape=" × ".join(map(str, tensor.shape)))
        for name, tensor in list(file.tensors.items())[:_SHOWN]
    ]
    more = len(file.tensors) - len(lines)
    return "\n".join([*lines, *([say("loading.own_class.more", n=more)] if more else [])])


def _imports(file: ModelFile) -> tuple[str, ...]:
    return ("import safetensors.torch", "import torch")[file.format != "safetensors" :]


def _weights(file: ModelFile) -> str:
    """Return the expression that reads the state dict as the class names it."""
    name = _quoted(file.name)
    safe = file.format == "safetensors"
    read = f"safetensors.torch.load_file({name})" if safe else f"torch.load({name})"
    read += "".join(f"[{_quoted(key)}]" for key in file.inside)
    if not file.prefix:
        return read
    return f"{{name.removeprefix({_quoted(file.prefix)}): t for name, t in {read}.items()}}"


def _example(file: ModelFile) -> str:
    """Return two rows of what the first weights take."""
    found = next(((n, t) for n, t in file.tensors.items() if t.dim() > 1), None)
    if found is None:
        return f"torch.zeros(2, {_FEW})"
    return _of_weight(*found)


def _of_weight(name: str, weight: Tensor) -> str:
    width, places = weight.shape[1], weight.dim() - 2
    if "emb" in name.lower():
        return f"torch.zeros(2, {_FEW}, dtype=torch.long)"
    if "weight_ih" in name:
        return f"torch.zeros(2, {_FEW}, {width})"
    return f"torch.zeros({', '.join(map(str, (2, width, *[_FEW] * places)))})"
