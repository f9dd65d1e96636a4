"""Blueprints as JSON beside plain tensors."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from explain.core.errors import ImportRefused, reason_of
from explain.core.messages import Message
from explain.core.network import Step
from explain.network.blueprint.blueprint import Blueprint, LayerSpec
from explain.network.blueprint.encoding import decoded, encoded, json_object, json_text
from explain.network.blueprint.source_as_json import (
    rest_of_source,
    source_from_json,
    source_to_json,
)

_SCHEMA = 1
_FIELDS = frozenset({"schema", "modules", "steps", "displays", "ties", "trainable", "orders"})
_STEP_FIELDS = frozenset({"name", "operation", "module", "arguments", "keywords", "shape"})


def to_json(blueprint: Blueprint) -> dict[str, Any]:
    """Return everything but the tensors as JSON has it.

    `orders` says for tensors that do not lie in memory as their dimensions are counted in which
    order they do: `stored_tensors` are permuted so.
    """
    source = blueprint.source
    known = {} if source is None else {"source": source_to_json(source, blueprint.tensors)}
    return {
        **known,
        "schema": _SCHEMA,
        "modules": [
            {"name": name, "kind": part.kind, "settings": _settings(part)}
            for name, part in blueprint.modules.items()
        ],
        "steps": [_step(step) for step in blueprint.steps],
        "displays": dict(blueprint.displays),
        "ties": dict(blueprint.ties),
        "trainable": dict(blueprint.trainable),
        "orders": {
            name: order for name, t in blueprint.tensors.items() if (order := _order(t)) is not None
        },
    }


def stored_tensors(blueprint: Blueprint) -> dict[str, Tensor]:
    """Return the tensors as files hold them: contiguous, in the order that `orders` names."""
    held = {**blueprint.tensors, **rest_of_source(blueprint.source)}
    return {name: _stored(tensor.detach()) for name, tensor in held.items()}


def from_json(plain: object, tensors: Mapping[str, Tensor]) -> Blueprint:
    """Return the blueprint that `to_json` and `stored_tensors` wrote, unchecked but well-typed.

    Raises:
        ImportRefused: it is none.
    """
    try:
        return _blueprint(plain, tensors)
    except (KeyError, TypeError, ValueError, AttributeError, RuntimeError, IndexError) as error:
        raise ImportRefused("network.blueprint.damaged", reason=reason_of(error)) from error


def _blueprint(plain: object, tensors: Mapping[str, Tensor]) -> Blueprint:
    fields = json_object(plain)
    if set(fields) - {"source"} != _FIELDS or fields["schema"] != _SCHEMA:
        raise ValueError(Message("network.blueprint.other_version"))
    orders = json_object(fields["orders"])
    modules = [json_object(entry) for entry in fields["modules"]]
    named = {json_text(entry["name"]): _part(entry) for entry in modules}
    if len(named) != len(modules) or not set(orders) <= set(tensors):
        raise ValueError(Message("network.blueprint.name_twice"))
    laid = {n: _laid_out(t, orders[n]) if n in orders else t for n, t in tensors.items()}
    source = source_from_json(fields["source"], laid) if "source" in fields else None
    rest = rest_of_source(source)
    return Blueprint(
        modules=named,
        steps=tuple(_read_step(json_object(entry)) for entry in fields["steps"]),
        tensors={name: tensor for name, tensor in laid.items() if name not in rest},
        displays=json_object(fields["displays"]),
        ties=json_object(fields["ties"]),
        trainable=json_object(fields["trainable"]),
        source=source,
    )


def _settings(part: LayerSpec) -> dict[str, object]:
    return {name: encoded(value) for name, value in part.settings.items()}


def _part(entry: Mapping[str, Any]) -> LayerSpec:
    settings = {name: decoded(value) for name, value in json_object(entry["settings"]).items()}
    return LayerSpec(kind=json_text(entry["kind"]), settings=settings)


def _step(step: Step) -> dict[str, Any]:
    return {
        "name": step.name,
        "operation": step.operation,
        "module": step.module,
        "arguments": encoded(step.arguments),
        "keywords": [[name, encoded(value)] for name, value in step.keywords],
        "shape": None if step.shape is None else list(step.shape),
    }


def _read_step(entry: Mapping[str, Any]) -> Step:
    if set(entry) != _STEP_FIELDS:
        raise ValueError(Message("network.blueprint.step_fields"))
    arguments = decoded(entry["arguments"])
    if not isinstance(arguments, tuple):
        raise TypeError(Message("network.blueprint.arguments"))
    return Step(
        name=json_text(entry["name"]),
        operation=json_text(entry["operation"]),
        module=None if entry["module"] is None else json_text(entry["module"]),
        arguments=arguments,
        keywords=tuple((json_text(name), decoded(value)) for name, value in entry["keywords"]),
        shape=None if entry["shape"] is None else tuple(entry["shape"]),
    )


def _order(tensor: Tensor) -> list[int] | None:
    """Return the dimensions from the farthest apart to the nearest; None where that is usual."""
    if tensor.stride() == torch.empty(tensor.shape, device="meta").stride():
        return None
    order = sorted(range(tensor.dim()), key=lambda at: (-tensor.stride()[at], -tensor.shape[at]))
    return order if tensor.permute(order).is_contiguous() else None


def _stored(tensor: Tensor) -> Tensor:
    order = _order(tensor)
    return (tensor if order is None else tensor.permute(order)).contiguous()


def _laid_out(tensor: Tensor, order: list[int]) -> Tensor:
    if sorted(order) != list(range(tensor.dim())):
        raise ValueError(Message("network.blueprint.no_order"))
    return tensor.permute([order.index(at) for at in range(tensor.dim())])
