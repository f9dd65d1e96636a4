"""How it is explained: the method with its parameters, the output, and the baseline."""

from functools import partial

import streamlit as st

from explain import Subject
from explain.attribution import ATTRIBUTORS, attributor, baseline
from explain.core import Attributor, Parameter, SanityVerdict
from explain.core.messages import say
from explain.figures import output_name
from pages._attribution.asked import explainer_of, fitting_baselines, fitting_methods
from pages._attribution.caches import own_check
from pages._attribution.choices import BASELINE, METHOD, OPTIONS
from pages._panels.choices import TARGET
from pages._panels.parameters import parameter_input, with_option
from pages._shell import caches
from pages._shell.actions import choose
from pages._shell.charts import plain
from pages._shell.keys import EXPLORING, Explainer
from pages._shell.panel import boundary
from pages._shell.state import keep, state


def attribution_choice() -> None:
    """Show how it is explained, and behind that the menus; what does not fit stands with why."""
    with boundary("method"):
        subject, method = caches.subject(state().model), explainer_of(state())
        record = attributor(method.method)
        with st.popover(plain(_asked(record, method)), key="method-asked", type="tertiary"):
            _method(method)
            _target(subject)
            _baseline(record, method)
            _line(subject, record, method)
            _parameters(record, method)
            _about(record)
            _misfits(subject)


def _asked(record: Attributor, method: Explainer) -> str:
    if not record.baseline:
        return say("attribution.menus.asked", method=record.title)
    start = baseline(method.baseline).title
    return say("attribution.menus.asked_from", method=record.title, baseline=start)


def _method(method: Explainer) -> None:
    st.selectbox(
        say("attribution.menus.method"),
        [record.key for record in fitting_methods(state().model)],
        format_func=_title,
        key=keep("method", method.method),
        on_change=lambda: choose(METHOD.to(st.session_state["method"])),
    )


def _title(key: str) -> str:
    record, own = attributor(key), own_check(state().model, key)
    if own is SanityVerdict.FAILS:
        return say("attribution.menus.failing", method=record.title)
    if record.warning and own in {None, SanityVerdict.UNCLEAR}:
        return say("attribution.menus.failed_elsewhere", method=record.title)
    return record.title


def _target(subject: Subject) -> None:
    if not subject.task.by_class:
        name = plain(output_name(subject.task, 0))
        st.markdown(f":small[{say('attribution.menus.output')}]  \n**{name}**")
        return
    choices = [None, *range(len(subject.task.classes))]
    st.selectbox(
        say("attribution.menus.output"),
        choices,
        format_func=lambda at: (
            say("attribution.menus.decided") if at is None else subject.task.classes[at]
        ),
        key=keep("target", state()[TARGET] if state()[TARGET] in choices else None),
        on_change=lambda: choose(TARGET.to(st.session_state["target"])),
        help=say("attribution.menus.output_help"),
    )


def _baseline(record: Attributor, method: Explainer) -> None:
    if not record.baseline:
        title, none = say("attribution.menus.baseline"), say("attribution.menus.no_baseline")
        st.markdown(f":small[{title}]  \n{none}")
        return
    st.selectbox(
        say("attribution.menus.baseline_label"),
        [one.key for one in fitting_baselines(state().model)],
        format_func=lambda key: baseline(key).title,
        key=keep("baseline", method.baseline),
        on_change=lambda: choose(BASELINE.to(st.session_state["baseline"])),
        help=plain(baseline(method.baseline).line),
    )


def _line(subject: Subject, record: Attributor, method: Explainer) -> None:
    passes = round(record.passes(subject, method.settings))
    cost = (
        say("attribution.menus.cost", n=passes)
        if method == method.quick()
        else say(
            "attribution.menus.cost_at_rest",
            n=passes,
            first=EXPLORING,
            steps=method.settings["steps"],
        )
    )
    st.markdown(f"{plain(record.line)} :small[{plain(cost)}]")
    _checked(record)


def _checked(record: Attributor) -> None:
    """Say what others found against a method, and what this network's own check says of it."""
    own = own_check(state().model, record.key)
    if not record.warning and own is not SanityVerdict.FAILS:
        return
    here = (
        say("attribution.menus.unchecked")
        if own is None
        else say("attribution.menus.checked", verdict=own)
    )
    shown = st.info if own in {SanityVerdict.PASSES, SanityVerdict.INCOMPLETE} else st.warning
    shown(plain(f"{record.warning} {here}".strip()))


def _parameters(record: Attributor, method: Explainer) -> None:
    for parameter in record.parameters:
        key, value = f"option-{method.method}-{parameter.key}", method.settings[parameter.key]
        parameter_input(parameter, key, value, partial(_set, method, parameter))


def _set(method: Explainer, parameter: Parameter, value: float) -> None:
    choose(OPTIONS.to(tuple(with_option(dict(method.options), parameter, value).items())))


def _about(record: Attributor) -> None:
    st.markdown(f"**{say('attribution.menus.about')}**")
    st.code(record.formula, language=None, wrap_lines=True)
    st.markdown(f":small[{plain(record.source)}]")
    if record.differs:
        st.markdown(f":small[{plain(say('attribution.menus.differs', how=record.differs))}]")


def _misfits(subject: Subject) -> None:
    reasons = [(attributor(a.key).title, a.fits(subject)) for a in ATTRIBUTORS]
    left_out = [f"**{plain(title)}.** {plain(why)}" for title, why in reasons if why]
    if left_out:
        said = "  \n".join([f"**{say('attribution.menus.not_offered')}**", *left_out])
        st.markdown(f":small[{said}]")
