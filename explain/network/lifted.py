"""The one internal form of every network: real layers and a flat list of steps over them."""

import copy
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Self, cast

from torch import Tensor, nn

from explain.core.errors import InvalidSubject, UnknownKey, UnsupportedOperation
from explain.core.network import LayerInfo, Step
from explain.network.graph import PRUNABLE
from explain.network.operations import OPERATIONS
from explain.network.pieces import fixed_rows, in_pieces, refuse_other_counts
from explain.network.source_state import SourceState
from explain.network.steps import StepRunner, last_uses, run_step

_OWN = frozenset({"input", "parameter", "output"})
_Limits = tuple[tuple[int, int | None], ...]


class Lifted(nn.Module):
    """A network as real layers under their own names, run by a plain loop over its steps.

    Always in evaluation mode: `train(True)` changes nothing, BatchNorm uses its running
    statistics and dropout is gone, so that no caller can change what the network computes by a
    flag. Gradients flow; fine-tuning keeps the statistics fixed.

    Steps are named after their layer or "key:number"; the operations "input", "parameter" (hands
    out a tensor that no layer owns) and "output" (the last step) stand beside the allow-list.
    """

    def __init__(
        self,
        *,
        modules: Mapping[str, nn.Module],
        tensors: Mapping[str, Tensor],
        steps: Sequence[Step],
        layers: Sequence[LayerInfo] = (),
        source: SourceState | None = None,
    ) -> None:
        super().__init__()
        for name, module in modules.items():
            self._hang(name, module)
        for name, tensor in tensors.items():
            self._hang_tensor(name, tensor)
        self._steps = tuple(steps)
        self._known: dict[object, Any] = {}
        self._layers = tuple(layers)
        self._source = source
        self._program = tuple(zip(map(_known_operation, steps), last_uses(steps), strict=True))
        self._inputs = tuple(step for step in self._steps if step.operation == "input")
        self._piece = fixed_rows(self._steps)
        self.eval()

    @property
    def steps(self) -> tuple[Step, ...]:
        """Return the operations in execution order."""
        return self._steps

    @property
    def known(self) -> dict[object, Any]:
        """Return what was found out about the steps: masked copies share it, it goes with them."""
        return self._known

    @property
    def layers(self) -> tuple[LayerInfo, ...]:
        """Return the steps that run a module, in execution order."""
        return self._layers

    @property
    def source(self) -> SourceState | None:
        """Return how the state dict of the code that it came from lies here, None if unknown."""
        return self._source

    @property
    def piece(self) -> int | None:
        """Return how many rows run at a time, None where any number does."""
        return self._piece

    @property
    def prunable(self) -> tuple[str, ...]:
        """Return the weights of linear, convolutional and recurrent layers in execution order.

        Biases, norms and embeddings are not among them; a tied weight stands once, under the
        first layer that multiplies with it.
        """
        found: dict[int, str] = {}
        for step in self._steps:
            if step.module is not None:
                for name, weight in _weights_of(self.get_submodule(step.module)):
                    found.setdefault(id(weight), f"{step.module}.{name}")
        return tuple(found.values())

    def forward(self, *inputs: Tensor) -> Tensor:
        """Run the network: inputs with the batch in dimension 0.

        A network whose inputs have a fixed first dimension runs in pieces of that many rows.

        Raises:
            InvalidSubject: inputs of another number or size than the network was lifted for.
            Refused: someone listens to the layers of a network that runs in pieces.
        """
        if self._piece is not None and inputs and len(inputs[0]) not in {0, self._piece}:
            layers = (layer for layer in self.modules() if layer is not self)
            return in_pieces(self.forward, inputs, self._piece, layers)
        _check_inputs(self._inputs, inputs)
        values: dict[str, Any] = {}
        for step, frees in self._program:
            values[step.name] = run_step(step, self, values, inputs)
            for name in frees:
                del values[name]
        output: Tensor = values[self._steps[-1].name]
        return output

    def walk(self, *inputs: Tensor, run: StepRunner = run_step) -> Iterator[tuple[str, Any]]:
        """Run the network step by step: yield each step's name and value before the next runs.

        `run` runs one.

        Raises:
            Refused: another number of rows than a network of fixed size takes.
        """
        refuse_other_counts(inputs, self._piece)
        _check_inputs(self._inputs, inputs)
        values: dict[str, Any] = {}
        for step, frees in self._program:
            values[step.name] = run(step, self, values, inputs)
            yield step.name, values[step.name]
            for unused in frees:
                del values[unused]

    def record(self, *inputs: Tensor) -> dict[str, Any]:
        """Run the network and return the value of every step by its name, nothing freed."""
        return dict(self.walk(*inputs))

    def sharing_copy(self) -> Self:
        """Return a private skeleton: new module objects without hooks over the same tensors."""
        return cast("Self", _shared(self, {}))

    def of_source(self, source: SourceState | None) -> Self:
        """Return a sharing copy that came from other code."""
        copied = self.sharing_copy()
        vars(copied)["_source"] = source
        return copied

    def with_parameters(self, parameters: Mapping[str, Tensor]) -> Self:
        """Return a sharing copy in which these tensors are replaced, tied ones everywhere.

        Names of parameters or buffers, any name of a tied one. A new parameter keeps the
        `requires_grad` of the one it replaces, shares memory with the tensor given, and is cut
        off from the graph that made it.

        Raises:
            UnknownKey: no such parameter.
            InvalidSubject: another shape.
        """
        known = dict(self._named_tensors())
        replaced = {
            id(_known(known, name)): _replacement(name, known[name], tensor)
            for name, tensor in parameters.items()
        }
        copied = self.sharing_copy()
        for module in copied.modules():
            for name, tensor in list(_tensors_of(module)):
                if id(tensor) in replaced:
                    _assign(module, name, replaced[id(tensor)])
        return copied

    def weights(self) -> dict[str, Tensor]:
        """Return every tensor once, detached and contiguous, as safetensors wants them."""
        seen: dict[int, str] = {}
        for name, tensor in self._named_tensors():
            seen.setdefault(id(tensor), name)
        known = dict(self._named_tensors())
        return {name: known[name].detach().contiguous() for name in seen.values()}

    def train(self, mode: bool = True) -> Self:  # noqa: ARG002, FBT001, FBT002 - torch's signature
        """Stay in evaluation mode, whatever is asked."""
        return super().train(mode=False)

    def get_submodule(self, target: str) -> nn.Module:
        """Return the module of that dotted name.

        Raises:
            UnknownKey: there is none.
        """
        module: nn.Module = self
        for part in _path(target):
            found = module._modules.get(part)  # noqa: SLF001 - a layer may be called like a property
            if found is None:
                raise UnknownKey.among("layer", target, [name for name, _ in self.named_modules()])
            module = found
        return module

    def get_parameter(self, target: str) -> nn.Parameter:
        """Return the parameter of that dotted name, any name of a tied one.

        Raises:
            UnknownKey: there is none.
        """
        found = self.tensor(target)
        if not isinstance(found, nn.Parameter):
            raise UnknownKey.among("parameter", target, dict(self.named_parameters()))
        return found

    def tensor(self, name: str) -> Tensor:
        """Return the parameter or buffer of that dotted name, any name of a tied one.

        Raises:
            UnknownKey: there is none.
        """
        layer, _, last = name.rpartition(".")
        found = dict(_tensors_of(self.get_submodule(layer))).get(last)
        if found is None:
            raise UnknownKey.among("parameter", name, dict(self._named_tensors()))
        return found

    def _named_tensors(self) -> Iterator[tuple[str, Tensor]]:
        yield from self.named_parameters(remove_duplicate=False)
        yield from self.named_buffers(remove_duplicate=False)

    def _scope(self, path: tuple[str, ...]) -> nn.Module:
        """Return the module at `path`; what is missing on the way becomes an empty one."""
        module: nn.Module = self
        for part in path:
            if module._modules.get(part) is None:  # noqa: SLF001 - see `get_submodule`
                module._modules[part] = nn.Module()  # noqa: SLF001 - see `get_submodule`
            module = cast("nn.Module", module._modules[part])  # noqa: SLF001 - see `get_submodule`
        return module

    def _hang(self, name: str, module: nn.Module) -> None:
        *scope, last = name.split(".")
        parent = self._scope(tuple(scope))
        occupant = parent._modules.get(last)  # noqa: SLF001 - see `get_submodule`
        if occupant is not None:
            module._modules.update(occupant._modules)  # noqa: SLF001 - layers inside a layer
        parent._modules[last] = module  # noqa: SLF001 - see `get_submodule`

    def _hang_tensor(self, name: str, tensor: Tensor) -> None:
        *scope, last = name.split(".")
        state = vars(self._scope(tuple(scope)))
        state["_parameters" if isinstance(tensor, nn.Parameter) else "_buffers"][last] = tensor


