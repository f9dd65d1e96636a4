"""What a refusal of a file or a network tells: what stands in the way, and what to do next."""

from explain.core.messages import fields, keys
from explain.core.messages.catalogue import hint_of
from tests.loading.refusals import PLACED, WHOLE

OF_FILES = ("loading.", "unsupported_operation")
REFUSALS = {
    key.removesuffix(".says")
    for key in keys("en")
    if key.startswith(OF_FILES) and key.endswith(".says")
}


def test_every_refusal_of_a_file_has_a_hint():
    assert not [key for key in REFUSALS if hint_of(key) not in keys("en")]


def test_every_refusal_of_a_file_names_what_stands_in_the_way():
    nameless = {key for key in REFUSALS if not fields(f"{key}.says")}
    whole = {f"{section}.{name}" for section, names in WHOLE.items() for name in names.split()}
    assert nameless == whole | PLACED
