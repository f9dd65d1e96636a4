"""Reset, everything to take away, what is counted, and amounts of their own for single layers."""

from functools import partial

import streamlit as st

from explain.core import Network
from explain.core.messages import say
from explain.figures import wording
from explain.measure import decision_changes, headline_metric, meter
from explain.network import weights_as_bytes
from models.loading.card.describing import own_card
from models.loading.card.model_card import Card
from models.loading.loading import subject_file
from pages._shell import caches, current, loaded
from pages._shell.charts import offer_file, offer_made, plain, sized
from pages._shell.current import has_data, say_no_data
from pages._shell.kept import with_progress
from pages._shell.loaded import short
from pages._shell.panel import panel
from pages._shell.state import OTHER, PLAN, State, state


@panel("tools", follows=(PLAN,))
def tools() -> None:
    """Offer everything to take away of what the plan makes."""
    if state()[OTHER] is not None:
        return
    with st.popover(say("explore.tools.download"), key="downloads", type="tertiary"):
        _downloads()


def _downloads() -> None:
    now = state()
    how = current.masked(now)
    name = "-".join((short(now.model), now.plan.criterion, *how.mends))
    plan = how.to_json()
    size = sum(one.nbytes for one in caches.subject(now.model).network.weights().values())
    offer_made(
        say("explore.tools.plan"),
        plan,
        name=f"{name}-plan.json",
        mime="application/json",
        key="download-plan",
        about=say("explore.tools.use", file="plan"),
        look="secondary",
    )
    offer_file(
        sized(say("explore.tools.weights"), size),
        partial(_weights, now),
        name=f"{name}-pruned-weights.safetensors",
        mime="application/octet-stream",
        key="download-weights",
        about=say("explore.tools.use", file="weights"),
    )
    for kind in (".safetensors", ".pt2"):
        offer_file(
            sized(say("explore.tools.network", kind=kind), size, more=True),
            partial(_network, now, loaded.card(now.model), kind),
            name=f"{name}-pruned{kind}",
            mime="application/octet-stream",
            key=f"download-network{kind}",
            about=say("explore.tools.use", file=kind),
        )


def _network(now: State, card: Card | None, kind: str) -> bytes:
    """Return the pruned network as a file of its own, with the card that it came with."""
    subject = caches.subject_of(current.planned(now))
    return subject_file(subject, kind, own_card(subject, card))


def _weights(now: State) -> bytes:
    network: Network = caches.subject_of(current.planned(now)).network
    return weights_as_bytes(network)


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