@lru_cache(maxsize=4096)  # every step of every run asks: splitting would cost 3 % of a small one
def _path(name: str) -> tuple[str, ...]:
    return tuple(name.split(".")) if name else ()


def _known_operation(step: Step) -> Step:
    if step.module is None and step.operation not in _OWN and step.operation not in OPERATIONS:
        raise UnsupportedOperation("unsupported_operation", operation=step.operation)
    return step


def _check_inputs(steps: Sequence[Step], inputs: tuple[Tensor, ...]) -> None:
    """Refuse inputs of another number or of other sizes than those that were traced."""
    if len(inputs) != len(steps):
        raise InvalidSubject("network.count_of_inputs", count=len(steps), given=len(inputs))
    for step in steps:
        place = cast("int", step.arguments[0])
        limits = cast("_Limits", dict(step.keywords)["sizes"])
        if not _fits(inputs[place].shape, limits):
            raise InvalidSubject(
                "network.shape_of_input",
                place=place,
                shape=str(tuple(inputs[place].shape)),
                limits=_sizes(limits),
            )


def _fits(shape: Sequence[int], limits: _Limits) -> bool:
    return len(limits) == len(shape) and all(
        low <= size and (high is None or size <= high)
        for size, (low, high) in zip(shape, limits, strict=True)
    )


