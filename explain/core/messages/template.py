"""A template with named values, taken apart once and filled many times."""

from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter

from explain.core.messages.numbers import FORMATS


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
