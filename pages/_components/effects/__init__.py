"""What pruning does, beside the network: in words, by group and by layer, live while one drags.

The store gets what a plan does at every amount of its sweep (`explain.figures.EffectCurve`, with a
`sig`) once. The view gets what it does now and reads the stored curve of the same `sig` while the
ribbon tells other amounts: between those of the sweep the nearest is shown, marked "≈".
"""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import streamlit as st

from explain.core.messages import templates
from explain.figures import EffectCurve
from pages._components.ribbon import channel_js

__all__ = ["mount_effects", "mount_effects_store"]

_HERE = Path(__file__).parent


def _text(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


_STORE = st.components.v2.component(
    "sparsight_effects_store", js=f"{channel_js()}\n{_text('store.js')}"
)
_EFFECTS = st.components.v2.component(
    "sparsight_effects",
    html=_text("effects.html"),
    css=_text("effects.css"),
    js="\n".join([_text("../say.js"), channel_js(), _text("effects.js")]),
)


def mount_effects_store(key: str, sig: str, curve: EffectCurve) -> None:
    """Send what a plan does at every amount; the view that names its `sig` reads it."""
    _STORE(key=key, data={"sig": sig, **asdict(curve)})


def mount_effects(key: str, view: Mapping[str, Any]) -> None:
    """Mount the view.

    `view` holds: sig, amount in [0, 1], live (whether the curve is that of the network shown),
    effects (`explain.figures.Effects`), groups and layers (`EffectTable`s), all as dictionaries,
    and metric, the sentence of the answer that only Python says.
    """
    _EFFECTS(key=key, data={**view, "messages": templates("browser.effects")})
