"""The other way to ask: how much of the answer's change passes each module, layer by layer."""

import pandas as pd
import streamlit as st

from explain import Conductances
from explain.core import Compared
from pages._modules.asked import Asked, asked, samples_in_words
from pages._modules.caches import conducted, shown
from pages._shell.choice import PLAN, SAMPLE
from pages._shell.jobs import with_progress
from pages._shell.panel import panel
from pages._shell.plain import plain

__all__ = ["modules_conductance"]


@panel("modules-conductance", follows=(PLAN, SAMPLE))
def modules_conductance() -> None:
    """Offer the sums of layer conductance; computed when switched on, cancelled when off."""
    asked_for = st.toggle(
        "Layer conductance instead of hiding",
        key="modules-conductance-on",
        help="How much of what the logit changes by, from the usual baseline to the sample, "
        "passes the units of each module. Only layers that everything passes add up. Switch "
        "off to cancel.",
    )
    if asked_for:
        found = asked()
        titled = zip(found.comparison.both, ("dense", "pruned"), strict=True)
        sides = [_side(found, network, title) for network, title in titled]
        _table(found, sides)


def _side(found: Asked, network: Compared, title: str) -> tuple[Conductances, ...]:
    return with_progress(
        f"Layer conductance in the {title} network",
        lambda progress: conducted(network, found.cut, found.question, progress),
        ready=conducted.ready(network, found.cut, found.question),
    )


def _table(found: Asked, sides: list[tuple[Conductances, ...]]) -> None:
    names = shown(found.cut).names
    rows = [
        (dense.layer, name, float(dense.sums[:, at].mean()), float(pruned.sums[:, at].mean()))
        for dense, pruned in zip(*sides, strict=True)
        if dense.sums is not None and pruned.sums is not None
        for at, name in enumerate(names)
        if dense.sums[:, at].any() or pruned.sums[:, at].any()
    ]
    if rows:
        st.dataframe(
            pd.DataFrame(rows, columns=["layer", "module", "dense", "pruned"]),
            hide_index=True,
            column_config={
                side: st.column_config.NumberColumn(format="%.3g") for side in ("dense", "pruned")
            },
            height=min(300, 40 + 35 * len(rows)),
            alt="Sums of layer conductance by layer and module.",
        )
    gaps = [float(one.gaps.max()) for side in sides for one in side if one.gaps is not None]
    gap = f" At most {max(gaps):.1%} is missing in a row." if gaps else ""
    left_out = " ".join(dict.fromkeys(one.reason for one in sides[0] if one.reason))
    st.markdown(
        f":small[The rows of one layer add up to what the logit changes by; "
        f"{plain(samples_in_words(found))}.{plain(gap)} {plain(left_out)}]"
    )
