"""The built-in networks, in the order of the menu."""

from explain.core.errors import UnknownKey
from explain.core.methods import DemoModel
from models import pretrained
from models.demo import Demo, demo_record
from models.zoo import (
    credit_mlp,
    digits_cnn,
    digits_mlp,
    four_digits_plain,
    four_digits_taxed,
    heart_mlp,
    one_digit_taxed,
    retina_cnn,
    sms_transformer,
)

DEMOS: tuple[Demo, ...] = (
    digits_mlp.DEMO,
    digits_cnn.DEMO,
    heart_mlp.DEMO,
    credit_mlp.DEMO,
    retina_cnn.DEMO,
    sms_transformer.DEMO,
    four_digits_taxed.DEMO,
    four_digits_plain.DEMO,
    one_digit_taxed.DEMO,
)
"""The networks that are trained here; `KEYS` are theirs."""

OPTIONAL: tuple[DemoModel, ...] = (pretrained.RECORD,)
"""Networks that need requirements-pretrained.txt."""

CATALOG: tuple[DemoModel, ...] = (
    *(demo_record(demo) for demo in DEMOS),
    *(OPTIONAL if pretrained.installed() else ()),
)

KEYS: tuple[str, ...] = tuple(demo.key for demo in DEMOS)

WITH_MODULES = four_digits_taxed.DEMO.key
"""The network to show what modules are."""

WIRES_TAXED: tuple[str, ...] = tuple(demo.key for demo in DEMOS if demo.recipe.tax)
"""The networks that were told in training that long wires cost."""


def demo(key: str) -> Demo:
    """Return the demo of that key.

    Raises:
        UnknownKey: there is none; the hint names the nearest, or what must be installed first.
    """
    for candidate in DEMOS:
        if candidate.key == key:
            return candidate
    if key in {missing.key for missing in OPTIONAL}:
        raise UnknownKey("models.not_installed", name=key)
    raise UnknownKey.among("model", key, KEYS)


def optional(key: str) -> DemoModel | None:
    """Return the installed network of that key that was trained elsewhere, or None."""
    return next((entry for entry in CATALOG[len(DEMOS) :] if entry.key == key), None)
