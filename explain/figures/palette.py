"""One meaning per colour, readable on light and dark and by colour-blind eyes."""

POSITIVE = "#3f83e0"
"""What speaks for, and positive weights."""
NEGATIVE = "#e0701a"
"""What speaks against, and negative weights."""
KEPT = "#3f83e0"
"""What is kept, and the chosen criterion."""
REMOVED = "#98a2b3"
"""What pruning removed, and the random control."""
HERE = "#e0701a"
"""Where the slider stands."""
OTHERS = ("#b06fc4", "#2a9d8f", "#c9a227", "#d1567c", "#7a8f3c", "#5ab0d6", "#8c6d5a", "#6b6fd0")
"""Other criteria in menu order; modules in their order."""


def shade(colour: str, opacity: float) -> str:
    """Return a "#rrggbb" colour as rgba with this opacity, 0..1."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:g})"


def of_module(number: int) -> str:
    """Return the colour of a module, 0 for the first; colours repeat, so its name stands by it."""
    return OTHERS[number % len(OTHERS)]
