"""One channel over the amounts, as small multiples."""

import streamlit as st

from explain.core.messages import say
from explain.figures import strip, wording
from explain.study import CURVE
from pages._features import caches as map_caches
from pages._features.choices import CHANNEL
from pages._features.look import look
from pages._features.markup import stills_row
from pages._shell import caches, current
from pages._shell.choice import PLAN, SAMPLE
from pages._shell.jobs import with_progress
from pages._shell.panel import panel
from pages._shell.plain import plain
from pages._shell.state import state


@panel("maps-strip", follows=(PLAN, SAMPLE, CHANNEL))
def maps_strip() -> None:
    """Show the strip; made once per plan, channel and sample, then only its mark moves."""
    now, seen = state(), look()
    unit = wording.capital(plain(seen.name(seen.channel)))
    st.subheader(say("features.strip.title", unit=unit), anchor=False)
    asked = (now.model, current.masked(now), seen.layer, seen.channel, seen.sight)
    found = with_progress(
        say("features.strip.progress", tried=len(CURVE)),
        lambda progress: map_caches.stills(*asked, progress),
        ready=map_caches.stills.ready(*asked),
    )
    tokens = len(seen.words) if seen.dense.kind == "tokens" else None
    here = caches.masks(now.model, now.plan).pool_amount
    drawn = strip(found, here, seen.name(seen.channel), tokens)
    st.html(stills_row(drawn))
    st.markdown(f":small[{plain(drawn.sentence)}]")
