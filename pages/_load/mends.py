"""What one click mends on the card: which column has the answer, and the scale of the values."""

from collections.abc import Sequence

from streamlit.delta_generator import DeltaGenerator

from explain.core.messages import say
from models.loading.assembling.preprocessing import scale_of
from models.loading.card.model_card import Card
from pages._load.card import fill
from pages._load.drafts import answers_kept, rows_drafted
from pages._shell.charts import plain

_SCALE = ("preprocess.mean", "preprocess.std")


def offer_answers(columns: Sequence[str], row: DeltaGenerator) -> None:
    """Ask in a row whether one of these columns has the answer; a click puts it on the card."""
    for at, name in enumerate(columns):
        row.button(
            say("load.check.is_answer", column=plain(name)),
            key=f"load-answer-{at}",
            on_click=fill,
            args=({"target": name},),
        )


def offer_scale(row: DeltaGenerator, card: Card) -> None:
    """Offer the scale of the rows that were read, or to go without it once it was taken."""
    if _is_typed():
        row.button(say("load.check.no_scale"), key="load-scale", on_click=_unscale)
    elif not card.preprocess.mean and not card.preprocess.std:
        row.button(
            say("load.check.scale_by_data"),
            key="load-scale",
            on_click=_scale,
            args=(card,),
            help=say("load.check.scale_help"),
        )


def _is_typed() -> bool:
    return any(answers_kept().get(path) for path in _SCALE)


def _scale(card: Card) -> None:
    rows = rows_drafted()
    if rows is None:
        return
    found = scale_of(rows.data, card)
    fill(dict(zip(_SCALE, (list(found.mean), list(found.std)), strict=True)))


def _unscale() -> None:
    fill({path: [] for path in _SCALE})
