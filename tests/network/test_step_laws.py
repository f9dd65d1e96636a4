"""Laws of the algebra of steps, over random small networks."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from explain.core.network import Ref, Step
from explain.network import Lifted, reassembled, with_steps
from explain.network.steps import (
    filled,
    last_uses,
    live,
    references,
    renamed,
    resolved,
    rewired,
    routed,
    run_step,
)
from tests.demos import of_each_kind, subject_of

WIDTH = 4
SIZES = (("dtype", torch.float32), ("sizes", ((1, None), (WIDTH, WIDTH))))
LAYERS = {"first": nn.Linear(WIDTH, WIDTH), "act.last": nn.Tanh()}
TENSORS = {"loose": torch.arange(float(WIDTH))}


def step(name, operation, *arguments, keywords=(), module=None):
    return Step(
        name=name, operation=operation, module=module, arguments=arguments, keywords=keywords
    )


@st.composite
def steps_of_networks(draw):
    """Return the steps of a network over LAYERS and TENSORS, dead ends among them."""
    found = [
        replace(step("x", "input", 0, keywords=SIZES), shape=(WIDTH,)),
        replace(step("y", "input", 1, keywords=SIZES), shape=(WIDTH,)),
        step("loose:0", "parameter", "loose"),
    ]
    layers = list(LAYERS)
    for place in range(draw(st.integers(1, 8))):
        values = [Ref(before.name) for before in found if not before.name.endswith("pair")]
        one, other = draw(st.sampled_from(values)), draw(st.sampled_from(values))
        kind = draw(
            st.sampled_from(["add", "mul", "neg", "stack", *(["module"] if layers else [])])
        )
        name = f"{kind}:{place}"
        if kind == "module":
            layer = layers.pop()
            found.append(step(layer, "module", one, module=layer))
        elif kind == "stack":
            found.append(step(f"{name}:pair", "stack", (one, one), -1))
            found.append(step(name, "sum", Ref(f"{name}:pair"), (-1,)))
        elif kind == "add":
            found.append(step(name, "add", one, other, keywords=(("alpha", 2),)))
        else:
            found.append(step(name, kind, one, *([other] if kind == "mul" else [])))
    with_rows = step("total", "add", Ref(found[-1].name), Ref("x"))
    return (*found, with_rows, step("output:0", "output", Ref("total")))


def network_of(steps):
    return with_steps(Lifted(modules=LAYERS, tensors=TENSORS, steps=steps), steps)


def rows():
    generator = torch.Generator().manual_seed(0)
    return tuple(torch.rand(3, WIDTH, generator=generator) for _ in range(2))


def outputs(network):
    with torch.no_grad():
        return network(*rows())


def in_order(steps):
    seen = set()
    for found in steps:
        if not {ref.name for ref in references(found)} <= seen:
            return False
        seen.add(found.name)
    return len(seen) == len(steps)


def other_names(steps):
    return {found.name: f"n{place}.of" for place, found in enumerate(steps)}


@given(steps_of_networks())
def test_renaming_is_undone_by_its_inverse(steps):
    names = other_names(steps)
    there = renamed(steps, names)
    assert [found.name for found in there] == list(names.values())
    assert in_order(there)
    assert renamed(there, {new: old for old, new in names.items()}) == steps


@given(steps_of_networks())
def test_names_decide_about_nothing(steps):
    names = other_names(steps)
    layers = {names.get(name, name): layer for name, layer in LAYERS.items()}
    other = Lifted(modules=layers, tensors=TENSORS, steps=renamed(steps, names))
    assert torch.equal(outputs(other), outputs(network_of(steps)))


@given(steps_of_networks())
def test_filling_and_running_each_step_is_what_the_interpreter_does(steps):
    network = network_of(steps)
    values = {}
    with torch.no_grad():
        for found in steps:
            values[found.name] = run_step(found, network, values, rows())
        recorded = network.record(*rows())
    assert recorded.keys() == values.keys()
    assert all(torch.equal(values[name], recorded[name]) for name in values)
    assert torch.equal(values["output:0"], outputs(network))


@given(steps_of_networks())
def test_references_filled_with_themselves_are_the_step_again(steps):
    for found in steps:
        itself = {ref.name: ref for ref in references(found)}
        arguments, keywords = filled(found, itself)
        assert (tuple(arguments), tuple(keywords.items())) == (found.arguments, found.keywords)
        assert tuple(resolved(argument, itself) for argument in found.arguments) == found.arguments
        assert routed(found, {}) == routed(found, {name: name for name in itself}) == found


@given(steps_of_networks())
def test_changing_nothing_is_the_same_network_bit_for_bit(steps):
    same = rewired(steps, lambda found: (found,))
    assert same == steps
    assert torch.equal(outputs(with_steps(network_of(steps), same)), outputs(network_of(steps)))


@given(steps_of_networks(), st.data())
def test_what_is_put_in_is_read_by_all_that_follow(steps, data):
    place = data.draw(st.sampled_from([found.name for found in steps[:-1]]))

    def doubled(found):
        return (found, step("twice", "mul", Ref(found.name), 2))

    changed = rewired(steps, lambda found: doubled(found) if found.name == place else (found,))
    assert in_order(changed)
    assert len(changed) == len(steps) + 1
    readers = {found.name for found in changed if Ref(place) in references(found)}
    assert readers == {"twice"}
    values = {}
    with torch.no_grad():
        for found in steps:
            values[found.name] = run_step(found, network_of(steps), values, rows())
            if found.name == place:
                values[place] = values[place] * 2
    assert torch.equal(outputs(network_of(changed)), values["output:0"])


@given(steps_of_networks(), st.data())
def test_putting_in_and_routing_round_it_again_changes_nothing(steps, data):
    place = data.draw(st.sampled_from([found.name for found in steps[:-1]]))
    added = step("own", "neg", Ref(place))
    there = rewired(steps, lambda found: (found, added) if found.name == place else (found,))
    back = rewired(there, lambda found: Ref(place) if found.name == "own" else (found,))
    assert back == steps


@given(steps_of_networks(), st.data())
def test_routing_round_steps_in_a_row_keeps_the_order(steps, data):
    functions = [found for found in steps[3:-1] if references(found)]
    gone = data.draw(st.sets(st.sampled_from([found.name for found in functions])))
    left = rewired(steps, lambda found: references(found)[0] if found.name in gone else (found,))
    assert in_order(left)
    assert [found.name for found in left] == [f.name for f in steps if f.name not in gone]


@given(steps_of_networks())
def test_what_is_not_live_decides_about_nothing(steps):
    kept = live(steps)
    assert in_order(kept)
    assert live(kept) == kept
    for place, found in enumerate(kept[:-1]):
        read = any(Ref(found.name) in references(later) for later in kept[place:])
        assert read or found.operation == "input"
    assert torch.equal(outputs(with_steps(network_of(steps), kept)), outputs(network_of(steps)))


@given(steps_of_networks())
def test_a_value_is_freed_once_and_never_before_its_last_reader(steps):
    freed = [name for names in last_uses(steps) for name in names]
    assert sorted(freed) == sorted(found.name for found in steps[:-1])
    gone = set()
    for found, names in zip(steps, last_uses(steps), strict=True):
        assert not gone & {ref.name for ref in references(found)}
        gone |= set(names)


@given(steps_of_networks())
def test_a_network_under_other_steps_has_its_own_layers_over_the_same_tensors(steps):
    network = network_of(steps)
    other = with_steps(network, live(steps))
    used = {found.module for found in live(steps)} - {None}
    assert {name for name in LAYERS if name in dict(other.named_modules())} == used
    for name, weight in other.named_parameters():
        assert weight.data_ptr() == network.get_parameter(name).data_ptr()
    for name in used:
        assert other.get_submodule(name) is not network.get_submodule(name)


@pytest.mark.parametrize("key", of_each_kind())
def test_a_demo_put_together_again_is_the_same_demo(key):
    subject = subject_of(key)
    again = reassembled(subject.network, subject.network.steps)
    assert again.steps == subject.network.steps
    assert again.layers == subject.network.layers
    some = subject.samples.take(range(5)).inputs
    with torch.no_grad():
        assert torch.equal(again(*some), subject.network(*some))
