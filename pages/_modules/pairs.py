"""How modules work together: pairwise interactions, dense and pruned."""

import streamlit as st

from explain import Interactions
from explain.core import Compared
from explain.core.messages import say
from explain.figures import module_pairs
from pages._modules import markup as html
from pages._modules.caches import contributions_are_quick, interactions_of, shown_partition
from pages._modules.choices import PAIRS
from pages._modules.question import ModuleQuestion, module_question, output, samples_in_words
from pages._shell.actions import folded
from pages._shell.charts import offer_csv, plain
from pages._shell.kept import with_progress
from pages._shell.loaded import short
from pages._shell.panel import panel
from pages._shell.state import PLAN, SAMPLE, state


@panel("modules-pairs", follows=(PLAN, SAMPLE), folds=(PAIRS,))
def modules_pairs() -> None:
    """Offer the heat maps; computed when opened, cancelled when closed."""
    found = module_question()
    if shown_partition(found.cut).count < 2:
        return
    with folded(PAIRS, say("modules.pairs.title")):
        if state()[PAIRS]:
            _shown(found)


def _shown(found: ModuleQuestion) -> None:
    names = shown_partition(found.cut).names
    pairs = module_pairs(
        names,
        _interacting(found, found.comparison.before, "dense"),
        _interacting(found, found.comparison.after, "pruned"),
    )
    st.html(html.pairs(pairs))
    how = say("modules.pairs.how", output=output(found), samples=samples_in_words(found))
    st.markdown(f":small[{plain(how)} {plain(pairs.sentence)}]")
    name = f"{short(found.comparison.dense)}-pairs.csv"
    offer_csv(say("modules.csv", what="pairs"), pairs.data, name=name, key="modules-pairs-csv")


def _interacting(found: ModuleQuestion, network: Compared, title: str) -> Interactions:
    few = contributions_are_quick(found.cut, found.question)
    return with_progress(
        say("modules.pairs.progress", network=title),
        lambda progress: interactions_of(network, found.cut, found.question, progress),
        ready=few or interactions_of.ready(network, found.cut, found.question),
    )
