"""The fields of a card on the page Models: each has its words."""

import pytest

from explain.core.messages import catalogue
from pages._load.card import FIELDS


def forms(key):
    return catalogue.entry("en", key).forms


def test_every_field_has_a_title_and_those_with_a_note_a_note():
    assert set(forms("load.field")) == {one.path for one in FIELDS}
    assert set(forms("load.field_help")) == {one.path for one in FIELDS if one.noted}


@pytest.mark.parametrize("field", [one for one in FIELDS if one.choices], ids=lambda one: one.path)
def test_every_choice_of_a_field_is_called_something(field):
    said = forms("load.choice")[field.path].forms
    assert set(said) in ({"other"}, set(field.choices))
