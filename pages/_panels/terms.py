"""The terms of one unit's sum in two networks, and the sum in words."""

import numpy as np
import pandas as pd
import streamlit as st

from explain.features import Arithmetic
from explain.figures import wording
from pages._shell.plain import plain

__all__ = ["terms"]

_MOST = 12
_NUMBERS = ("value", "weight, dense", "weight, pruned", "term, dense", "term, pruned")


def terms(title: str, dense: Arithmetic, pruned: Arithmetic, names: list[str], key: str) -> None:
    """Show the sums and their largest terms; `names` has one name per input."""
    gone = int(((dense.weights != 0) & (pruned.weights == 0)).sum())
    st.markdown(
        f"**{plain(title)}**: {len(dense.terms) - gone} of {len(dense.terms)} inputs still count."
        f"  \npruned: {_sum(pruned)}  \ndense: {_sum(dense)}"
    )
    order = np.argsort(-np.abs(dense.terms), kind="stable")[:_MOST]
    columns = (pruned.inputs, dense.weights, pruned.weights, dense.terms, pruned.terms)
    numbers = {name: found[order] for name, found in zip(_NUMBERS, columns, strict=True)}
    st.dataframe(
        pd.DataFrame({"input": [names[at] for at in order], **numbers}),
        hide_index=True,
        height=38 + 35 * len(order),
        column_config={name: st.column_config.NumberColumn(format="%.3f") for name in _NUMBERS},
        key=key,
        alt="The largest terms of the unit's sum, dense and pruned.",
    )
    if len(dense.terms) > _MOST:
        st.markdown(f":small[The {_MOST} largest of {len(dense.terms)} terms of the dense sum.]")


def _sum(found: Arithmetic) -> str:
    place = f" at position {', '.join(map(str, found.at))}" if found.at else ""
    after = f", after {' and '.join(found.through)} {wording.number(found.value)}"
    return plain(
        f"Σ w·x {wording.number(float(found.terms.sum()))} + bias {wording.number(found.bias)} = "
        f"{wording.number(found.total)}{after if found.through else ''}{place}"
    )