def _sizes(limits: _Limits) -> str:
    words = [str(low) if low == high else f"{low}..{high or ''}" for low, high in limits]
    return f"[{', '.join(words)}]"


def _weights_of(module: nn.Module) -> Iterator[tuple[str, nn.Parameter]]:
    if isinstance(module, PRUNABLE):
        for name, parameter in module.named_parameters(recurse=False):
            if name.startswith("weight"):
                yield name, parameter


def _tensors_of(module: nn.Module) -> Iterator[tuple[str, Tensor]]:
    state = vars(module)
    for kind in ("_parameters", "_buffers"):
        yield from ((name, tensor) for name, tensor in state[kind].items() if tensor is not None)


def _assign(module: nn.Module, name: str, tensor: Tensor) -> None:
    if isinstance(module, nn.RNNBase):
        setattr(module, name, tensor)  # it keeps a list of its weights beside the dictionary
        return
    vars(module)["_parameters" if isinstance(tensor, nn.Parameter) else "_buffers"][name] = tensor


def _known(known: Mapping[str, Tensor], name: str) -> Tensor:
    if name not in known:
        raise UnknownKey.among("parameter", name, known)
    return known[name]


def _replacement(name: str, old: Tensor, new: Tensor) -> Tensor:
    if old.shape != new.shape:
        raise InvalidSubject(
            "network.shape_of_parameter",
            name=name,
            shape=str(tuple(old.shape)),
            wanted=str(tuple(new.shape)),
        )
    if isinstance(old, nn.Parameter):
        return nn.Parameter(new.detach(), requires_grad=old.requires_grad)
    return new.detach()


def _shared(module: nn.Module, made: dict[int, nn.Module]) -> nn.Module:
    """Return a copy of a module tree over the same tensors, without hooks."""
    if id(module) not in made:
        copied = made[id(module)] = type(module).__new__(type(module))
        state = {name: _own_container(name, value) for name, value in vars(module).items()}
        children = vars(module)["_modules"].items()
        state["_modules"] = {n: None if c is None else _shared(c, made) for n, c in children}
        vars(copied).update(state)
    return made[id(module)]


def _own_container(name: str, value: Any) -> Any:
    if name == "_is_full_backward_hook":
        return None
    if name.endswith(("_hooks", "_hooks_with_kwargs", "_hooks_always_called")):
        return type(value)()
    return copy.copy(value) if isinstance(value, (dict, list, set)) else value
