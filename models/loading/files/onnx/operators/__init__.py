"""Operators of ONNX, one function each, by family."""
