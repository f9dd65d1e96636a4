"""The text messages: no repetitions, a vocabulary of training messages, padding that is ignored."""

import gzip
from collections import Counter

import pytest
import torch

from explain.core.errors import InvalidFile
from models.data import sms
from models.data.build import train_or_test
from models.data.parts import FOLDER, shipped_rows
from models.text import PAD, UNKNOWN, tokens, vocabulary, word
from tests.demos import subject_of


@pytest.fixture(scope="module")
def rows():
    return shipped_rows(sms.FILE)


@pytest.fixture(scope="module")
def subject():
    return subject_of("sms-transformer")


def words(row):
    return tuple(word(token) for token in tokens(row["message"]))


def test_no_two_messages_read_equal(rows):
    assert len({words(row) for row in rows}) == len(rows) == 4513


def test_messages_keep_their_order_and_a_quarter_of_each_kind_is_held_out(rows):
    numbers = [int(row["id"]) for row in rows]
    assert numbers == sorted(set(numbers))
    assert numbers[0] >= 1
    assert numbers[-1] <= 4862
    for label, count in Counter(row["label"] for row in rows).items():
        tested = sum(row["part"] == "test" for row in rows if row["label"] == label)
        assert abs(tested - count / 4) <= 1


def test_the_stored_split_is_the_one_the_build_script_makes(rows):
    keys = [(row["message"],) for row in rows]
    assert train_or_test([row["label"] for row in rows], keys) == tuple(row["part"] for row in rows)


def test_the_vocabulary_is_that_of_the_training_messages_alone(rows):
    train = [row["message"] for row in rows if row["part"] == "train"]
    assert sms.read_vocabulary() == vocabulary(train, least=sms.LEAST)


def test_some_words_of_held_out_messages_are_unknown(subject):
    held_out = subject.samples.inputs[0]
    known = subject.calibration.inputs[0]
    unknown = subject.spec.names.index(UNKNOWN)
    assert (held_out == unknown).sum() / (held_out > 0).sum() > 0.02
    assert (known == unknown).any()


def test_ids_spell_the_message_that_is_shown(subject):
    names = subject.spec.names
    for ids, message in zip(
        subject.samples.inputs[0].tolist(), subject.samples.display["message"], strict=True
    ):
        expected = [word(token) for token in tokens(message)][: sms.LENGTH]
        spelt = [names[number] for number in ids if number]
        assert len(spelt) == len(expected) > 0
        pairs = zip(spelt, expected, strict=True)
        assert all(found in {wanted, UNKNOWN} for found, wanted in pairs)


def test_what_is_shown_as_a_group_is_true_of_the_message(subject):
    lengths = {"short": [], "medium": [], "long": []}
    for message, length, digits in zip(
        subject.samples.display["message"],
        subject.samples.groups["length"],
        subject.samples.groups["digits"],
        strict=True,
    ):
        lengths[length].append(len(tokens(message)))
        assert (digits == "with digits") == any(letter.isdecimal() for letter in message)
    assert max(lengths["short"]) < min(lengths["medium"])
    assert max(lengths["medium"]) < min(lengths["long"])


def test_padding_changes_no_answer(subject):
    """A message gives the same scores whatever stands where its padding is looked up."""
    network = subject.network
    changed = network.get_parameter("embedding.weight").detach().clone()
    changed[0] = torch.randn(changed.shape[1], generator=torch.Generator().manual_seed(0))
    other = network.with_parameters({"embedding.weight": torch.nn.Parameter(changed)})
    inputs = subject.samples.inputs[0][:100]
    assert torch.equal(network(inputs), other(inputs))


def test_the_order_of_words_and_every_word_can_change_an_answer(subject):
    row = subject.samples.inputs[0][:1].clone()
    swapped = row.clone()
    swapped[0, :2] = row[0, :2].flip(0)
    gone = row.clone()
    gone[0, 0] = 1
    for other in (swapped, gone):
        assert not torch.equal(other, row)
        assert not torch.equal(subject.network(other), subject.network(row))


def test_the_ids_feed_one_embedding_and_the_mask_alone(subject):
    steps = subject.network.steps
    ids = next(step.name for step in steps if step.operation == "input")
    readers = [step for step in steps if any(getattr(a, "name", 0) == ids for a in step.arguments)]
    assert sorted(step.module or step.operation for step in readers) == ["embedding", "ne", "size"]
    assert [layer.name for layer in subject.network.layers if layer.kind == "embedding"] == [
        "embedding"
    ]


def test_an_empty_row_still_gets_finite_scores(subject):
    assert torch.isfinite(subject.network(torch.zeros(2, sms.LENGTH, dtype=torch.int64))).all()


@pytest.mark.parametrize("damage", ["", "a\nb\n", f"{PAD}\n{UNKNOWN}\nx\nx\n", None])
def test_a_damaged_vocabulary_is_refused_by_name(tmp_path, monkeypatch, damage):
    monkeypatch.setattr(sms, "FOLDER", tmp_path)
    if damage is not None:
        (tmp_path / sms.VOCABULARY).write_text(damage)
    with pytest.raises(InvalidFile, match=r"sms\.vocabulary\.txt") as caught:
        sms.read_vocabulary()
    assert caught.value.hint


def test_the_licence_page_names_both_files_and_the_bytes_are_plain_text():
    page = (FOLDER / "LICENSES.md").read_text(encoding="utf-8")
    assert f"## {sms.FILE}" in page
    assert sms.VOCABULARY in page
    assert "\r" not in gzip.decompress((FOLDER / sms.FILE).read_bytes()).decode("utf-8")
