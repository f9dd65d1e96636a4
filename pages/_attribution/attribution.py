"""What both networks look at in one sample: dense, pruned, and the difference."""

from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.delta_generator import DeltaGenerator

from explain import Explanation, Subject
from explain.attribution import attributor, baseline, explainable_inputs, least_sure
from explain.core import Compared, size_of_values
from explain.core.messages import say
from explain.figures import (
    Answer,
    Triple,
    answer,
    attribution_maps,
    both_decide,
    case_name,
    facts,
    for_and_against,
    moved_most,
    output_name,
    parts_of_table,
    readings,
    waterfall,
)
from pages._attribution import markup as html
from pages._attribution.asked import ReasonQuestion, reason_question
from pages._attribution.caches import baselines_answer, explanation_of
from pages._attribution.choices import BASELINE, MORE_PARTS, OPTIONS, OVERLAY, WAY
from pages._attribution.found import Found, Pair, row_read
from pages._attribution.menus import attribution_choice
from pages._panels.choices import TEXT
from pages._panels.headline import headline
from pages._shell import caches
from pages._shell.actions import choose, folded, is_on
from pages._shell.charts import offer_file, plain, to_csv
from pages._shell.current import outputs, samples
from pages._shell.kept import let_the_browser_paint, with_progress
from pages._shell.keys import Explainer
from pages._shell.loaded import short
from pages._shell.panel import panel
from pages._shell.state import PLAN, SAMPLE, keep, state

