"""The ways in which files attack, each tried by three hostile files at least."""

from collections.abc import Mapping
from types import MappingProxyType

ROWS: Mapping[str, str] = MappingProxyType(
    {
        # Code
        "names-into-code": "a name that becomes Python when code is generated from it",
        "pt2-sample-inputs": "a pickle among the sample inputs of a .pt2",
        "pt2-pickled-weights": "a .pt2 whose weights are pickles",
        "pt2-objects": "a constant of a .pt2 that is an object",
        "pt2-symbols": "a size of a .pt2 that is an expression",
        "pt2-guards": "guards of a .pt2, which are Python",
        "effects": "an operator that touches files or runs a program",
        "torchscript": "a program of TorchScript",
        "pickles": "a pickle that calls, under any name",
        "keras": "layers that carry code",
        "remote-code": "a configuration that asks for code beside it",
        "foreign-targets": "a target of a .pt2 that is no operator",
        # Memory, time, shape
        "strides": "a tensor larger than its storage",
        "allocations": "a pickle that allocates without data",
        "nesting": "values that double, or nest without end",
        "deflated-storages": "a storage that unpacks to much more",
        "memo": "a memo index that asks for gigabytes",
        "many-tensors": "more tensors than anybody needs",
        "not-finite": "weights that are no numbers",
        "safetensors-header": "a header of safetensors that lies",
        "onnx-values": "ONNX values and graphs that cannot be",
        "control-flow": "graphs within graphs, loops without end",
        "many-nodes": "more steps than anybody needs",
        "run-bombs": "a small file that asks for terabytes when run",
        "external-data": "weights that lie in other files",
        "array-headers": "arrays that promise more than they hold",
        "yaml": "YAML where JSON belongs",
        "large-parameters": "an architecture of absurd size",
        "graph-lies": "graphs whose parts do not belong together",
        "not-models": "a file that is no network at all",
        "json": "JSON that parsers read differently, or never finish",
        # Data
        "zip-names": "an archive whose names leave the folder",
        "zip-bombs": "an archive that unpacks to much more",
        "zip-contents": "what one finds in archives of people",
        "image-bombs": "few bytes, many pixels",
        "image-formats": "a picture that other programs would open",
        "image-damage": "pictures that are none, or half",
        "image-modes": "pictures that mean something else when read carelessly",
        "csv-packed": "a table that is packed",
        "csv-shape": "a table that is read wrongly without a word",
        "csv-formulas": "cells that a spreadsheet would run",
        "tokenizer-parts": "a tokenizer made of parts that never end or are code",
        "tokenizer-work": "a tokenizer whose work grows without bound",
        "tokenizer-words": "words of a tokenizer that are not what they say",
        "paths": "a path that leaves the folder of models",
        # Browser
        "markup": "names that a page would render",
        "file-names": "the name of an uploaded file",
    }
)
