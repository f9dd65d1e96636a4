"""Which of several inputs is varied and explained, and where the others get their values."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from types import MappingProxyType

from torch import Tensor

from explain.core.errors import ExplainError, ImportRefused
from explain.core.messages import Message, listed
from explain.core.network import Ref
from explain.network import Lifted, NetworkInput, holding, network_inputs, reordered
from explain.network.steps import references
from models.loading.card.model_card import Card, Held
from models.loading.data.beside import Beside, ByName

_USUAL: Mapping[str, float] = {"token_type_ids": 0.0, "segment_ids": 0.0}
"""What whole numbers of these names are for one text alone."""
_SHOWN = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class InputRoles:
    """What each input of a network is for.

    `first`: the one that is varied and explained. `mask`: that of its padding, made with the ids.
    `constant`: input -> what it is held at. `beside`: those that come from the data by name, in the
    order in which the network then takes them; `entries`: all of them, as in the file.
    """

    entries: tuple[NetworkInput, ...]
    first: NetworkInput
    mask: NetworkInput | None
    constant: Mapping[str, float | Tensor]
    beside: tuple[Beside, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the inputs with rows that stay, the varied one first."""
        mask = () if self.mask is None else (self.mask.name,)
        return (self.first.name, *mask, *(one.name for one in self.beside if not one.shared))

    @property
    def by_name(self) -> ByName:
        """Return what the data may hold by name."""
        return ByName(first=self.first.name, beside=self.beside)


def roles_of(
    inputs: Sequence[NetworkInput],
    network: Lifted,
    card: Card,
    values: Mapping[str, Tensor] = MappingProxyType({}),
) -> InputRoles:
    """Return what the inputs of a network are for, as the card says.

    What `held` does not name: the first is varied, token types are 0, the second of ids alone is
    their mask, and each other comes from the data under its own name. `input.names` of the card
    are the names of the inputs where there are as many. `values`: tensors that inputs are held at.

    Raises:
        ImportRefused: `held` names what is no input, or leaves none to vary.
    """
    entries = _named(tuple(inputs) or network_inputs(network), card.input.names)
    held = _with_usual({**card.held, **values}, entries)
    _check_names(held, entries)
    free = [one for one in entries if not one.tensor and one.name not in held]
    if not free:
        raise ImportRefused(
            "loading.inputs.none_varies", inputs=listed([one.said() for one in entries], _SHOWN)
        )
    first = next((one for one in free if "mask" not in one.name), free[0])
    rest = [one for one in entries if one is not first]
    is_text = card.modality in {"", "text"}
    mask = _mask(first, [one for one in free if one is not first]) if is_text else None
    named = [one for one in rest if one is not mask and not _is_value(held.get(one.name))]
    return InputRoles(
        entries=entries,
        first=first,
        mask=mask,
        constant={n: v for n, v in held.items() if isinstance(v, (int, float, Tensor))},
        beside=tuple(_beside(one, held.get(one.name)) for one in named),
    )


def _named(entries: tuple[NetworkInput, ...], names: Sequence[str]) -> tuple[NetworkInput, ...]:
    if len(names) != len(entries):
        return entries
    return tuple(replace(one, name=name) for one, name in zip(entries, names, strict=True))


def _with_usual(
    held: Mapping[str, Held | Tensor], entries: Sequence[NetworkInput]
) -> dict[str, Held | Tensor]:
    names = [one.name for one in entries if not one.numbers and one.name in _USUAL]
    usual = {name: _USUAL[name] for name in names if len(entries) > 1}
    return {**usual, **held}


def _check_names(held: Iterable[str], entries: Sequence[NetworkInput]) -> None:
    names = [one.name for one in entries]
    for name in held:
        if name not in names:
            near = get_close_matches(name, names, n=1, cutoff=0.0)
            raise ImportRefused(
                "loading.inputs.no_such_input",
                name=name[:60],
                near=near[0] if near else names[0],
                inputs=listed([one.said() for one in entries], _SHOWN),
            )


def _mask(first: NetworkInput, others: Sequence[NetworkInput]) -> NetworkInput | None:
    """Return the mask of ids: what alone stands beside them and has their sizes."""
    is_ids = not first.numbers and len(first.shape) == 1
    fitting = [one for one in others if one.shape == first.shape]
    return fitting[0] if is_ids and len(others) == 1 and fitting else None


def _is_value(value: object) -> bool:
    return isinstance(value, (int, float, Tensor))


def _beside(entry: NetworkInput, source: object) -> Beside:
    names = (source,) if isinstance(source, str) else source
    return Beside(
        name=entry.name,
        source=names if isinstance(names, tuple) else (entry.name,),
        shape=entry.shape,
        shared=bool(entry.tensor),
    )


def with_roles(network: Lifted, roles: InputRoles) -> Lifted:
    """Return the network with its varied input first and constant inputs at their values.

    Cost: two runs without numbers for each input that is held.

    Raises:
        ImportRefused: a value that an input does not take, or nothing reads the varied one.
    """
    names = [one.name for one in roles.entries if not one.tensor]
    wanted = [*roles.names, *(n for n in names if n in roles.constant)]
    order = [names.index(name) for name in wanted]
    found = network if order == sorted(order) else reordered(network, order)
    first = next(step.name for step in found.steps if step.operation == "input")
    if len(names) > 1 and not any(Ref(first) in references(step) for step in found.steps):
        raise ImportRefused("loading.inputs.unread", name=roles.first.name[:60])
    return held_at(found, roles, wanted, roles.constant)


def held_at(
    network: Lifted,
    roles: InputRoles,
    names: Sequence[str],
    values: Mapping[str, float | Tensor],
) -> Lifted:
    """Return the network with these inputs at these values; `names`: of its inputs, in order.

    Raises:
        ImportRefused: a value that an input does not take.
    """
    left, found = list(names), network
    for entry in roles.entries:
        if entry.name not in values:
            continue
        place = 0 if entry.tensor else left.index(entry.name)
        try:
            found = holding(found, entry, place, values[entry.name])
        except ExplainError as error:
            raise ImportRefused.like(error) from error
        if not entry.tensor:
            left.pop(place)
    return found


def check_valued(roles: InputRoles, values: Mapping[str, Tensor]) -> None:
    """Refuse an input that all rows share and that nothing gave a value.

    Raises:
        ImportRefused: with its name and the line that gives it one.
    """
    for one in roles.beside:
        if one.shared and one.name not in values:
            raise ImportRefused("loading.inputs.no_value", name=one.name[:60], sizes=one.sizes)


def held_notes(
    roles: InputRoles, values: Mapping[str, Tensor], rows: Sequence[str]
) -> tuple[Message, ...]:
    """Return a sentence for each input that is not varied.

    `values`: input -> what the data hold it at; `rows`: names of those that keep each row's own.
    """
    if len(roles.entries) < 2:
        return ()
    fixed = {**roles.constant, **values}
    return tuple(
        _note(entry, fixed.get(entry.name))
        for entry in roles.entries
        if entry.name in fixed or entry.name in rows
    )


def _note(entry: NetworkInput, value: float | Tensor | None) -> Message:
    if value is None:
        return Message("loading.inputs.by_row", entry=entry.said())
    if isinstance(value, Tensor):
        return Message("loading.inputs.held_array", entry=entry.said(), numbers=value.numel())
    return Message("loading.inputs.held", entry=entry.said(), value=f"{value:.6g}")
