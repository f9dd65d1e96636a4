"""How the network is cut into modules, what was found, and changes made by hand."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explain import Partition, Refused
from explain.core import Partitioner, no_rows
from explain.core.messages import say
from explain.decompose import PARTITIONERS, partitioner
from explain.figures import hidden_alone_sentence, partition_sentences
from explain.measure import headline_metric, meter
from pages._modules import reshaping
from pages._modules.caches import MOST, hidden_alone_of, own_partition, shown_partition
from pages._modules.choices import METHOD, RESHAPED, K, cut_of
from pages._modules.example import offer_modules, say_what_was_told
from pages._modules.steps import modules_refused, reshape
from pages._shell import caches
from pages._shell.actions import choose
from pages._shell.charts import plain
from pages._shell.kept import with_progress
from pages._shell.keys import Partitioning
from pages._shell.panel import boundary
from pages._shell.state import keep, state


def modules_found() -> None:
    """Say what was found; nothing is coloured as if it had found more."""
    with st.container(), boundary("modules"):  # what follows keeps its place
        record, cut = partitioner(state()[METHOD]), cut_of(state())
        parts = with_progress(
            say("modules.menus.progress", method=record.title),
            lambda progress: shown_partition(cut, progress),
            ready=shown_partition.ready(cut),
        )
        _said(record, cut, parts)
        say_what_was_told()
        row = st.container(horizontal=True, gap="small", vertical_alignment="center")
        offer_modules(row, own_partition(cut)[0])
        _back(row)
        modules_refused()


def modules_choice() -> None:
    """Show the menus by which the network is cut otherwise, and how to change modules by hand."""
    with boundary("modules"):
        record, cut = partitioner(state()[METHOD]), cut_of(state())
        columns = st.columns([4, 3, 3])
        with columns[0]:
            _method()
        with columns[1]:
            _count(record)
        row = st.container(horizontal=True, gap="small", vertical_alignment="center")
        _about(row, record)
        _misfits(row)
        _by_hand(row, shown_partition(cut))


def _method() -> None:
    subject = caches.subject(state().model)
    st.selectbox(
        say("modules.menus.method"),
        [record.key for record in PARTITIONERS if record.fits(subject) is None],
        format_func=lambda key: partitioner(key).title,
        key=keep("partition", state()[METHOD]),
        on_change=lambda: choose(METHOD.to(st.session_state["partition"])),
    )


def _count(record: Partitioner) -> None:
    choices = [None, *range(2, MOST + 1)]
    st.selectbox(
        say("modules.menus.count"),
        choices,
        format_func=lambda count: say("modules.menus.natural") if count is None else str(count),
        key=keep("k", state()[K] if state()[K] in choices else None),
        on_change=lambda: choose(K.to(st.session_state["k"])),
        disabled=record.key == "manual",
    )


def _by_hand(row: DeltaGenerator, parts: Partition) -> None:
    with row.popover(say("modules.menus.by_hand"), key="modules-by-hand", type="tertiary"):
        several = parts.count > 1
        st.button(
            say("modules.menus.merge_closest"),
            key="merge-closest",
            disabled=not several,
            on_click=reshape,
            args=(reshaping.merged(),),
            help=say("modules.menus.merge_closest_help"),
            width="stretch",
        )
        names = dict(enumerate(parts.names))
        pair = st.multiselect(
            say("modules.menus.merge_two"),
            list(names),
            format_func=names.__getitem__,
            key="merge-pair",
            max_selections=2,
            disabled=not several,
        )
        st.button(
            say("modules.menus.merge"),
            key="merge",
            disabled=len(pair) != 2,
            on_click=lambda: reshape(reshaping.merged((pair[0], pair[1]))),
            width="stretch",
        )
        one = st.selectbox(
            say("modules.menus.split_one"),
            list(names),
            format_func=names.__getitem__,
            key="split-one",
        )
        st.button(
            say("modules.menus.split"),
            key="split-it",
            on_click=reshape,
            args=(reshaping.split(one or 0),),
            help=say("modules.menus.split_help"),
            width="stretch",
        )
        st.markdown(f":small[{say('modules.menus.own_choice')}]")


def _back(row: DeltaGenerator) -> None:
    if state()[RESHAPED]:
        row.button(say("modules.menus.undo"), key="modules-undo", on_click=_undo, type="tertiary")
        row.button(
            say("modules.menus.start_over"),
            key="modules-over",
            on_click=choose,
            args=(RESHAPED.to(()),),
            type="tertiary",
        )


def _undo() -> None:
    choose(RESHAPED.to(state()[RESHAPED][:-1]))


def _about(row: DeltaGenerator, record: Partitioner) -> None:
    with row.popover(say("modules.menus.about"), key="split-about", type="tertiary"):
        st.markdown(plain(record.line))
        st.code(record.formula, language=None, wrap_lines=True)
        st.markdown(plain(record.source))
        if record.differs:
            st.markdown(plain(say("modules.menus.differs", how=record.differs)))


def _misfits(row: DeltaGenerator) -> None:
    subject = caches.subject(state().model)
    reasons = {partitioner(r.key).title: why for r in PARTITIONERS if (why := r.fits(subject))}
    if reasons:
        label = say("modules.menus.misfits", n=len(reasons))
        with row.popover(label, key="split-misfits", type="tertiary"):
            for title, why in reasons.items():
                st.markdown(f":small[**{plain(title)}**: {plain(why)}]")


def _said(record: Partitioner, cut: Partitioning, parts: Partition) -> None:
    """Say what was found. What was asked for against the evidence is called arbitrary."""
    first, instead = own_partition(cut)
    if first is not instead:
        st.markdown(f"{_loud(first)} {say('modules.menus.shown_instead')}")
    elif record.count == "own" or (record.count == "estimated" and cut.k is not None):
        _against_the_evidence(cut, parts)
    else:
        st.markdown(f":small[{plain(' '.join(partition_sentences(first)))}]")
        if first.was_found:
            _hidden_alone(cut, first)
    if cut.steps:
        modules = plain(" ".join(partition_sentences(parts)))
        st.markdown(f":small[{say('modules.by_hand', n=len(cut.steps), modules=modules)}]")


def _hidden_alone(cut: Partitioning, parts: Partition) -> None:
    """Say whether hiding each module that was found changes anything, or why that is not known."""
    subject = caches.subject(cut.model)
    if no_rows(subject.samples) is not None:
        return
    try:
        found = with_progress(
            say("modules.menus.hiding"),
            lambda progress: hidden_alone_of(cut, progress),
            ready=hidden_alone_of.ready(cut),
        )
    except Refused as error:
        st.markdown(f":small[{plain(error)}]")
        return
    said = hidden_alone_sentence(found, parts.names, meter(headline_metric(subject)))
    st.markdown(f":small[{plain(said)}]")


def _against_the_evidence(cut: Partitioning, parts: Partition) -> None:
    """Say beside a cut that was not tested itself what the test finds."""
    natural, _ = own_partition(Partitioning(model=cut.model, method=_TESTED))
    why = "asked" if cut.k else "always"
    if natural.count == 1 and parts.count > 1:
        st.warning(f"{_loud(natural)} {say('modules.menus.arbitrary', why=why)}")
    else:
        said = plain(" ".join(partition_sentences(natural)))
        st.markdown(f":small[{said} {say('modules.menus.cut_because', why=why)}]")


_TESTED = "layered-null"
"""The method whose number of modules is tested against networks without structure."""


def _loud(parts: Partition) -> str:
    """Return what was found with the first sentence in bold."""
    first, *rest = partition_sentences(parts)
    return f"**{plain(first)}** {plain(' '.join(rest))}"
