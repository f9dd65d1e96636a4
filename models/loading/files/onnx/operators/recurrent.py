"""LSTM, GRU and plain recurrent layers."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from models.loading.files.onnx.call import NodeCall, Operator
from models.loading.files.onnx.values import Constant, Running, Value

_USUAL = {
    "LSTM": ["Sigmoid", "Tanh", "Tanh"],
    "GRU": ["Sigmoid", "Tanh"],
    "RNN": ["Tanh"],
}
_ORDER = {"LSTM": (0, 2, 3, 1), "GRU": (1, 0, 2), "RNN": (0,)}
"""Where torch's gates stand in the file: input, forget, cell, output; reset, update, new."""

_UNUSUAL = ("clip", "input_forget", "layout", "activation_alpha", "activation_beta")
_STATES = {"LSTM": (5, 6), "GRU": (5,), "RNN": (5,)}
_PEEPHOLES, _LENGTHS = 7, 4


def _recurrent(kind: Callable[..., nn.RNNBase], name: str) -> Operator:
    def append(call: NodeCall) -> tuple[Value, ...]:
        settings = _checked(call, name)
        weights = _weights(call, _ORDER[name])
        hidden = weights["weight_hh_l0"].tensor.shape[1]
        directions = 2 if settings["bidirectional"] else 1
        value = call.running()
        if (length := value.fixed(0)) is not None and length > call.limits.sequence:
            raise call.node.refusal("loading.onnx.steps.too_many_steps", length=length)
        module = kind(
            weights["weight_ih_l0"].tensor.shape[1],
            hidden,
            bias="bias_ih_l0" in weights,
            device="meta",
            **settings,
        )
        inputs = (value, *_state(call, name))
        found = call.build.layer(call.node, module, inputs, weights)
        return _results(call, found, directions, hidden)

    return append


def _checked(call: NodeCall, name: str) -> dict[str, Any]:
    """Return the settings of the layer; refuse what torch's layer cannot do."""
    node = call.node
    direction = node.text("direction", "forward")
    unusual = [key for key in _UNUSUAL if node.given(key)]
    if unusual or direction not in {"forward", "bidirectional"} or call.has(_PEEPHOLES):
        raise node.refusal("loading.onnx.steps.unusual_kind", kind=list(unusual) or direction[:20])
    if call.has(_LENGTHS):
        raise node.refusal("loading.onnx.steps.lengths_of_sequences")
    if name == "GRU" and not node.integer("linear_before_reset", 0):
        raise node.refusal("loading.onnx.steps.reset_gate")
    directions = 2 if direction == "bidirectional" else 1
    settings: dict[str, Any] = {"bidirectional": directions == 2}
    found = [text.lower() for text in node.texts("activations") or ()]
    usual = [text.lower() for text in _USUAL[name]] * directions
    if name == "RNN" and found and set(found) <= {"relu"}:
        return settings | {"nonlinearity": "relu"}
    if found and found != usual:
        raise node.refusal("loading.onnx.steps.activations", names=[name[:60] for name in found])
    return settings


def _weights(call: NodeCall, order: Sequence[int]) -> dict[str, Constant]:
    """Return the file's weights [directions, gates · hidden, ...] under torch's names."""
    parts: dict[str, Constant] = {"weight_ih": call.constant(1), "weight_hh": call.constant(2)}
    if (bias := call.optional(3)) is not None:
        first, second = bias.tensor.chunk(2, dim=1)
        parts |= {"bias_ih": call.kept(first, bias), "bias_hh": call.kept(second, bias)}
    found = {}
    for direction, ending in enumerate(("_l0", "_l0_reverse")):
        for name, part in parts.items():
            if direction < len(part.tensor):
                gates = _reordered(part.tensor[direction], order)
                found[f"{name}{ending}"] = call.kept(gates, part)
    return found


def _reordered(tensor: Tensor, order: Sequence[int]) -> Tensor:
    gates = tensor.chunk(len(order), dim=0)
    return tensor if len(order) == 1 else torch.cat([gates[place] for place in order])


def _state(call: NodeCall, name: str) -> tuple[Any, ...]:
    """Return the first state, nothing where it is zeros, as torch assumes anyway."""
    places = _STATES[name]
    given = [call.tensor(place) if call.has(place) else None for place in places]
    if all(state is None or call.build.is_zeros(state) for state in given):
        return ()
    if any(state is None for state in given):
        raise call.node.refusal("loading.onnx.steps.one_first_state")
    return (tuple(given),) if name == "LSTM" else (given[0],)


def _results(call: NodeCall, found: Any, directions: int, hidden: int) -> tuple[Value, ...]:
    """Return the sequence as [length, directions, batch, hidden], and the last states."""
    sequence, states = found
    lasts = states if isinstance(states, tuple) else (states,)
    return (_by_direction(call, sequence, directions, hidden), *lasts)


def _by_direction(call: NodeCall, sequence: Running, directions: int, hidden: int) -> Value:
    if directions == 1:
        return call.step("unsqueeze", sequence, 1)
    sizes = (call.build.size(sequence, 0), call.build.size(sequence, 1), directions, hidden)
    parts = call.step("reshape", sequence, sizes)
    return call.step("permute", parts, (0, 2, 1, 3))


RECURRENT: Mapping[str, Operator] = {
    "GRU": _recurrent(nn.GRU, "GRU"),
    "LSTM": _recurrent(nn.LSTM, "LSTM"),
    "RNN": _recurrent(nn.RNN, "RNN"),
}
