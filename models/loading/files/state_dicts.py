"""Where the weights of a checkpoint lie: dicts, wrappers around them, whole pickled modules."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from explain.core.errors import ImportRefused
from models.loading.files.inert import Foreign, StoredTensor
from models.loading.files.raw_tensors import check_tensor_name
from models.loading.files.zip_archive import quoted_name
from models.loading.limits import Limits

_SHOWN = 5
_PREFIXES = ("module.", "_orig_mod.", "model.", "net.", "network.", "backbone.")
_NESTED = 4
_NO_NETWORKS = ("optim", "sched", "scaler")
"""How the keys begin of what keeps tensors of its own about a training."""
_AVERAGED = re.compile(r"(^|[._])(ema|swa|shadow|averaged?|avg)([._]|$)", re.IGNORECASE)
"""What a running average of the weights is called."""
_MEASURES = re.compile(
    r"(\w*_)?(criterion|loss|losses|loss_fn|acc|accuracy|metric|metrics|f1|auroc|auc)(_\w*)?\.",
    re.IGNORECASE,
)
"""What a loss or a metric is called that keeps numbers beside a network."""
_DEEP, _MANY = 32, 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class StateDict:
    """The tensors of a checkpoint under the names of its network.

    `module` is the class of a whole pickled module, None for a state dict. `left_out` names what
    lies beside the weights, `inside` the keys of what they lie in, `prefix` what was taken off
    their names. `parts`: how many numbers each network has, where the file holds several; `part`
    that which these tensors are, "" where nothing says which is meant.
    """

    tensors: Mapping[str, StoredTensor]
    module: str | None
    left_out: tuple[str, ...]
    inside: tuple[str, ...]
    prefix: str
    parts: Mapping[str, int]
    part: str = ""


def state_dict_in(value: object, limits: Limits, part: str = "") -> StateDict:
    """Return the weights in what a checkpoint holds.

    Wrappers are opened, prefixes that all names share (`module.`, `_orig_mod.`, `model.`, `net.`)
    taken off, whatever of a loss or a metric stands beside them. Whole modules give up their
    parameters and persistent buffers under dotted names. Of several networks `part` says which; by
    default that which is no running average of another. Where that leaves several, there are no
    tensors.

    Raises:
        ImportRefused: no weights, too many, no such part, or names that cannot be used.
    """
    networks = {".".join(way): (way, found) for way, found in _walked_networks(value, (), set())}
    if not networks:
        keys = [quoted_name(str(key)) for key in list(_items(value))[:_SHOWN]]
        if not keys:
            raise ImportRefused("loading.checkpoint.states.empty")
        raise ImportRefused("loading.checkpoint.states.no_weights", keys=keys)
    parts = {}
    if len(networks) > 1:
        for name in networks:
            check_tensor_name(name, limits)
        parts = {name: _numbers(found) for name, (_, found) in networks.items()}
    chosen = _chosen(networks, part)
    if chosen is None:
        return StateDict(tensors={}, module=None, left_out=(), inside=(), prefix="", parts=parts)
    inside, place = chosen
    firsts = {name.split(".")[0] for name in parts}
    left_out = [key for key in _beside(value, inside) if key not in firsts]
    module = place.name if isinstance(place, Foreign) and _is_module(place) else None
    found = _recovered(place, limits) if isinstance(place, Foreign) and module else _plain(place)
    tensors, others = found
    if len(tensors) > limits.tensors:
        raise ImportRefused(
            "loading.checkpoint.states.too_many_tensors", count=len(tensors), most=limits.tensors
        )
    for name in tensors:
        check_tensor_name(name, limits)
    prefix, aside = _prefix(list(tensors))
    return StateDict(
        tensors={n.removeprefix(prefix): t for n, t in tensors.items() if n not in aside},
        module=module,
        left_out=(*left_out, *others, *aside),
        inside=inside,
        prefix=prefix,
        parts=parts,
        part=".".join(inside) if parts else "",
    )


def _walked_networks(
    value: object, inside: tuple[str, ...], seen: set[int]
) -> Iterator[tuple[tuple[str, ...], object]]:
    """Yield the keys of each network and the innermost value that holds it, each value once.

    Where networks lie in a dict, tensors beside them are figures: a best accuracy, class weights.
    """
    if id(value) in seen or len(inside) > _NESTED:
        return
    seen.add(id(value))
    if _is_module(value):
        yield inside, value
        return
    found = False
    items = _items(value)
    for key, inner in items.items():
        if isinstance(key, str) and not key.lower().startswith(_NO_NETWORKS):
            for network in _walked_networks(inner, (*inside, key), seen):
                found = True
                yield network
    if not found and (_is_network(items) if inside else _has_tensors(items)):
        yield inside, value


def _chosen(
    found: Mapping[str, tuple[tuple[str, ...], object]], part: str
) -> tuple[tuple[str, ...], object] | None:
    """Return the network that was asked for, the only one that is no average, or None."""
    if part:
        if part not in found:
            raise ImportRefused(
                "loading.checkpoint.states.no_such_part",
                name=quoted_name(part),
                parts=[quoted_name(name) for name in found][:_SHOWN],
            )
        return found[part]
    plain = [network for name, network in found.items() if not _AVERAGED.search(name)]
    plain = plain or list(found.values())
    return plain[0] if len(plain) == 1 else None


def _is_network(items: Mapping[str | int, object]) -> bool:
    """Whether these are weights: one has two sizes or more, or the name of a layer before it."""
    return any(
        isinstance(value, StoredTensor) and isinstance(key, str) and (value.size[1:] or "." in key)
        for key, value in items.items()
    )


def _beside(value: object, inside: Sequence[str]) -> Iterator[str]:
    """Yield the keys of what lies beside the way to a network."""
    for step in inside:
        items = _items(value)
        yield from (str(key) for key in items if key != step)
        value = items[step]


def _numbers(value: object) -> int:
    """Return how many numbers the network of a value has, as the file says."""
    items = _items(value)
    if isinstance(value, Foreign) and _is_module(value):
        items = dict(_tensors_of(value))
    tensors = {tensor for tensor in items.values() if isinstance(tensor, StoredTensor)}
    return sum(math.prod(tensor.size) for tensor in tensors)


def _tensors_of(module: Foreign) -> Iterator[tuple[str | int, object]]:
    walked = islice(_walked(module, "", _DEEP), _MANY)
    yield from ((name, tensor) for name, tensor in walked if tensor is not None)


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
        raise ImportRefused("loading.checkpoint.states.modules_too_deep", name=quoted_name(prefix))
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


def _prefix(names: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """Return the known prefixes that all names share, one after the other, and names beside them.

    Beside them may stand what belongs to a loss or a metric: it is no part of the network.
    """
    aside: tuple[str, ...] = ()
    found = ""
    while True:
        inner = [name.removeprefix(found) for name in names if name not in aside]
        shared = _shared(inner)
        if not shared and not found:
            aside = tuple(name for name in names if _MEASURES.match(name))
            shared = _shared([name for name in inner if name not in aside])
            aside = aside if shared else ()
        if not shared:
            return found, aside
        found += shared


def _shared(names: Sequence[str]) -> str:
    """Return the known prefix that all names share, unless one of them is nothing else."""
    for prefix in _PREFIXES:
        if names and all(name.startswith(prefix) and name != prefix for name in names):
            return prefix
    return ""
