"""Where the map of a layer lies, in numbers of both networks."""

import streamlit as st

from explain.core.messages import say
from explain.features import SPARSITY_WARNING
from explain.figures import localisation_rows
from pages._features.choices import LOCALISATION
from pages._features.look import Look, look
from pages._features.markup import numbers_table
from pages._panels.choices import TEXT
from pages._shell.actions import folded
from pages._shell.charts import plain
from pages._shell.panel import panel
from pages._shell.state import PLAN, SAMPLE, state


@panel("maps-localisation", follows=(PLAN, SAMPLE, TEXT), folds=(LOCALISATION,))
def maps_localisation() -> None:
    """Offer the numbers where the maps are maps of a picture."""
    seen = look()
    if not seen.is_picture:
        return
    with folded(LOCALISATION, say("features.localisation.title")):
        if state()[LOCALISATION]:
            _numbers(seen)


def _numbers(seen: Look) -> None:
    rows = localisation_rows(seen.dense.localisation, seen.pruned.localisation)
    if not rows:
        st.markdown(say("features.localisation.no_energy"))
        return
    st.html(numbers_table(rows))
    st.markdown(f":small[{say('features.localisation.one_sample')} {plain(SPARSITY_WARNING)}]")
