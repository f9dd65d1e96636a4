"""Tensors out of the checkpoints inside the .pt2 files of torch 2.8 and before, not unpickled."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from torch import Tensor

from explain.core.errors import ImportRefused
from models.loading.files.inert import StoredTensor, interpret, materialise
from models.loading.files.zip_archive import Archive, quoted_name
from models.loading.limits import Limits

_INDEX = "/data.pkl"


@dataclass(frozen=True, slots=True, kw_only=True)
class PickledTensors:
    """The tensors of an older file: a checkpoint of weights, and one of constants.

    Their pickles are walked opcode by opcode and nothing they name is looked up.
    """

    checkpoints: tuple[bytes, ...] = field(repr=False)

    def read(self, names: Iterable[str], limits: Limits) -> dict[str, Tensor]:
        """Return tensors by name; tied ones are one object.

        Raises:
            ImportRefused: no checkpoint, a tensor that is not there or does not lie in its bytes.
        """
        wanted = set(names)
        found: dict[str, Tensor] = {}
        for data in self.checkpoints:
            found |= _read(data, wanted - set(found), limits)
        if missing := wanted - set(found):
            raise ImportRefused("loading.pt2.no_plain_tensor", missing=quoted_name(min(missing)))
        total = sum(tensor.numel() for tensor in {id(t): t for t in found.values()}.values())
        if total > limits.elements:
            raise ImportRefused("loading.pt2.too_many_numbers", total=total, most=limits.elements)
        return found


def _read(data: bytes, wanted: set[str], limits: Limits) -> dict[str, Tensor]:
    if not data or not wanted:
        return {}
    archive = Archive.open(data, limits, stored_only=True)
    roots = [name.removesuffix(_INDEX) for name in archive.names if name.endswith(_INDEX)]
    if len(roots) != 1:
        raise ImportRefused("loading.pt2.no_checkpoint")
    value = interpret(archive.read(f"{roots[0]}{_INDEX}", limits.header_bytes)).value
    stored = _stored(value, wanted)
    return dict(materialise(stored, archive, roots[0], limits))


def _stored(value: object, wanted: set[str]) -> Mapping[str, StoredTensor]:
    items = value if isinstance(value, dict) else {}
    return {
        name: tensor
        for name, tensor in items.items()
        if isinstance(name, str) and name in wanted and isinstance(tensor, StoredTensor)
    }
