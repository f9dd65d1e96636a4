"""Reset, everything to take away, what is counted, and amounts of their own for single layers."""

from dataclasses import replace
from functools import partial
from urllib.parse import urlencode

import streamlit as st

from explain import PruningPlan
from explain.core import Network
from explain.core.messages import say
from explain.figures import wording
from explain.measure import decision_changes, headline_metric, meter
from explain.network import weights_as_bytes
from models.loading.card.describing import own_card
from models.loading.card.model_card import Card
from models.loading.loading import subject_file
from pages._explore.choices import OVERRIDES
from pages._panels.unit import titles
from pages._shell import caches, current, loaded
from pages._shell.actions import folded, reset_plan, set_plan
from pages._shell.charts import offer_file, plain
from pages._shell.current import has_data, say_no_data
from pages._shell.kept import with_progress
from pages._shell.loaded import short
from pages._shell.panel import boundary, panel
from pages._shell.state import PLAN, State, state
from pages._shell.url import encode


@panel("tools", follows=(PLAN,))
def tools() -> None:
    """Show the buttons in one row."""
    row = st.container(horizontal=True, gap="small", vertical_alignment="center")
    row.button(
        say("explore.tools.reset"),
        key="reset",
        on_click=reset_plan,
        disabled=not _is_pruned(state().plan),
        type="tertiary",
    )
    with row.popover(say("explore.tools.download"), key="downloads", type="tertiary"):
        _downloads()
    with row:
        link_to_share()


@panel("link", follows=(OVERRIDES,), always=True)
def link_to_share() -> None:
    """Show the address of this view, as the browser shows it."""
    with st.popover(say("explore.tools.link"), key="link", type="tertiary"):
        st.markdown(say("explore.tools.link_note"))
        st.code(_link(), language=None, wrap_lines=True)


def _is_pruned(plan: PruningPlan) -> bool:
    asked = (plan.amount, plan.threshold, plan.overrides, plan.protected)
    return asked != (0.0, None, (), ())


def _link() -> str:
    base = (st.context.url or "").partition("?")[0]
    query = urlencode(encode(state()), doseq=True)
    return f"{base}?{query}" if query else base


def _downloads() -> None:
    now = state()
    name = f"sparsight-{short(now.model)}"
    st.download_button(
        say("explore.tools.plan"),
        now.plan.to_json(),
        file_name=f"{name}-plan.json",
        mime="application/json",
        on_click="ignore",
        key="download-plan",
    )
    offer_file(
        say("explore.tools.weights"),
        partial(_weights, now),
        name=f"{name}-pruned-weights.safetensors",
        mime="application/octet-stream",
        key="download-weights",
    )
    for kind in (".safetensors", ".pt2"):
        offer_file(
            say("explore.tools.network", kind=kind),
            partial(_network, now, loaded.card(now.model), kind),
            name=f"{name}-pruned{kind}",
            mime="application/octet-stream",
            key=f"download-network{kind}",
            about=say("explore.tools.network_help", kind=kind),
        )


def _network(now: State, card: Card | None, kind: str) -> bytes:
    """Return the pruned network as a file of its own, with the card that it came with."""
    subject = caches.subject_of(current.planned(now))
    return subject_file(subject, kind, own_card(subject, card))


def _weights(now: State) -> bytes:
    network: Network = caches.subject_of(current.planned(now)).network
    return weights_as_bytes(network)


_MOST = 12


def overrides() -> None:
    """Show one slider per layer; a layer that is moved leaves the common amount."""
    with boundary("layer amounts"), folded(OVERRIDES, say("explore.overrides.title")):
        now = state()
        own = dict(now.plan.overrides)
        names = titles(caches.subject(now.model))
        masks = caches.masks(now.model, now.plan)
        layers = list(dict.fromkeys(t.layer for t in masks.scores.tensors))
        st.markdown(f":small[{say('explore.overrides.note')}]")
        for layer in _shown(layers, names):
            _row(layer, names.get(layer, layer), own.get(layer))


