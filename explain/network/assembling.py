"""Layers, tensors and steps put together to a network; the same ones under other steps."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from torch import Tensor, nn

from explain.core.errors import InvalidSubject, UnsupportedOperation, reason_of
from explain.core.network import LayerInfo, Step
from explain.network.graph import display_name, told_apart
from explain.network.lifted import Lifted
from explain.network.returning import source_without
from explain.network.shapes import with_shapes
from explain.network.source_state import SourceState

_NO_LAYERS: Mapping[str, nn.Module] = MappingProxyType({})
_NO_TENSORS: Mapping[str, Tensor] = MappingProxyType({})


def assemble(
    *,
    modules: Mapping[str, nn.Module],
    tensors: Mapping[str, Tensor],
    steps: Sequence[Step],
    originals: Mapping[str, str],
    source: SourceState | None = None,
) -> Lifted:
    """Return the network made of these layers, tensors and steps, with shapes and costs filled in.

    Input steps must have their shape. `originals`: sanitised dotted name -> what people called it;
    `source`: how the state dict of the code that they came from lies in the tensors.

    Raises:
        UnsupportedOperation: a step that cannot say the shape of its result.
        InvalidSubject: a step that does not run for one or two rows.
    """
    bare = Lifted(modules=modules, tensors=tensors, steps=steps, source=source)
    return _counted(bare, modules, tensors, lambda name: display_name(name, originals))


def with_steps(
    network: Lifted,
    steps: Sequence[Step],
    *,
    modules: Mapping[str, nn.Module] = _NO_LAYERS,
    tensors: Mapping[str, Tensor] = _NO_TENSORS,
) -> Lifted:
    """Return a private copy of a network that runs other steps over the same tensors.

    `modules` and `tensors` are new ones that the steps name. What no step names is left out; what
    the layers are and cost is taken over, not counted again. Cost: no pass.
    """
    layers, loose = _used(network.sharing_copy(), steps, modules, tensors)
    return Lifted(
        modules=layers,
        tensors=loose,
        steps=steps,
        layers=network.layers,
        source=_source(network, layers, loose),
    )


def reassembled(
    network: Lifted, steps: Sequence[Step], *, tensors: Mapping[str, Tensor] = _NO_TENSORS
) -> Lifted:
    """Return what `with_steps` returns, with shapes and costs counted again.

    Raises:
        UnsupportedOperation, InvalidSubject: as `assemble`.
    """
    layers, loose = _used(network.sharing_copy(), steps, _NO_LAYERS, tensors)
    titles = {layer.name: layer.display for layer in network.layers}
    bare = Lifted(
        modules=layers, tensors=loose, steps=steps, source=_source(network, layers, loose)
    )
    return _counted(bare, layers, loose, lambda name: titles.get(name, name))


def with_titles(network: Lifted, titles: Mapping[str, str]) -> Lifted:
    """Return a private copy of a network in which these layers are called otherwise."""
    layers, loose = _used(network.sharing_copy(), network.steps, _NO_LAYERS, _NO_TENSORS)
    infos = [replace(info, display=titles.get(info.name, info.display)) for info in network.layers]
    return Lifted(
        modules=layers,
        tensors=loose,
        steps=network.steps,
        layers=_told_apart(infos),
        source=_source(network, layers, loose),
    )


def _used(
    network: Lifted,
    steps: Sequence[Step],
    modules: Mapping[str, nn.Module],
    tensors: Mapping[str, Tensor],
) -> tuple[dict[str, nn.Module], dict[str, Tensor]]:
    """Return the layers and the loose tensors that steps name: new ones, else the network's."""
    layers = [step.module for step in steps if step.module is not None]
    handed = [str(step.arguments[0]) for step in steps if step.operation == "parameter"]
    return (
        {n: modules[n] if n in modules else network.get_submodule(n) for n in layers},
        {n: tensors[n] if n in tensors else network.tensor(n) for n in handed},
    )


def _source(
    network: Lifted, layers: Mapping[str, nn.Module], loose: Mapping[str, Tensor]
) -> SourceState | None:
    """Return what is known of the network's source for one with these layers and tensors."""
    held = {
        f"{name}.{own}"
        for name, layer in layers.items()
        for own in (*layer._parameters, *layer._buffers)  # noqa: SLF001 - their names alone
    }
    return source_without(network, held | set(loose))


def _counted(
    bare: Lifted,
    modules: Mapping[str, nn.Module],
    tensors: Mapping[str, Tensor],
    display: Callable[[str], str],
) -> Lifted:
    try:
        steps, layers = with_shapes(bare, display)
    except NotImplementedError as error:
        raise UnsupportedOperation(
            "unsupported_operation", operation=reason_of(error, 120)
        ) from error
    except RuntimeError as error:
        raise InvalidSubject("network.one_batch_size", error=reason_of(error)) from error
    return Lifted(
        modules=modules,
        tensors=tensors,
        steps=steps,
        layers=_told_apart(layers),
        source=bare.source,
    )


def _told_apart(layers: Sequence[LayerInfo]) -> tuple[LayerInfo, ...]:
    """Return layers of which no two are called alike."""
    titles = told_apart({info.name: info.display for info in layers})
    return tuple(replace(info, display=titles[info.name]) for info in layers)
