"""Where the weights of a checkpoint lie: dicts, wrappers around them, whole pickled modules."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from explain.core.errors import ImportRefused
from models.loading.files.inert import Foreign, StoredTensor
from models.loading.files.raw_tensors import check_tensor_name
from models.loading.files.zip_archive import quoted_name
from models.loading.limits import Limits

_SHOWN = 5
_WRAPPERS = ("state_dict", "model_state_dict", "model", "net")
_PREFIXES = ("module.", "_orig_mod.", "model.")
_NESTED = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class StateDict:
    """The tensors of a checkpoint under the names of its network.

    `module` is the class of a whole pickled module, None for a state dict. `left_out` names what
    lies beside the weights, `inside` the keys of what they lie in, `prefix` what was taken off
    their names.
    """

    tensors: Mapping[str, StoredTensor]
    module: str | None
    left_out: tuple[str, ...]
    inside: tuple[str, ...]
    prefix: str


def state_dict_in(value: object, limits: Limits) -> StateDict:
    """Return the weights in what a checkpoint holds.

    Wrappers are opened, prefixes that all names share (`module.`, `_orig_mod.`, `model.`) taken
    off. Whole modules give up their parameters and persistent buffers under dotted names.

    Raises:
        ImportRefused: no weights, several sets of them, too many, or names that cannot be used.
    """
    place, inside, left_out = _opened(value)
    module = place.name if isinstance(place, Foreign) and _is_module(place) else None
    found = _recovered(place, limits) if isinstance(place, Foreign) and module else _plain(place)
    tensors, others = found
    if len(tensors) > limits.tensors:
        raise ImportRefused(
            "loading.checkpoint.states.too_many_tensors", count=len(tensors), most=limits.tensors
        )
    for name in tensors:
        check_tensor_name(name, limits)
    prefix = _prefix(list(tensors))
    return StateDict(
        tensors={name.removeprefix(prefix): tensor for name, tensor in tensors.items()},
        module=module,
        left_out=(*left_out, *others),
        inside=inside,
        prefix=prefix,
    )


def _opened(value: object) -> tuple[object, tuple[str, ...], tuple[str, ...]]:
    """Return the innermost value that holds tensors, the keys on the way and those beside it."""
    inside: list[str] = []
    left_out: list[str] = []
    for _ in range(_NESTED):
        if _holds_weights(value):
            break
        items = _items(value)
        key = _wrapper(items)
        left_out.extend(str(other) for other in items if other != key)
        inside.append(str(key))
        value = items[key]
    return value, tuple(inside), tuple(left_out)


def _wrapper(items: Mapping[str | int, object]) -> str | int:
    """Return the key under which the weights lie."""
    for known in _WRAPPERS:
        if known in items and _leads_on(items[known]):
            return known
    leading = [key for key, value in items.items() if _holds_weights(value)]
    if len(leading) != 1:
        keys = [quoted_name(str(key)) for key in (leading or list(items))[:_SHOWN]]
        if not keys:
            raise ImportRefused("loading.checkpoint.states.empty")
        raise ImportRefused(
            "loading.checkpoint.states.several_weights"
            if leading
            else "loading.checkpoint.states.no_weights",
            keys=keys,
        )
    return leading[0]


def _leads_on(value: object) -> bool:
    return _holds_weights(value) or any(
        key in _items(value) and _holds_weights(_items(value)[key]) for key in _WRAPPERS
    )


def _holds_weights(value: object) -> bool:
    return _is_module(value) or _has_tensors(_items(value))


def _items(value: object) -> Mapping[str | int, object]:
    """Return the entries of a dict, of a placeholder of one, or the attributes of an object."""
    if isinstance(value, Foreign):
        return value.items or _attributes(value)
    return value if isinstance(value, dict) else {}


def _attributes(value: Foreign) -> dict[str | int, object]:
    state = value.state
    if isinstance(state, tuple) and state:
        state = state[0]
    return state if isinstance(state, dict) else {}


def _has_tensors(items: Mapping[str | int, object]) -> bool:
    return any(
        isinstance(value, StoredTensor) and isinstance(key, str) and key
        for key, value in items.items()
    )


def _is_module(value: object) -> bool:
    return isinstance(value, Foreign) and {"_parameters", "_modules"} <= _attributes(value).keys()


def _plain(value: object) -> tuple[dict[str, StoredTensor], tuple[str, ...]]:
    """Return the tensors of a state dict and the keys of what is none."""
    items = _items(value)
    tensors = {
        key: entry
        for key, entry in items.items()
        if isinstance(entry, StoredTensor) and isinstance(key, str)
    }
    for key, entry in items.items():
        if isinstance(entry, Foreign) and entry.name.startswith("torch._utils."):
            raise ImportRefused(
                "loading.checkpoint.states.no_plain_tensor",
                name=quoted_name(str(key)),
                kind=quoted_name(entry.name.removeprefix("torch._utils.")),
            )
    return tensors, tuple(str(key) for key in items if key not in tensors)


def _recovered(module: Foreign, limits: Limits) -> tuple[dict[str, StoredTensor], tuple[str, ...]]:
    tensors: dict[str, StoredTensor] = {}
    for visits, (name, found) in enumerate(_walked(module, "", limits.name_depth)):
        if visits > limits.tensors:
            raise ImportRefused("loading.checkpoint.states.too_many_layers", most=limits.tensors)
        if found is not None:
            tensors[name] = found
    if not tensors:
        raise ImportRefused(
            "loading.checkpoint.states.module_without_weights", name=quoted_name(module.name)
        )
    return tensors, ()


def _walked(module: Foreign, prefix: str, depth: int) -> Iterator[tuple[str, StoredTensor | None]]:
    """Yield tensors in the order of a state dict, and None for every module on the way."""
    if depth < 1:
        raise ImportRefused("loading.checkpoint.states.modules_too_deep")
    state = _attributes(module)
    yield prefix, None
    for name, tensor in _tensors(state):
        yield f"{prefix}{name}", tensor
    for step, child in _items(state["_modules"]).items():
        if _is_module(child) and isinstance(child, Foreign):
            yield from _walked(child, f"{prefix}{step}.", depth - 1)


def _tensors(state: Mapping[str | int, object]) -> Iterator[tuple[str, StoredTensor]]:
    passing = state.get("_non_persistent_buffers_set")
    hidden = passing if isinstance(passing, list) else []
    for kind in ("_parameters", "_buffers"):
        for name, value in _items(state.get(kind)).items():
            if isinstance(value, StoredTensor) and name not in hidden:
                yield str(name), value


def _prefix(names: Sequence[str]) -> str:
    """Return the known prefixes that all names share, one after the other."""
    found = ""
    while shared := _shared([name.removeprefix(found) for name in names]):
        found += shared
    return found


def _shared(names: Sequence[str]) -> str:
    """Return the known prefix that all names share, unless one of them is nothing else."""
    for prefix in _PREFIXES:
        if all(name.startswith(prefix) and name != prefix for name in names):
            return prefix
    return ""
