"""The plan's chip: criterion, grain, scope, amount or threshold, and what is set rarely."""

import math
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import streamlit as st

from explain import PruningPlan, Subject
from explain.core import BASES, Criterion, Grain, Masked, Parameter
from explain.core.messages import Message, listed, say
from explain.figures import wording
from explain.pruning import (
    CRITERIA,
    GRAINS,
    criterion,
    grain,
    grain_for,
    left_alone,
    misfit,
    options_of,
    parameters_of,
    recalibration_refusal,
    refusal,
    repair_refusal,
    repair_rows,
    scopes_of,
    unrepaired,
    with_criterion,
)
from pages._panels.choices import CRITERIA_LEFT_OUT, GRAINS_LEFT_OUT
from pages._panels.layer_amounts import layer_amounts
from pages._panels.parameters import parameter_input, with_option
from pages._panels.unit import titles
from pages._shell import caches
from pages._shell.actions import folded, is_on, reset_plan, set_amount, set_plan, set_threshold
from pages._shell.charts import plain
from pages._shell.kept import MODELS, kept
from pages._shell.panel import boundary, panel
from pages._shell.state import FOLDED, PLAN, RECALIBRATED, REPAIRED, Choice, kept_field, state

_MOST_THRESHOLD = 1e12
_WIDTH = 640
"""Of the open chip, in pixels, where the screen has them."""


def plan() -> None:
    """Show the chip with criterion and scope; it opens everything that is set rarely."""
    with st.popover(plain(_title()), key="plan-chip", width="stretch"):
        left, right = st.container(width=_WIDTH).columns(2, gap="medium")
        with left, boundary("criteria"):
            _criterion()
            _grain(caches.subject(state().model))
            _parameters()
            _scope()
        with right:
            amount()
            with boundary("choices"):
                _folding()
                _repair(caches.subject(state().model))
                _recalibration(caches.subject(state().model))
                _protected(caches.subject(state().model))
                _seed()
            layer_amounts()


def mends_of(how: Masked) -> list[str]:
    """Return in words what is mended in a copy, in the order in which it is done."""
    return [say("panels.plan.mend", mend=mend) for mend in how.mends]


def _title() -> str:
    chosen = caches.masks(state().model, state().plan).plan
    how = state().masked(chosen)
    return say(
        "panels.plan.chip",
        criterion=criterion(chosen.criterion).title,
        scope=chosen.scope,
        mended="yes" if how.mends else "no",
        mends=mends_of(how),
    )


@kept(size=MODELS)
def _refused_criteria(model: str) -> Mapping[str, Message]:
    """Return why criteria cannot be used on a model, whatever the plan."""
    subject = caches.subject(model)
    return {record.key: why for record in CRITERIA if (why := refusal(record, subject))}


@kept(size=MODELS)
def _refused_grains(model: str) -> Mapping[str, Message]:
    """Return why grains cannot be used on a model, whatever the plan."""
    subject = caches.subject(model)
    return {what.key: why for what in GRAINS if (why := what.fits(subject))}


def _criterion() -> None:
    misfits = _refused_criteria(state().model)
    chosen = criterion(state().plan.criterion)
    st.selectbox(
        say("panels.plan.criterion"),
        [r.key for r in CRITERIA if r.key not in misfits],
        format_func=lambda key: criterion(key).title,
        help=say("panels.plan.criterion_help"),
        **kept_field("criterion", state().plan.criterion, _choose_criterion),
    )
    scored = say("panels.plan.scored", line=plain(chosen.line), formula=plain(chosen.formula))
    st.markdown(f":small[{scored}]")
    _say_why(
        CRITERIA_LEFT_OUT,
        {criterion(key).title: why for key, why in misfits.items()},
        say("panels.plan.criteria_misfit", n=len(misfits)),
    )


def _say_why(choice: Choice[bool], misfits: Mapping[str, object], title: str) -> None:
    """List what is not offered, each with its reason."""
    if misfits:
        with folded(choice, title):
            for name, reason in misfits.items():
                st.markdown(f":small[{plain(name)}: {plain(reason)}]")


def _choose_criterion(key: str) -> None:
    subject, record = caches.subject(state().model), criterion(key)
    _score_by(record, grain_for(record, subject, state().plan.granularity))


def _choose_grain(key: str) -> None:
    _score_by(criterion(state().plan.criterion), key)


def _score_by(record: Criterion, granularity: str) -> None:
    """Take another criterion or grain at the amount of now, be it by a threshold."""
    amount = caches.masks(state().model, state().plan).pool_amount
    set_plan(with_criterion(state().plan.at(amount), record.key, granularity=granularity))


def _grain(subject: Subject) -> None:
    """Show what may die as one; what the criterion or the network does not allow has its reason."""
    record = criterion(state().plan.criterion)
    chosen = grain(state().plan.granularity)
    unfit = _refused_grains(state().model)
    misfits = {g.key: why for g in GRAINS if (why := misfit(record, g) or unfit.get(g.key))}
    st.selectbox(
        say("panels.plan.grain"),
        [g.key for g in GRAINS if g.key not in misfits],
        format_func=lambda key: grain(key).title,
        **kept_field("granularity", chosen.key, _choose_grain),
    )
    st.markdown(f":small[{plain(_line(chosen))}]")
    _stays(subject)
    _say_why(
        GRAINS_LEFT_OUT,
        {grain(key).title: why for key, why in misfits.items()},
        say("panels.plan.grains_misfit", n=len(misfits)),
    )


