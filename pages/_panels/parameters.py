"""Numbers that a method takes, as widgets drawn from their specs."""

from collections.abc import Callable, Mapping

import streamlit as st

from explain.core import Parameter
from pages._shell.charts import plain
from pages._shell.state import kept_field


def parameter_input(
    parameter: Parameter, key: str, value: float, on_change: Callable[[float], None]
) -> None:
    """Show one number; `on_change` gets what is typed."""
    kind = int if parameter.whole else float
    st.number_input(
        plain(parameter.title),
        kind(parameter.low),
        kind(parameter.high),
        step=1 if parameter.whole else None,
        format="%d" if parameter.whole else "%.3g",
        help=plain(parameter.line),
        **kept_field(key, kind(value), lambda typed: on_change(float(typed))),
    )


def with_option(given: Mapping[str, float], parameter: Parameter, value: float) -> dict[str, float]:
    """Return the options with another value of one; the default stands for itself."""
    others = {name: number for name, number in given.items() if name != parameter.key}
    return others if value == parameter.default else {**others, parameter.key: value}
