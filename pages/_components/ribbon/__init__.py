"""The ribbon: the amount as a slider under its curve, and three numbers that follow it live.

The stores get the curve of a plan (curve: `explain.figures.RibbonCurve`, with sig and bend), and
where the chosen case changes on it (turn: `RibbonTurn`, with sig, or None). The ribbon gets a few
values a change and reads the stored curve of the same sig while somebody drags: what Python has
answered is exact, between the amounts of the curve the nearest is shown, marked "≈". All meet, as
does the network graph that follows the amount, in one channel of the page.

The ribbon takes: sig, amount in [0, 1], gone, total and many (pruned entries, all, what they are
called), before (entries gone on arrival where an amount is a share of all, else None), reading
(kept, metric, change, changed, outcomes as text), live (whether the curve is that of the network
shown), beside (what stands in place of the slider where nothing slides, else ""),
kept_name, kept_of, metric_name, changed_name, can_undo, can_redo, taken (the
highest `n` that Python has taken). It tells `done`: {"events"}, all that Python has not taken yet,
each with an `n` that only grows and either "amount" or "by" (-1 for undo, 1 for redo).
"""

from pages._components import Component, component, text_of

__all__ = ["RIBBON", "RIBBON_CURVE", "RIBBON_TURN"]

_CHANNEL = "ribbon/channel.js"

RIBBON_CURVE, RIBBON_TURN = (
    Component(name, js="\n".join(map(text_of, (_CHANNEL, "ribbon/store.js"))))
    for name in ("ribbon_curve", "ribbon_turn")
)
RIBBON = component("ribbon", section="browser.ribbon", before=_CHANNEL)
