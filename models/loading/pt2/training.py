"""What only a network in training mode does."""

from collections.abc import Iterable, Mapping

from models.loading.pt2.arguments import arguments_of
from models.loading.pt2.fields import only, text
from models.loading.pt2.refusal import refusal
from models.loading.pt2.targets import ATEN, RANDOM

__all__ = ["refuse_training"]

_HINT = "Call model.eval() before torch.export.export, and export again."
_DROPOUT = frozenset(
    f"{ATEN}{name}"
    for name in [
        "alpha_dropout",
        "alpha_dropout_",
        "dropout",
        "dropout_",
        "feature_alpha_dropout",
        "feature_dropout",
        "feature_dropout_",
        "native_dropout",
    ]
)
_RECURRENT = frozenset(f"{ATEN}{name}" for name in ("gru", "lstm", "rnn_relu", "rnn_tanh"))
_NORMS = frozenset(
    f"{ATEN}{name}"
    for name in [
        "_native_batch_norm_legit",
        "batch_norm",
        "cudnn_batch_norm",
        "miopen_batch_norm",
        "native_batch_norm",
    ]
)
_FUNCTIONAL = f"{ATEN}_native_batch_norm_legit_functional"


def refuse_training(operators: Iterable[object]) -> None:
    """Refuse operators that behave as in training.

    Raises:
        ImportRefused: dropout that drops, a norm by the statistics of the batch, random numbers.
    """
    for record in operators:
        _check(text(record, "target"), arguments_of(record))


def _check(target: str, arguments: Mapping[str, object]) -> None:
    name = target.rpartition(".")[0]
    training = any(_is_set(arguments.get(key)) for key in ("train", "training"))
    if name in _DROPOUT and training and _is_set(arguments.get("p")):
        raise refusal("was exported in training mode: dropout is active", hint=_HINT)
    if name in _RECURRENT and training and _is_set(arguments.get("dropout")):
        raise refusal("was exported in training mode: a recurrent layer drops values", hint=_HINT)
    if name == _FUNCTIONAL or (name in _NORMS and training):
        raise refusal(_norm(arguments), hint=_HINT)
    if name in RANDOM or (name == f"{ATEN}rrelu" and training):
        raise refusal("draws random numbers, as networks do in training mode", hint=_HINT)


def _norm(arguments: Mapping[str, object]) -> str:
    if arguments.get("running_mean") in (None, {"as_none": True}):
        return "has a norm by the statistics of what comes in (a batch norm without running ones)"
    return "was exported in training mode: batch norm uses the statistics of the batch"


def _is_set(argument: object) -> bool:
    """Return whether an argument is true, or a number above zero."""
    if argument is None:
        return False
    kind, value = only(argument)
    return kind in {"as_bool", "as_float", "as_int"} and bool(value)
