"""First step: the model file, from the browser, from the folder of models, or the example."""

from collections.abc import Sequence
from functools import partial
from hashlib import sha256

import streamlit as st

from explain import ImportRefused
from explain.core import silent
from explain.core.messages import say
from explain.network import Output
from models.example import example_csv, example_model
from models.loading.limits import LIMITS
from models.loading.opening import ModelFile, shown_name
from models.loading.paths import files_inside, read_inside
from pages._load.drafts import (
    choose_output,
    choose_part,
    forget_draft,
    is_read,
    opened,
    opened_of,
    output_chosen,
    outputs_returned,
    shape_beside,
    take_part_of_card,
)
from pages._load.drop import SLOTS, drop_zone, empty
from pages._load.exporting import offer_help
from pages._load.uploads import Given, give, given, let_go, stoppable
from pages._shell.charts import offer_file, plain
from pages._shell.options import options
from pages._shell.panel import boundary

MODEL, DATA = SLOTS["model"], SLOTS["data"]


def ask_for_model_file() -> ModelFile | None:
    """Show the ways in and read what is given; return the file that was read last."""
    st.header(say("load.file.title"), anchor=False)
    with boundary("model file"):
        drop_zone()
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            if given(MODEL) is None:
                _example()
            offer_help()
            _folder()
        _read()
        _others()
    file = opened() if given(MODEL) is not None else None
    return None if file is not None and file.parts and not file.part else file


def _others() -> None:
    """Say what the other files were taken for; of data that wait for a model, that they wait."""
    for role in ("card", "words"):
        found = given(SLOTS[role])
        if found is not None:
            st.markdown(say("load.drop.taken", role=role, file=plain(shown_name(found.name))))
    data = given(DATA)
    if data is not None and given(MODEL) is None:
        st.markdown(say("load.drop.waits", file=plain(shown_name(data.name))))


def _read() -> None:
    """Read the file under a bar, once; say what it is, or why it is not taken in."""
    found = given(MODEL)
    if found is None:
        return
    card = given(SLOTS["card"])
    beside = None if card is None else card.content
    take_part_of_card(found, beside)
    output, shape = output_chosen(found, beside), shape_beside(found, beside)
    try:
        if not is_read(found, output, shape):
            stoppable(
                f"{found.id}-{output}",
                say("load.reading", file=found.name),
                partial(opened_of, found, output, shape=shape),
            )
        if is_read(found, output, shape):
            file = opened_of(found, output, silent, shape)
            _said(file)
            if file.parts:
                _ask_for_part(found, file)
            else:
                _ask_for_output(found, file.outputs, file.output)
            _warn(file)
    except ImportRefused as refused:
        show_refusal(refused)
        _ask_for_output(found, outputs_returned(found), output)
        st.button(say("load.file.again"), key="load-again", on_click=start_over)


def show_refusal(refused: ImportRefused) -> None:
    """Show in place why something is not taken in, and what to do next."""
    st.error(f"**{plain(refused.reason)}**  \n{plain(refused.hint)}")


def _said(file: ModelFile) -> None:
    row = st.container(horizontal=True, vertical_alignment="center", gap="small")
    row.markdown(
        say(
            "load.file.said",
            file=plain(file.name or say("load.file.no_name")),
            format=plain(file.format),
            size=file.bytes / 1_000,
            seconds=file.seconds,
        ),
        width="stretch",
    )
    row.button(say("load.file.over"), key="load-over", on_click=start_over, type="tertiary")


def _ask_for_output(found: Given, outputs: Sequence[Output], now: str) -> None:
    """Let people say which of several values that a network returns is its answer.

    The content of the file is kept for as long as another may be chosen.
    """
    said = {one.name: str(one.said()) for one in outputs}
    if len(said) < 2:
        let_go(MODEL)
        return
    key, names = f"load-output-{found.id}", list(said)
    st.selectbox(
        say("load.file.output"),
        names,
        index=names.index(now) if now in said else None,
        format_func=said.__getitem__,
        key=key,
        on_change=lambda: choose_output(found, st.session_state[key]),
        help=say("load.file.output_about"),
    )


def _warn(file: ModelFile) -> None:
    for warning in file.warnings:
        st.markdown(f":small[{plain(warning)}]")


def _ask_for_part(found: Given, file: ModelFile) -> None:
    """Let people choose which of several networks in the file is read."""
    names, key = list(file.parts), f"load-part-{file.part}"
    st.selectbox(
        say("load.file.part"),
        names,
        index=names.index(file.part) if file.part else None,
        format_func=lambda name: say(
            "loading.assembling.network_of_file", name=name, numbers=file.parts[name]
        ),
        placeholder=say("load.file.part_hint"),
        key=key,
        on_change=choose_part,
        args=(found.id, key),
    )


def start_over() -> None:
    """Drop what is not opened yet, and the files that it came from."""
    forget_draft()
    empty()


def _folder() -> None:
    """Offer the folder that the app was started with, where there is one."""
    folder = options().model_dir
    if folder is None:
        return
    name = st.selectbox(
        say("load.file.folder"),
        files_inside(folder),
        index=None,
        key="load-local",
        accept_new_options=True,
        placeholder=say("load.file.folder_hint"),
    )
    if st.button(say("load.file.read"), key="load-local-read", disabled=not name) and name:
        content = _content(name)
        if content is not None:
            start_over()
            give(MODEL, Given(sha256(content).hexdigest(), name, content))


def _content(name: str) -> bytes | None:
    folder = options().model_dir
    try:
        return None if folder is None else read_inside(folder, name, LIMITS.file_bytes)
    except ImportRefused as refused:
        show_refusal(refused)
    return None


def _example() -> None:
    with st.popover(say("load.file.example"), key="load-example"):
        st.markdown(say("load.file.example_note"))
        st.button(say("load.file.both"), key="load-example-now", on_click=_take_example)
        for name, make in _FILES:
            offer_file(
                say("load.file.examples", file=name),
                make,
                name=name,
                mime="application/octet-stream",
                key=f"load-{name}",
                about=say("load.file.example_about", file=name),
            )


_FILES = (
    ("heart.safetensors", partial(example_model, "safetensors")),
    ("heart.pt2", partial(example_model, "pt2")),
    ("heart.csv", example_csv),
)
"""File names, and what makes them."""


def _take_example() -> None:
    start_over()
    give(MODEL, Given("example", "heart.safetensors", example_model("safetensors")))
    give(DATA, Given("example-data", "heart.csv", example_csv().encode()))
