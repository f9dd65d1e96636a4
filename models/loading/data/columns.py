"""Which column is what: features, the answer, groups; matched by name, told when guessed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from explain.core.errors import ImportRefused
from models.loading.card.model_card import Card
from models.loading.data.numbers import is_numeric
from models.loading.data.wording import counted, listed, quoted

__all__ = ["Roles", "answer_column", "check_present", "roles", "unused"]

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
    report: tuple[str, ...] = ()


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
        raise ImportRefused(
            "No column of the table holds numbers that could be features.",
            hint="Give one column per input of the network.",
        )
    return Roles(
        features=features,
        target=target,
        groups=(*card.groups, *groups),
        flags=flags,
        report=(*said, *more),
    )


def answer_column(columns: Columns, card: Card, taken: set[str]) -> tuple[str, list[str]]:
    """Return the column with the answers, "" where there is none, and what to say about it."""
    if card.target:
        check_present(columns, (card.target,), "label")
        return card.target, []
    found = usual_answer(columns, taken)
    free = [name for name in columns if name not in taken]
    if not found and card.input.features and len(free) == 1:
        found = free[0]
    if not found:
        return "", ["No column with answers: the rows count as unlabelled."]
    return found, [f"1 column taken as the answer: {quoted(found)}."]


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
    hint = f"Did you mean {quoted(folded[near[0]])}? " if near else ""
    raise ImportRefused(
        f"{counted(len(missing), f'{what} column')} of the card not in the table: "
        f"{listed(map(quoted, missing))}. It has {listed(map(quoted, columns))}.",
        hint=f"{hint}Names must be spelled as on the card; their order does not matter.",
    )


def unused(names: Iterable[str]) -> tuple[str, ...]:
    """Return the sentence about columns that nothing uses."""
    found = list(names)
    if not found:
        return ()
    return (f"{counted(len(found), 'column')} not used: {listed(map(quoted, found))}.",)


def _split(
    columns: Columns, free: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...], list[str]]:
    """Return columns of numbers, columns of words, and what to say about both."""
    features = tuple(name for name in free if is_numeric(columns[name]))
    groups = tuple(name for name in free if name not in features)
    numbers = counted(len(features), "column")
    order = listed(map(quoted, features))
    said = [f"The card names no features: {numbers} of numbers taken in file order: {order}."]
    if groups:
        said.append(
            f"{counted(len(groups), 'column')} of words taken as groups, not as features: "
            f"{listed(map(quoted, groups))}."
        )
    return features, groups, said
