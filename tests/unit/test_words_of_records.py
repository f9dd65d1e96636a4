"""A language is one file: it words methods and cards; English stays where it is silent."""

import shutil

import pytest

from explain.attribution import ATTRIBUTORS, BASELINES, attributor, baseline
from explain.core.messages import catalogue, keys, languages, say, speaking
from explain.core.methods import in_words
from explain.decompose import PARTITIONERS, partitioner
from explain.measure import METERS, meter
from explain.pruning import CRITERIA, GRAINS, criterion, grain
from models.catalog import CATALOG
from models.demo import shipped_card

MADE_UP = """
[pages]
decisions = "Le decisi"
[methods.criterion.magnitude]
title = "Grandita"
line = "Le minori mori prime."
[methods.criterion.apoz.parameters.epsilon]
title = "Como zero"
[methods.granularity.weight]
still = "{kept} ex {total} restan"
[methods.attribution_method.saliency]
title = "Salienta"
[methods.baseline.zero]
title = "Nihil"
[methods.partition_method.louvain]
differs = "Nihil."
[methods.metric.accuracy]
title = "justita"
[methods.model.digits-mlp]
title = "Cifri"
[methods.card.digits-mlp]
purpose = "Pro docer."
limits = ["Un limite."]
"""
FAMILIES = {
    "criterion": CRITERIA,
    "granularity": GRAINS,
    "attribution_method": ATTRIBUTORS,
    "baseline": BASELINES,
    "partition_method": PARTITIONERS,
    "metric": METERS,
    "model": CATALOG,
    "card": CATALOG,
}
RECORDS = {(family, one.key): one for family, all_ in FAMILIES.items() for one in all_}


def strays(language):
    """Return the keys of a language that word what no record has."""
    found = []
    for key in keys(language):
        _, family, record, *field = f"{key}..".split(".")
        if not key.startswith("methods."):
            continue
        known = RECORDS.get((family, record))
        known = shipped_card(record) if known and family == "card" else known
        if field[0] == "parameters":
            known = next((one for one in known.parameters if one.key == field[1]), None)
            field = field[2:]
        if not isinstance(getattr(known, field[0], None), str | tuple):
            found.append(key)
    return found


def test_a_language_words_no_field_that_records_do_not_have():
    assert [one for language in languages() for one in strays(language)] == []


@pytest.mark.parametrize("wrong", ["criterion.lamb.title", "metric.auc.tilte", "meter.auc.title"])
def test_a_word_for_no_record_would_be_found(tmp_path, wrong):
    (tmp_path / "xx.toml").write_text(f'methods.{wrong} = "a"\n', encoding="utf-8")
    assert strays("xx") == [f"methods.{wrong}"]


@pytest.fixture(autouse=True)
def _languages(tmp_path, monkeypatch):
    for language in catalogue._FOLDER.glob("*.toml"):
        shutil.copy(language, tmp_path)
    (tmp_path / "xx.toml").write_text(MADE_UP, encoding="utf-8")
    monkeypatch.setattr(catalogue, "_FOLDER", tmp_path)
    kept = (catalogue.entry, catalogue.languages, catalogue.section_of, catalogue._texts)
    for one in kept:
        one.cache_clear()
    yield
    for one in kept:
        one.cache_clear()


def test_a_record_is_found_in_the_words_of_the_reader():
    with speaking("xx"):
        assert say("pages.decisions") == "Le decisi"
        assert criterion("magnitude").title == "Grandita"
        assert grain("weight").still == "{kept} ex {total} restan"
        assert attributor("saliency").title == "Salienta"
        assert baseline("zero").title == "Nihil"
        assert partitioner("louvain").differs == "Nihil."
        assert meter("accuracy").title == "justita"
    assert criterion("magnitude").title == "Magnitude"


def test_a_parameter_of_a_record_has_words_of_its_own():
    with speaking("xx"):
        epsilon = criterion("apoz").parameters[0]
    assert epsilon.title == "Como zero"
    assert epsilon.line == criterion("apoz").parameters[0].line


def test_what_a_language_does_not_have_stays_in_english_and_the_method_is_the_same():
    with speaking("xx"):
        found = criterion("magnitude")
        assert criterion("lamp") is next(one for one in CRITERIA if one.key == "lamp")
    assert (found.formula, found.function) == (
        criterion("magnitude").formula,
        criterion("magnitude").function,
    )


def test_built_in_networks_and_their_cards_have_words_too():
    demo, card = CATALOG[0], shipped_card("digits-mlp")
    with speaking("xx"):
        assert in_words(demo, "model", demo.key).title == "Cifri"
        worded = in_words(card, "card", demo.key)
    assert (worded.purpose, worded.limits) == ("Pro docer.", ("Un limite.",))
    assert worded.source == card.source
