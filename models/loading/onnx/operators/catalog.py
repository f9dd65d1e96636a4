"""Every operator that is read."""

from collections.abc import Mapping
from types import MappingProxyType

from models.loading.onnx.operator import Operator
from models.loading.onnx.operators.activations import ACTIVATIONS
from models.loading.onnx.operators.arithmetic import ARITHMETIC
from models.loading.onnx.operators.layers import LAYERS
from models.loading.onnx.operators.movement import MOVEMENT
from models.loading.onnx.operators.norms import NORMS
from models.loading.onnx.operators.pooling import POOLS
from models.loading.onnx.operators.recurrent import RECURRENT
from models.loading.onnx.operators.reductions import REDUCTIONS
from models.loading.onnx.operators.resizing import RESIZING
from models.loading.onnx.operators.tables import TABLES

__all__ = ["OPERATORS"]

OPERATORS: Mapping[str, Operator] = MappingProxyType(
    {
        **ACTIVATIONS,
        **ARITHMETIC,
        **LAYERS,
        **MOVEMENT,
        **NORMS,
        **POOLS,
        **RECURRENT,
        **REDUCTIONS,
        **RESIZING,
        **TABLES,
    }
)
"""Name of the operator, with its domain where that is not the standard one -> what reads it."""
