"""The built-in network that has modules: offered where none are found, with what it was told."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explain import Partition
from explain.core.messages import say
from models.catalog import WIRES_TAXED, WITH_MODULES
from pages._panels.model import another_model
from pages._shell.actions import choose
from pages._shell.charts import plain
from pages._shell.state import state


def say_what_was_told() -> None:
    """Say of a network whose wires were taxed what it was told in training."""
    if state().model in WIRES_TAXED:
        st.markdown(f":small[{plain(say('modules.example.told'))}]")


def offer_modules(row: DeltaGenerator, found: Partition) -> None:
    """Offer the network that has modules, where none were found in this one."""
    if found.count == 1 and state().model not in WIRES_TAXED:
        row.button(
            say("modules.example.offer"),
            key="modules-example",
            on_click=lambda: choose(*another_model(WITH_MODULES)),
            type="tertiary",
        )
