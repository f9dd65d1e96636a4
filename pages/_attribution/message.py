"""A message of one's own, in place of a sample, for networks that read text."""

import streamlit as st

from explain import Samples, Subject
from explain.core.messages import say
from explain.figures import case_name
from models.text import MOST, tokens
from pages._attribution.asked import shown_text
from pages._panels.choices import TEXT
from pages._shell import caches
from pages._shell.actions import choose
from pages._shell.charts import plain
from pages._shell.current import samples
from pages._shell.panel import panel
from pages._shell.state import SAMPLE, keep, state

_LINK = 2_000
"""Characters that a link carries."""


@panel("message", follows=(SAMPLE, TEXT))
def attribution_message() -> None:
    """Show the field where the network reads text, and what it could not read."""
    subject = caches.subject(state().model)
    if subject.spec.kind != "text":
        return
    st.text_area(
        say("attribution.message.label"),
        key=keep("typed", shown_text(state())),
        max_chars=min(MOST, _LINK),
        height=80,
        placeholder=say(
            "attribution.message.placeholder", sample=case_name(subject.samples, state().sample)
        ),
        on_change=_typed,
    )
    if shown_text(state()):
        st.markdown(f":small[{plain(_read(subject))}]")


def _typed() -> None:
    choose(TEXT.to(st.session_state["typed"].strip()))


def _read(subject: Subject) -> str:
    text = shown_text(state())
    found: Samples = samples(state().model, text)
    names = ("tokens read", "unknown words", "tokens cut off")
    read, unknown, cut = (int(found.display[name][0]) for name in names)
    said = [say("attribution.message.read", n=read)]
    if unknown:
        words = _unknown(subject, found, text)
        said.append(say("attribution.message.unknown", n=unknown, words=words))
    if cut:
        said.append(say("attribution.message.cut_off", n=cut, length=subject.spec.shape[0]))
    return " ".join(said)


def _unknown(subject: Subject, found: Samples, text: str) -> list[str]:
    ids = found.inputs[0][0].tolist()
    read = zip(tokens(text), ids, strict=False)
    return [f"“{token}”" for token, at in read if subject.spec.names[at] == "<unknown>"]
