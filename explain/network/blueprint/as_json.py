"""Blueprints as JSON beside plain tensors."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from explain.core.errors import ImportRefused, reason_of
from explain.core.messages import Message
from explain.core.network import Step
from explain.network.blueprint.blueprint import Blueprint, LayerSpec
from explain.network.blueprint.encoding import decoded, encoded

_SCHEMA = 1
_FIELDS = frozenset({"schema", "modules", "steps", "displays", "ties", "trainable", "orders"})
_STEP_FIELDS = frozenset({"name", "operation", "module", "arguments", "keywords", "shape"})


def to_json(blueprint: Blueprint) -> dict[str, Any]:
    """Return everything but the tensors as JSON has it.

    `orders` says for tensors that do not lie in memory as their dimensions are counted in which
    order they do: `stored_tensors` are permuted so.
    """
    return {
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
    return {name: _stored(tensor.detach()) for name, tensor in blueprint.tensors.items()}


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
    fields = _mapping(plain)
    if set(fields) != _FIELDS or fields["schema"] != _SCHEMA:
        raise ValueError(Message("network.blueprint.other_version"))
    orders = _mapping(fields["orders"])
    modules = [_mapping(entry) for entry in fields["modules"]]
    named = {_text(entry["name"]): _part(entry) for entry in modules}
    if len(named) != len(modules) or not set(orders) <= set(tensors):
        raise ValueError(Message("network.blueprint.name_twice"))
    return Blueprint(
        modules=named,
        steps=tuple(_read_step(_mapping(entry)) for entry in fields["steps"]),
        tensors={n: _laid_out(t, orders[n]) if n in orders else t for n, t in tensors.items()},
        displays=_mapping(fields["displays"]),
        ties=_mapping(fields["ties"]),
        trainable=_mapping(fields["trainable"]),
    )


def _mapping(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError(Message("network.blueprint.no_object"))
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(Message("network.blueprint.no_text"))
    return value


def _settings(part: LayerSpec) -> dict[str, object]:
    return {name: encoded(value) for name, value in part.settings.items()}


def _part(entry: Mapping[str, Any]) -> LayerSpec:
    settings = {name: decoded(value) for name, value in _mapping(entry["settings"]).items()}
    return LayerSpec(kind=_text(entry["kind"]), settings=settings)


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
        name=_text(entry["name"]),
        operation=_text(entry["operation"]),
        module=None if entry["module"] is None else _text(entry["module"]),
        arguments=arguments,
        keywords=tuple((_text(name), decoded(value)) for name, value in entry["keywords"]),
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
