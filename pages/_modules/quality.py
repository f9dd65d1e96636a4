"""What the cut is worth beside networks without structure, and the tree of the modules."""

import streamlit as st

from explain.decompose import partitioner
from explain.figures import cut_bars, dendrogram_chart
from pages._modules.asked import Asked, asked
from pages._modules.caches import quality, shown, tree
from pages._shell.charts import show
from pages._shell.jobs import with_progress
from pages._shell.panel import panel

__all__ = ["modules_quality", "modules_tree"]


@panel("modules-quality")
def modules_quality() -> None:
    """Offer the comparison with chance; computed when it is switched on."""
    asked_for = st.toggle(
        "Is this cut better than chance?",
        key="modules-quality-on",
        help="Compares with 50 networks whose weights are permuted, cut by the same method "
        "where it looks for modules. Switch off to cancel.",
    )
    if asked_for:
        _quality(asked())


def _quality(found: Asked) -> None:
    if shown(found.cut).count < 2:
        st.markdown("One module is no cut: there is nothing to compare.")
        return
    measured = with_progress(
        "Looking at 50 networks with permuted weights",
        lambda progress: quality(found.cut, progress),
        ready=quality.ready(found.cut),
    )
    looks = partitioner(shown(found.cut).method).count != "fixed"
    show(
        cut_bars(measured, cut_again=looks),
        "This cut beside those of networks without structure",
        "module-cut",
    )


@panel("modules-tree")
def modules_tree() -> None:
    """Offer the tree from the whole network down to small groups of units."""
    asked_for = st.toggle(
        "From the whole network down to its units",
        key="modules-tree-on",
        help="Merges the closest modules up to the whole, and splits them down to small "
        "groups of units. Switch off to cancel.",
    )
    if asked_for:
        found = asked()
        branches = with_progress(
            "Building the tree",
            lambda progress: tree(found.cut, progress),
            ready=tree.ready(found.cut),
        )
        chart = dendrogram_chart(branches, shown(found.cut).names)
        show(chart, "The modules as a tree", "module-tree")
