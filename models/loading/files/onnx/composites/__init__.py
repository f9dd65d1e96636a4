"""Layers that exporters write out as several operators, made one layer again."""

from models.loading.files.onnx.composites.catalog import recognised

__all__ = ["recognised"]
