"""Files of `torch.export.save`, and the same files with something else inside."""

import io
import json
import warnings
import zipfile

import torch
from torch import nn
from torch.export import Dim

MODEL = "archive/models/model.json"
WEIGHTS = "archive/data/weights/model_weights_config.json"
CONSTANTS = "archive/data/constants/model_constants_config.json"


def program(module, inputs, *, batch=True, lengths=False):
    """Return the exported program of a network in the mode it is in."""
    free = tuple(
        {place: Dim.AUTO for place in range(x.dim()) if _is_free(x, place, batch, lengths)}
        for x in inputs
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.export.export(module, inputs, dynamic_shapes=free, strict=False)


def _is_free(x, place, batch, lengths):
    return batch if place == 0 else lengths and not x.is_floating_point()


def saved(exported, **extra):
    """Return the bytes of an exported program."""
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.export.save(exported, file, extra_files=extra or None)
    return file.getvalue()


def pt2(module, inputs, **settings):
    """Return the bytes of a .pt2 file of a network."""
    return saved(program(module, inputs, **settings))


def mlp(width=5):
    """Return a small network and its input."""
    torch.manual_seed(0)
    layers = (nn.Linear(4, width), nn.ReLU(inplace=True), nn.Linear(width, 3))
    return nn.Sequential(*layers).eval(), (torch.randn(3, 4),)


def entries(data):
    """Return name -> bytes of a zip file."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(parts, method=zipfile.ZIP_STORED):
    """Return the zip file of these entries."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def edited(data, change, entry=MODEL):
    """Return a file in which `change` was applied to the JSON of one entry."""
    parts = entries(data)
    value = json.loads(parts[entry])
    change(value)
    return packed({**parts, entry: json.dumps(value).encode()})


def without(data, *names):
    """Return a file without these entries."""
    return packed({name: part for name, part in entries(data).items() if name not in names})


def older(exported, *, flat, card="{}", weights=None):
    """Return the file that an older torch would write: weights and constants as checkpoints."""
    parts = entries(saved(exported))
    weights = _checkpoint(dict(exported.state_dict) if weights is None else weights)
    constants = _checkpoint(exported.constants)
    if flat:
        return packed(
            {
                "serialized_exported_program.json": parts[MODEL],
                "serialized_state_dict.pt": weights,
                "serialized_constants.pt": constants,
                "serialized_example_inputs.pt": b"",
                "version": b"8.7",
                "extra_files/model_card.json": card.encode(),
            }
        )
    kept = {name: part for name, part in parts.items() if "/data/" not in name}
    return packed(
        {
            **kept,
            "archive/data/weights/model.pt": weights,
            "archive/data/constants/model.pt": constants,
            "archive/extra/model_card.json": card.encode(),
        }
    )


def _checkpoint(tensors):
    file = io.BytesIO()
    torch.save(tensors, file)
    return file.getvalue()
