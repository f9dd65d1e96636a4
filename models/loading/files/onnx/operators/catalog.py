"""Every operator that is read."""

from collections.abc import Mapping
from types import MappingProxyType

from models.loading.files.onnx.call import Operator
from models.loading.files.onnx.operators.activations import ACTIVATIONS
from models.loading.files.onnx.operators.arithmetic import ARITHMETIC
from models.loading.files.onnx.operators.layers import LAYERS
from models.loading.files.onnx.operators.movement import MOVEMENT
from models.loading.files.onnx.operators.norms import NORMS
from models.loading.files.onnx.operators.pooling import POOLS
from models.loading.files.onnx.operators.recurrent import RECURRENT
from models.loading.files.onnx.operators.reductions import REDUCTIONS
from models.loading.files.onnx.operators.resizing import RESIZING
from models.loading.files.onnx.operators.tables import TABLES

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
