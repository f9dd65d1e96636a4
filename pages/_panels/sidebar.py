"""The sidebar: model, criterion, grain, scope, amount or threshold, BatchNorm after it."""

import math
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import streamlit as st

from explain import PruningPlan, Subject
from explain.core import Compared, Criterion, Grain, Masked, Parameter, in_words
from explain.core.messages import say
from explain.figures import wording
from explain.measure import headline_metric, meter
from explain.pruning import (
    CRITERIA,
    GRAINS,
    RECALIBRATION_ROWS,
    criterion,
    grain,
    grain_for,
    misfit,
    offer_recalibration,
    options_of,
    parameters_of,
    refusal,
    scopes_of,
    with_criterion,
)
from models.catalog import CATALOG
from pages._panels.choices import CARD, CRITERIA_LEFT_OUT, GRAINS_LEFT_OUT
from pages._panels.parameters import parameter_input, with_option
from pages._panels.unit import titles
from pages._shell import caches, current, loaded, url
from pages._shell.actions import (
    choose,
    folded,
    set_amount,
    set_plan,
    set_recalibrated,
    set_threshold,
)
from pages._shell.charts import plain
from pages._shell.current import has_data
from pages._shell.panel import boundary, panel
from pages._shell.state import MODEL, PLAN, SAMPLE, Choice, State, keep, state

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
    models = {
        **{demo.key: in_words(demo, "model", demo.key).title for demo in CATALOG},
        **loaded.mine(),
    }
    st.selectbox(
        say("panels.sidebar.model"),
        list(models),
        format_func=lambda key: models[key],
        key=keep("model", state().model),
        on_change=_choose_model,
    )


def _choose_model() -> None:
    url.stop_waiting()
    plan = replace(state().plan, overrides=(), protected=(), threshold=None, amount=0.0)
    choose(MODEL.to(st.session_state["model"]), PLAN.to(plan))


def _criterion(subject: Subject) -> None:
    misfits = {r.key: reason for r in CRITERIA if (reason := refusal(r, subject))}
    chosen = criterion(state().plan.criterion)
    st.selectbox(
        say("panels.sidebar.criterion"),
        [r.key for r in CRITERIA if r.key not in misfits],
        format_func=lambda key: criterion(key).title,
        key=keep("criterion", state().plan.criterion),
        on_change=_choose_criterion,
        help=say("panels.sidebar.criterion_help"),
    )
    scored = say("panels.sidebar.scored", line=plain(chosen.line), formula=plain(chosen.formula))
    st.markdown(f":small[{scored}]")
    _say_why(
        CRITERIA_LEFT_OUT,
        {criterion(key).title: why for key, why in misfits.items()},
        say("panels.sidebar.criteria_misfit", n=len(misfits)),
    )


def _say_why(choice: Choice[bool], misfits: Mapping[str, object], title: str) -> None:
    """List what is not offered, each with its reason."""
    if misfits:
        with folded(choice, title):
            for name, reason in misfits.items():
                st.markdown(f":small[{plain(name)}: {plain(reason)}]")


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
        say("panels.sidebar.grain"),
        [g.key for g in GRAINS if g.key not in misfits],
        format_func=lambda key: grain(key).title,
        key=keep("granularity", chosen.key),
        on_change=_choose_grain,
    )
    st.markdown(f":small[{plain(_line(chosen))}]")
    _say_why(
        GRAINS_LEFT_OUT,
        {grain(key).title: why for key, why in misfits.items()},
        say("panels.sidebar.grains_misfit", n=len(misfits)),
    )


def _line(chosen: Grain) -> str:
    """Return what a grain is, and how many weights lie in nothing that can die."""
    scores = caches.scores(state().model, state().plan)
    if not scores.outside:
        return chosen.line
    share = wording.of(scores.outside, scores.weights)
    return say("panels.sidebar.outside", line=chosen.line, share=share, one=chosen.one)


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
        say("panels.sidebar.scope"),
        scopes,
        format_func=lambda scope: say("panels.sidebar.scopes", scope=scope),
        key=keep("scope", scope),
        on_change=lambda: _set(scope=st.session_state["scope"]),
        disabled=len(scopes) == 1 or plan.threshold is not None,
        help=say("panels.sidebar.scope_help") if plan.threshold is not None else None,
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
        say("panels.sidebar.amount"),
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
        run = say("panels.sidebar.thresholds", low=cut.low, high=cut.high, ties=cut.ties)
        st.markdown(f":small[{run}]")
        return
    if math.isinf(cut.low):
        st.markdown(f":small[{say('panels.sidebar.everything_gone')}]")
        return
    st.number_input(
        say("panels.sidebar.threshold"),
        0.0,
        _MOST_THRESHOLD,
        step=0.01,
        format="%.6g",
        key=keep("threshold", min(cut.low, _MOST_THRESHOLD)),
        on_change=lambda: set_threshold(st.session_state["threshold"]),
    )
    if cut.ties:
        st.markdown(f":small[{say('panels.sidebar.ties', n=cut.ties)}]")


