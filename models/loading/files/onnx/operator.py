"""What translates one operator."""

from collections.abc import Callable

from models.loading.files.onnx.call import NodeCall
from models.loading.files.onnx.values import Value

Operator = Callable[[NodeCall], Value | tuple[Value, ...]]
"""Takes a node with its inputs; returns the value of each output, one value where there is one."""
