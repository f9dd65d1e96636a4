"""What the networks look at over many samples, dense and pruned, with intervals."""

import streamlit as st

from explain.attribution import Importance
from explain.core import Compared
from explain.core.messages import Sayable, say
from explain.figures import importance_bars, importance_maps, output_name
from pages._attribution import markup as html
from pages._attribution.asked import ReasonQuestion, known_target, reason_question
from pages._attribution.caches import important
from pages._attribution.choices import IMPORTANCE
from pages._attribution.drift import setting
from pages._shell import caches
from pages._shell.actions import folded
from pages._shell.charts import plain, show_chart
from pages._shell.kept import with_progress
from pages._shell.panel import panel
from pages._shell.state import PLAN, state

_SAMPLES = {"table": 200, "text": 200, "image": 64, "array": 64}


@panel("reasons-importance", follows=(PLAN,), folds=(IMPORTANCE,))
def reasons_importance() -> None:
    """Offer the global importance; computed when it is opened, cancelled when it is closed."""
    subject = caches.subject(state().model)
    count = min(_SAMPLES[subject.spec.kind], subject.samples.count)
    with folded(IMPORTANCE, say("attribution.importance.wanted", n=count)):
        if state()[IMPORTANCE]:
            _shown(reason_question(), count)


def _shown(question: ReasonQuestion, count: int) -> None:
    subject = caches.subject(question.comparison.dense)
    dense, names = _important(question, question.comparison.before, count, "dense")
    pruned, _ = _important(question, question.comparison.after, count, "pruned")
    if subject.spec.kind == "image" and dense.size.shape == subject.samples.inputs[0].shape[1:]:
        maps = importance_maps(dense, pruned)
        st.subheader(say("attribution.importance.title"), anchor=False)
        st.html(html.heat_map_tiles(maps, overlay=False))
        st.markdown(f":small[{plain(maps.sentence)}  \n{plain(maps.scale)}]")
    else:
        named = names if len(names) == dense.size.size else _numbered(dense.size.size)
        show_chart(
            importance_bars(named, dense, pruned), say("attribution.importance.title"), "importance"
        )
    st.markdown(f":small[{plain(_explained(setting(question.how)))}]")


def _numbered(count: int) -> tuple[str, ...]:
    return tuple(say("attribution.part", kind="unit", at=at) for at in range(count))


def _explained(how: Sayable) -> str:
    task, target = caches.subject(state().model).task, known_target(state())
    if not task.by_class:
        return say("attribution.importance.of_output", output=output_name(task, 0), setting=how)
    if target is None:
        return say("attribution.importance.of_decisions", setting=how)
    named = output_name(task, target)
    return say("attribution.importance.of_one_output", output=named, setting=how)


def _important(
    question: ReasonQuestion, network: Compared, count: int, title: str
) -> tuple[Importance, tuple[str, ...]]:
    return with_progress(
        say("attribution.importance.progress", network=title, n=count),
        lambda progress: important(network, question.how, known_target(state()), count, progress),
    )
