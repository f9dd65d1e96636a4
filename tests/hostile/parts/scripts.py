"""Programs of TorchScript, compiled from the methods below."""

import io
import warnings
from pathlib import Path

import torch
from torch import Tensor, nn


class Plain(nn.Module):
    """A network like any other."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(6, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(x)


class Writes(nn.Module):
    """Writes a file when run."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path

    def forward(self, x: Tensor) -> Tensor:
        return x + torch.from_file(self.path, shared=True, size=6)


class Endless(nn.Module):
    """Never answers."""

    def forward(self, x: Tensor) -> Tensor:
        while bool(x.sum() == x.sum()):
            x = x + 0.0
        return x


def script(_: Path) -> bytes:
    """Return a harmless program."""
    torch.manual_seed(0)
    return _saved(Plain())


def script_from_file(marker: Path) -> bytes:
    """Return a program that writes the marker when run."""
    return _saved(Writes(str(marker)))


def script_endless(_: Path) -> bytes:
    """Return a program that never answers."""
    return _saved(Endless())


def _saved(module: nn.Module) -> bytes:
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.save(torch.jit.script(module), file)
    return file.getvalue()
