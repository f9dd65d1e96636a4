"""Which column is what: features, the answer, groups; matched by name, told when guessed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from explain.core.errors import ImportRefused
from explain.core.messages import Message, listed
from models.loading.card.model_card import Card
from models.loading.data.numbers import is_numeric
from models.loading.data.record import quoted

_USUAL = ("label", "labels", "target", "targets", "class", "y", "outcome")

Columns = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """Names of columns by what they are for."""

    features: tuple[str, ...]
    target: str
    groups: tuple[str, ...]
    flags: tuple[str, ...] = ()
    """Columns of 0 and 1, one per label."""
    report: tuple[Message, ...] = ()


def roles(columns: Columns, card: Card) -> Roles:
    """Return what each column of a table is for.

    What the card names must be there. Without features on the card all other columns are features,
    in the order of the file; columns of words among them become groups.

    Raises:
        ImportRefused: a column that the card names is missing; no feature is left.
    """
    named = card.input.features
    check_present(columns, named, "feature")
    check_present(columns, card.groups, "group")
    flags = label_columns(columns, card)
    target, said = ("", []) if flags else answer_column(columns, card, {*named, *card.groups})
    taken = {target, *card.groups, *flags}
    free = [name for name in columns if name not in taken]
    if named:
        return Roles(
            features=named,
            target=target,
            groups=card.groups,
            flags=flags,
            report=(*said, *unused(name for name in free if name not in named)),
        )
    features, groups, more = _split(columns, free)
    if not features:
        raise ImportRefused("loading.data.no_features")
    return Roles(
        features=features,
        target=target,
        groups=(*card.groups, *groups),
        flags=flags,
        report=(*said, *more),
    )


def answer_column(columns: Columns, card: Card, taken: set[str]) -> tuple[str, list[Message]]:
    """Return the column with the answers, "" where there is none, and what to say about it."""
    if card.target:
        check_present(columns, (card.target,), "label")
        return card.target, []
    found = usual_answer(columns, taken)
    free = [name for name in columns if name not in taken]
    if not found and card.input.features and len(free) == 1:
        found = free[0]
    if not found:
        return "", [Message("loading.data.no_answers")]
    return found, [Message("loading.data.answer_taken", name=quoted(found))]


def usual_answer(columns: Columns, taken: Iterable[str] = ()) -> str:
    """Return the column that is called as answers usually are; "" where none or several are."""
    found = [name for name in columns if name.lower() in _USUAL and name not in set(taken)]
    return found[0] if len(found) == 1 else ""


def label_columns(columns: Columns, card: Card) -> tuple[str, ...]:
    """Return one column per label, in their order, where a row may have several labels.

    Raises:
        ImportRefused: only some of the labels have a column.
    """
    if card.task != "multilabel" and card.output != "multilabel":
        return ()
    there = [name for name in card.labels if name in columns]
    if not there or card.target:
        return ()
    check_present(columns, card.labels, "label")
    return card.labels


def check_present(columns: Columns, wanted: Sequence[str], what: str) -> None:
    """Refuse a table without these columns; the nearest names are told."""
    missing = [name for name in wanted if name not in columns]
    if not missing:
        return
    folded = {name.casefold(): name for name in columns}
    near = get_close_matches(missing[0].casefold(), list(folded), n=1, cutoff=0.6)
    if not near:
        raise ImportRefused(
            "loading.data.columns_missing",
            what=what,
            count=len(missing),
            missing=listed(map(quoted, missing)),
            columns=listed(map(quoted, columns)),
        )
    raise ImportRefused(
        "loading.data.columns_misspelled",
        what=what,
        count=len(missing),
        missing=listed(map(quoted, missing)),
        columns=listed(map(quoted, columns)),
        near=quoted(folded[near[0]]),
    )


def unused(names: Iterable[str]) -> tuple[Message, ...]:
    """Return what is said about columns that nothing uses."""
    found = list(names)
    if not found:
        return ()
    told = listed(map(quoted, found))
    return (Message("loading.data.columns_unused", columns=len(found), names=told),)


def _split(
    columns: Columns, free: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...], list[Message]]:
    """Return columns of numbers, columns of words, and what to say about both."""
    features = tuple(name for name in free if is_numeric(columns[name]))
    groups = tuple(name for name in free if name not in features)
    order = listed(map(quoted, features))
    said = [Message("loading.data.features_taken", columns=len(features), names=order)]
    if groups:
        names = listed(map(quoted, groups))
        said.append(Message("loading.data.groups_taken", columns=len(groups), names=names))
    return features, groups, said
