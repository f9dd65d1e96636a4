"""A network whose layers are found under the names that its file has for them."""

from collections.abc import Mapping

from torch import Tensor, nn


class Named(nn.Module):
    """Layers and plain tensors in a tree whose dotted names are those of a file."""

    def __init__(self, parts: Mapping[str, nn.Module | nn.Parameter]) -> None:
        super().__init__()
        for name, part in parts.items():
            _placed(self, name, part)

    def of(self, name: str, values: Tensor) -> Tensor:
        """Return what the layer of that name makes of `values`."""
        found: Tensor = self.get_submodule(name)(values)
        return found

    def tensor(self, name: str) -> Tensor:
        """Return the parameter of that name."""
        return self.get_parameter(name)


def _placed(root: nn.Module, name: str, part: nn.Module | nn.Parameter) -> None:
    """Put a part into a tree of modules under its whole name."""
    *parents, last = name.split(".")
    for parent in parents:
        if not hasattr(root, parent):
            root.add_module(parent, nn.Module())
        root = root.get_submodule(parent)
    if isinstance(part, nn.Parameter):
        root.register_parameter(last, part)
    else:
        root.add_module(last, part)
