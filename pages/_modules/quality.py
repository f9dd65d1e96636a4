"""What the cut is worth beside networks without structure, and the tree of the modules."""

import streamlit as st

from explain.core.messages import say
from explain.decompose import partitioner
from explain.figures import cut_bars, dendrogram_chart
from pages._modules.caches import quality, shown_partition, tree
from pages._modules.choices import QUALITY, TREE
from pages._modules.question import ModuleQuestion, module_question
from pages._shell.actions import is_on
from pages._shell.charts import show_chart
from pages._shell.kept import with_progress
from pages._shell.panel import panel


@panel("modules-quality", follows=(QUALITY,))
def modules_quality() -> None:
    """Offer the comparison with chance; computed when it is switched on."""
    if is_on(QUALITY, say("modules.quality.wanted"), about=say("modules.quality.help")):
        _quality(module_question())


def _quality(found: ModuleQuestion) -> None:
    if shown_partition(found.cut).count < 2:
        st.markdown(say("modules.quality.no_cut"))
        return
    measured = with_progress(
        say("modules.quality.progress"),
        lambda progress: quality(found.cut, progress),
        ready=quality.ready(found.cut),
    )
    looks = partitioner(shown_partition(found.cut).method).count != "fixed"
    show_chart(cut_bars(measured, cut_again=looks), say("modules.quality.title"), "module-cut")


@panel("modules-tree", follows=(TREE,))
def modules_tree() -> None:
    """Offer the tree from the whole network down to small groups of units."""
    if is_on(TREE, say("modules.tree.wanted"), about=say("modules.tree.help")):
        found = module_question()
        branches = with_progress(
            say("modules.tree.progress"),
            lambda progress: tree(found.cut, progress),
            ready=tree.ready(found.cut),
        )
        chart = dendrogram_chart(branches, shown_partition(found.cut).names)
        show_chart(chart, say("modules.tree.title"), "module-tree")
