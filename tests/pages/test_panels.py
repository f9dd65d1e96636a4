"""Panels: which of them are painted anew, in which order, and what a broken one leaves alone."""

from streamlit.testing.v1 import AppTest


def small(*, broken=False, left_early=False):
    """Open an app of a few panels that note when they are painted."""
    return AppTest.from_function(_app, args=(broken, left_early)).run()


def _app(broken, left_early):
    import streamlit as st  # noqa: PLC0415 - the whole app stands in this function

    from pages._shell.actions import choose  # noqa: PLC0415 - the same
    from pages._shell.panel import drawn_page, panel, repaint  # noqa: PLC0415 - the same
    from pages._shell.state import STARTED, state, switch  # noqa: PLC0415 - the same

    shown = st.session_state.setdefault("shown", switch("shown"))
    st.session_state[STARTED] = True
    painted = st.session_state.setdefault("painted", [])

    @panel("slow", follows=("amount",), last=True)
    def slow():
        painted.append("slow")

    @panel("first", follows=("amount", "sample"))
    def first():
        painted.append("first")

    @panel("second", follows=("sample",))
    def second():
        painted.append("second")
        if broken:
            raise ZeroDivisionError

    @panel("third", follows=("amount",))
    def third():
        painted.append("third")

    @panel("fold", follows=("other",), folds=(shown,))
    def fold():
        painted.append("fold")

    @panel("buttons", always=True)
    def buttons():
        for changed in ("amount", "sample", "nothing", "sample nothing", "other amount"):
            st.button(changed, on_click=repaint, args=changed.split())
        st.button("fold", on_click=choose, args=[shown.to(not state()[shown])])

    with drawn_page():
        buttons()
        slow()
        first()
        second()
        if left_early:
            st.stop()
        third()
        fold()


def painted_by(app, changed):
    """Return the panels that are painted when something changes."""
    app.session_state["painted"].clear()
    next(one for one in app.button if one.label == changed).click().run()
    assert not app.exception
    return list(app.session_state["painted"])


def test_what_follows_is_painted_in_the_order_of_the_page_and_the_slow_at_last():
    assert painted_by(small(), "amount") == ["first", "third", "slow"]


def test_what_does_not_follow_is_left_alone():
    assert painted_by(small(), "sample") == ["first", "second"]


def test_what_no_panel_follows_is_the_whole_pages():
    everything = ["slow", "first", "second", "third", "fold"]
    assert painted_by(small(), "nothing") == everything
    assert painted_by(small(), "sample nothing") == everything


def test_a_fold_is_painted_when_it_turns_and_follows_only_while_it_is_open():
    app = small()
    assert painted_by(app, "other amount") == ["first", "third", "slow"]
    assert painted_by(app, "fold") == ["fold"]
    assert painted_by(app, "other amount") == ["first", "third", "fold", "slow"]
    assert painted_by(app, "fold") == ["fold"]
    assert painted_by(app, "other amount") == ["first", "third", "slow"]


def test_a_page_that_was_left_half_drawn_is_drawn_whole():
    app = small(left_early=True)
    assert painted_by(app, "sample") == ["slow", "first", "second"]


def test_a_broken_panel_says_so_in_its_place_and_the_others_live_on():
    app = small(broken=True)
    (said,) = app.error
    assert said.value.startswith("This part could not be shown.")
    assert app.session_state["painted"] == ["slow", "first", "second", "third", "fold"]