_SLOW, _MANY = 1_000, 10**8
"""Forward passes, and numbers that they put out, from which on progress is shown."""
_MORE = 4
"""So many times as many steps are offered where the values miss too much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Places:
    """Where things stand that are painted with few steps first and at rest once more."""

    answer: DeltaGenerator
    picture: DeltaGenerator
    numbers: DeltaGenerator


@panel("reasons", follows=(PLAN, SAMPLE, TEXT, OVERLAY, WAY, MORE_PARTS))
def attribution() -> None:
    """Show the reasons with 16 steps, then once more with all of them when nothing else comes."""
    question = reason_question()
    quick = question.how.quick()
    told, note = st.empty(), st.container()
    _head(question)
    with note:
        _say_baseline(question, _explained(question.comparison.before, quick, question, "dense"))
    picture, more, numbers = st.empty(), st.container(), st.empty()
    places = _Places(answer=told, picture=picture, numbers=numbers)
    if quick != question.how and not _ready(question):
        _paint(places, question, quick)
        let_the_browser_paint()
    pair = _paint(places, question, question.how)
    with more:
        _more(question, pair)
    _below(question, pair)


def _ready(question: ReasonQuestion) -> bool:
    return all(
        explanation_of.ready(network, question.how, question.sight)
        for network in question.comparison.both
    )


def _say_baseline(question: ReasonQuestion, found: Explanation) -> None:
    """Say on top where the baseline answers the same already, and offer the least sure one."""
    if found.baseline_outputs is None or not found.answered_by_baseline[0]:
        return
    said = say(
        "attribution.baseline_answers",
        baseline=baseline(found.baseline).title,
        start=float(found.baseline_outputs[0]),
        output=float(found.outputs[0]),
    )
    task = caches.subject(question.comparison.dense).task
    other = least_sure(baselines_answer(question.comparison.dense, question.sight), task)
    row = st.container(horizontal=True, gap="small", vertical_alignment="center")
    row.markdown(f":small[{plain(said)}]")
    if other is None or other == found.baseline:
        return
    label = say("attribution.from_least_sure", baseline=baseline(other).title)
    row.button(plain(label), key="least-sure", on_click=choose, args=(BASELINE.to(other),))


def _name(subject: Subject, question: ReasonQuestion) -> str:
    return case_name(subject.samples, question.sight.sample)


def _head(question: ReasonQuestion) -> None:
    """Show what is explained, and how its picture can be drawn."""
    subject = caches.subject(question.comparison.dense)
    named = output_name(subject.task, question.sight.target)
    why = (
        say("attribution.why_message", output=named)
        if question.sight.text
        else say("attribution.why_sample", output=named, sample=_name(subject, question))
    )
    row = st.container(horizontal=True, vertical_alignment="center", gap="small")
    row.subheader(plain(why), anchor=False, width="stretch")
    if subject.spec.kind == "image":
        is_on(OVERLAY, say("attribution.over_the_picture"), row=row)
    elif subject.spec.kind != "text" and attributor(question.how.method).complete:
        _way(row)
    with row:
        attribution_choice()


def _way(row: DeltaGenerator) -> None:
    row.segmented_control(
        say("attribution.way_label"),
        ("bars", "waterfall"),
        format_func=lambda way: say("attribution.way", way=way),
        key=keep("way", state()[WAY]),
        required=True,
        on_change=lambda: choose(WAY.to(st.session_state["way"])),
        label_visibility="collapsed",
    )


def _paint(places: _Places, question: ReasonQuestion, method: Explainer) -> Pair:
    with places.picture.container():
        pair = (
            _explained(question.comparison.before, method, question, "dense"),
            _explained(question.comparison.after, method, question, "pruned"),
        )
        found = Found.of(question, pair)
        _picture(question, found, pair)
    answers = _answers(question)
    headline(both_decide(*answers), _what_moved(question, found), place=places.answer)
    with places.numbers.container():
        _facts(question, answers, pair)
    return pair


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


def _what_moved(question: ReasonQuestion, found: Found) -> str:
    task = caches.subject(question.comparison.dense).task
    if found.kind == "pixels":
        pixels = Triple(dense=found.values.dense.sum(0), pruned=found.values.pruned.sum(0))
        return for_and_against(output_name(task, question.sight.target), pixels)
    names, n = found.names, len(found.names)
    if found.kind == "tokens":
        names = tuple(f"“{name}”" for name in names)
    read = Triple(dense=found.values.dense[:n], pruned=found.values.pruned[:n])
    return moved_most(names, read) if n else ""


def _answers(question: ReasonQuestion) -> tuple[Answer, Answer]:
    task, sight = caches.subject(question.comparison.dense).task, question.sight
    before, after = (
        answer(outputs(network, sight.sample, sight.text), task, sight.target)
        for network in question.comparison.both
    )
    return before, after


def _picture(question: ReasonQuestion, found: Found, pair: Pair) -> None:
    subject = caches.subject(question.comparison.dense)
    if found.kind == "pixels":
        _maps(question, subject, found.values)
    elif found.kind == "tokens":
        _message(question, subject, found)
    else:
        _parts(found, pair)


def _maps(question: ReasonQuestion, subject: Subject, found: Triple) -> None:
    image = subject.samples.inputs[0][question.sight.sample].numpy()
    shown = attribution_maps(image, found, low=subject.spec.low, high=subject.spec.high)
    st.html(html.heat_map_tiles(shown, overlay=state()[OVERLAY]))
    st.markdown(f":small[{plain(shown.scale)}]")


def _message(question: ReasonQuestion, subject: Subject, found: Found) -> None:
    given = samples(question.comparison.dense, question.sight.text)
    ids = given.inputs[0][row_read(question)].tolist()
    known = [subject.spec.names[at] != "<unknown>" for at in ids[: len(found.names)]]
    sides, scale = readings(found.names, known, found.values)
    st.html(html.message(sides))
    st.markdown(f":small[{plain(scale)}]")


def _parts(found: Found, pair: Pair) -> None:
    shown = parts_of_table(found.names, found.values)
    starts = _firsts(pair[0].baseline_outputs, pair[1].baseline_outputs)
    if state()[WAY] == "bars" or starts is None or pair[0].gaps is None:
        st.html(html.bars(shown))
        st.markdown(f":small[{plain(shown.sentence)} {plain(shown.scale)}]")
        return
    ends = (float(pair[0].outputs[0]), float(pair[1].outputs[0]))
    ways = waterfall(shown, starts, ends)
    st.html(html.waterfalls(ways))
    said = " ".join(way.sentence for way in ways)
    st.markdown(f":small[{plain(said)} {say('attribution.one_axis')}]")


def _more(question: ReasonQuestion, pair: Pair) -> None:
    """Offer the parts that the picture sums up in one row."""
    found = Found.of(question, pair)
    if found.kind != "parts":
        return
    some, every = parts_of_table(found.names, found.values), len(found.names)
    rest = every - len(some.rows) + 1
    if rest < 2:
        return
    with folded(MORE_PARTS, say("attribution.more_parts", n=rest)):
        if state()[MORE_PARTS]:
            others = parts_of_table(found.names, found.values, most=every).rows[-rest:]
            st.html(html.bars(some, others))


def _firsts(
    one: NDArray[np.float64] | None, other: NDArray[np.float64] | None
) -> tuple[float, float] | None:
    return None if one is None or other is None else (float(one[0]), float(other[0]))


def _facts(question: ReasonQuestion, answers: tuple[Answer, Answer], pair: Pair) -> None:
    subject = caches.subject(question.comparison.dense)
    name = output_name(subject.task, question.sight.target)
    steps = pair[0].options.get("steps")
    told = (
        say("attribution.explained_with_steps", output=name, steps=steps)
        if steps
        else say("attribution.explained", output=name)
    )
    st.html(html.facts_line(facts(answers, pair), told))
    if len(explainable_inputs(subject)) > 1 and not subject.spec.held:
        st.markdown(f":small[{plain(say('attribution.held', n=len(subject.samples.inputs)))}]")


def _below(question: ReasonQuestion, pair: Pair) -> None:
    """Offer more steps where the values miss too much, and the values as a file."""
    row = st.container(horizontal=True, gap="small")
    steps, known = question.how.settings.get("steps"), attributor(question.how.method).parameters
    if steps is not None and facts(_answers(question), pair).loose:
        most = next(one.high for one in known if one.key == "steps")
        _more_steps(row, question, float(min(most, _MORE * steps)))
    with row:
        _download(question)


def _more_steps(row: DeltaGenerator, question: ReasonQuestion, steps: float) -> None:
    given = {**dict(question.how.options), "steps": steps}
    row.button(
        plain(say("attribution.more_steps", steps=steps)),
        key="more-steps",
        on_click=choose,
        args=(OPTIONS.to(tuple(given.items())),),
        disabled=steps <= question.how.settings["steps"],
    )


def _download(question: ReasonQuestion) -> None:
    offer_file(
        say("attribution.csv"),
        lambda: _csv(question),
        name=f"{short(question.comparison.dense)}-reasons.csv",
        mime="text/csv",
        key="reasons-csv",
        about=say("attribution.csv_about"),
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
            **({"question": list(subject.spec.questions)} if subject.spec.questions else {}),
            "dense": flat[0].tolist(),
            "pruned": flat[1].tolist(),
            "difference": (flat[1] - flat[0]).tolist(),
        }
    )
