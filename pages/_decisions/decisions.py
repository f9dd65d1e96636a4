"""The decisions that changed: one row a sample; choose one and every view follows."""

import math
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

import explain
from explain import FlipLedger, Subject, Sweep
from explain.core.messages import as_set, say
from explain.figures import decision_name, flips_by_group, group_flips
from explain.measure import group_counts
from pages._panels.sweep import shown_sweep
from pages._shell import caches, current
from pages._shell.actions import choose
from pages._shell.charts import offer_file, show_chart, to_csv
from pages._shell.current import has_data
from pages._shell.kept import let_the_browser_paint
from pages._shell.loaded import short
from pages._shell.panel import panel
from pages._shell.state import OTHER, PLAN, SAMPLE, State, state

_MOST = 200


@panel("decisions", follows=(PLAN,))
def changed_decisions() -> None:
    """Show the samples whose decision the plan changes."""
    let_the_browser_paint()
    if not has_data():
        return
    now = state()
    found = _ledger(now, shown_sweep(now))
    changed = [i for i, word in enumerate(found.status) if word != "same"]
    st.header(say("decisions.title"), anchor=False)
    offer_file(
        say("decisions.ledger"),
        partial(ledger_csv, now),
        name=f"sparsight-{short(now.model)}-flips.csv",
        mime="text/csv",
        key="download-flips",
    )
    if not changed:
        st.markdown(say("decisions.none" if now[OTHER] is None else "comparison.no_decision"))
        return
    subject = caches.subject(now.model)
    st.markdown(_sentence(found, len(changed)))
    shown = changed[:_MOST]
    key = f"changed-{hash(current.comparison(now))}"
    st.dataframe(
        _table(subject, found, shown),
        key=key,
        hide_index=True,
        on_select=lambda: _pick(key, shown),
        selection_mode="single-row",
        column_config=_columns(subject),
        row_height=44 if subject.spec.kind == "image" else None,
        height=min(420, 40 + (44 if subject.spec.kind == "image" else 35) * len(changed)),
        alt=say("decisions.alt"),
    )


def _pick(key: str, rows: list[int]) -> None:
    chosen = st.session_state[key].selection.rows
    if chosen:
        found = _ledger(state(), shown_sweep(state()))
        choose(SAMPLE.to(int(found.rows[rows[chosen[0]]])))


def _ledger(now: State, sweep: Sweep) -> FlipLedger:
    return explain.ledger_of(sweep, caches.subject(now.model), current.other_evaluation(now))


def _sentence(found: FlipLedger, count: int) -> str:
    said = [say("decisions.changed", changed=count, total=len(found.status))]
    if state()[OTHER] is None:
        said += [say("decisions.flip_back", back=int(found.flips_back.sum()))]
    if count > _MOST:
        said += [say("decisions.first_listed", most=_MOST)]
    return say("shell.sentences", all=said)


def _table(subject: Subject, found: FlipLedger, rows: list[int]) -> pd.DataFrame:
    at = [int(found.rows[i]) for i in rows]
    columns: dict[str, list[object]] = {}
    if subject.spec.kind == "image":
        columns[say("decisions.picture")] = [caches.picture_of(state().model, i) for i in at]
    columns[say("decisions.sample")] = list(at)
    columns[say("decisions.what_happened")] = [
        say("decisions.status", status=found.status[i]) for i in rows
    ]
    columns[say("decisions.dense_says")] = [
        decision_name(subject.task, found.before[i]) for i in rows
    ]
    columns[say("decisions.pruned_says")] = [
        decision_name(subject.task, found.after[i]) for i in rows
    ]
    columns[subject.task.target] = [_truth(subject, i) for i in at]
    if state()[OTHER] is None:
        columns[say("decisions.first_flips_at")] = [
            _first(float(found.first_amount[i])) for i in rows
        ]
        columns[say("decisions.flips_back")] = [
            say("decisions.back") if found.flips_back[i] else "" for i in rows
        ]
    for name, values in {**subject.samples.groups, **subject.samples.display}.items():
        columns.setdefault(name, [values[i] for i in at])
    return pd.DataFrame(columns)


def _columns(subject: Subject) -> dict[str, Any]:
    if subject.spec.kind != "image":
        return {}
    return {say("decisions.picture"): st.column_config.ImageColumn("", width="small")}


def _truth(subject: Subject, row: int) -> str:
    targets = subject.samples.targets
    return "" if targets is None else decision_name(subject.task, targets[row].numpy())


def _first(amount: float) -> str:
    return say("decisions.between") if math.isnan(amount) else as_set(amount)


def ledger_csv(now: State) -> str:
    """Return the flip ledger: one row for every sample. It asks no session: it runs in a thread."""
    subject = caches.subject(now.model)
    found = _ledger(now, caches.sweep(now.model, now.plan))
    ids = subject.samples.ids
    rows = [int(row) for row in found.rows]
    columns: dict[str, Any] = {
        "sample": rows,
        "id": [ids[row] if ids else "" for row in rows],
        "status": list(found.status),
        "dense": [decision_name(subject.task, value) for value in found.before],
        "pruned": [decision_name(subject.task, value) for value in found.after],
        subject.task.target: [_truth(subject, row) for row in rows],
    }
    if now[OTHER] is None:
        columns["first_amount"] = [None if np.isnan(a) else float(a) for a in found.first_amount]
        columns["flips_back"] = [bool(back) for back in found.flips_back]
    groups = subject.samples.groups.items()
    return to_csv(columns | {name: [values[row] for row in rows] for name, values in groups})


@panel("affected-groups", follows=(PLAN,))
def affected_groups() -> None:
    """Show which groups the changed decisions are of."""
    now = state()
    subject = caches.subject(now.model)
    if not subject.samples.groups:
        return
    if now[OTHER] is None:
        amount = caches.masks(now.model, now.plan).pool_amount
        chart = group_flips(shown_sweep(now), amount)
    else:
        runs = caches.dense(now.model), current.other_evaluation(now)
        chart = flips_by_group(group_counts(subject, *runs))
    show_chart(chart, say("decisions.affected"), "groups")
