"""MobileNetV2 and V3, torchvision's names: Sandler et al. 2018, Howard et al. 2019."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType

from torch import nn

from models.registry.convolutions import (
    Inverted,
    Manner,
    Residual,
    Stacked,
    inverted_of,
    normed,
    read_inverted,
)
from models.registry.layers import SIZE, at_size, of_imagenet, two_pictures
from models.registry.record import Architecture, Settings, ShapeMatch, Shapes, children, needed


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What the tensors of one network do not say.

    `halving`: blocks, counted from 0, that halve the maps. Before block `own` stands ReLU, from it
    on the activation of the manner. `name`: of the layers in a block; `last`: the tensor of their
    last convolution, behind its number.
    """

    halving: frozenset[int]
    manner: Manner
    own: int = 0
    name: str = "block"
    last: str = "0.weight"


_HARD = Manner(activation=nn.Hardswish, gate=nn.Hardsigmoid, epsilon=1e-3)
_SECOND: Mapping[int, _Plan] = MappingProxyType(
    {
        17: _Plan(
            halving=frozenset({1, 3, 6, 13}),
            manner=Manner(activation=nn.ReLU6),
            name="conv",
            last="weight",
        )
    }
)
_THIRD: Mapping[int, _Plan] = MappingProxyType(
    {
        11: _Plan(halving=frozenset({0, 1, 3, 8}), manner=_HARD, own=3),
        15: _Plan(halving=frozenset({1, 3, 6, 12}), manner=_HARD, own=6),
    }
)
"""Number of blocks (V3: small, large) -> the plan."""


def _make(plans: Mapping[int, _Plan], settings: Settings) -> nn.Module:
    plan = plans[len(settings["blocks"])]
    inputs = settings["width"]
    features: list[nn.Module] = [normed(settings["channels"], inputs, 3, plan.manner, stride=2)]
    for place, sizes in enumerate(settings["blocks"]):
        block = inverted_of(sizes)
        features.append(_block(plan, place, inputs, block))
        inputs = block.outputs
    features.append(normed(inputs, settings["last"], 1, plan.manner))
    return Stacked(nn.Sequential(*features), nn.Sequential(*_head(settings)))


def _block(plan: _Plan, place: int, inputs: int, block: Inverted) -> nn.Module:
    stride = 2 if place in plan.halving else 1
    ours = plan.manner if place >= plan.own else replace(plan.manner, activation=nn.ReLU)
    layers = block.layers(inputs, stride, ours)
    if plan.last == "weight":
        layers = [*layers[:-1], *layers[-1].children()]
    return Residual(plan.name, layers, adds=stride == 1 and inputs == block.outputs)


def _head(settings: Settings) -> list[nn.Module]:
    last, inner, classes = settings["last"], settings["inner"], settings["classes"]
    if not inner:
        return [nn.Dropout(), nn.Linear(last, classes)]
    return [nn.Linear(last, inner), nn.Hardswish(), nn.Dropout(), nn.Linear(inner, classes)]


def _recognise(plans: Mapping[int, _Plan], shapes: Shapes) -> ShapeMatch | None:
    count = len(children(shapes, "features")) - 2
    plan = plans.get(count)
    if plan is None or f"features.1.{plan.name}.0.0.weight" not in shapes:
        return None
    first = needed(shapes, "features.0.0.weight", 4)
    read = partial(read_inverted, shapes, last=plan.last)
    blocks = [read(f"features.{place}.{plan.name}").plain for place in range(1, count + 1)]
    inner = needed(shapes, "classifier.0.weight", 2)[0] if plans is _THIRD else 0
    settings = {
        "channels": first[1],
        "width": first[0],
        "blocks": blocks,
        "last": needed(shapes, f"features.{count + 1}.0.weight", 4)[0],
        "inner": inner,
        "classes": needed(shapes, f"classifier.{3 if inner else 1}.weight", 2)[0],
    }
    return ShapeMatch(settings=MappingProxyType(settings))


def _record(
    version: int, plans: Mapping[int, _Plan], source: str, sizes: tuple[str, ...]
) -> Architecture:
    name = next(iter(plans.values())).name
    return Architecture(
        key=f"mobilenet-v{version}",
        title=f"MobileNetV{version}",
        line="Inverted residuals of any width, with the tensor names of torchvision.",
        needs=f"the names of torchvision's mobilenet_v{version}: features.0.0.weight, "
        f"features.1.{name}.0.0.weight, ..., classifier.{version if version == 3 else 1}.weight",
        source=source,
        recognise=partial(_recognise, plans),
        make=partial(_make, plans),
        example=two_pictures,
        stretch=at_size,
        scaled=of_imagenet,
        parameters=(SIZE,),
        published=sizes,
    )


MOBILENETS = (
    _record(2, _SECOND, "Sandler et al. 2018", ()),
    _record(3, _THIRD, "Howard et al. 2019", ("mobilenet-v3-small", "mobilenet-v3-large")),
)
