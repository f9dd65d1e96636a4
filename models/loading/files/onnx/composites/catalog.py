"""Every composite that is looked for, by the operation of its last step."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from models.loading.files.onnx.composites.activations import gated_activation, gelu
from models.loading.files.onnx.composites.attention import attention
from models.loading.files.onnx.composites.biases import bias
from models.loading.files.onnx.composites.norms import (
    group_norm,
    layer_norm,
    scale,
    scaled_by_root,
    shift,
)
from models.loading.files.onnx.composites.pattern import Pattern

PATTERNS: Mapping[str, Sequence[Pattern]] = MappingProxyType(
    {
        "add": (bias, shift),
        "div": (layer_norm, scaled_by_root),
        "module": (attention,),
        "mul": (gated_activation, gelu, layer_norm, scaled_by_root, scale),
        "reshape": (group_norm,),
    }
)
