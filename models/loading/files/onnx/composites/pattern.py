"""What recognises one layer that an exporter wrote out in several steps."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import nn

from explain.core.network import Step
from models.loading.files.onnx.sketch import Sketch


@dataclass(frozen=True, slots=True, kw_only=True)
class Composite:
    """A layer that stands for a step and those before it: what it is called with, its weights."""

    module: nn.Module
    inputs: tuple[object, ...]
    weights: tuple[str, ...] = ()


Pattern = Callable[[Sketch, Step], Composite | None]
"""Looks backward from the last step of what it knows."""
