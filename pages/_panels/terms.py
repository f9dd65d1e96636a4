"""The terms of one unit's sum in two networks, and the sum in words."""

import numpy as np
import pandas as pd
import streamlit as st

from explain.core.messages import say
from explain.features import Arithmetic
from pages._shell.plain import plain

_MOST = 12


def terms(title: str, dense: Arithmetic, pruned: Arithmetic, names: list[str], key: str) -> None:
    """Show the sums and their largest terms; `names` has one name per input."""
    total, gone = len(dense.terms), int(((dense.weights != 0) & (pruned.weights == 0)).sum())
    st.markdown(
        "  \n".join(
            [
                say("panels.terms.count", title=plain(title), kept=total - gone, total=total),
                say("panels.terms.pruned", sum=_sum(pruned)),
                say("panels.terms.dense", sum=_sum(dense)),
            ]
        )
    )
    order = np.argsort(-np.abs(dense.terms), kind="stable")[:_MOST]
    numbers = {
        say("panels.terms.value"): pruned.inputs[order],
        say("panels.terms.dense_weight"): dense.weights[order],
        say("panels.terms.pruned_weight"): pruned.weights[order],
        say("panels.terms.dense_term"): dense.terms[order],
        say("panels.terms.pruned_term"): pruned.terms[order],
    }
    st.dataframe(
        pd.DataFrame({say("panels.terms.input"): [names[at] for at in order], **numbers}),
        hide_index=True,
        height=38 + 35 * len(order),
        column_config={name: st.column_config.NumberColumn(format="%.3f") for name in numbers},
        key=key,
        alt=say("panels.terms.alt"),
    )
    if total > _MOST:
        st.markdown(f":small[{say('panels.terms.largest', most=_MOST, total=total)}]")


def _sum(found: Arithmetic) -> str:
    end = "through" if found.through else "sum"
    return plain(
        say(
            "panels.terms.sum",
            end=f"{end}_at" if found.at else end,
            products=float(found.terms.sum()),
            bias=found.bias,
            total=found.total,
            steps=found.through,
            value=found.value,
            at=found.at,
        )
    )