def _line(chosen: Grain) -> str:
    """Return what a grain is, and how many weights lie in nothing that can die."""
    scores = caches.scores(state().model, state().plan)
    if not scores.outside:
        return chosen.line
    share = wording.of(scores.outside, scores.weights)
    return say("panels.plan.outside", line=chosen.line, share=share, one=chosen.one)


def _stays(subject: Subject) -> None:
    """Say what no amount takes and why, and what was 0 before; nothing where there is nothing."""
    scores = caches.scores(state().model, state().plan)
    found = left_alone(subject, scores)
    if found.weights:
        share = found.weights / found.total
        said = say("panels.plan.left", share=share, parts=found.told())
        st.markdown(f":small[{plain(said)}]")
    if scores.zeros:
        said = say("panels.plan.zeros", n=scores.zeros, of=state().plan.of)
        st.markdown(f":small[{plain(said)}]")


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
        say("panels.plan.scope"),
        scopes,
        format_func=lambda scope: say("panels.plan.scopes", scope=scope),
        disabled=len(scopes) == 1 or plan.threshold is not None,
        help=say("panels.plan.scope_help") if plan.threshold is not None else None,
        **kept_field("scope", scope, lambda scope: _set(scope=scope)),
    )


def _base() -> None:
    """Show what an amount is a share of, where something was 0 before."""
    plan = state().plan
    if caches.scores(state().model, plan).zeros or plan.of != BASES[0]:
        st.segmented_control(
            say("panels.plan.of"),
            BASES,
            format_func=lambda base: say("panels.plan.bases", of=base),
            required=True,
            **kept_field("of", plan.of, lambda base: _set(of=base)),
        )


def _set(**fields: object) -> None:
    set_plan(replace(state().plan, **fields))  # type: ignore[arg-type]


@panel("amount", follows=(PLAN,))
def amount() -> None:
    """Show the amount and the threshold: two views of one plan, both can be typed."""
    masks = caches.masks(state().model, state().plan)
    percent = round(100 * masks.pool_amount, 6)
    st.number_input(
        say("panels.plan.amount"),
        0.0,
        100.0,
        step=1.0,
        format="%.4g",
        **kept_field("amount", percent, lambda percent: set_amount(percent / 100)),
    )
    _base()
    _threshold(state().plan)
    st.button(
        say("panels.plan.reset"),
        key="reset",
        on_click=reset_plan,
        disabled=not _is_pruned(state().plan),
    )


def _is_pruned(plan: PruningPlan) -> bool:
    asked = (plan.amount, plan.threshold, plan.overrides, plan.protected)
    return asked != (0.0, None, (), ())


def _threshold(plan: PruningPlan) -> None:
    cut = caches.masks(state().model, plan).cut
    many = cut.low != cut.high
    if "global" not in scopes_of(criterion(plan.criterion), grain(plan.granularity)) or many:
        run = say("panels.plan.thresholds", low=cut.low, high=cut.high, ties=cut.ties)
        st.markdown(f":small[{run}]")
        return
    if math.isinf(cut.low):
        st.markdown(f":small[{say('panels.plan.everything_gone')}]")
        return
    st.number_input(
        say("panels.plan.threshold"),
        0.0,
        _MOST_THRESHOLD,
        step=0.01,
        format="%.6g",
        **kept_field("threshold", min(cut.low, _MOST_THRESHOLD), set_threshold),
    )
    if cut.ties:
        st.markdown(f":small[{say('panels.plan.ties', n=cut.ties)}]")


def _recalibration(subject: Subject) -> None:
    """Show whether the BatchNorm statistics are made anew, where the network has such."""
    if recalibration_refusal(subject) is None:
        is_on(
            RECALIBRATED,
            say("panels.recalibration.recalibrate"),
            about=say(
                "panels.recalibration.recalibrate_help",
                repaired="yes" if state().repaired else "no",
            ),
        )


def _repair(subject: Subject) -> None:
    """Show whether the weights that are left are refit, where they can be."""
    if repair_refusal(subject) is None:
        is_on(REPAIRED, say("panels.repair.repair"), about=repair_help())


def repair_help() -> str:
    """Return what the repair does, to how many cases, and about how long it takes."""
    subject = caches.subject(state().model)
    left = list(unrepaired(subject).values())
    return say(
        "panels.repair.help",
        rows=len(repair_rows(subject)),
        seconds=max(1, math.ceil(caches.repair_seconds(state().model))),
        left=listed(left, 2),
        whole="no" if left else "yes",
    )


def _folding() -> None:
    """Show whether constants are folded, where removed units hand any on."""
    if state().folded or caches.heard(state().model, Masked(plan=state().plan)):
        is_on(FOLDED, say("panels.heard.title"), about=say("panels.heard.fold_help"))


def _protected(subject: Subject) -> None:
    shown = titles(subject)
    names = [t.layer for t in caches.scores(state().model, state().plan).tensors]
    st.multiselect(
        say("panels.plan.protected"),
        list(dict.fromkeys([*names, *state().plan.protected])),
        format_func=lambda name: shown.get(name, name),
        placeholder=say("panels.plan.protected_none"),
        help=say("panels.plan.protected_help"),
        **kept_field(
            "protected",
            list(state().plan.protected),
            lambda protected: _set(protected=tuple(protected)),
        ),
    )


def _seed() -> None:
    if criterion(state().plan.criterion).seeded:
        st.number_input(
            say("panels.plan.seed"),
            0,
            2**31 - 1,
            step=1,
            **kept_field("seed", state().plan.seed, lambda seed: _set(seed=int(seed))),
        )
