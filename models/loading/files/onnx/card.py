"""The model card inside an ONNX file."""

from collections.abc import Mapping
from types import MappingProxyType

from onnx import ModelProto

from explain.core.errors import ImportRefused
from models.loading import strict_json
from models.loading.limits import Limits

_CARD = "model_card"


def embedded_card(model: ModelProto, limits: Limits) -> Mapping[str, object] | None:
    """Return the JSON object under "model_card" in the file's metadata; None without one.

    Raises:
        ImportRefused: it is too large, no JSON, no object, or there are two.
    """
    found = [entry.value for entry in model.metadata_props if entry.key == _CARD]
    if not found:
        return None
    card = strict_json.parse_json(found[0].encode(), limits.card_bytes)
    if len(found) > 1 or not isinstance(card, dict):
        raise ImportRefused("loading.onnx.unreadable_card")
    return MappingProxyType(card)
