"""The claim that pruning localises feature maps, as a test that people run themselves."""

import streamlit as st

from explain import Subject
from explain.core import ClaimVerdict, Masked
from explain.figures import claim_rows, claim_sentences
from explain.measure import headline_metric, meter
from pages._features import caches as map_caches
from pages._features.look import Look, look
from pages._features.markup import claim_table
from pages._shell import caches, current
from pages._shell.choice import PLAN
from pages._shell.jobs import with_progress
from pages._shell.panel import panel
from pages._shell.plain import plain
from pages._shell.state import state

__all__ = ["maps_claim"]


@panel("maps-claim", follows=(PLAN,))
def maps_claim() -> None:
    """Offer the test; what was tested before for this plan and layer is shown at once."""
    seen = look()
    st.subheader("Does pruning localise feature maps?", anchor=False)
    reason = _refusal(seen)
    if reason:
        st.markdown(plain(reason))
        return
    st.markdown(_design(seen.subject))
    asked = st.button("Test the claim: pruning localises feature maps", key="maps-claim-test")
    if asked or map_caches.claim.ready(*_claimed(seen)):
        _result(seen)


def _claimed(seen: Look) -> tuple[str, Masked, str]:
    """Return what the claim is about: the plan of this session, also beside another model."""
    return seen.comparison.dense, current.masked(), seen.layer


def _refusal(seen: Look) -> str:
    if not seen.is_picture:
        return (
            f"{seen.title} has no feature maps of an image, so nothing can be more or less "
            "localised. Choose a convolution of a network that reads images."
        )
    if caches.masks(state().model, state().plan).pool_amount == 0:
        return "Nothing is pruned yet: prune some, then test."
    return ""


def _design(subject: Subject) -> str:
    what = (
        "the energy inside the pixel truth"
        if subject.samples.masks is not None
        else "the area that holds 80 % of the energy, for want of pixel truth"
    )
    return (
        f":small[Measured is {what}, on up to 256 held-out samples, beside random pruning with the "
        "same metric and an untrained network. It counts only if the pruned network has kept its "
        "metric within 2 points and beats the dense one and every control, and if a second "
        "training, pruned by the same plan, gains over itself as well.]"
    )


def _result(seen: Look) -> None:
    found = with_progress(
        "Pruning at random until the metric is the same; any other action cancels",
        lambda progress: map_caches.claim(*_claimed(seen), progress),
        ready=map_caches.claim.ready(*_claimed(seen)),
    )
    calls = {ClaimVerdict.MORE: st.success, ClaimVerdict.INCOMPARABLE: st.warning}
    verdict, *numbers = claim_sentences(found)
    calls.get(found.verdict, st.info)(f"**{plain(verdict)}** {plain(' '.join(numbers))}")
    st.html(claim_table(claim_rows(found)))
    metric = meter(headline_metric(seen.subject)).title
    st.markdown(
        f":small[Metric: {plain(metric)}. Intervals: bootstrap over the same samples in all "
        "networks; a gain above 0 speaks for the claim.]"
    )
