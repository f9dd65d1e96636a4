"""Short titles of layers: one layer each, and the end of its name."""

import re

from hypothesis import given
from hypothesis import strategies as st

from models.loading.assembling.titles import shortened

PART = st.sampled_from(["0", "1", "12", "layer", "attention", "output", "dense", "query"])
NAMES = st.lists(
    st.lists(PART, min_size=1, max_size=8).map(".".join), unique=True, min_size=1, max_size=12
)


@given(names=NAMES)
def test_no_two_layers_share_a_title_and_every_title_is_the_end_of_a_name_with_its_numbers(names):
    titles = shortened(names)
    shown = [titles.get(name, name) for name in names]
    assert len(set(shown)) == len(names)
    for name, title in titles.items():
        assert len(name) > 24
        assert len(title) < len(name)
        assert title.rpartition(".")[2] == name.rpartition(".")[2]
        assert re.findall(r"\b\d+\b", title) == re.findall(r"\b\d+\b", name)


def test_a_layer_of_bert_is_called_by_its_number_and_its_last_words():
    names = [
        f"bert.encoder.layer.0.{name}"
        for name in ("attention.self.query", "attention.output.dense", "output.dense")
    ]
    assert list(shortened([*names, "classifier"]).values()) == [
        "0.query",
        "0.attention.output.dense",
        "0.output.dense",
    ]
