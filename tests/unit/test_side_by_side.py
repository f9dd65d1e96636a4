"""Jobs side by side: the same results in the same order, and nothing goes on after a cancel."""

import threading
import time

import pytest

from explain.core.resources import side_by_side, workers

MUCH, LITTLE = 1e12, 1.0


@pytest.mark.parametrize("macs", [LITTLE, MUCH])
def test_results_come_in_the_order_of_the_items(macs):
    def work(at):
        time.sleep(0.002 * (at % 3))
        return at * at

    told = []
    found = side_by_side(work, range(12), macs=macs, progress=told.append)
    assert found == [at * at for at in range(12)]
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert side_by_side(work, [], macs=macs) == []


def test_little_work_stays_in_its_thread():
    assert workers(LITTLE) == 1
    names = side_by_side(lambda _: threading.current_thread().name, range(3), macs=LITTLE)
    assert set(names) == {threading.current_thread().name}


@pytest.mark.parametrize("macs", [LITTLE, MUCH])
def test_a_cancel_drops_what_has_not_begun(macs):
    begun = []

    def work(at):
        begun.append(at)
        time.sleep(0.005)

    def cancel(_share):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        side_by_side(work, range(200), macs=macs, progress=cancel)
    count = len(begun)
    time.sleep(0.05)
    assert len(begun) == count < 20


@pytest.mark.parametrize("macs", [LITTLE, MUCH])
def test_the_error_of_a_job_is_raised(macs):
    with pytest.raises(ZeroDivisionError):
        side_by_side(lambda at: 1 // at, range(4), macs=macs)
