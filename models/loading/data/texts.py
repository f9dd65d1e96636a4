"""A CSV file of texts as ids of tokens, with answers and groups."""

from collections.abc import Sequence
from types import MappingProxyType

import numpy as np
import torch
from torch import Tensor

from explain.core.errors import ImportRefused
from explain.core.messages import Message, listed
from explain.core.subject import Samples
from models.loading.card.model_card import Card
from models.loading.data.record import Data, left_out, quoted
from models.loading.data.separated import read_separated
from models.loading.data.tables import (
    Columns,
    Roles,
    answer_column,
    answers_of,
    check_present,
    group_columns,
    label_columns,
    possible_answers,
    unused,
)
from models.loading.data.tokens.reading import read_tokenizer
from models.loading.data.tokens.vocabulary import Tokenizer
from models.loading.limits import Limits

TEXT = ("text", "message", "sentence", "review", "content", "document")
"""Names of the column that holds the texts, where the card has no feature."""
_USUAL_LENGTH = 512


def read_texts(data: bytes, card: Card, limits: Limits, *, vocabulary: bytes | None = None) -> Data:
    """Return the texts of a CSV file as ids [n, length].

    A mask of the same shape follows where the card names two inputs. Texts are cut after
    `preprocess.length` tokens, special words included (512 where nothing says how long), and filled
    up with padding; both are counted, and so are unknown words. Rows without a text or without an
    answer are left out and counted.

    Raises:
        ImportRefused: the file is no table of texts, the vocabulary is missing or unknown.
    """
    tokenizer = read_tokenizer(vocabulary, card, limits)
    table = read_separated(data, limits)
    column, found = _roles(table.columns, card)
    answers = answers_of(table.columns, found, card, limits)
    texts = table.columns[column]
    kept, gaps = _complete(texts, answers.known)
    _check_letters([texts[row] for row in kept], tokenizer, limits)
    pieces = [tokenizer.ids(texts[row]) for row in kept]
    inputs, said = id_tensors(pieces, tokenizer, card, limits)
    rows = np.array(kept, dtype=np.int64)
    groups, more = group_columns(table.columns, found.groups, rows, limits)
    samples = Samples(
        inputs=inputs,
        targets=answers.of(kept),
        ids=tuple(f"line {table.lines[row]}" for row in kept),
        groups=groups,
        display=MappingProxyType({"text": tuple(texts[row] for row in kept)}),
    )
    return Data(
        kind="text",
        samples=samples,
        task=answers.task,
        labels=answers.labels,
        names=tokenizer.names,
        possible=possible_answers(table.columns, found, card),
        report=(*table.report, *found.report, *answers.report, *more, *gaps, *said),
    )


def _check_letters(texts: Sequence[str], tokenizer: Tokenizer, limits: Limits) -> None:
    """Refuse texts whose pieces would take too long to find with this tokenizer."""
    letters, most = sum(map(len, texts)), limits.text_letters // tokenizer.work
    if letters > most:
        raise ImportRefused("loading.data.too_many_letters", count=letters, most=most)


def id_tensors(
    pieces: Sequence[Sequence[int]], tokenizer: Tokenizer, card: Card, limits: Limits
) -> tuple[tuple[Tensor, ...], list[Message]]:
    """Return ids (and a mask) of one length, and sentences about what was cut and unknown."""
    most = min(card.preprocess.length or _USUAL_LENGTH, limits.sequence)
    around = len(tokenizer.before) + len(tokenizer.after)
    if most <= around:
        raise ImportRefused("loading.data.length_too_short", most=most, around=around)
    room = most - around
    rows = [[*tokenizer.before, *piece[:room], *tokenizer.after] for piece in pieces]
    length = most if card.input.shape else max(map(len, rows))
    ids = torch.full((len(rows), length), tokenizer.padding)
    mask = torch.zeros(len(rows), length, dtype=torch.int64)
    for place, row in enumerate(rows):
        ids[place, : len(row)] = torch.tensor(row, dtype=torch.int64)
        mask[place, : len(row)] = 1
    inputs = (ids, mask) if len(card.input.names) > 1 else (ids,)
    return inputs, _told(pieces, room, tokenizer, length)


def _told(
    pieces: Sequence[Sequence[int]], room: int, tokenizer: Tokenizer, length: int
) -> list[Message]:
    total = sum(map(len, pieces))
    unknown = sum(place == tokenizer.unknown for piece in pieces for place in piece)
    cut = sum(len(piece) > room for piece in pieces)
    kind, words = tokenizer.kind, len(tokenizer.names)
    report = [
        Message(
            "loading.data.tokens",
            tokens=total,
            kind=kind,
            words=words,
            unknown=unknown,
            share=unknown / total,
        )
        if total
        else Message("loading.data.no_tokens", kind=kind, words=words),
        Message("loading.data.lengths", ids=length, cut=cut),
    ]
    if total and unknown > total / 2:
        report.append(Message("loading.data.mostly_unknown"))
    return report


def _roles(columns: Columns, card: Card) -> tuple[str, Roles]:
    """Return the column of texts, and what the others are for."""
    column = _text_column(columns, card)
    check_present(columns, card.groups, "group")
    flags = label_columns(columns, card)
    target, said = ("", []) if flags else answer_column(columns, card, {column, *card.groups})
    rest = [n for n in columns if n not in {column, target, *card.groups, *flags}]
    report = (Message("loading.data.column_of_texts", name=quoted(column)), *said, *unused(rest))
    return column, Roles(
        features=(column,), target=target, groups=card.groups, flags=flags, report=report
    )


def _text_column(columns: Columns, card: Card) -> str:
    if card.input.features:
        check_present(columns, card.input.features[:1], "text")
        return card.input.features[0]
    found = [name for name in columns if name.lower() in TEXT]
    if not found and len(columns) == 1:
        return next(iter(columns))
    if len(found) != 1:
        raise ImportRefused("loading.data.which_column", columns=listed(map(quoted, columns)))
    return found[0]


def _complete(texts: Sequence[str], known: Sequence[bool]) -> tuple[list[int], list[Message]]:
    """Return the rows with a text and an answer, and sentences about the others."""
    empty = sum(not text for text in texts)
    silent = sum(bool(text) and not there for text, there in zip(texts, known, strict=True))
    kept = [row for row, text in enumerate(texts) if text and known[row]]
    said = [*left_out("without_text", empty), *left_out("without_answer", silent)]
    if not kept:
        raise ImportRefused("loading.data.no_text_with_answer", report=list(said))
    return kept, said
