"""The checks of what is loaded, one below the other, and then the door to the other pages."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.elements.lib.column_types import ColumnConfig

from explain import ImportRefused, Subject
from explain.core.messages import say
from explain.figures import thumbnail
from explain.network import Lifted
from models.loading.assembling.first_look import FirstLook
from models.loading.card.model_card import Card
from models.loading.opening import ModelFile
from pages._choices.catalog import CHOICES
from pages._load.beside import go_on, open_title, set_beside, why_not
from pages._load.drafts import Rows, draft_key, draft_subject, look_of, subject_drafted
from pages._load.file import show_refusal
from pages._load.mends import offer_answers, offer_scale
from pages._load.words import row_in_words
from pages._shell import loaded
from pages._shell.charts import plain
from pages._shell.frames import show_frame
from pages._shell.panel import boundary
from pages._shell.start import follow_link
from pages._shell.state import MODEL, START, become, state
from pages._shell.url import link_to, stop_waiting

_FAR = 10
"""Values beyond it are no scaled ones."""
_CLASSES = 10
"""Names of classes that are shown."""


def load_look(file: ModelFile, network: Lifted, card: Card, rows: Rows | None) -> None:
    """Show what the network says about its first samples, and offer to open it."""
    st.header(say("load.look.title"), anchor=False)
    with boundary("first look"):
        key = draft_key(file, card, rows)
        try:
            with st.spinner(say("load.look.looking")):
                subject = draft_subject(key, file, network, card, rows)
                look = look_of(key, subject)
        except ImportRefused as refused:
            show_refusal(refused)
            if rows is not None and rows.data.samples.targets is None:
                offer_answers(rows.data.possible, st.container(horizontal=True))
            return
        _checks(subject, look, card, rows)
        for warning in look.warnings:
            st.warning(plain(warning))
        _open(key, card, file.name)
        _origin(file, subject)


def _open(key: str, card: Card, file: str) -> None:
    waits = link_to(key) is not None
    if st.session_state.pop(_LET_GO, False):
        st.error(say("load.look.let_go"))
    st.html(_STYLE)
    st.button(
        say("load.look.open_link" if waits else "load.look.open"),
        key="load-open",
        type="primary",
        shortcut="Enter",
        on_click=_opened,
        args=(key, card, file),
        help=say("load.look.open_link_help" if waits else "load.look.open_help"),
    )
    if not waits and key != state().model:
        _beside(key, card, file)


def _beside(key: str, card: Card, file: str) -> None:
    """Offer to compare it with the model that is open; a file that does not fit one is told why."""
    subject = subject_drafted(key)
    refused = None if subject is None else why_not(subject)
    if refused is None:
        said = say("load.beside.offer", title=open_title())
        st.button(plain(said), key="load-beside", on_click=_set, args=(key, card, file))
    elif loaded.is_key(state().model):
        st.markdown(f":small[{plain(str(refused))}]")


def _set(key: str, card: Card, file: str) -> None:
    if _kept(key, card, file):
        set_beside(key)


_STYLE = (
    "<style>.st-key-load-open button{background:var(--action);border-color:var(--action)}"
    ".st-key-load-open :is(p,kbd){color:var(--on-action);opacity:1}</style>"
)
"""The button that everything leads to, with contrast enough in both themes, its key included."""


_LET_GO = "load-let-go"
"""Key of the session's state: whether the button found nothing to open."""


def _opened(key: str, card: Card, file: str) -> None:
    """Keep the subject for this session, and show it: as the link asked for, or from the start."""
    if not _kept(key, card, file):
        return
    link = link_to(key)
    stop_waiting()
    if link is not None:
        follow_link(link.query, CHOICES)
        go_on(link.page)
        return
    become(START.but(MODEL.to(key)))
    go_on()


def _kept(key: str, card: Card, file: str) -> bool:
    """Keep the subject for this session; return whether there was one."""
    subject = subject_drafted(key)
    if subject is None:
        st.session_state[_LET_GO] = True
        return False
    loaded.add(key, subject, card, file)
    return True


