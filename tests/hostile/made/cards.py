"""Hostile model cards."""

import json
from collections.abc import Callable
from pathlib import Path

from tests.hostile.record import Hostile


def _card(**fields: object) -> Callable[[Path], bytes]:
    return lambda _: json.dumps({"schema": 1, **fields}).encode()


def _architecture(name: str, **params: object) -> Callable[[Path], bytes]:
    return _card(architecture={"name": name, "params": params})


def _raw(text: str) -> Callable[[Path], bytes]:
    return lambda _: text.encode()


_ALIASES = "a: &a [x]\n" + "".join(
    f"{after}: &{after} [*{before}, *{before}]\n"
    for before, after in zip("abcdefgh", "bcdefghi", strict=True)
)


CARDS: tuple[Hostile, ...] = (
    Hostile(
        key="card-yaml-aliases",
        row="yaml",
        door="card",
        attack="YAML whose aliases double",
        make=_raw(_ALIASES),
        says=("json",),
    ),
    Hostile(
        key="card-yaml-object",
        row="yaml",
        door="card",
        attack="YAML that names a Python call",
        make=lambda marker: f"!!python/object/apply:os.mkdir ['{marker}']\n".encode(),
        says=("json",),
    ),
    Hostile(
        key="card-yaml-plain",
        row="yaml",
        door="card",
        attack="YAML",
        make=_raw("schema: 1\ntitle: x\n"),
        says=("json",),
    ),
    Hostile(
        key="card-mlp-wide",
        row="large-parameters",
        door="weights",
        attack="an MLP of a million by a million",
        make=_architecture("mlp", **{"in": 6, "hidden": [10**6, 10**6], "out": 3}),
    ),
    Hostile(
        key="card-mlp-deep",
        row="large-parameters",
        door="weights",
        attack="an MLP of a million layers",
        make=_architecture("mlp", **{"in": 6, "hidden": [1] * 100_000, "out": 3}),
    ),
    Hostile(
        key="card-architecture-unknown",
        row="large-parameters",
        door="weights",
        attack="an architecture that is the name of a module",
        make=_architecture("os.system", command="true"),
        says=("os.system",),
    ),
    Hostile(
        key="card-architecture-words",
        row="large-parameters",
        door="weights",
        attack="an architecture with words for numbers",
        make=_architecture("mlp", **{"in": "six", "hidden": {"a": 1}, "out": -3}),
    ),
    Hostile(
        key="card-large",
        row="json",
        door="card",
        attack="a card of a megabyte",
        make=_card(title="x" * 1_000_000),
        says=("256,000",),
    ),
    Hostile(
        key="card-doubled",
        row="json",
        door="card",
        attack="two tasks",
        make=_raw('{"schema": 1, "task": "regression", "task": "classification"}'),
        says=("twice",),
    ),
    Hostile(
        key="card-infinite",
        row="json",
        door="card",
        attack="numbers that are none",
        make=_raw('{"schema": 1, "preprocess": {"mean": [NaN], "std": [Infinity]}}'),
    ),
    Hostile(
        key="card-std-zero",
        row="large-parameters",
        door="card",
        attack="a division by zero",
        make=_card(preprocess={"mean": [0.5], "std": [0.0]}),
        says=("std",),
    ),
    Hostile(
        key="card-labels-many",
        row="large-parameters",
        door="card",
        attack="a million labels",
        make=_card(labels=[str(number) for number in range(20_000)]),
        says=("labels",),
    ),
    Hostile(
        key="card-shape-huge",
        row="large-parameters",
        door="card",
        attack="an input of 10¹⁸ pixels",
        make=_card(input={"shape": [10**6, 10**6, 10**6]}),
    ),
    Hostile(
        key="card-tokenizer-path",
        row="paths",
        door="card",
        attack="a tokenizer at a path outside",
        make=_card(preprocess={"tokenizer": "../../../../etc/passwd"}),
    ),
    Hostile(
        key="card-markup",
        row="markup",
        door="card",
        attack="a title, labels and notes that a page would render",
        make=_card(
            title="![](http://example.com/a.png)<script>alert(1)</script>",
            labels=["[a](javascript:alert(1))", "=1+1"],
            notes=["<img src=http://example.com/a>"],
        ),
    ),
    Hostile(
        key="card-types",
        row="json",
        door="card",
        attack="every field of the wrong type",
        make=_card(title=[], task={}, input=3, labels="ab", preprocess=[1], output=None),
    ),
)
