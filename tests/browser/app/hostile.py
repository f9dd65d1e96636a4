"""Networks and data whose every name attacks the page, for an app that has them loaded already."""

from dataclasses import replace

import streamlit as st
import torch
from torch import nn

import explain
import models
from explain import InputSpec, ModelCard, Samples, Task
from models.loading.card.model_card import Card
from pages._shell import loaded

PIXEL = "http://localhost:9/pixel"
IMAGE = f"![x]({PIXEL})"
SCRIPT = "</script><script>window.hacked=1</script>"
TAG = f'<img src="{PIXEL}" onerror="window.hacked=1">'
MARKDOWN = ":red[hot] $x$ **b** `c` # d :material/home:"
LINK = f"[a](javascript:window.hacked=1) <{PIXEL}> %{{x}}"
NAMES = (IMAGE, SCRIPT, TAG, MARKDOWN, LINK)
TABLE, PICTURE, TEXT = (loaded.key_of(digit * 64, b"") for digit in "123")


@st.cache_resource
def subjects():
    """Return a table, a picture and a text network by key."""
    return {TABLE: _table(), PICTURE: _picture(), TEXT: _text()}


def plant():
    """Make this session one that has loaded them."""
    for key, subject in subjects().items():
        loaded.add(key, subject, Card())


def _card():
    lines = (*NAMES,)
    return ModelCard(
        title=IMAGE,
        purpose=SCRIPT,
        not_for=TAG,
        source=MARKDOWN,
        authors=LINK,
        licence=IMAGE,
        limits=lines,
        notes=lines,
        metrics={IMAGE: 1.0},
        baselines={TAG: 0.5},
    )


def _samples(inputs, count):
    chosen = [NAMES[at % 5] for at in range(count)]
    return Samples(
        inputs=(inputs,),
        targets=torch.arange(count) % 5,
        ids=tuple(f"{name}{at}" for at, name in enumerate(chosen)),
        groups={IMAGE: tuple(chosen), TAG: tuple(reversed(chosen))},
        display={SCRIPT: tuple(chosen), LINK: tuple(chosen)},
    )


def _table():
    torch.manual_seed(0)
    net = nn.Sequential()
    for at, (name, layer) in enumerate(
        zip(
            NAMES,
            (nn.Linear(5, 12), nn.ReLU(), nn.Linear(12, 12), nn.Tanh(), nn.Linear(12, 5)),
            strict=True,
        )
    ):
        net.add_module(f"{name}{at}".replace(".", ""), layer)
    return explain.subject(
        net,
        _samples(torch.randn(60, 5), 60),
        calibration=_samples(torch.randn(60, 5), 60),
        task=Task(kind="classification", classes=NAMES, target=IMAGE),
        spec=InputSpec(kind="table", shape=(5,), names=NAMES),
        card=_card(),
        key=IMAGE,
    )


def _picture():
    torch.manual_seed(0)
    net = nn.Sequential()
    layers = (nn.Conv2d(1, 6, 3), nn.ReLU(), nn.Conv2d(6, 6, 3), nn.Flatten(), nn.Linear(96, 5))
    for at, (name, layer) in enumerate(zip(NAMES, layers, strict=True)):
        net.add_module(f"{name}{at}".replace(".", ""), layer)
    return explain.subject(
        net,
        _samples(torch.rand(40, 1, 8, 8), 40),
        calibration=_samples(torch.rand(40, 1, 8, 8), 40),
        task=Task(kind="classification", classes=NAMES, target=TAG),
        spec=InputSpec(kind="image", shape=(1, 8, 8)),
        card=_card(),
        key=IMAGE,
    )


def _text():
    subject = models.load("sms-transformer")
    words = tuple(
        NAMES[at % 5] if word not in {"<unknown>", "<padding>"} else word
        for at, word in enumerate(subject.spec.names)
    )
    columns = {
        name: tuple(f"{NAMES[at % 5]} {text}" for at, text in enumerate(column))
        for name, column in subject.samples.display.items()
    }
    return replace(
        subject,
        spec=replace(subject.spec, names=words),
        samples=replace(subject.samples, display=columns),
        card=_card(),
        task=replace(subject.task, classes=NAMES[: len(subject.task.classes)], target=SCRIPT),
    )
