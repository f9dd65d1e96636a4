"""A session that was left is let go of in time, and one that comes back is not."""

from inspect import signature

import pytest
from streamlit.runtime.memory_session_storage import MemorySessionStorage

from pages._shell import leaving
from pages._shell.leaving import LOOK, PATIENCE, Visit, end_left


@pytest.fixture
def sessions(monkeypatch):
    found = {name: Visit({"file": b"content"}, seen=0.0) for name in ("left", "there", "back")}
    monkeypatch.setattr(leaving, "_SESSIONS", found)
    return found


def test_only_who_stays_away_is_closed_and_what_they_held_is_gone_once(sessions):
    closed, gone, held = [], {"left", "back"}, sessions["left"].state
    end_left(PATIENCE - 1, lambda name: name not in gone, closed.append)
    assert closed == []
    gone.discard("back")
    end_left(PATIENCE + 1, lambda name: name not in gone, closed.append)
    end_left(PATIENCE + 2, lambda name: name not in gone, closed.append)
    assert closed == ["left"]
    assert held == {}
    assert set(sessions) == {"there", "back"}
    assert all(session.state for session in sessions.values())


def test_a_session_is_closed_while_streamlit_still_has_it():
    kept = signature(MemorySessionStorage).parameters["ttl_seconds"].default
    assert kept > PATIENCE + 2 * LOOK
