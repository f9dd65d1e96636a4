"""All hidden units in the colours of their modules; chosen ones become a module."""

from dataclasses import asdict

import streamlit as st

from explain.core.messages import say
from explain.figures import unit_map
from pages._components.unit_map import UNIT_MAP
from pages._modules import reshaping
from pages._modules.caches import shown_partition, unit_counts
from pages._modules.choices import MODULE
from pages._modules.question import module_question
from pages._modules.steps import reshape
from pages._panels.unit import titles
from pages._shell import caches
from pages._shell.charts import plain
from pages._shell.panel import panel
from pages._shell.state import PLAN, state

_KEY = "unit-map"


@panel("modules-units", follows=(PLAN, MODULE))
def modules_units() -> None:
    """Show the map of the units."""
    st.subheader(say("modules.units.title"), anchor=False)
    found = module_question()
    units = unit_map(
        shown_partition(found.cut),
        unit_counts(found.comparison.after, found.cut),
        titles(caches.subject(found.comparison.dense)),
    )
    UNIT_MAP(
        _KEY,
        {
            "title": say("modules.units.map"),
            "picked": state()[MODULE],
            "layers": [asdict(layer) for layer in units.layers],
        },
        on_made=_made,
    )
    st.markdown(f":small[{plain(units.sentence)}]")


def _made() -> None:
    event = st.session_state[_KEY].made
    if not isinstance(event, dict):
        return
    units = {
        str(layer): [int(unit) for unit in numbers if isinstance(unit, int)]
        for layer, numbers in dict(event.get("units", {})).items()
    }
    reshape(reshaping.carved(str(event.get("name", "")), units))
    st.rerun()
