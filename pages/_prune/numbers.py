"""What the numbers of the ribbon stand for, where it is not plain, and the offer of all samples."""

import streamlit as st

from explain.core.messages import say
from explain.figures import wording
from explain.measure import decision_changes, headline_metric, meter
from pages._shell import caches, current
from pages._shell.charts import plain
from pages._shell.current import has_data, say_no_data
from pages._shell.kept import with_progress
from pages._shell.panel import panel
from pages._shell.state import PLAN, state


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
        said += [say("prune.numbers.right_value", tolerance=subject.task.tolerance)]
    elif subject.task.kind == "multilabel":
        said += [say("prune.numbers.right_labels")]
    if subject.samples.targets is None:
        said += [say("prune.numbers.no_answers")]
    if said:
        st.markdown(f":small[{say('shell.sentences', all=said)}]")


def _offer_everything() -> None:
    """Offer all samples where the numbers rest on a part of them."""
    now = state()
    count = caches.subject(now.model).samples.count
    used = current.other_evaluation().n
    if used == count:
        return
    st.markdown(f":small[{say('prune.numbers.part', used=used, samples=count)}]")
    if st.button(say("prune.numbers.evaluate_all", samples=count), key="evaluate-all"):
        _everything(count)


def _everything(count: int) -> None:
    now = state()
    subject = caches.subject(now.model)
    first, run = with_progress(
        say("prune.numbers.evaluating", samples=count),
        lambda progress: caches.run_on_all(current.comparison(now), progress),
    )
    record = meter(headline_metric(subject))
    found = decision_changes(first, run, subject.task)
    st.markdown(
        say(
            "prune.numbers.on_all",
            samples=run.n,
            metric=plain(record.title),
            pruned=wording.metric(run.metric, record),
            dense=wording.metric(first.metric, record),
            changed=len(found.changed),
        )
    )
