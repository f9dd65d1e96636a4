"""What pruning does, beside the network: in words, by group and by layer, live while one drags.

The store gets what a plan does at every amount of its sweep (`explain.figures.EffectCurve`, with a
`sig`) once. The view gets what it does now and reads the stored curve of the same `sig` while the
ribbon tells other amounts: between those of the sweep the nearest is shown, marked "≈".

The view takes: sig, amount in [0, 1], live (whether the curve is that of the network shown),
effects (`explain.figures.Effects`), groups and layers (`EffectTable`s), all as dictionaries, and
metric, the longest that the sentence of the answer may be that only Python says.
"""

from pages._components import Component, component, text_of

__all__ = ["EFFECTS", "EFFECTS_STORE"]

_CHANNEL = "ribbon/channel.js"

EFFECTS_STORE = Component(
    "effects_store", js="\n".join(map(text_of, (_CHANNEL, "effects/store.js")))
)
EFFECTS = component("effects", section="browser.effects", before=_CHANNEL)
