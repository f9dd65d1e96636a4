"""What the tokens of a message add, in two networks: each token with its colour."""

from collections.abc import Sequence
from dataclasses import dataclass

from explain.core.messages import say
from explain.figures.triple import Triple, signed
from explain.figures.wording import count


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """One token as it was typed: what it adds, and that as a share -1..1 of full colour."""

    text: str
    value: float
    share: float
    known: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageReading:
    """One network's reading of a message; `rest` is what the padding after it adds."""

    title: str
    tokens: tuple[Token, ...]
    rest: float
    sentence: str


def readings(
    texts: Sequence[str], known: Sequence[bool], found: Triple
) -> tuple[tuple[MessageReading, ...], str]:
    """Return the message as dense, pruned and difference read it, and their one scale in words.

    Args:
        texts: the tokens that are read.
        known: which of them stand in the vocabulary.
        found: values [positions]; what follows the tokens is padding.
    """
    n = len(texts)
    shown = Triple(dense=found.dense[:n], pruned=found.pruned[:n])
    largest = shown.largest
    sides = tuple(
        _reading(title, texts, known, [float(x) for x in values], largest)
        for title, values in found.sides
    )
    return sides, (say("figures.tokens.scale", largest=largest))


def _reading(
    title: str, texts: Sequence[str], known: Sequence[bool], values: list[float], largest: float
) -> MessageReading:
    tokens = tuple(
        Token(text=text, value=value, share=value / (largest or 1.0), known=there)
        for text, there, value in zip(texts, known, values[: len(texts)], strict=True)
    )
    return MessageReading(
        title=title,
        tokens=tokens,
        rest=sum(values[len(texts) :]),
        sentence=_sentence(title, tokens),
    )


def _sentence(title: str, tokens: Sequence[Token]) -> str:
    strongest = sorted(tokens, key=lambda token: -abs(token.value))[:3]
    named = ", ".join(f"“{token.text}” {signed(token.value)}" for token in strongest)
    unknown = sum(not token.known for token in tokens)
    more = f"; {count(unknown)} unknown" if unknown else ""
    return f"{title.capitalize()}, {count(len(tokens))} tokens{more}: {named or 'no token'}."
