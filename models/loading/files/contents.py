"""What a reader found in a model file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from torch import Tensor

from explain.core.messages import Message
from explain.network import Lifted


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A network, or bare weights that still need an architecture; never both.

    `format` is the key of the reader. `tensors` are bare weights under the file's own names, in
    the file's order. `card` is the content of the embedded model card as plain JSON values, not
    checked. `classes` are the names of classes that a pickle asks for, none of which was looked up.
    `warnings` are sentences for people.
    """

    format: str
    network: Lifted | None = None
    tensors: Mapping[str, Tensor] = field(default_factory=lambda: MappingProxyType({}))
    card: Mapping[str, object] | None = None
    classes: tuple[str, ...] = ()
    warnings: tuple[Message, ...] = ()
