"""What stands beside every reason of a network of several inputs: which are not explained."""

import streamlit as st

from explain.core.messages import say
from pages._shell import caches
from pages._shell.charts import plain
from pages._shell.panel import boundary
from pages._shell.state import state


def inputs_held() -> None:
    """Say of each input that is not explained where its values come from; nothing of one input."""
    with boundary("inputs-held"):
        spec = caches.subject(state().model).spec
        if spec.held:
            said = [plain(one) for one in spec.held]
            text = say("reasons.held", first=plain(spec.inputs[0]), held=said)
            st.markdown(f":small[{text}]")
