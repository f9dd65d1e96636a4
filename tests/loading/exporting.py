"""Networks written as .onnx by PyTorch's exporters, each file once per session."""

import io
import logging
import warnings
from functools import cache
from typing import Any

import torch
from onnx import ModelProto
from torch import Tensor, nn

from models.catalog import DEMOS
from models.demo import trained_module
from tests.demos import RELATIVES
from tests.network.zoo import ZOO

DEMO_KEYS = tuple(demo.key for demo in DEMOS if demo.key not in RELATIVES)


@cache
def source(name: str) -> nn.Module:
    """Return a network of the zoo or of a demo."""
    demo = next((demo for demo in DEMOS if demo.key == name), None)
    return trained_module(demo) if demo else ZOO[name].build()


@cache
def _samples(name: str) -> tuple[Tensor, ...]:
    return next(demo for demo in DEMOS if demo.key == name).read().test.inputs


def rows(name: str, count: int) -> tuple[Tensor, ...]:
    """Return that many rows for a network."""
    if name in DEMO_KEYS:
        return tuple(x[count : 2 * count] for x in _samples(name))
    return ZOO[name].draw(count, seed=count)


@cache
def exported(name: str, opset: int = 18, *, dynamo: bool = False) -> bytes:
    """Return a network as the bytes of a file with a free batch."""
    return to_onnx(source(name), rows(name, 4), opset, dynamo=dynamo)


def to_onnx(
    module: nn.Module,
    inputs: tuple[Tensor, ...],
    opset: int = 18,
    *,
    dynamo: bool = False,
    free: Any = True,
) -> bytes:
    """Return a module as the bytes of a file.

    `free`: with any number of rows, or for every input the names (newer: Dim) of its free sizes.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        export = _newer if dynamo else _older
        return export(module, inputs, opset, free=free)


def _newer(module: nn.Module, inputs: tuple[Tensor, ...], opset: int, *, free: Any) -> bytes:
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    given = tuple({0: torch.export.Dim("batch")} for _ in inputs) if free is True else free
    shapes = given or None
    program = torch.onnx.export(
        module, inputs, dynamo=True, opset_version=opset, dynamic_shapes=shapes, verbose=False
    )
    return program.model_proto.SerializeToString()


def _older(module: nn.Module, inputs: tuple[Tensor, ...], opset: int, *, free: Any) -> bytes:
    file = io.BytesIO()
    names = [f"input{place}" for place in range(len(inputs))]
    given = ({0: "batch"},) * len(inputs) if free is True else free
    axes = dict(zip((*names, "output"), (*given, {0: "batch"}), strict=True)) if free else None
    torch.onnx.export(
        module,
        inputs,
        file,
        dynamo=False,
        opset_version=opset,
        input_names=names,
        output_names=["output"],
        dynamic_axes=axes,
    )
    return file.getvalue()


def parsed(data: bytes) -> ModelProto:
    """Return the protobuf of a file."""
    return ModelProto.FromString(data)
