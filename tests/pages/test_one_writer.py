"""Who changes the plan: an event of the ribbon counts once, a field while it shows its value."""

import streamlit as st
from hypothesis import given
from hypothesis import strategies as some

from pages._panels.ribbon import untaken
from pages._shell.state import kept_field

EVENTS = some.lists(some.builds(lambda n: {"n": n, "amount": n / 100}, some.integers(1, 40)))


@given(EVENTS, some.lists(some.integers(0, 40), max_size=4))
def test_every_event_counts_once_in_its_order_however_often_it_comes(events, heard):
    taken, counted = 0, []
    for upto in (*heard, len(events)):
        found = [n for n, _ in untaken(events[:upto], taken)]
        counted += found
        taken = max([taken, *found])
    assert counted == sorted(set(counted))
    assert counted or not events


def test_what_is_no_event_is_left_out():
    events = [None, 3, {"n": "9", "amount": 1}, {"n": 9, "amount": "x"}, {"n": 9, "by": 4}]
    assert untaken([*events, {"n": 9, "amount": float("nan")}], 0) == []
    assert untaken("events", 0) == []


def test_what_a_field_said_before_its_value_was_set_elsewhere_is_nobodys_choice(monkeypatch):
    monkeypatch.setattr(st, "session_state", {})
    taken = []
    old = kept_field("amount", 50.0, taken.append)
    enter(old, 51.0)
    assert kept_field("amount", 51.0, taken.append)["key"] == old["key"]
    new = kept_field("amount", 0.0, taken.append)
    assert st.session_state[new["key"]] == 0.0
    enter(old, 51.0)
    assert taken == [51.0]
    enter(new, 3.0)
    assert taken == [51.0, 3.0]


def enter(field, value):
    st.session_state[field["key"]] = value
    field["on_change"]()
