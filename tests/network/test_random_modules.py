"""Whatever a module does, it is taken or refused in words."""

from tests.network.random_modules import outcome


def test_modules_put_together_at_random_are_taken_or_refused_in_words():
    assert not [said for said in map(outcome, range(30)) if said]
