"""What a value of the graph is while it is translated: known, a size, or something that runs."""

from dataclasses import dataclass

from torch import Tensor

from explain.core.network import Ref


@dataclass(frozen=True, slots=True)
class Constant:
    """A tensor that is known. `name` is the file's name of the weight it was made from, or ""."""

    tensor: Tensor
    name: str = ""


@dataclass(frozen=True, slots=True)
class Size:
    """A whole number that depends on the sizes of the inputs.

    `seen` is what it is for each of the two trial inputs. `natural`: certainly not negative.
    """

    ref: Ref
    seen: tuple[int, int]
    natural: bool = True


@dataclass(frozen=True, slots=True)
class Sizes:
    """A vector of sizes, or a single one (`scalar`), at least one of them free."""

    entries: tuple[int | Size, ...]
    scalar: bool = False


@dataclass(frozen=True, slots=True)
class Running:
    """A tensor that is computed. `seen`: without numbers, for each of the two trial inputs."""

    ref: Ref
    seen: tuple[Tensor, Tensor]

    @property
    def rank(self) -> int:
        """Return the number of dimensions, batch included."""
        return self.seen[0].dim()

    def fixed(self, axis: int) -> int | None:
        """Return the size of a dimension where it is the same for both trial inputs."""
        one, two = (int(seen.shape[axis]) for seen in self.seen)
        return one if one == two else None


@dataclass(frozen=True, slots=True)
class Listed:
    """A list of tensors, whose length is known."""

    parts: tuple[Constant | Running, ...]


Value = Constant | Sizes | Running
Result = Value | Listed


def entries_of(value: Value) -> tuple[int | Size, ...] | None:
    """Return the entries of a vector or single number of whole numbers; None for anything else."""
    if isinstance(value, Sizes):
        return value.entries
    if isinstance(value, Constant) and not value.tensor.is_floating_point():
        if value.tensor.dim() > 1:
            return None
        return tuple(int(number) for number in value.tensor.reshape(-1).tolist())
    return None
