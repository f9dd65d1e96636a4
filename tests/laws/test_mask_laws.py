"""Laws of masks over any shape, type and memory layout, against a slow literal selection."""

import math
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))
from bare import bare_subject

from explain import NonFinite, PruningPlan, prune, score, select
from explain.pruning import death_ranks, fixed_pruned, groups

AMOUNTS = st.one_of(
    st.sampled_from([0.0, 1.0, 0.5, 0.25, 0.1, 1e-9]),
    st.floats(0, 1, allow_nan=False),
)
SHAPES = st.one_of(
    st.sampled_from([(0, 3), (1, 1), (1, 5), (7, 1), (2, 3, 3, 3)]),
    st.tuples(st.integers(1, 9), st.integers(1, 9)),
    st.tuples(st.integers(1, 4), st.integers(1, 4), st.integers(1, 3), st.integers(1, 3)),
)
DTYPES = st.sampled_from([torch.float32, torch.float64, torch.bfloat16])


@st.composite
def weights(draw, dtype=None):
    """Draw a tensor with many ties, some zeros, in any layout."""
    shape = draw(SHAPES)
    kind = draw(DTYPES) if dtype is None else dtype
    count = math.prod(shape)
    values = draw(st.lists(st.integers(-4, 4), min_size=count, max_size=count))
    tensor = (torch.tensor(values, dtype=torch.float64) / 3).reshape(shape).to(kind)
    layout = draw(st.sampled_from(["contiguous", "transposed", "channels_last"]))
    if layout == "transposed" and len(shape) == 2:
        tensor = tensor.t().contiguous().t()
    if layout == "channels_last" and len(shape) == 4:
        tensor = tensor.to(memory_format=torch.channels_last)
    return tensor


NETWORKS = (
    st.lists(weights(), min_size=1, max_size=4)
    .filter(lambda tensors: any(tensor.any() for tensor in tensors))
    .map(lambda tensors: {f"layer{i}.weight": tensor for i, tensor in enumerate(tensors)})
)
"""At least one weight that is not 0: a network without any is refused."""
SCOPES = st.sampled_from(["global", "layer", "row"])
CRITERIA = st.sampled_from(["magnitude", "lamp", "random"])


def literal_keep(scores, amount):
    """Prune exactly round(amount * N) of one group of (score, place) pairs, lowest first."""
    order = sorted(scores)
    return {place for _, place in order[: round(amount * len(order))]}


def entries(ranked):
    """Return (score, flat index) pairs of one tensor by group, read back from the ranking."""
    return [
        [(float(s), int(i)) for s, i in zip(row, order, strict=True)]
        for row, order in zip(ranked.living, ranked.standing, strict=True)
    ]


def literal_masks(scores, plan):
    """Select with Python's own sort: the slow, obvious way."""
    gone = {tensor.name: set() for tensor in scores.tensors}
    if plan.scope == "global":
        pool = [
            (value, (at, flat))
            for at, tensor in enumerate(scores.tensors)
            for value, flat in entries(tensor)[0]
        ]
        for at, flat in literal_keep(pool, plan.amount):
            gone[scores.tensors[at].name].add(flat)
    else:
        for tensor in scores.tensors:
            for group in entries(tensor):
                gone[tensor.name] |= literal_keep(group, plan.amount)
    return gone


@settings(max_examples=150, deadline=None)
@given(tensors=NETWORKS, amount=AMOUNTS, scope=SCOPES, criterion=CRITERIA)
def test_exactly_the_lowest_entries_die_and_ties_die_by_flat_index(
    tensors, amount, scope, criterion
):
    subject = bare_subject(tensors)
    plan = PruningPlan(criterion=criterion, amount=amount, scope=scope)
    scores = score(subject, plan)
    masks = select(scores, plan)
    wanted = literal_masks(scores, masks.plan)
    for name, keep in masks.keep.items():
        gone = set(np.flatnonzero(~keep.flatten().numpy()).tolist())
        assert gone == wanted[name]


@settings(max_examples=150, deadline=None)
@given(tensors=NETWORKS, amount=AMOUNTS, scope=SCOPES, criterion=CRITERIA)
def test_a_pruned_weight_is_zero_and_a_kept_one_keeps_every_bit(tensors, amount, scope, criterion):
    subject = bare_subject(tensors)
    before = {name: t.clone() for name, t in tensors.items()}
    plan = PruningPlan(criterion=criterion, amount=amount, scope=scope)
    masks = select(score(subject, plan), plan)
    pruned = prune(subject, masks)
    for name, keep in masks.keep.items():
        after = pruned.network.get_parameter(name)
        assert torch.equal(after[keep], before[name][keep])
        assert not after[~keep].any()
        assert torch.equal(subject.network.get_parameter(name), before[name])
        assert after.dtype == before[name].dtype


