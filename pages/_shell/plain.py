"""Names from data and files as plain text: Streamlit reads Markdown nearly everywhere."""

import re

__all__ = ["plain"]

_MARKUP = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>:$~&])")


def plain(text: object) -> str:
    """Return the text so that Markdown shows it as it is: no links, images or markup."""
    return _MARKUP.sub(r"\\\1", str(text).replace("\n", " "))
