"""What is looked at: the sample, what both networks decide for it, and all channels over it."""

import streamlit as st

from explain.core import Compared
from explain.core.messages import say
from explain.figures import Look as Mark
from explain.figures import answer, case_name, decision_name, heat_pair, outline
from pages._features.look import Look
from pages._features.markup import NETWORKS, Picture, pictures
from pages._shell import caches
from pages._shell.charts import plain
from pages._shell.current import outputs


def truth_of(seen: Look) -> str:
    """Return the outline of the sample's pixel truth as a data URI, empty where there is none."""
    masks = seen.subject.samples.masks
    if masks is None:
        return ""
    mask = masks[seen.sight.sample].bool().numpy()
    return outline(mask) if mask.any() else ""


def show_sample(seen: Look) -> None:
    """Show what is decided and, where it is a picture, the sample and all channels over it."""
    _decisions(seen)
    if seen.is_picture:
        _with_all_channels(seen)
    elif seen.subject.spec.kind == "image":
        st.html(pictures([_picture(seen)], 120))


def _decisions(seen: Look) -> None:
    """Say what both networks decide for what is looked at."""
    dense, pruned = (plain(_decided(seen, network)) for network in seen.comparison.both)
    if seen.sight.text:
        st.markdown(say("features.sample.message_decided", dense=dense, pruned=pruned))
        return
    sample, truth = plain(case_name(seen.subject.samples, seen.sight.sample)), _truth(seen)
    said = say("features.sample.decided", sample=sample, dense=dense, pruned=pruned)
    st.markdown(f"{said} · {truth}" if truth else said)


def _decided(seen: Look, network: Compared) -> str:
    found = outputs(network, seen.sight.sample, seen.sight.text)
    return answer(found, seen.subject.task, 0).decision


def _truth(seen: Look) -> str:
    targets, task = seen.subject.samples.targets, seen.subject.task
    if targets is None:
        return ""
    said = decision_name(task, targets[seen.sight.sample].numpy())
    return f"{plain(task.target)}: {plain(said)}"


def _picture(seen: Look) -> Picture:
    truth, sample = truth_of(seen), seen.sight.sample
    name = case_name(seen.subject.samples, sample)
    return Picture(
        caption=say("features.sample.outlined") if truth else name,
        alt=say("features.sample.outlined_alt", sample=name) if truth else name,
        under=caches.picture_of(seen.comparison.dense, sample),
        over=(truth,) if truth else (),
        ratio=seen.size[1] / seen.size[0],
    )


def _with_all_channels(seen: Look) -> None:
    shown, said = [_picture(seen)], ""
    if seen.dense.heat is not None and seen.pruned.heat is not None:
        heat = heat_pair(seen.dense.heat, seen.pruned.heat, seen.size)
        said = heat.sentence
        shown += [
            _together(seen, which, uri, said)
            for which, uri in zip(NETWORKS, heat.uris, strict=True)
        ]
    st.html(pictures(shown, 220, columns=len(shown)))
    st.markdown(f":small[{plain(said)}]")


def _together(seen: Look, which: Mark, uri: str, said: str) -> Picture:
    truth = truth_of(seen)
    return Picture(
        look=which,
        caption=say("features.sample.together", network=which),
        alt=say("features.sample.together_alt", network=which, layer=seen.title, sentence=said),
        under=caches.picture_of(seen.comparison.dense, seen.sight.sample),
        over=(uri, truth) if truth else (uri,),
        grey=True,
        ratio=seen.size[1] / seen.size[0],
    )
