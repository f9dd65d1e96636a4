"""Every operator that is read."""

from collections.abc import Mapping
from types import MappingProxyType

from models.loading.files.onnx.call import Operator
from models.loading.files.onnx.operators.activations import ACTIVATIONS
from models.loading.files.onnx.operators.arithmetic import ARITHMETIC
from models.loading.files.onnx.operators.attention import ATTENTION
from models.loading.files.onnx.operators.formulas import FORMULAS
from models.loading.files.onnx.operators.layers import LAYERS
from models.loading.files.onnx.operators.movement import MOVEMENT
from models.loading.files.onnx.operators.norms import NORMS
from models.loading.files.onnx.operators.pooling import POOLS
from models.loading.files.onnx.operators.recurrent import RECURRENT
from models.loading.files.onnx.operators.reductions import REDUCTIONS
from models.loading.files.onnx.operators.resizing import RESIZING
from models.loading.files.onnx.operators.sequences import SEQUENCES
from models.loading.files.onnx.operators.tables import TABLES

OPERATORS: Mapping[str, Operator] = MappingProxyType(
    {
        **ACTIVATIONS,
        **ARITHMETIC,
        **ATTENTION,
        **FORMULAS,
        **LAYERS,
        **MOVEMENT,
        **NORMS,
        **POOLS,
        **RECURRENT,
        **REDUCTIONS,
        **RESIZING,
        **SEQUENCES,
        **TABLES,
    }
)
"""Name of the operator, with its domain where that is not the standard one -> what reads it."""

WITHOUT_EFFECT: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "Attention": frozenset({"softmax_precision"}),
        "BatchNormalization": frozenset({"momentum"}),
        "Cast": frozenset({"round_mode", "saturate"}),
        "CastLike": frozenset({"round_mode", "saturate"}),
        "Conv": frozenset({"kernel_shape"}),
        "ConvTranspose": frozenset({"kernel_shape"}),
        "Dropout": frozenset({"ratio", "seed"}),
        "GRU": frozenset({"hidden_size"}),
        "GroupNormalization": frozenset({"stash_type"}),
        "LSTM": frozenset({"hidden_size"}),
        "LayerNormalization": frozenset({"stash_type"}),
        "MaxPool": frozenset({"storage_order"}),
        "RMSNormalization": frozenset({"stash_type"}),
        "RNN": frozenset({"hidden_size"}),
        "Range": frozenset({"stash_type"}),
        "Split": frozenset({"num_outputs"}),
        "TopK": frozenset({"sorted"}),
        "ai.onnx.ml:LinearClassifier": frozenset({"multi_class"}),
    }
)
"""Attributes that nothing here depends on: training, 8-bit types, what weights and outputs say."""