def _protected(subject: Subject) -> None:
    shown = titles(subject)
    names = [t.layer for t in caches.scores(state().model, state().plan).tensors]
    st.multiselect(
        say("panels.sidebar.protected"),
        list(dict.fromkeys([*names, *state().plan.protected])),
        format_func=lambda name: shown.get(name, name),
        key=keep("protected", list(state().plan.protected)),
        on_change=lambda: _set(protected=tuple(st.session_state["protected"])),
        placeholder=say("panels.sidebar.protected_none"),
        help=say("panels.sidebar.protected_help"),
    )


def _seed() -> None:
    if criterion(state().plan.criterion).seeded:
        st.number_input(
            say("panels.sidebar.seed"),
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
        say("panels.sidebar.sample", last=last),
        0,
        last,
        step=1,
        key=keep("sample", state().sample),
        on_change=lambda: choose(SAMPLE.to(int(st.session_state["sample"]))),
        help=say("panels.sidebar.sample_help"),
    )


def _card(subject: Subject) -> None:
    card = in_words(subject.card, "card", subject.key)
    with folded(CARD, say("panels.card.about")):
        st.markdown(f"**{plain(card.title)}**  \n{plain(card.purpose)}")
        if card.not_for:
            st.markdown(say("panels.card.not_for", use=plain(card.not_for)))
        rows = [f"{plain(k)}: {v:.3f}" for k, v in card.metrics.items()]
        rows += [
            say("panels.card.baseline", name=plain(k), value=v) for k, v in card.baselines.items()
        ]
        st.markdown("  \n".join(rows))
        for line in (*card.notes, *card.limits):
            st.markdown(f":small[{plain(line)}]")
        origin = " ".join(f"{part}." for part in (card.source, card.authors, card.licence) if part)
        st.markdown(f":small[{plain(origin)}]")


@panel("recalibration", follows=(PLAN,), last=True)
def recalibration() -> None:
    """Offer to make the BatchNorm statistics anew where the metric collapsed; say what it did."""
    if not has_data():
        return
    now = state()
    dense, plain_run = caches.dense(now.model), caches.run(_plain(now))
    subject = caches.subject(now.model)
    _say_severed(now, subject)
    pruned = caches.subject_of(_plain(now))
    if not (now.recalibrated or offer_recalibration(pruned, dense.metric, plain_run.metric)):
        return
    record = meter(headline_metric(subject))
    row = st.container(horizontal=True, vertical_alignment="center", gap="small")
    before = wording.metric(plain_run.metric, record)
    if now.recalibrated:
        after = wording.metric(caches.run(current.planned(now)).metric, record)
        row.markdown(
            say(
                "panels.recalibration.done",
                rows=_rows(subject),
                metric=plain(record.title),
                before=before,
                after=after,
                dense=wording.metric(dense.metric, record),
            )
        )
        row.button(
            say("panels.recalibration.take_back"),
            key="recalibrate-off",
            on_click=_recalibrate,
            args=(False,),
        )
    else:
        row.markdown(
            say(
                "panels.recalibration.fell",
                metric=plain(wording.capital(record.title)),
                dense=wording.metric(dense.metric, record),
                before=before,
            )
        )
        row.button(
            say("panels.recalibration.recalibrate"),
            key="recalibrate",
            on_click=_recalibrate,
            args=(True,),
            help=say("panels.recalibration.recalibrate_help"),
        )


def _say_severed(now: State, subject: Subject) -> None:
    """Say which layer lost everything where nothing gets from the input to the answer."""
    layers = caches.severed(_plain(now))
    if not layers:
        return
    masks = caches.masks(now.model, now.plan)
    lost = sum(t.entries for t in masks.scores.tensors if t.layer in layers)
    named = [titles(subject).get(layer, layer) for layer in layers]
    entries = grain(now.plan.granularity).many
    said = say("panels.recalibration.severed", layers=named, lost=lost, entries=entries)
    st.markdown(plain(said))


def _plain(now: State) -> Compared:
    """Return the pruned network with the statistics that were trained."""
    return Compared(model=now.model, how=Masked(plan=now.plan))


def _recalibrate(on: bool) -> None:  # noqa: FBT001 - a button's argument
    set_recalibrated(on=on)


def _rows(subject: Subject) -> int:
    found = 0 if subject.calibration is None else subject.calibration.count
    return min(found, RECALIBRATION_ROWS)
