"""What sessions share: made once a key, within bounds, and gone with its model."""

from dataclasses import dataclass
from threading import Barrier, Event, Thread

import numpy as np
import pytest
import torch

from explain.core.resources import bytes_held
from pages._shell.kept import forget_model, kept


@dataclass(frozen=True)
class Seen:
    model: str
    amount: float = 0.0


def counted(**bounds):
    """Return a kept function of a model and a number of bytes, and the calls of its maker."""
    calls = []

    @kept(**{"size": 9, **bounds})
    def array(model: str, size: int = 1) -> np.ndarray:
        calls.append((model, size))
        return np.zeros(size, np.uint8)

    return array, calls


def test_a_value_is_made_once_however_its_key_is_written():
    array, calls = counted()
    first = array("a")
    assert array("a", 1) is first
    assert array(model="a", size=1) is first
    assert array.ready("a")
    assert not array.ready("b")
    assert calls == [("a", 1)]


def test_what_was_used_last_stays_within_the_number_of_entries():
    array, calls = counted(size=2)
    for model in ("a", "b", "a", "c"):
        array(model)
    assert [array.ready(model) for model in "abc"] == [True, False, True]
    assert len(calls) == 3


def test_values_stay_within_their_bytes_and_the_newest_whatever_it_weighs():
    array, _ = counted(most=10)
    for model in "abc":
        array(model, 4)
    assert [array.ready(model, 4) for model in "abc"] == [False, True, True]
    assert array.bytes == 8
    array("d", 50)
    assert array.there() == (("d", 50),)
    assert array.bytes == 50


def test_memory_that_two_values_hold_counts_once_until_both_are_gone():
    common = np.zeros(100, np.uint8)

    @kept(size=9)
    def both(model: str) -> tuple[np.ndarray, bytes]:
        return common[:50], model.encode()

    alone = [bytes_held(both(model)) for model in ("a", "b")]
    assert both.bytes == sum(alone) - 100
    both.forget("a")
    assert both.bytes == alone[1]
    both.forget("b")
    assert both.bytes == 0


def test_a_maker_that_raises_leaves_nothing_behind_and_may_be_asked_again():
    fails = [True]

    @kept(size=9)
    def value(model: str) -> str:
        if fails:
            raise KeyboardInterrupt
        return model

    with pytest.raises(KeyboardInterrupt):
        value("a")
    assert not value.ready("a")
    assert value.bytes == 0
    fails.clear()
    assert value("a") == "a"


def test_progress_is_told_and_no_part_of_the_key():
    @kept(size=9)
    def value(model: str, *, progress: object = None) -> str:
        if progress is not None:
            progress(0.5)
        return model

    told = []
    assert value("a", progress=told.append) == "a"
    assert told == [0.5]
    assert value.ready("a")
    assert value("a", progress=told.append) == "a"
    assert told == [0.5]


def test_what_plays_no_part_is_left_out_of_the_key_and_of_what_the_maker_sees():
    @kept(size=9, key=lambda seen: (Seen(seen.model),))
    def value(seen: Seen) -> Seen:
        return seen

    assert value(Seen("a", 0.5)) == Seen("a")
    assert value.ready(Seen("a", 0.9))


def test_one_makes_while_others_wait_and_other_keys_do_not():
    started, go, calls = Event(), Event(), []

    @kept(size=9)
    def value(model: str) -> object:
        calls.append(model)
        if model == "slow":
            started.set()
            go.wait(10)
        return object()

    found = []
    threads = [Thread(target=lambda: found.append(value("slow"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    started.wait(10)
    assert value("quick") is value("quick")
    go.set()
    for thread in threads:
        thread.join(10)
    assert sorted(calls) == ["quick", "slow"]
    assert len(found) == 4
    assert len(set(map(id, found))) == 1


def test_after_a_maker_failed_one_of_those_who_waited_makes_the_value():
    barrier, calls, found = Barrier(3), [], []

    @kept(size=9)
    def value(model: str) -> object:
        calls.append(model)
        if len(calls) == 1:
            barrier.wait(10)
            raise ValueError(model)
        return object()

    def ask():
        try:
            found.append(value("a"))
        except ValueError:
            found.append(None)

    def ask_late():
        barrier.wait(10)
        ask()

    threads = [Thread(target=ask), Thread(target=ask_late), Thread(target=ask_late)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert found.count(None) == 1
    assert len(calls) == 2
    assert value.ready("a")


@pytest.mark.parametrize("key", ["m", ("m",), (1, ("x", "m")), Seen("m"), (Seen("m"), None)])
def test_everything_whose_key_names_a_model_goes_with_it_wherever_it_stands(key):
    @kept(size=9)
    def value(key: object) -> str:
        return repr(key)

    value(key)
    value("another")
    forget_model("m")
    assert value.there() == (("another",),)
    assert value.bytes == bytes_held(repr("another"))


def test_a_name_that_only_begins_like_the_model_stays():
    array, _ = counted()
    array("model-2")
    forget_model("model")
    assert array.ready("model-2")


def test_what_is_made_while_its_model_is_forgotten_is_not_kept():
    started, go = Event(), Event()

    @kept(size=9)
    def value(model: str) -> str:
        started.set()
        go.wait(10)
        return model

    thread = Thread(target=value, args=("a",))
    thread.start()
    started.wait(10)
    forget_model("a")
    go.set()
    thread.join(10)
    assert not value.ready("a")
    assert value.bytes == 0


def test_a_subject_weighs_its_tensors_once_and_a_view_what_it_is_a_view_of(demo):
    subject = demo("heart-mlp")
    tensors = [*subject.network.weights().values(), *subject.samples.inputs]
    assert bytes_held((subject, subject)) >= sum(tensor.nbytes for tensor in tensors)
    assert bytes_held((subject, subject)) <= bytes_held(subject) + 128
    whole = torch.zeros(1000)
    assert bytes_held([whole[:1], whole[1:]]) == whole.nbytes + 128
