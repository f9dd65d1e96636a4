"""The built-in networks, in the order of the menu."""

from explain.core.errors import UnknownKey
from explain.core.records import DemoModel
from models.demo import Demo, record
from models.zoo import credit_mlp, digits_cnn, digits_mlp, heart_mlp

__all__ = ["CATALOG", "DEMOS", "KEYS", "demo"]

DEMOS: tuple[Demo, ...] = (
    digits_mlp.DEMO,
    digits_cnn.DEMO,
    heart_mlp.DEMO,
    credit_mlp.DEMO,
)

CATALOG: tuple[DemoModel, ...] = tuple(record(demo) for demo in DEMOS)

KEYS: tuple[str, ...] = tuple(demo.key for demo in DEMOS)


def demo(key: str) -> Demo:
    """Return the demo of that key.

    Raises:
        UnknownKey: there is none; the hint names the nearest.
    """
    for candidate in DEMOS:
        if candidate.key == key:
            return candidate
    raise UnknownKey.among("model", key, KEYS)
