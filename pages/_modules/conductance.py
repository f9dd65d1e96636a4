"""The other way to ask: how much of the answer's change passes each module, layer by layer."""

import pandas as pd
import streamlit as st

from explain import Conductances
from explain.core import Compared
from explain.core.messages import say
from pages._modules.caches import conductances_of, shown_partition
from pages._modules.choices import CONDUCTANCE
from pages._modules.question import ModuleQuestion, module_question, samples_in_words
from pages._shell.actions import folded
from pages._shell.charts import plain
from pages._shell.frames import show_frame
from pages._shell.kept import with_progress
from pages._shell.panel import panel
from pages._shell.state import PLAN, SAMPLE, state


@panel("modules-conductance", follows=(PLAN, SAMPLE), folds=(CONDUCTANCE,))
def modules_conductance() -> None:
    """Offer the sums of layer conductance; computed when opened, cancelled when closed."""
    with folded(CONDUCTANCE, say("modules.conductance.wanted")):
        if not state()[CONDUCTANCE]:
            return
        st.markdown(f":small[{plain(say('modules.conductance.help'))}]")
        found = module_question()
        titled = zip(found.comparison.both, ("dense", "pruned"), strict=True)
        sides = [_side(found, network, title) for network, title in titled]
        _table(found, sides)


def _side(found: ModuleQuestion, network: Compared, title: str) -> tuple[Conductances, ...]:
    return with_progress(
        say("modules.conductance.progress", network=title),
        lambda progress: conductances_of(network, found.cut, found.question, progress),
        ready=conductances_of.ready(network, found.cut, found.question),
    )


def _table(found: ModuleQuestion, sides: list[tuple[Conductances, ...]]) -> None:
    names = shown_partition(found.cut).names
    rows = [
        (dense.layer, name, float(dense.sums[:, at].mean()), float(pruned.sums[:, at].mean()))
        for dense, pruned in zip(*sides, strict=True)
        if dense.sums is not None and pruned.sums is not None
        for at, name in enumerate(names)
        if dense.sums[:, at].any() or pruned.sums[:, at].any()
    ]
    if rows:
        networks = [say("comparison.network", network=which) for which in ("dense", "pruned")]
        parts = [say("modules.conductance.layer"), say("modules.conductance.module")]
        show_frame(
            pd.DataFrame(rows, columns=[*parts, *networks]),
            key="conductance",
            height=min(300, 40 + 35 * len(rows)),
            alt=say("modules.conductance.alt"),
        )
    gaps = [float(one.gaps.max()) for side in sides for one in side if one.gaps is not None]
    said = [say("modules.conductance.adds_up", samples=samples_in_words(found))]
    if gaps:
        said.append(say("modules.conductance.missing", gap=max(gaps)))
    said += dict.fromkeys(str(one.reason) for one in sides[0] if one.reason)
    st.markdown(f":small[{plain(' '.join(said))}]")
