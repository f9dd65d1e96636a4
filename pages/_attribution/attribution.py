"""What both networks look at in one sample: dense, pruned, and the difference."""

from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.delta_generator import DeltaGenerator

from explain import Explanation, Subject
from explain.attribution import attributor, baseline
from explain.core import Compared, size_of_values
from explain.core.messages import say
from explain.figures import (
    Triple,
    answer,
    attribution_maps,
    facts,
    output_name,
    parts_of_table,
    readings,
    waterfall,
)
from models.text import tokens
from pages._attribution import markup as html
from pages._attribution.asked import ReasonQuestion, reason_question
from pages._attribution.caches import explanation_of
from pages._attribution.choices import OVERLAY
from pages._panels.choices import TEXT
from pages._shell import caches
from pages._shell.actions import is_on
from pages._shell.charts import offer_file, plain, to_csv
from pages._shell.current import outputs, samples
from pages._shell.kept import let_the_browser_paint, with_progress
from pages._shell.keys import Explainer
from pages._shell.loaded import short
from pages._shell.panel import panel
from pages._shell.state import PLAN, SAMPLE

Pair = tuple[Explanation, Explanation]

_SLOW, _MANY = 1_000, 10**8
"""Forward passes, and numbers that they put out, from which on progress is shown."""


@panel("reasons", follows=(PLAN, SAMPLE, TEXT, OVERLAY))
def attribution() -> None:
    """Show the reasons with 16 steps, then once more with all of them when nothing else comes."""
    question = reason_question()
    overlay = _head(question)
    place = st.empty()
    quick = question.how.quick()
    if quick != question.how and not _ready(question):
        _paint(place, question, quick, overlay=overlay)
        let_the_browser_paint()
    _paint(place, question, question.how, overlay=overlay)
    _download(question)


def _ready(question: ReasonQuestion) -> bool:
    return all(
        explanation_of.ready(network, question.how, question.sight)
        for network in question.comparison.both
    )


def _head(question: ReasonQuestion) -> bool:
    """Show what is explained; return whether heat maps lie over the picture."""
    subject = caches.subject(question.comparison.dense)
    named = output_name(subject.task, question.sight.target)
    why = (
        say("attribution.why_message", output=named)
        if question.sight.text
        else say("attribution.why_sample", output=named, sample=question.sight.sample)
    )
    row = st.container(horizontal=True, vertical_alignment="center", gap="small")
    row.header(plain(why), anchor=False, width="stretch")
    if subject.spec.kind != "image":
        return False
    return is_on(OVERLAY, say("attribution.over_the_picture"), row=row)


def _paint(
    place: DeltaGenerator, question: ReasonQuestion, method: Explainer, *, overlay: bool
) -> None:
    with place.container():
        pair = (
            _explained(question.comparison.before, method, question, "dense"),
            _explained(question.comparison.after, method, question, "pruned"),
        )
        _say_baseline(pair[0])
        _picture(question, pair, overlay=overlay)
        _facts(question, pair)


def _say_baseline(found: Explanation) -> None:
    """Say on top where the baseline answers the same already."""
    room = st.empty()  # filled or not, it takes the place of what fewer steps said
    if found.baseline_outputs is not None and found.answered_by_baseline[0]:
        said = say(
            "attribution.baseline_answers",
            baseline=baseline(found.baseline).title,
            start=float(found.baseline_outputs[0]),
            output=float(found.outputs[0]),
        )
        room.warning(plain(said))


def _explained(
    network: Compared, method: Explainer, question: ReasonQuestion, title: str
) -> Explanation:
    subject = caches.subject(network.model)
    ready = explanation_of.ready(network, method, question.sight)
    passes = attributor(method.method).passes(subject, method.settings)
    slow = passes >= _SLOW or passes * size_of_values(subject.network) >= _MANY
    return with_progress(
        say("attribution.explaining", network=title, method=attributor(method.method).title),
        lambda progress: explanation_of(network, method, question.sight, progress),
        ready=ready or not slow,
    )


def _picture(question: ReasonQuestion, pair: Pair, *, overlay: bool) -> None:
    subject = caches.subject(question.comparison.dense)
    found = Triple(dense=pair[0].values[0], pruned=pair[1].values[0])
    same = found.dense.shape == subject.samples.inputs[0].shape[1:]
    if same and subject.spec.kind == "image":
        _maps(question, subject, found, overlay=overlay)
    elif same and subject.spec.kind == "text":
        _message(question, subject, found)
    else:
        _bars(_names(subject, found.dense, same=same), _flat(found), pair)