@settings(max_examples=100, deadline=None)
@given(tensors=NETWORKS, amounts=st.tuples(AMOUNTS, AMOUNTS), scope=SCOPES, criterion=CRITERIA)
def test_more_pruning_never_brings_a_connection_back(tensors, amounts, scope, criterion):
    low, high = sorted(amounts)
    plan = PruningPlan(criterion=criterion, scope=scope)
    scores = score(bare_subject(tensors), plan)
    less, more = (select(scores, plan.at(amount)).keep for amount in (low, high))
    assert all(not (more[name] & ~less[name]).any() for name in less)


@settings(max_examples=100, deadline=None)
@given(tensors=NETWORKS, amount=AMOUNTS)
def test_the_global_amount_is_exact(tensors, amount):
    plan = PruningPlan(amount=amount)
    masks = select(score(bare_subject(tensors), plan), plan)
    total = sum(int(t.count_nonzero()) for t in tensors.values())
    assert (masks.total, masks.total - masks.kept) == (total, round(amount * total))


@settings(max_examples=100, deadline=None)
@given(tensors=NETWORKS, amount=AMOUNTS)
def test_a_threshold_and_its_amount_are_two_views_of_one_plan(tensors, amount):
    plan = PruningPlan(amount=amount)
    scores = score(bare_subject(tensors), plan)
    masks = select(scores, plan)
    if math.isinf(masks.cut.low):
        assert masks.kept == 0
        return
    by_threshold = select(scores, plan.below(masks.cut.low))
    assert by_threshold.total - by_threshold.kept == masks.total - masks.kept - masks.cut.ties
    values = np.concatenate([tensor.living[0] for tensor in scores.tensors])
    assert by_threshold.total - by_threshold.kept == int((values < masks.cut.low).sum())


@settings(max_examples=150, deadline=None)
@given(
    tensors=NETWORKS,
    amount=AMOUNTS,
    scope=SCOPES,
    own=st.one_of(st.none(), AMOUNTS),
    protect=st.booleans(),
)
def test_an_entry_is_gone_exactly_when_the_count_reaches_its_rank(
    tensors, amount, scope, own, protect
):
    plan = PruningPlan(
        amount=amount,
        scope=scope,
        overrides=(("layer0", own),) if own is not None else (),
        protected=("layer1",) if protect and "layer1.weight" in tensors else (),
    )
    scores = score(bare_subject(tensors), plan)
    masks = select(scores, plan)
    ranks = death_ranks(scores, plan)
    count = fixed_pruned(scores, plan) + sum(
        many * round(amount * size) for size, many in groups(scores, plan)
    )
    assert count == masks.total - masks.kept
    for name, keep in masks.keep.items():
        stays = keep & (tensors[name] != 0)
        assert np.array_equal(ranks[name] > count, stays.flatten().numpy())


@settings(max_examples=60, deadline=None)
@given(tensors=NETWORKS, bad=st.sampled_from([math.nan, math.inf, -math.inf]))
def test_weights_that_are_not_finite_are_refused_by_name(tensors, bad):
    name, tensor = max(tensors.items(), key=lambda pair: pair[1].numel())
    if not tensor.numel():
        return
    broken = tensor.clone()
    broken[tuple(0 for _ in tensor.shape)] = bad
    with pytest.raises(NonFinite, match=name.replace(".", r"\.")):
        score(bare_subject({**tensors, name: broken}), PruningPlan())


def test_half_an_entry_rounds_to_even_as_python_does():
    plan = PruningPlan(amount=0.5)
    tensors = {"a.weight": torch.arange(1.0, 6.0).reshape(1, 5)}
    assert select(score(bare_subject(tensors), plan), plan).kept == 5 - round(2.5)


@pytest.mark.parametrize("amount", [0.1, 0.5, 0.9, 0.999])
def test_a_large_network_is_cut_where_a_full_sort_cuts_it(amount):
    generator = torch.Generator().manual_seed(0)
    tensors = {
        f"layer{i}.weight": torch.randn(400, 100 * (i + 1), generator=generator) * (i + 1) / 4
        for i in range(6)
    }
    plan = PruningPlan(amount=amount)
    scores = score(bare_subject(tensors), plan)
    masks = select(scores, plan)
    flat = torch.cat([t.abs().flatten() for t in tensors.values()]).numpy()
    order = np.argsort(flat, kind="stable")
    keep = np.ones(flat.size, bool)
    keep[order[: round(amount * flat.size)]] = False
    found = torch.cat([mask.flatten() for mask in masks.keep.values()]).numpy()
    assert np.array_equal(found, keep)
