"""The sidebar: model, criterion, grain, scope, amount or threshold, protection, seed, sample."""

import math
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import streamlit as st

from explain import PruningPlan, Subject
from explain.core import Criterion, Grain, Parameter
from explain.figures import wording
from explain.pruning import (
    CRITERIA,
    GRAINS,
    criterion,
    grain,
    grain_for,
    misfit,
    options_of,
    parameters_of,
    refusal,
    scopes_of,
    with_criterion,
)
from models.catalog import CATALOG
from pages._panels.data import has_data
from pages._panels.parameters import parameter_input, with_option
from pages._panels.titles import titles
from pages._shell import caches, loaded, waiting
from pages._shell.actions import choose, set_amount, set_plan, set_threshold
from pages._shell.boundary import boundary
from pages._shell.choice import MODEL, PLAN, SAMPLE
from pages._shell.keep import keep
from pages._shell.panel import panel
from pages._shell.plain import plain
from pages._shell.state import state

__all__ = ["sidebar"]

_SCOPES = {
    "global": "the whole network together",
    "layer": "each layer by itself",
    "row": "each output row by itself",
}
_MOST_THRESHOLD = 1e12


def sidebar() -> None:
    """Show all choices; each changes the one state that all pages share."""
    with st.sidebar:
        with boundary("models"):
            _model()
        with boundary("criteria"):
            _criterion(caches.subject(state().model))
            _grain(caches.subject(state().model))
            _parameters()
            _scope()
        amount()
        with boundary("choices"):
            _protected(caches.subject(state().model))
            _seed()
        sample()
        with boundary("card"):
            _card(caches.subject(state().model))


def _model() -> None:
    models = {**{demo.key: demo.title for demo in CATALOG}, **loaded.mine()}
    st.selectbox(
        "Model",
        list(models),
        format_func=lambda key: models[key],
        key=keep("model", state().model),
        on_change=_choose_model,
    )


def _choose_model() -> None:
    waiting.forget()
    plan = replace(state().plan, overrides=(), protected=(), threshold=None, amount=0.0)
    choose(MODEL.to(st.session_state["model"]), PLAN.to(plan))


def _criterion(subject: Subject) -> None:
    misfits = {r.key: reason for r in CRITERIA if (reason := refusal(r, subject))}
    chosen = criterion(state().plan.criterion)
    st.selectbox(
        "Criterion",
        [r.key for r in CRITERIA if r.key not in misfits],
        format_func=lambda key: criterion(key).title,
        key=keep("criterion", state().plan.criterion),
        on_change=_choose_criterion,
        help="What dies first. All formulas and sources are in docs/methods.md.",
    )
    st.markdown(f":small[{plain(chosen.line)} Score: {plain(chosen.formula)}.]")
    _say_why({criterion(key).title: why for key, why in misfits.items()}, "do not fit this network")


def _say_why(misfits: Mapping[str, object], what: str) -> None:
    """List what is not offered, each with its reason."""
    if misfits:
        with st.expander(f"{len(misfits)} {what}"):
            for title, reason in misfits.items():
                st.markdown(f":small[{plain(title)}: {plain(reason)}]")


def _choose_criterion() -> None:
    subject, record = caches.subject(state().model), criterion(st.session_state["criterion"])
    _score_by(record, grain_for(record, subject, state().plan.granularity))


def _choose_grain() -> None:
    _score_by(criterion(state().plan.criterion), st.session_state["granularity"])


def _score_by(record: Criterion, granularity: str) -> None:
    """Take another criterion or grain at the amount of now, be it by a threshold."""
    amount = caches.masks(state().model, state().plan).pool_amount
    set_plan(with_criterion(state().plan.at(amount), record.key, granularity=granularity))


def _grain(subject: Subject) -> None:
    """Show what may die as one; what the criterion or the network does not allow has its reason."""
    record = criterion(state().plan.criterion)
    chosen = grain(state().plan.granularity)
    misfits = {g.key: why for g in GRAINS if (why := misfit(record, g) or g.fits(subject))}
    st.selectbox(
        "What dies as one",
        [g.key for g in GRAINS if g.key not in misfits],
        format_func=lambda key: grain(key).title,
        key=keep("granularity", chosen.key),
        on_change=_choose_grain,
    )
    st.markdown(f":small[{plain(chosen.line)}{plain(_outside(chosen))}]")
    _say_why({grain(key).title: why for key, why in misfits.items()}, "cannot die as one here")


def _outside(chosen: Grain) -> str:
    """Say how many weights lie in nothing that can die."""
    scores = caches.scores(state().model, state().plan)
    if not scores.outside:
        return ""
    share = wording.of(scores.outside, scores.weights)
    return f" {share} connections lie in no {chosen.one} and stay."