def _maps(question: ReasonQuestion, subject: Subject, found: Triple, *, overlay: bool) -> None:
    image = subject.samples.inputs[0][question.sight.sample].numpy()
    shown = attribution_maps(image, found, low=subject.spec.low, high=subject.spec.high)
    st.html(html.heat_map_tiles(shown, overlay=overlay))
    st.markdown(f":small[{plain(shown.sentence)}  \n{plain(shown.scale)}]")


def _message(question: ReasonQuestion, subject: Subject, found: Triple) -> None:
    given = samples(question.comparison.dense, question.sight.text)
    row = 0 if question.sight.text else question.sight.sample
    read = tokens(given.display["message"][row])[: subject.spec.shape[0]]
    ids = given.inputs[0][row].tolist()
    known = [subject.spec.names[at] != "<unknown>" for at in ids[: len(read)]]
    sides, scale = readings(read, known, found)
    st.html(html.message(sides))
    st.markdown(f":small[{plain(scale)}]")


def _bars(names: Sequence[str], found: Triple, pair: Pair) -> None:
    shown = parts_of_table(names, found)
    st.html(html.bars(shown))
    st.markdown(f":small[{plain(shown.sentence)}  \n{plain(shown.scale)}]")
    starts = _firsts(pair[0].baseline_outputs, pair[1].baseline_outputs)
    if starts is None or pair[0].gaps is None:
        return
    st.subheader(say("attribution.ways"), anchor=False)
    ends = (float(pair[0].outputs[0]), float(pair[1].outputs[0]))
    ways = waterfall(shown, starts, ends)
    st.html(html.waterfalls(ways))
    said = " ".join(way.sentence for way in ways)
    st.markdown(f":small[{plain(said)} {say('attribution.one_axis')}]")


def _firsts(
    one: NDArray[np.float64] | None, other: NDArray[np.float64] | None
) -> tuple[float, float] | None:
    return None if one is None or other is None else (float(one[0]), float(other[0]))


def _flat(found: Triple) -> Triple:
    return Triple(dense=_units(found.dense), pruned=_units(found.pruned))


def _units(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return one value a unit: feature maps are summed over places, tokens over the message."""
    if values.ndim == 3:
        return np.asarray(values.sum((1, 2)))
    return np.asarray(values.sum(0) if values.ndim == 2 else values.reshape(-1))


def _names(subject: Subject, values: NDArray[np.float64], *, same: bool) -> tuple[str, ...]:
    count = len(_units(values))
    if same and len(subject.spec.names) == count:
        return subject.spec.names
    what = "part" if same else "channel" if values.ndim == 3 else "unit"
    return tuple(say("attribution.part", kind=what, at=at) for at in range(count))


def _facts(question: ReasonQuestion, pair: Pair) -> None:
    subject = caches.subject(question.comparison.dense)
    sight = question.sight
    found = [
        answer(outputs(network, sight.sample, sight.text), subject.task, sight.target)
        for network in question.comparison.both
    ]
    shown = facts(subject.task, (found[0], found[1]), pair)
    name = output_name(subject.task, sight.target)
    steps = pair[0].options.get("steps")
    told = (
        say("attribution.explained_with_steps", output=name, steps=steps)
        if steps
        else say("attribution.explained", output=name)
    )
    st.html(html.facts_table(shown, told))
    room = st.empty()  # filled or not, it takes the place of what fewer steps said
    if shown.loose:
        room.warning(say("attribution.loose"))


def _download(question: ReasonQuestion) -> None:
    offer_file(
        say("attribution.csv"),
        lambda: _csv(question),
        name=f"sparsight-{short(question.comparison.dense)}-reasons.csv",
        mime="text/csv",
        key="reasons-csv",
        look="tertiary",
    )


def _csv(question: ReasonQuestion) -> str:
    subject = caches.subject(question.comparison.dense)
    pair = [
        explanation_of(network, question.how, question.sight).values[0]
        for network in question.comparison.both
    ]
    flat = [values.reshape(-1) for values in pair]
    places = list(np.ndindex(*pair[0].shape))
    names = subject.spec.names
    named = subject.spec.kind == "table" and len(names) == len(places)
    parts = names if named else [" ".join(map(str, place)) for place in places]
    return to_csv(
        {
            "part": list(parts),
            "dense": flat[0].tolist(),
            "pruned": flat[1].tolist(),
            "difference": (flat[1] - flat[0]).tolist(),
        }
    )
