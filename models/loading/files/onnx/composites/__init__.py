"""Layers that exporters write out as several operators, made one layer again."""

from models.loading.files.onnx.composites.recognition import recognised

__all__ = ["recognised"]
