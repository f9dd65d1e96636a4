"""Head: one head of an attention dies, with its queries, keys, values and what reads them."""

import numpy as np
from numpy.typing import NDArray

from explain.core.messages import Message
from explain.core.methods import Grain, Options
from explain.core.scores import Part, Site
from explain.core.subject import Subject
from explain.network import Heads, separable_heads, shared_parameters


def head_sites(subject: Subject, _options: Options) -> tuple[Site, ...]:
    """Return the heads of every attention that can be told apart and has weights of its own."""
    shared = shared_parameters(subject.network)
    found = (_site(subject, heads) for heads in separable_heads(subject.network))
    return tuple(
        site
        for site in found
        if not any(id(subject.network.get_parameter(part.name)) in shared for part in site.parts)
    )


def _site(subject: Subject, heads: Heads) -> Site:
    rows = (
        part
        for layer, owner in heads.rows.items()
        for part in (
            _part(subject, f"{layer}.weight", owner[:, None]),
            *_bias(subject, layer, owner),
        )
    )
    columns = (
        _part(subject, f"{layer}.weight", owner[None, :]) for layer, owner in heads.columns.items()
    )
    return Site(
        name=heads.module,
        layer=heads.module,
        parts=(*rows, *columns),
        entries=heads.count,
    )


def _part(
    subject: Subject, name: str, owner: NDArray[np.int64], *, companion: bool = False
) -> Part:
    shape = tuple(subject.network.get_parameter(name).shape)
    return Part(name=name, shape=shape, owner=owner, companion=companion)


def _bias(subject: Subject, layer: str, owner: NDArray[np.int64]) -> tuple[Part, ...]:
    has = any(name == f"{layer}.bias" for name, _ in subject.network.named_parameters())
    return (_part(subject, f"{layer}.bias", owner, companion=True),) if has else ()


HEAD = Grain(
    key="head",
    title="Attention heads",
    line="A whole head dies: its queries, keys and values with their biases, and what reads it.",
    kind="groups",
    one="head",
    many="heads",
    still="{kept} of {total} heads left",
    function=head_sites,
    source="Michel et al. 2019, arXiv:1905.10650",
    differs="They switch a head's output off; here all its weights become zero, to the same "
    "effect. The score of a head comes from the criterion, not from the gradient of a switch.",
    fits=lambda subject: None if head_sites(subject, {}) else Message("pruning.no_heads"),
)
