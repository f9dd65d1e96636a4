"""The messages of all languages: read on first use, templates, plurals."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Formatter
from types import MappingProxyType
from typing import Any

from explain.core.messages.numbers import FORMATS

_WITHOUT = frozenset({"ja", "ko", "th", "vi", "zh"})
"""Languages with one form for all numbers."""


def plural_form(language: str, number: float) -> str:
    """Return the plural form of a number in a language, "one" or "other"."""
    if language in _WITHOUT:
        return "other"
    return "one" if isinstance(number, int) and number == 1 else "other"


FALLBACK = "en"
"""The language that has every message."""

_FOLDER = Path(__file__).parent


COMPARED = "compared"
"""What chooses a form by itself: whether the other network is the "plan"'s, or another "model"."""


class Unsayable(LookupError):
    """A message that no file has, or given other values than it names: a mistake in the code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A message of one language: a template, or one for each form that the value `chosen` takes.

    `plural`: that value is a number and takes the plural forms of the `language`. `compares`: a
    form is chosen by what is compared, beside the values that are given.
    """

    language: str
    fields: frozenset[str]
    chosen: str
    plural: bool
    compares: bool
    forms: "Mapping[str, Template | Entry]"

    def fill(self, values: Mapping[str, Any]) -> str:
        """Return the sentence, in the form that the values ask for.

        Raises:
            Unsayable: it has no such form.
        """
        if not self.chosen:
            return self.forms[""].fill(values)
        form = values[self.chosen]
        form = plural_form(self.language, form) if self.plural else str(form)
        found = self.forms.get(form) or self.forms.get("other")
        if found is None:
            raise Unsayable(f"No form of the message is for {form!r}.")
        return found.fill(values)


@cache
def entry(language: str, key: str) -> Entry:
    """Return the message of a language, or the English one where it has none.

    Raises:
        Unsayable: no file has it.
    """
    said = _texts(language).get(key)
    if said is not None:
        return _entry(language, said)
    if language == FALLBACK:
        raise Unsayable(f"There is no message {key!r}.")
    return entry(FALLBACK, key)


@cache
def templates_of(language: str, section: str) -> Mapping[str, Any]:
    """Return the messages of a section in a language, English where it has none, as they stand."""
    found = {**section_of(FALLBACK, section), **section_of(language, section)}
    return MappingProxyType({"language": language, **found})


@cache
def section_of(language: str, section: str) -> Mapping[str, Any]:
    """Return what the file of a language has in a section: name -> what stands there."""
    texts, start = _texts(language), f"{section}."
    found = {key.removeprefix(start): texts[key] for key in texts if key.startswith(start)}
    return MappingProxyType(found)


def fields(key: str) -> frozenset[str]:
    """Return the names of all values that a message takes."""
    return entry(FALLBACK, key).fields


def hint_of(key: str) -> str:
    """Return the key of an error's hint: its own, or the nearest that its sections have."""
    place = key
    while place and f"{place}.hint" not in _texts(FALLBACK):
        place = place.rpartition(".")[0]
    return f"{place or key}.hint"


def keys(language: str) -> frozenset[str]:
    """Return the keys of all messages that a language has."""
    return frozenset(_texts(language))


def missing(language: str) -> tuple[str, ...]:
    """Return the keys of what a language says in English, in their order."""
    return tuple(sorted(keys(FALLBACK) - keys(language)))


@cache
def languages() -> tuple[str, ...]:
    """Return the languages that there are, as their files are called, English first."""
    others = {path.stem for path in _FOLDER.glob("*.toml")} - {FALLBACK}
    return (FALLBACK, *sorted(others))


@cache
def _texts(language: str) -> Mapping[str, Any]:
    return dict(_flat("", tomllib.loads((_FOLDER / f"{language}.toml").read_text("utf-8"))))


def _flat(path: str, table: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in table.items():
        key = f"{path}{name}"
        if isinstance(value, str | list) or "by" in value or "other" in value:
            yield key, value
        else:
            yield from _flat(f"{key}.", value)


def _entry(language: str, said: str | Mapping[str, Any]) -> Entry:
    if isinstance(said, str):
        only = parsed(said)
        return Entry(
            language=language,
            fields=only.fields,
            chosen="",
            plural=False,
            compares=False,
            forms={"": only},
        )
    plural = "by" not in said
    chosen = said.get("count", "n") if plural else said["by"]
    forms = {
        name: parsed(text) if isinstance(text, str) else _entry(language, text)
        for name, text in said.items()
        if name not in {"by", "count"}
    }
    named = frozenset[str]().union({chosen}, *(form.fields for form in forms.values()))
    compares = any(isinstance(form, Entry) and form.compares for form in forms.values())
    return Entry(
        language=language,
        fields=named - {COMPARED},
        chosen=chosen,
        plural=plural,
        compares=compares or chosen == COMPARED,
        forms=forms,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A sentence with holes: `source` as `str.format` takes it, and the names of its `fields`.

    `written`: name in `source` -> field and name of our own format, where Python has none.
    """

    source: str
    fields: frozenset[str]
    written: Mapping[str, tuple[str, str]]

    def fill(self, values: Mapping[str, object]) -> str:
        """Return the sentence."""
        if not self.written:
            return self.source.format_map(values)
        shown = {name: FORMATS[how](values[field]) for name, (field, how) in self.written.items()}
        return self.source.format_map({**values, **shown})


def parsed(text: str) -> Template:
    """Return the template that a text is.

    Raises:
        ValueError: a field that is no plain name, or braces that do not match.
    """
    pieces: list[str] = []
    fields: set[str] = set()
    written: dict[str, tuple[str, str]] = {}
    for literal, field, how, conversion in Formatter().parse(text):
        pieces.append(literal.replace("{", "{{").replace("}", "}}"))
        if field is None:
            continue
        if not field.isidentifier() or "{" in (how or ""):
            raise ValueError(f"{{{field}}} is no plain name")
        fields.add(field)
        name, rest = field, f":{how}" if how else ""
        if how and how in FORMATS:
            name, rest = f"{field}@{how}", ""
            written[name] = (field, how)
        pieces.append(f"{{{name}{'!' + conversion if conversion else ''}{rest}}}")
    return Template(source="".join(pieces), fields=frozenset(fields), written=written)
