"""Lists of steps with other wires: pure changes before a network is put together again."""

import dataclasses
from collections.abc import Mapping, Sequence

from explain.core.network import Ref, Step
from explain.network.blueprint import Blueprint

__all__ = ["replaced", "rewired"]


def rewired(steps: Sequence[Step], names: Mapping[str, str]) -> tuple[Step, ...]:
    """Return the steps with every reference to a key of `names` turned to its value."""
    return tuple(
        dataclasses.replace(
            step,
            arguments=tuple(_turned(part, names) for part in step.arguments),
            keywords=tuple((name, _turned(value, names)) for name, value in step.keywords),
        )
        for step in steps
    )


def replaced(blueprint: Blueprint, steps: Sequence[Step]) -> Blueprint:
    """Return a blueprint with these steps, without the layers and tensors that nothing uses now."""
    used = {step.module for step in steps if step.module is not None}
    handed = {str(s.arguments[0]) for s in steps if s.operation == "parameter"}
    kept = {
        name: tensor
        for name, tensor in blueprint.tensors.items()
        if name in handed or name.rpartition(".")[0] in used or name in blueprint.ties.values()
    }
    return dataclasses.replace(
        blueprint,
        steps=tuple(steps),
        modules={name: part for name, part in blueprint.modules.items() if name in used},
        displays={name: text for name, text in blueprint.displays.items() if name in used},
        tensors=kept,
        trainable={name: flag for name, flag in blueprint.trainable.items() if name in kept},
    )


def _turned(argument: object, names: Mapping[str, str]) -> object:
    if isinstance(argument, Ref):
        return Ref(names.get(argument.name, argument.name))
    if isinstance(argument, tuple):
        return tuple(_turned(part, names) for part in argument)
    return argument