def _parameters() -> None:
    """Show the numbers that criterion and grain take."""
    plan = state().plan
    values = options_of(plan)
    for parameter in parameters_of(plan):
        key = f"plan-{plan.criterion}-{plan.granularity}-{parameter.key}"
        parameter_input(parameter, key, values[parameter.key], partial(_choose_number, parameter))


def _choose_number(parameter: Parameter, value: float) -> None:
    given = dict(state().plan.options)
    _set(options=tuple(with_option(given, parameter, value).items()))


def _scope() -> None:
    plan = state().plan
    scopes = scopes_of(criterion(plan.criterion), grain(plan.granularity))
    scope = caches.masks(state().model, plan).plan.scope
    st.selectbox(
        "Scores are compared across",
        scopes,
        format_func=_SCOPES.__getitem__,
        key=keep("scope", scope),
        on_change=lambda: _set(scope=st.session_state["scope"]),
        disabled=len(scopes) == 1 or plan.threshold is not None,
        help="A threshold is one number for all layers, so it always compares globally."
        if plan.threshold is not None
        else None,
    )


def _set(**fields: object) -> None:
    set_plan(replace(state().plan, **fields))  # type: ignore[arg-type]


@panel("amount", follows=(PLAN,))
def amount() -> None:
    """Show the amount and the threshold: two views of one plan, both can be typed."""
    plan = state().plan
    masks = caches.masks(state().model, plan)
    percent = round(100 * masks.pool_amount, 6)
    st.number_input(
        "Amount pruned, %",
        0.0,
        100.0,
        step=1.0,
        format="%.4g",
        key=keep("amount", percent),
        on_change=lambda: set_amount(st.session_state["amount"] / 100),
    )
    _threshold(plan)


def _threshold(plan: PruningPlan) -> None:
    cut = caches.masks(state().model, plan).cut
    many = cut.low != cut.high
    if "global" not in scopes_of(criterion(plan.criterion), grain(plan.granularity)) or many:
        low, high = wording.number(cut.low), wording.number(cut.high)
        st.markdown(f":small[Thresholds run from {low} to {high}; {_ties(cut.ties)}.]")
        return
    if math.isinf(cut.low):
        st.markdown(":small[Everything is gone: no threshold is higher than every score.]")
        return
    st.number_input(
        "Threshold: scores below it die",
        0.0,
        _MOST_THRESHOLD,
        step=0.01,
        format="%.6g",
        key=keep("threshold", min(cut.low, _MOST_THRESHOLD)),
        on_change=lambda: set_threshold(st.session_state["threshold"]),
    )
    if cut.ties:
        st.markdown(f":small[{_ties(cut.ties)}.]")


def _ties(ties: int) -> str:
    return f"{wording.count(ties)} entries that equal their threshold are gone too"


def _protected(subject: Subject) -> None:
    shown = titles(subject)
    names = [t.layer for t in caches.scores(state().model, state().plan).tensors]
    st.multiselect(
        "Protected layers",
        list(dict.fromkeys([*names, *state().plan.protected])),
        format_func=lambda name: shown.get(name, name),
        key=keep("protected", list(state().plan.protected)),
        on_change=lambda: _set(protected=tuple(st.session_state["protected"])),
        placeholder="none",
        help="They lose nothing and do not count in the amount.",
    )


def _seed() -> None:
    if criterion(state().plan.criterion).seeded:
        st.number_input(
            "Seed",
            0,
            2**31 - 1,
            step=1,
            key=keep("seed", state().plan.seed),
            on_change=lambda: _set(seed=int(st.session_state["seed"])),
        )


@panel("sample", follows=(SAMPLE,))
def sample() -> None:
    """Show the number of the sample that is painted through the network."""
    if not has_data():
        return
    last = caches.subject(state().model).samples.count - 1
    st.number_input(
        f"Sample, 0 to {last:d}",
        0,
        last,
        step=1,
        key=keep("sample", state().sample),
        on_change=lambda: choose(SAMPLE.to(int(st.session_state["sample"]))),
        help="Painted through the network; its arithmetic is shown for the unit you click.",
    )


def _card(subject: Subject) -> None:
    card = subject.card
    with st.expander("About this model"):
        st.markdown(f"**{plain(card.title)}**  \n{plain(card.purpose)}")
        if card.not_for:
            st.markdown(f"Not for: {plain(card.not_for)}")
        rows = [f"{plain(k)}: {v:.3f}" for k, v in card.metrics.items()]
        rows += [f"{plain(k)} (baseline): {v:.3f}" for k, v in card.baselines.items()]
        st.markdown("  \n".join(rows))
        for line in (*card.notes, *card.limits):
            st.markdown(f":small[{plain(line)}]")
        origin = " ".join(f"{part}." for part in (card.source, card.authors, card.licence) if part)
        st.markdown(f":small[{plain(origin)}]")
