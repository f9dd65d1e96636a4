"""What pruning does, beside the network: the answer, whose decisions changed, what layers keep."""

from dataclasses import asdict, replace

import explain
from explain import MaskSet
from explain.core import Masked
from explain.core.messages import speaking, spoken
from explain.figures import (
    EffectCurve,
    EffectTable,
    effect_curve,
    effects,
    group_tables,
    layer_tables,
    longest_metric_sentence,
)
from explain.measure import headline_metric, meter
from pages._components.effects import EFFECTS, EFFECTS_STORE
from pages._panels.choices import LAYER
from pages._panels.unit import titles
from pages._shell import caches, current
from pages._shell.current import has_data, shown_sweep
from pages._shell.kept import MODELS, kept
from pages._shell.panel import boundary, panel
from pages._shell.state import OTHER, PLAN, State, state


@panel("effects", follows=(PLAN,))
def what_it_does() -> None:
    """Show what the plan does, exactly; while somebody drags the view reads the sweep."""
    now = state()
    comparison = current.comparison(now)
    masks, subject = caches.left(comparison), caches.subject(now.model)
    runs, change = None, None
    if has_data():
        runs = caches.dense(now.model), current.other_evaluation(now)
        change = caches.metric_change(comparison), meter(headline_metric(subject))
    found = effects(subject, masks, runs, change, other=now[OTHER] is not None)
    layers = layer_tables(masks, titles(subject))
    if caches.unmatched(comparison) is not None:
        found, layers = replace(found, kept=()), ()
    EFFECTS(
        "effects",
        {
            "sig": _signature(now),
            "amount": masks.pool_amount,
            "live": isinstance(comparison.how, Masked),
            "effects": asdict(found),
            "metric": "" if change is None else longest_metric_sentence(change[1]),
            "groups": [] if runs is None else [asdict(one) for one in _groups(now.model)],
            "layers": [asdict(one) for one in layers],
        },
    )


@kept(size=MODELS)
def _groups(model: str) -> tuple[EffectTable, ...]:
    """Return the groups as rows: they are the same whatever is pruned."""
    dense = caches.dense(model)
    return group_tables(caches.subject(model), (dense, dense))


def _signature(now: State) -> str:
    drawn = caches.drawing(current.comparison(now), now[LAYER]).sig
    return " ".join((drawn, *now.masked(now.plan).mends))


def effects_store() -> None:
    """Send what the plan does at every amount to the browser; needs the sweep."""
    with boundary("effects"):
        now = state()
        if has_data() and now[OTHER] is None:
            shown_sweep(now)
            plan = caches.masks(now.model, now.plan).plan.at(0.0)
            how = replace(current.masked(now), plan=plan)
            curve = asdict(_curve(now.model, how, spoken()))
            EFFECTS_STORE("effects-store", {"sig": _signature(now), **curve})


@kept(size=32)
def _curve(model: str, how: Masked, language: str) -> EffectCurve:
    scores = caches.scores(model, how.plan)

    def select(amount: float) -> MaskSet:
        return explain.select(scores, how.plan.at(amount))

    with speaking(language):
        return effect_curve(caches.sweep(model, how), caches.subject(model), select)
