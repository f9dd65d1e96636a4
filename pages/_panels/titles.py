"""What layers are called on the pages."""

from explain import Subject


def titles(subject: Subject) -> dict[str, str]:
    """Return the display name of every layer."""
    return {layer.name: layer.display for layer in subject.network.layers}
