"""Names out of the file: checked, made safe, and what the file says about the modules they name."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from types import MappingProxyType

from torch import nn

from explain.core.errors import ImportRefused
from explain.network.graph import layer_of, sanitise
from explain.network.lifting.traced import Fits
from models.loading.files.zip_archive import quoted_name
from models.loading.limits import Limits

_PARAMETRIZED = "parametrizations"
_CLASSES: Mapping[str, type[nn.Module]] = MappingProxyType(
    {
        f"{kind.__module__}.{kind.__qualname__}": kind
        for kind in (*vars(nn).values(), nn.modules.linear.NonDynamicallyQuantizableLinear)
        if isinstance(kind, type) and issubclass(kind, nn.Module)
    }
)


class SafeNames:
    """Safe dotted names for dotted names of a file; `originals` leads back.

    Raises:
        ImportRefused: a name that is too long, too deep or not printable.
    """

    def __init__(self, dotted: Iterable[str], limits: Limits) -> None:
        scopes: dict[str, dict[str, None]] = defaultdict(dict)
        for name in filter(None, dict.fromkeys(dotted)):
            _check(name, limits)
            _enter(scopes, name)
        self._safe = {"": ""}
        self.originals: dict[str, str] = {}
        for scope in sorted(scopes, key=lambda scope: scope.count(".") if scope else -1):
            for child, safe in sanitise(scopes[scope]).items():
                original = _joined(scope, child)
                self._safe[original] = _joined(self._safe[scope], safe)
                self.originals[self._safe[original]] = original

    def __getitem__(self, dotted: str) -> str:
        """Return the safe name of one of the names given."""
        return self._safe[dotted]


def modules_of(stack: object) -> Iterator[tuple[str, str]]:
    """Yield path and class name of the modules in the note that a file has on a node, outer first.

    Nothing where there is no note; what is not understood is left out.
    """
    for entry in stack.split(";") if isinstance(stack, str) else ():
        parts = entry.split(",")
        if len(parts) == 3 and not parts[1].startswith("_empty"):
            yield parts[1], parts[2]


def module_of(stack: object) -> str:
    """Return the path of the innermost module in such a note; "" where there is none."""
    return next(reversed([path for path, _ in modules_of(stack)]), "")


def fits_name(
    classes: Mapping[str, str], tensors: Iterable[str], names: SafeNames
) -> dict[str, Fits]:
    """Return the test for each module that the file names, by its safe dotted name.

    `classes`: path -> class name as the file has it; `tensors`: names of all tensors. A class of
    torch is known; of any other, and of a module that never ran, the tensors it owns decide.
    """
    owned: dict[str, set[str]] = defaultdict(set)
    for tensor in tensors:
        scope, _, name = tensor.partition(f".{_PARAMETRIZED}.")
        if name:
            owned[scope].add(name.partition(".")[0])
        else:
            owned[layer_of(tensor)].add(tensor.rpartition(".")[2])
    return {
        names[path]: partial(_is_like, classes.get(path, ""), frozenset(owned[path]))
        for path in sorted({*classes, *owned})
    }


def _is_like(name: str, tensors: frozenset[str], module: nn.Module) -> bool:
    if name in _CLASSES:
        return issubclass(_CLASSES[name], type(module))
    own = {*module._parameters, *module._buffers}  # noqa: SLF001 - None entries count
    return bool(tensors) and tensors <= own


def _enter(scopes: Mapping[str, dict[str, None]], name: str) -> None:
    scope = ""
    for part in name.split("."):
        scopes[scope][part] = None
        scope = _joined(scope, part)


def _joined(scope: str, name: str) -> str:
    return f"{scope}.{name}" if scope else name


def _check(name: str, limits: Limits) -> None:
    if len(name) > limits.name_characters:
        raise ImportRefused(
            "loading.pt2.name_too_long", count=len(name), most=limits.name_characters
        )
    if name.count(".") >= limits.name_depth:
        raise ImportRefused("loading.pt2.modules_too_deep", most=limits.name_depth)
    if not name.isprintable():
        raise ImportRefused("loading.pt2.control_characters", name=quoted_name(name))
