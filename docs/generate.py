"""Write docs/methods.md from the catalogs: `python -m docs.generate`."""  # noqa: INP001 - a folder of pages

from collections.abc import Iterable, Sequence
from pathlib import Path

import torch

from explain.attribution import ATTRIBUTORS, BASELINES
from explain.core.methods import Attributor, Criterion, Grain, Meter, Method, Partitioner
from explain.decompose import PARTITIONERS
from explain.measure import METERS
from explain.network.lifting.building import BUILDERS
from explain.network.operations import ELEMENTWISE, INTEGER, KEYS, MOVEMENT
from explain.pruning import CRITERIA, GRAINS
from models.catalog import DEMOS
from models.demo import Demo, shipped_card, trained_module

__all__ = ["PAGE", "page"]

PAGE = Path(__file__).parent / "methods.md"

_TOP = """\
<!-- Made by `python -m docs.generate` from the catalogs. Edit the records in the code instead. -->
# Methods

Everything in the menus: [criteria](#criteria), [what dies as one](#what-dies-as-one),
[metrics](#metrics),
[attribution methods](#attribution-methods), [baselines](#baselines),
[partition methods](#partition-methods), [built-in networks](#built-in-networks), and the
[operations a network may use](#operations-a-network-may-use).
"""

_CRITERIA = """\
## Criteria

A criterion gives every entry a score; the lowest score dies first. An *entry* is
[what dies as one](#what-dies-as-one): one weight, a whole unit, a kernel. Criteria that score
weights do so once; the score of what takes several weights is the sum of theirs, or their
Euclidean norm where it says so. An *amount* is the share of entries removed: exactly
`round(amount · N)` of the N entries that are not 0 already, not protected and have no amount of
their own. Equal scores die by their flat index. A *scope* says what is compared: the whole network
(`global`), each weight tensor (`layer`) or each output row of it (`row`). Nothing is retrained.
"""

_GRAINS = """\
## What dies as one

A grain divides weights into entries, and an amount counts these. What lies in no entry stays at
every amount and is counted on the page.
"""

_METRICS = """\
## Metrics

Measured on held-out samples. Without labels the headline is agreement with the dense network.
"""

_ATTRIBUTORS = """\
## Attribution methods

A method says what each part of a sample (pixel, feature, token) adds to one output of the network.
They run through Captum, each call on a private copy of the lifted network in which every
non-linearity is followed by a step `x + 0`; without it DeepLift is silently wrong where a ReLU
meets a max-pool. *Adds up* means that the values promise to sum to the change of the output from
the baseline; the gap to that promise stands beside every result. On text the methods start at the
output of the embedding, and a token's values are summed.
"""

_BASELINES = """\
## Baselines

Where methods start that compare a sample with "nothing there". Another baseline asks another
question: the page shows how far it moves the same network.
"""

_PARTITIONERS = """\
## Partition methods

A partition puts every hidden unit into exactly one module: neurons and channels of linear and
convolutional layers that do not give the network's answer. Methods see the network as a graph: an
edge is as strong as the L1 norm of all weights between two units (one weight, a kernel, all
positions behind a flattening). Where no number of modules is given it is *estimated* by parallel
analysis (1 + eigenvalues of the layered-null matrix above 1.12 times the upper quartile of 20
networks whose units keep the number and the strength of their ties, and above their median by 4
robust standard deviations), the method's *own*, or *fixed*
by the architecture or a person. Dead units stand in no module. One module means that no structure
was found; then blocks of the architecture are shown.
How well each method finds modules that were planted is measured in
[bench/README.md](../bench/README.md).
"""

_DEMOS = """\
## Built-in networks

Teaching data: not for diagnosis, not for lending, not for reading real documents. A test computes
every figure on the cards again from the shipped weights and rows.
"""

_OPERATIONS = """\
## Operations a network may use

A network is lifted into real layers and a list of steps. These are the names that `torch.export`
gives to operations (`aten.` left out); whatever stands in no list is refused with its name.
"""


def page() -> str:
    """Return the whole page as Markdown."""
    parts = (
        _TOP,
        _criteria(),
        _grains(),
        _metrics(),
        _attributors(),
        _baselines(),
        _partitioners(),
        _demos(),
        _operations(),
    )
    return "\n".join(part.strip() + "\n" for part in parts)


def _criteria() -> str:
    head = ("key", "title", "scores", "scopes", "needs")
    rows = [
        (_code(c.key), c.title, ", ".join(c.entries), _listed(c.scopes), _needs(c))
        for c in CRITERIA
    ]
    return "\n".join((_CRITERIA, _table(head, rows), *map(_criterion, CRITERIA)))


def _criterion(record: Criterion) -> str:
    facts = {
        "Score": _code(record.formula),
        "Parameters": _parameters(record),
        "Cost": record.cost,
        "Seed": "the order depends on the plan's seed" if record.seeded else "",
        "Source": record.source,
        "How ours differs": record.differs,
    }
    lines = [f"- **{name}:** {fact}" for name, fact in facts.items() if fact]
    return "\n".join((f"\n### {record.title}\n", record.line + "\n", *lines))


