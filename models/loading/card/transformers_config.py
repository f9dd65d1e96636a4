"""The `config.json` that Transformers writes beside weights, as the fields of a card."""

from collections.abc import Mapping
from types import MappingProxyType

from explain.core.messages import say
from models.loading.limits import Limits
from models.loading.strict_json import parse_json
from models.registry import architecture

_ARCHITECTURES: Mapping[str, str] = MappingProxyType(
    {
        "bert": "bert",
        "roberta": "roberta",
        "xlm-roberta": "roberta",
        "camembert": "roberta",
        "distilbert": "distilbert",
        "albert": "albert",
        "vit": "vit",
        "convnext": "convnext",
    }
)
"""`model_type` -> key of the registry."""
_PARAMS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "heads": ("num_attention_heads", "n_heads"),
        "padding": ("pad_token_id",),
        "activation": ("hidden_act", "activation"),
        "epsilon": ("layer_norm_eps",),
        "rounds": ("num_hidden_layers",),
    }
)
"""Parameter of the registry -> where configs say it; DistilBERT has its own words."""
_ACTIVATIONS: Mapping[object, str] = MappingProxyType(
    {
        "gelu_new": "gelu-tanh",
        "gelu_fast": "gelu-tanh",
        "gelu_pytorch_tanh": "gelu-tanh",
        "swish": "silu",
    }
)
_OUTPUTS: Mapping[object, tuple[str, str]] = MappingProxyType(
    {
        "multi_label_classification": ("multilabel", "multilabel"),
        "regression": ("regression", "value"),
    }
)


def is_config(found: Mapping[str, object]) -> bool:
    """Return whether plain JSON is a config of Transformers, not a card of ours."""
    return "model_type" in found and "schema" not in found


def config_in(content: bytes, limits: Limits) -> Mapping[str, object] | None:
    """Return the config of Transformers in a `config.json`; None where another library wrote it.

    Raises:
        ImportRefused: no JSON, or too much of it.
    """
    found = parse_json(content, limits.card_bytes)
    return found if isinstance(found, dict) and is_config(found) else None


def fields_of_config(config: Mapping[str, object]) -> dict[str, object]:
    """Return the fields of a card as plain JSON: architecture, names of the classes, task.

    What cannot be told is left out; the fields are checked as those of any card. A `model_type`
    that the registry does not know is told in the card's notes.
    """
    kind = config.get("model_type")
    known = isinstance(kind, str) and kind in _ARCHITECTURES and not config.get("is_decoder")
    labels = _labels(config.get("id2label"))
    usual = _OUTPUTS["regression"] if len(labels) == 1 else ("classification", "logits")
    asked = config.get("problem_type")
    task, output = _OUTPUTS.get(asked, usual) if isinstance(asked, str) else usual
    found: dict[str, object] = {"task": task, "output": output}
    if task != "regression":
        found["labels"] = labels
    if known:
        entry = architecture(_ARCHITECTURES[str(kind)])
        own = {parameter.key for parameter in entry.parameters}
        named = {"name": entry.key, "params": _params(config, own)}
        return found | {"modality": "text" if "length" in own else "image", "architecture": named}
    return found | {"notes": [say("loading.card.config_of_other", kind=str(kind)[:40])]}


def _labels(named: object) -> list[object]:
    """Return the names in the order of their numbers, none where a number is missing."""
    if not isinstance(named, Mapping):
        return []
    numbers = [str(at) for at in range(len(named))]
    return [named[at] for at in numbers] if set(named) == set(numbers) else []


def _params(config: Mapping[str, object], known: set[str]) -> dict[str, object]:
    """Return what a config says of the parameters that an architecture has."""
    found = {
        key: config[place]
        for key, places in _PARAMS.items()
        for place in places
        if key in known and config.get(place) is not None
    }
    if "activation" in found:
        found["activation"] = _ACTIVATIONS.get(str(found["activation"]), found["activation"])
    if isinstance(found.get("epsilon"), float):
        found["epsilon"] = f"{found['epsilon']:g}"
    return found
