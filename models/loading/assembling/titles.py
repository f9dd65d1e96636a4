"""What layers are called on a page, where a file's own names are too long or only count."""

from collections import Counter
from collections.abc import Mapping, Sequence

from explain.core.messages import say
from explain.network import Lifted

_LONG = 24
"""Names of at most so many characters stay whole."""


def titles_of(network: Lifted) -> Mapping[str, str]:
    """Return layer -> title, for layers that are not called by their own name.

    A layer that the file only counts, as a Sequential does, is told by kind and place; a long
    dotted name keeps its numbers and as many of its last words as make it the only one.
    """
    counted = [info for info in network.layers if info.display.isdigit()]
    own = [info for info in counted if info.parameters]
    titles = {i.name: say("loading.assembling.step", kind=i.kind, name=i.name) for i in counted}
    numbered = {
        info.name: say("loading.assembling.layer", n=at, units=info.output_shape[0])
        for at, info in enumerate(own, start=1)
        if info.output_shape
    }
    return shortened([info.name for info in network.layers]) | titles | numbered


def shortened(names: Sequence[str]) -> dict[str, str]:
    """Return long name -> its short form; no two are the same, and none is another's whole name."""
    found = {name: name for name in names}
    parts = {name: name.split(".") for name in names if len(name) > _LONG}
    for words in range(1, max(map(len, parts.values()), default=0) + 1):
        tried = {name: _ending(own, words) for name, own in parts.items()}
        uses = Counter([*tried.values(), *(found[name] for name in names if name not in parts)])
        found |= {name: short for name, short in tried.items() if uses[short] == 1}
        parts = {name: own for name, own in parts.items() if uses[tried[name]] > 1}
    return {name: short for name, short in found.items() if short != name}


def _ending(parts: Sequence[str], words: int) -> str:
    """Return the numbers among the parts and the last words."""
    cut = len(parts) - words
    return ".".join(part for at, part in enumerate(parts) if at >= cut or part.isdecimal())
