"""What only a network in training mode does."""

from collections.abc import Iterable, Mapping

from explain.core.errors import ImportRefused
from models.loading.files.pt2.arguments import arguments_of
from models.loading.files.pt2.program_fields import only, text
from models.loading.files.pt2.targets import ATEN, RANDOM

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
        raise ImportRefused("loading.pt2.dropout_active")
    if name in _RECURRENT and training and _is_set(arguments.get("dropout")):
        raise ImportRefused("loading.pt2.recurrent_dropout_active")
    if name == _FUNCTIONAL or (name in _NORMS and training):
        unknown = arguments.get("running_mean") in (None, {"as_none": True})
        raise ImportRefused(
            "loading.pt2.norm_of_inputs" if unknown else "loading.pt2.batch_norm_training"
        )
    if name in RANDOM or (name == f"{ATEN}rrelu" and training):
        raise ImportRefused("loading.pt2.random_numbers")


def _is_set(argument: object) -> bool:
    """Return whether an argument is true, or a number above zero."""
    if argument is None:
        return False
    kind, value = only(argument)
    return kind in {"as_bool", "as_float", "as_int"} and bool(value)
