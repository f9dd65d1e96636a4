"""What a module that is made of whole layers is called."""

from collections.abc import Sequence


def span_name(layers: Sequence[str]) -> str:
    """Return the name of some layers in the network's order: "conv2", "blocks.0.query to join".

    What the first and the last have in front in common is said once.
    """
    first, last = layers[0], layers[-1]
    if len(layers) == 1:
        return first
    one, other = first.split("."), last.split(".")
    same = 0
    while same < min(len(one), len(other)) - 1 and one[same] == other[same]:
        same += 1
    return f"{first} to {'.'.join(other[same:])}"
