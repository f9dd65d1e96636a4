"""Choices of the tab Inputs: the method with its options, and where it starts from."""

from typing import Any

from explain import Subject
from explain.attribution import ATTRIBUTORS, BASELINES, attributor, baseline
from explain.core.messages import say
from pages._shell.reading import one_of, read_no, read_pairs
from pages._shell.state import MODEL, Choice, State, no, switch


def _method_fits(found: State, subject: Subject) -> str | None:
    reason = attributor(found[METHOD]).fits(subject)
    return None if reason is None else say("attribution.link_method", why=reason)


def _baseline_fits(found: State, subject: Subject) -> str | None:
    reason = baseline(found[BASELINE]).fits(subject)
    return None if reason is None else say("attribution.link_baseline", why=reason)


def _write_options(name: str, options: tuple[tuple[str, float], ...]) -> dict[str, list[str]]:
    return {name: [f"{key}~{value!r}" for key, value in options]}


METHOD = Choice(
    "method",
    "integrated-gradients",
    one_of([record.key for record in ATTRIBUTORS]),
    check=_method_fits,
    whose=MODEL,
)
"""The attribution method."""
OPTIONS: Choice[tuple[tuple[str, float], ...]] = Choice(
    "option", (), read_pairs, _write_options, whose=METHOD
)
"""Parameters of the method that are not at their default."""
BASELINE = Choice(
    "baseline",
    "",
    one_of([record.key for record in BASELINES]),
    check=_baseline_fits,
    whose=MODEL,
)
"""Where attributions start from; empty for what is usual for the model."""

OVERLAY = Choice("over-picture", default=True, read=read_no, spell=no)
"""Whether reasons lie over the picture."""
WAY = Choice("way", "bars", one_of(("bars", "waterfall")))
"""Whether parts are bars, or steps on the way from the baseline's output to the sample's."""
MORE_PARTS = switch("more-parts")
"""Whether the parts are shown that the picture sums up."""
HOW_SURE = switch("how-sure")
"""Whether other baselines and other ways to compare are shown."""
DRIFT = switch("drift")
"""Whether drift is measured that takes long."""
DRIFT_CURVE = switch("drift-curve")
"""Whether drift is followed over the amounts."""
IMPORTANCE = switch("importance")
"""Whether the importance over many samples is shown."""
SANITY = switch("sanity")
"""Whether the method is checked on networks with random weights."""
DELETION = switch("deletion")
"""Whether the order of the parts is checked by taking them away."""

CHOICES: tuple[Choice[Any], ...] = (
    *(METHOD, OPTIONS, BASELINE),
    *(OVERLAY, WAY, MORE_PARTS, HOW_SURE),
    *(DRIFT, DRIFT_CURVE, IMPORTANCE, SANITY, DELETION),
)
