"""What the choices of this session stand for: what is compared, on which data, and its answers."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from explain import Evaluation, Samples, Sweep
from explain.core import Compared, Comparison, Masked, no_rows
from explain.core.messages import say
from models.text import typed_sample
from pages._shell import caches
from pages._shell.caches import subject_of
from pages._shell.charts import plain
from pages._shell.kept import kept, with_progress
from pages._shell.panel import boundary
from pages._shell.state import OTHER, State, state


def comparison(now: State | None = None) -> Comparison:
    """Return what is compared: the model as it is, and the other network."""
    now = now or state()
    return Comparison(dense=now.model, how=now[OTHER] or masked(now))


def masked(now: State | None = None) -> Masked:
    """Return the plan of this session, as a way to make another network."""
    now = now or state()
    return now.masked(now.plan)


def planned(now: State | None = None) -> Compared:
    """Return the network that the plan makes, also where another one is compared."""
    now = now or state()
    return Compared(model=now.model, how=masked(now))


def other_evaluation(now: State | None = None) -> Evaluation:
    """Return the evaluation of the other network."""
    return caches.evaluated(comparison(now).after)


@kept(size=64)
def _typed(model: str, text: str) -> Samples:
    return typed_sample(caches.subject(model), text)


def samples(model: str, text: str) -> Samples:
    """Return the samples of a model, or the one that a typed text is."""
    return _typed(model, text) if text else caches.subject(model).samples


@kept(size=512)
def outputs(network: Compared, sample: int, text: str) -> NDArray[np.float64]:
    """Return what a network puts out for one sample [k]. Cost: one forward pass."""
    row = np.array([0 if text else sample])
    found = subject_of(network).network(*samples(network.model, text).take(row).inputs)
    values: NDArray[np.float64] = found.detach().double().reshape(-1).numpy()
    return values


def target_decided(model: str, sample: int, text: str) -> int:
    """Return the output that the dense network decides for."""
    found = outputs(Compared(model=model), sample, text)
    return int(found.argmax()) if len(found) > 1 else 0


def shown_sweep(now: State) -> Sweep:
    """Return the sweep of the plan under a bar; it is kept for everybody once it is made."""
    return with_progress(
        say("panels.trying", n=len(caches.grid(now.model, masked(now)))),
        lambda progress: caches.sweep(now.model, masked(now), progress),
        ready=caches.sweep.ready(now.model, masked(now)),
    )


def has_data() -> bool:
    """Return whether the network came with samples."""
    return no_rows(caches.subject(state().model).samples) is None


def say_no_data(what: str) -> None:
    """Say that there are no samples, and what to do for `what`, a form of `panels.no_data`."""
    reason = no_rows(caches.subject(state().model).samples)
    st.info(f"{plain(reason or '')}  \n{say('panels.no_data', what=what)}")


def with_data(what: str) -> bool:
    """Return whether there are samples; where there are none, say so in place of `what`."""
    with boundary("data"):
        if has_data():
            return True
        say_no_data(what)
    return False
