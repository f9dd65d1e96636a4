"""The claim that pruning localises feature maps, as a test that people run themselves."""

import streamlit as st

from explain import Subject
from explain.core import ClaimVerdict, Masked
from explain.core.messages import say
from explain.figures import claim_rows, claim_sentences
from explain.measure import headline_metric, meter
from pages._features import caches as map_caches
from pages._features.choices import CLAIM
from pages._features.look import Look, look
from pages._features.markup import claim_table
from pages._shell import caches, current
from pages._shell.actions import folded
from pages._shell.charts import plain
from pages._shell.kept import with_progress
from pages._shell.panel import panel
from pages._shell.state import OTHER, PLAN, state


@panel("maps-claim", follows=(PLAN,), folds=(CLAIM,))
def maps_claim() -> None:
    """Offer the test; what was tested before for this plan and layer is shown at once."""
    if state()[OTHER] is not None:
        return
    seen = look()
    if not seen.is_picture:
        return
    with folded(CLAIM, say("features.claim.title")):
        if state()[CLAIM]:
            _test(seen)


def _test(seen: Look) -> None:
    reason = _refusal()
    if reason:
        st.markdown(plain(reason))
        return
    st.markdown(_design(seen.subject))
    asked = st.button(say("features.claim.test"), key="maps-claim-test")
    if asked or map_caches.claim.ready(*_claimed(seen)):
        _result(seen)


def _claimed(seen: Look) -> tuple[str, Masked, str]:
    """Return what the claim is about: the plan of this session."""
    return seen.comparison.dense, current.masked(), seen.layer


def _refusal() -> str:
    if caches.masks(state().model, state().plan).pool_amount == 0:
        return say("features.claim.nothing_pruned")
    return ""


def _design(subject: Subject) -> str:
    by_truth = subject.samples.masks is not None
    measured = say("features.claim.energy_inside" if by_truth else "features.claim.area")
    return f":small[{measured} {say('features.claim.counts_only')}]"


def _result(seen: Look) -> None:
    found = with_progress(
        say("features.claim.progress"),
        lambda progress: map_caches.claim(*_claimed(seen), progress),
        ready=map_caches.claim.ready(*_claimed(seen)),
    )
    calls = {ClaimVerdict.MORE: st.success, ClaimVerdict.INCOMPARABLE: st.warning}
    verdict, *numbers = claim_sentences(found)
    calls.get(found.verdict, st.info)(f"**{plain(verdict)}** {plain(' '.join(numbers))}")
    st.html(claim_table(claim_rows(found)))
    metric = meter(headline_metric(seen.subject)).title
    st.markdown(f":small[{plain(say('features.claim.how', metric=metric))}]")
