"""ONNX files: parsed as protobuf and turned into layers and steps by our own reader."""

from models.loading.files.onnx.read_onnx import read_onnx

__all__ = ["read_onnx"]
