"""The one door for words that people read: a key and named values in, a sentence out.

A language is one file here, `en.toml` first. A section of it is a room or a page; a message is

    key = "A whole sentence with {named:,} values."
    key = { one = "{n} row.", other = "{n:,} rows." }                       chosen by `n`
    key = { count = "rows", one = "…", other = "…" }                        chosen by `rows`
    key = { by = "verdict", same = "…", different = "…" }                   chosen by an enum
    key = { by = "compared", plan = "…", model = "…" }     chosen by what is compared: `comparing`

An error has two under its key, `says` and `hint`; without a hint of its own, that of the section
holds. Several values in one hole make a list: `{names}`, `{problems:clauses}`. Formats are those of
Python and the names in `numbers.FORMATS`; fields are plain names.

A language other than English also words the records of methods, which are English where they stand:

    [methods.criterion.lamp]
    title = "…"
    parameters.epsilon.line = "…"
"""

from explain.core.messages.catalogue import (
    Unsayable,
    fields,
    hint_of,
    keys,
    languages,
    missing,
)
from explain.core.messages.door import (
    Message,
    Sayable,
    comparing,
    from_plain,
    listed,
    say,
    speaking,
    spoken,
    templates,
    to_plain,
    words_of,
)
from explain.core.messages.numbers import (
    as_set,
    count,
    number,
    points,
    share,
    signed,
)

__all__ = [
    "Message",
    "Sayable",
    "Unsayable",
    "as_set",
    "comparing",
    "count",
    "fields",
    "from_plain",
    "hint_of",
    "keys",
    "languages",
    "listed",
    "missing",
    "number",
    "points",
    "say",
    "share",
    "signed",
    "speaking",
    "spoken",
    "templates",
    "to_plain",
    "words_of",
]
