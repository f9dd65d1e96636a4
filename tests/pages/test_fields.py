"""A field shows the state's value; what it says counts while that is the value it shows."""

import streamlit as st

from pages._shell.state import kept_field


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
