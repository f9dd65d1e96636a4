"""Reading a model file inside its process, and checking again outside what it handed back."""

from collections.abc import Mapping
from types import MappingProxyType

from torch import Tensor

from explain.core.errors import ImportRefused
from explain.core.messages import to_plain
from explain.network import Lifted
from explain.network.blueprint.as_json import stored_tensors, to_json
from explain.network.blueprint.blueprint import describe
from models.loading.files.contents import Reading
from models.loading.files.own_networks import network_from
from models.loading.files.raw_tensors import check_finite
from models.loading.files.sniffing import reader_of
from models.loading.limits import Limits
from models.loading.preflight import preflight
from models.loading.processes.saying import messages_from

_SENTENCES = 200
_SENTENCE = 2_000


def read_model(
    data: bytes, _options: Mapping[str, object], limits: Limits
) -> tuple[dict[str, object], dict[str, Tensor]]:
    """Return what a model file holds as JSON values and tensors; the job "model".

    A network is rehearsed without numbers before anything of it runs.

    Raises:
        ImportRefused: no such file, or a network that needs too much.
    """
    reading = reader_of(data)(data, limits)
    found: dict[str, object] = {
        "format": reading.format,
        "network": None,
        "card": None if reading.card is None else _plain(reading.card),
        "classes": list(reading.classes),
        "warnings": [to_plain(said) for said in reading.warnings],
    }
    if reading.network is None:
        return found, dict(reading.tensors)
    preflight(reading.network, limits)
    blueprint = describe(reading.network)
    return {**found, "network": to_json(blueprint)}, stored_tensors(blueprint)


def reading_from(
    found: Mapping[str, object], tensors: Mapping[str, Tensor], limits: Limits
) -> Reading:
    """Return the reading that `read_model` took apart, trusting none of it.

    What running a network takes is left to the caller to count.

    Raises:
        ImportRefused: parts that do not belong together, NaN or infinity.
    """
    card = found.get("card")
    reading = Reading(
        format=_text(found.get("format")),
        network=_network(found.get("network"), tensors, limits),
        tensors=MappingProxyType({}) if found.get("network") is not None else tensors,
        card=MappingProxyType(card) if isinstance(card, dict) else None,
        classes=_texts(found.get("classes")),
        warnings=messages_from(found.get("warnings")),
    )
    if reading.network is None:
        check_finite(reading.tensors)
    return reading


def _network(plain: object, tensors: Mapping[str, Tensor], limits: Limits) -> Lifted | None:
    if plain is None:
        return None
    return network_from(plain, tensors, limits)


def _plain(value: object) -> object:
    """Return JSON values without the read-only dresses that readers put around them."""
    if isinstance(value, Mapping):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    return value


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > _SENTENCE:
        raise ImportRefused("loading.files.unasked_answer")
    return value


def _texts(value: object) -> tuple[str, ...]:
    return tuple(map(_text, value[:_SENTENCES])) if isinstance(value, list) else ()