def _grains() -> str:
    head = ("key", "title", "entries are", "scopes", "parameters")
    rows = [(_code(g.key), g.title, g.kind, _listed(g.scopes), _parameters(g)) for g in GRAINS]
    return "\n".join((_GRAINS, _table(head, rows), *map(_grain, GRAINS)))


def _grain(record: Grain) -> str:
    facts = {"Source": record.source, "How ours differs": record.differs}
    lines = [f"- **{name}:** {fact}" for name, fact in facts.items() if fact]
    return "\n".join((f"\n### {record.title}\n", record.line + "\n", *lines))


def _needs(record: Criterion) -> str:
    return _listed(record.needs) or "nothing"


def _attributors() -> str:
    head = ("key", "title", "family", "adds up", "parameters")
    rows = [
        (_code(a.key), a.title, a.family, "yes" if a.complete else "no", _parameters(a))
        for a in ATTRIBUTORS
    ]
    return "\n".join((_ATTRIBUTORS, _table(head, rows), *map(_attributor, ATTRIBUTORS)))


def _parameters(record: Method) -> str:
    return ", ".join(
        f"`{p.key}` {p.default:g} ({p.low:g} to {p.high:g})" for p in record.parameters
    )


def _attributor(record: Attributor) -> str:
    facts = {
        "Value": _code(record.formula),
        "Source": record.source,
        "How ours differs": record.differs,
        "Warning": record.warning,
    }
    lines = [f"- **{name}:** {fact}" for name, fact in facts.items() if fact]
    return "\n".join((f"\n### {record.title}\n", record.line + "\n", *lines))


def _baselines() -> str:
    rows = [(_code(b.key), b.title, b.line) for b in BASELINES]
    return "\n".join((_BASELINES, _table(("key", "title", "what it is"), rows)))


def _partitioners() -> str:
    head = ("key", "title", "number of modules", "needs")
    rows = [(_code(p.key), p.title, p.count, _listed(p.needs) or "nothing") for p in PARTITIONERS]
    return "\n".join((_PARTITIONERS, _table(head, rows), *map(_partitioner, PARTITIONERS)))


def _partitioner(record: Partitioner) -> str:
    facts = {
        "Modules": _code(record.formula),
        "Cost": record.cost,
        "Seed": "the modules depend on the seed" if record.seeded else "",
        "Source": record.source,
        "How ours differs": record.differs,
    }
    lines = [f"- **{name}:** {fact}" for name, fact in facts.items() if fact]
    return "\n".join((f"\n### {record.title}\n", record.line + "\n", *lines))


def _metrics() -> str:
    head = ("key", "title", "what it says", "better", "needs labels")
    return "\n".join((_METRICS, _table(head, map(_metric, METERS))))


def _metric(record: Meter) -> tuple[str, ...]:
    labels = "yes" if record.needs_targets else "no"
    return _code(record.key), record.title, record.line, record.better, labels


def _demos() -> str:
    head = ("key", "what it is", "parameters", "headline", "simple model", "held out")
    return "\n".join((_DEMOS, _table(head, map(_demo, DEMOS)), *map(_card, DEMOS)))


def _demo(demo: Demo) -> tuple[str, ...]:
    card, data = shipped_card(demo.key), demo.read()
    with torch.device("meta"):
        parameters = sum(parameter.numel() for parameter in trained_module(demo).parameters())
    metric = data.task.metric
    return (
        _code(demo.key),
        demo.line,
        f"{parameters:,}",
        f"{metric} {card.metrics[metric]:.3f}",
        ", ".join(f"{name} {value:.3f}" for name, value in card.baselines.items()),
        f"{data.test.count:,} rows",
    )


def _card(demo: Demo) -> str:
    card = shipped_card(demo.key)
    about = (f"- **{name}:** {text}" for name, text in _about(demo).items())
    limits = (f"- {line}" for line in (*card.notes, *card.limits))
    return "\n".join((f"\n### {card.title}\n", f"{card.purpose} {card.not_for}\n", *about, *limits))


def _about(demo: Demo) -> dict[str, str]:
    card, groups = shipped_card(demo.key), demo.read().test.groups
    return {
        "Data": card.source,
        "Authors": card.authors,
        "Licence": card.licence,
        "Groups": ", ".join(groups),
    }


def _operations() -> str:
    groups = {
        "Layers": {_operator(target) for target in BUILDERS},
        "Carry values": _operators(MOVEMENT),
        "Combine values": _operators(ELEMENTWISE),
        "Sum up and mix": _operators(frozenset(KEYS.values()) - MOVEMENT - ELEMENTWISE - INTEGER),
    }
    lines = [f"- **{name}:** {_listed(sorted(found))}" for name, found in groups.items()]
    return "\n".join((_OPERATIONS, *lines, "- **Arithmetic of sizes** as Python writes it."))


def _operators(keys: frozenset[str]) -> set[str]:
    return {_operator(target) for target, key in KEYS.items() if key in keys}


def _operator(target: object) -> str:
    return str(target).removeprefix("aten.").partition(".")[0]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = (head, ["---"] * len(head), *rows)
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(_code, names))


def _code(text: str) -> str:
    return f"`{text}`"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