def _shown(layers: list[str], names: dict[str, str]) -> list[str]:
    """Return the layers to show: all, or one that is picked from many."""
    if len(layers) <= _MOST:
        return layers
    picked = st.selectbox(
        say("explore.overrides.layer"),
        layers,
        format_func=lambda name: names.get(name, name),
        key="override-layer",
    )
    return [picked] if picked else []


def _row(layer: str, title: str, amount: float | None) -> None:
    row = st.container(horizontal=True, vertical_alignment="center", gap="small")
    protected = layer in state().plan.protected
    on, slider = f"own-{layer}", f"own-amount-{layer}"
    st.session_state[on] = amount is not None
    st.session_state[slider] = 100.0 * (amount or 0.0)
    row.checkbox(plain(title), key=on, disabled=protected, on_change=_switch, args=(layer,))
    row.slider(
        say("explore.overrides.amount", layer=plain(title)),
        0.0,
        100.0,
        step=0.5,
        format="%.1f",
        key=slider,
        disabled=protected or amount is None,
        label_visibility="collapsed",
        on_change=_move,
        args=(layer,),
    )


def _switch(layer: str) -> None:
    own = dict(state().plan.overrides)
    if st.session_state[f"own-{layer}"]:
        own[layer] = _share(layer)
    else:
        own.pop(layer, None)
    _set(own)


def _share(layer: str) -> float:
    """Return the share that a layer loses now."""
    masks = caches.masks(state().model, state().plan)
    pairs = [(t, n) for t, n in zip(masks.scores.tensors, masks.pruned, strict=True)]
    total = sum(t.entries for t, _ in pairs if t.layer == layer)
    return sum(int(n.sum()) for t, n in pairs if t.layer == layer) / max(1, total)


def _move(layer: str) -> None:
    own = dict(state().plan.overrides)
    own[layer] = st.session_state[f"own-amount-{layer}"] / 100
    _set(own)


def _set(own: dict[str, float]) -> None:
    set_plan(replace(state().plan, overrides=tuple(sorted(own.items()))))


@panel("numbers", follows=(PLAN,))
def numbers() -> None:
    """Say what is counted, and offer all samples."""
    if not has_data():
        say_no_data("numbers")
        return
    _say_what_is_counted()
    _offer_everything()


def _say_what_is_counted() -> None:
    """Say what the numbers stand for where it is not plain: values, labels, no answers."""
    subject = caches.subject(state().model)
    said = []
    if subject.task.kind == "regression":
        said += [say("explore.numbers.right_value", tolerance=subject.task.tolerance)]
    elif subject.task.kind == "multilabel":
        said += [say("explore.numbers.right_labels")]
    if subject.samples.targets is None:
        said += [say("explore.numbers.no_answers")]
    if said:
        st.markdown(f":small[{say('shell.sentences', all=said)}]")


def _offer_everything() -> None:
    """Offer all samples where the numbers rest on a part of them."""
    now = state()
    count = caches.subject(now.model).samples.count
    used = current.other_evaluation().n
    if used == count:
        return
    st.markdown(f":small[{say('explore.numbers.part', used=used, samples=count)}]")
    if st.button(say("explore.numbers.evaluate_all", samples=count), key="evaluate-all"):
        _everything(count)


def _everything(count: int) -> None:
    now = state()
    subject = caches.subject(now.model)
    first, run = with_progress(
        say("explore.numbers.evaluating", samples=count),
        lambda progress: caches.run_on_all(current.comparison(now), progress),
    )
    record = meter(headline_metric(subject))
    found = decision_changes(first, run, subject.task)
    st.markdown(
        say(
            "explore.numbers.on_all",
            samples=run.n,
            metric=plain(record.title),
            pruned=wording.metric(run.metric, record),
            dense=wording.metric(first.metric, record),
            changed=len(found.changed),
        )
    )