def _checks(subject: Subject, look: FirstLook, card: Card, rows: Rows | None) -> None:
    """Show one line a check, with what mends it."""
    _shape(look)
    if subject.spec.held:
        said = [plain(one) for one in subject.spec.held]
        _line(say("load.check.inputs", first=plain(subject.spec.inputs[0]), held=said), fine=True)
    if rows is None:
        st.markdown(f":small[{say('load.look.without_data')}]")
        return
    _aside(subject)
    if rows.data.kind != "text":
        _scale(look, card)
    _answer(subject, look, rows)
    _order(subject, look)


def _line(text: str, *, fine: bool) -> DeltaGenerator:
    """Show a check with its sign; return the row, for what mends it."""
    row = st.container(horizontal=True, vertical_alignment="center", gap="small")
    said = say("load.check.fine" if fine else "load.check.open", check=text)
    row.markdown(said, width="stretch")
    return row


def _shape(look: FirstLook) -> None:
    shapes = [" × ".join(map(str, shape)) or "1" for shape in look.inputs]
    output = " × ".join(map(str, look.output))
    _line(
        say("load.check.shape", inputs=[plain(shape) for shape in shapes], output=plain(output)),
        fine=True,
    )


def _aside(subject: Subject) -> None:
    rest = subject.samples.count
    chosen = 0 if subject.calibration is None else subject.calibration.count
    _line(
        say("load.check.aside", rows=rest + chosen, chosen=chosen, rest=rest)
        if chosen
        else say("load.check.all_measured", rows=rest),
        fine=True,
    )


def _scale(look: FirstLook, card: Card) -> None:
    known = bool(card.preprocess.mean or card.preprocess.std)
    fine = known or max(abs(look.low), abs(look.high)) <= _FAR
    row = _line(
        say("load.check.scale", fine="yes" if fine else "no", low=look.low, high=look.high),
        fine=fine,
    )
    offer_scale(row, card)


def _answer(subject: Subject, look: FirstLook, rows: Rows) -> None:
    if look.right is None:
        offer_answers(rows.data.possible, _line(say("load.check.no_answer"), fine=False))
        return
    values = subject.task.kind == "regression"
    said = say("load.check.close" if values else "load.check.right", right=look.right)
    _line(said, fine=not look.warnings)


def _order(subject: Subject, look: FirstLook) -> None:
    """Show a few samples with what network and data say: an order of labels that is wrong shows."""
    if subject.task.kind != "regression":
        _line(
            say(
                "load.check.order",
                classes=[plain(name) for name in subject.task.classes[:_CLASSES]],
            ),
            fine=not look.warnings,
        )
    _rows(subject, look)
    _counts(look)


def _rows(subject: Subject, look: FirstLook) -> None:
    ids, decided, answered = zip(*look.rows, strict=True)
    what, looks = _seen(subject, look.places)
    columns = {
        say("load.look.sample"): looks,
        say("load.look.network_says"): decided,
        say("load.look.data_say"): answered,
        say("load.look.row"): ids,
    }
    show_frame(
        pd.DataFrame(columns),
        key="load-look-rows",
        column_config={say("load.look.sample"): what},
        row_height=44 if subject.spec.kind == "image" else None,
        alt=say("load.look.rows_alt"),
    )


def _seen(subject: Subject, places: Sequence[int]) -> tuple[ColumnConfig, list[str]]:
    """Return samples as a column shows them: pictures, texts, the first values of a row."""
    spec, values = subject.spec, subject.samples.inputs[0]
    if spec.kind == "image":
        pictures = [thumbnail(values[at].numpy(), spec.low, spec.high) for at in places]
        return st.column_config.ImageColumn(width="small"), pictures
    return st.column_config.TextColumn(width="medium"), [
        row_in_words(subject.samples, at) for at in places
    ]


def _counts(look: FirstLook) -> None:
    if not look.decided:
        return
    names = list(look.decided)
    counts = {
        say("load.look.class"): names,
        say("load.look.decided"): [look.decided[name] for name in names],
        say("load.look.in_data"): [look.answered.get(name, 0) for name in names],
    }
    with st.expander(say("load.look.counts")):
        show_frame(
            pd.DataFrame(counts),
            height=min(300, 40 + 35 * len(names)),
            key="load-look-counts",
            alt=say("load.look.counts_alt"),
        )


def _origin(file: ModelFile, subject: Subject) -> None:
    with st.expander(say("load.look.origin")):
        st.code(f"sha256 {file.sha256}", language=None, wrap_lines=True)
        st.markdown("  \n".join(f":small[{plain(note)}]" for note in subject.card.notes))
