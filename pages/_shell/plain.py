"""Names from data and files as plain text: Streamlit reads Markdown nearly everywhere."""

import re

_MARKUP = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>:$~&@])")
_BREAKS = re.compile(r"[\t-\r\x1c-\x1f\x85\u2028\u2029]+")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
"""Signs that change how others are read: controls, zero width, direction."""


def plain(text: object) -> str:
    """Return the text in one line so that Markdown shows it as it is: no links, no markup."""
    seen = _UNSEEN.sub("", _BREAKS.sub(" ", str(text)))
    return _MARKUP.sub(r"\\\1", seen)
