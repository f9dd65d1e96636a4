"""ONNX files: parsed as protobuf and turned into layers and steps by our own reader."""

from models.loading.onnx.reading import read_onnx

__all__ = ["read_onnx"]
