"""WordPiece is compared with what `tokenizers` 0.22 gave for the same texts, word by word."""

import json

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explain.core.errors import ImportRefused
from models.data import sms
from models.loading.card import read_card
from models.loading.data.texts import read_texts
from models.loading.data.tokens.reading import read_tokenizer
from models.loading.limits import LIMITS, Limits
from models.text import encode

NAMES = (
    "[PAD] [UNK] [CLS] [SEP] [MASK] the a cat hello runn ##aff ##able ##ing ##s un run cafe café "
    "naive naïve uber über 中 国 ! , . ' ? $ 1 ##2 — e ##é stra ##ße s ##e ##p "
    "\u03c3 ##\u03b1 ##\u03c2 ##\u03c3 i ##st ##an ##bul istanbul zero ##width zerowidth x ##y xy "
    "_ ~ ` ^ don t g b [ ] sep tab new line nb sp"
)
WORDS = NAMES.split()
VOCABULARY = "\n".join(WORDS).encode() + b"\n"
PIECES = [
    ("HELLO  ²  naïve", "hello [UNK] naive", "[UNK] [UNK] naïve"),
    ("\u0130stanbul  café", "istanbul cafe", "[UNK] café"),
    ("unaffable runs running", "un ##aff ##able run ##s runn ##ing", None),
    ("中国  über  —", "中 国 uber —", "中 国 über —"),
    ("don't e.g. $12.1", "don ' t e . g . $ 1 ##2 . 1", None),
    ("[SEP] [sep]", "[SEP] [ sep ]", None),
    ("ΣΑΣ Straße", "\u03c3 ##\u03b1 ##\u03c3 stra ##ße", "[UNK] [UNK]"),
    ("zero\u200bwidth x\x00y", "zerowidth xy", None),
    ("\u05dc \u2028 a_b ~`^", "[UNK] a _ b ~ ` ^", None),
    ("café e\u0301", "cafe e", "café [UNK]"),
    ("HELLO runs[MASK]café", "hello run ##s [MASK] cafe", "[UNK] run ##s [MASK] café"),
    ("\U0001f642 \ufffd the", "[UNK] the", None),
    ("tab\tnew\nline nb\xa0sp", "tab new line nb sp", None),
    ("supercalifragilisticexpialidocious", "[UNK]", None),
    ("a" * 101, "[UNK]", None),
    ("", "", None),
]


def as_json(**changes):
    found = {
        "added_tokens": [
            {"id": place, "content": word, "special": True, "normalized": False}
            for place, word in enumerate(WORDS[:5])
        ],
        "normalizer": {"type": "BertNormalizer", "lowercase": True, "strip_accents": None},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [
                {"SpecialToken": {"id": "[CLS]", "type_id": 0}},
                {"Sequence": {"id": "A", "type_id": 0}},
                {"SpecialToken": {"id": "[SEP]", "type_id": 0}},
            ],
        },
        "model": {
            "type": "WordPiece",
            "unk_token": "[UNK]",
            "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100,
            "vocab": {word: place for place, word in enumerate(WORDS)},
        },
    }
    for path, value in changes.items():
        *outer, last = path.split("__")
        inside = found
        for name in outer:
            inside = inside[name]
        inside[last] = value
    return json.dumps(found).encode()


def tokenizer(data=VOCABULARY, **preprocess):
    return read_tokenizer(data, read_card({"preprocess": preprocess}, LIMITS), LIMITS)


@pytest.mark.parametrize("data", [VOCABULARY, as_json()], ids=["vocab.txt", "tokenizer.json"])
@pytest.mark.parametrize(("text", "pieces", "_cased"), PIECES)
def test_wordpiece_finds_the_pieces_that_its_reference_finds(data, text, pieces, _cased):
    found = tokenizer(data)
    assert [found.names[i] for i in found.ids(text)] == pieces.split()


@pytest.mark.parametrize(
    "found",
    [lambda: tokenizer(lower=False), lambda: tokenizer(as_json(normalizer__lowercase=False))],
    ids=["vocab.txt", "tokenizer.json"],
)
@pytest.mark.parametrize(("text", "pieces", "cased"), PIECES)
def test_wordpiece_that_keeps_letters_finds_the_pieces_that_its_reference_finds(
    found, text, pieces, cased
):
    made = found()
    assert [made.names[i] for i in made.ids(text)] == (pieces if cased is None else cased).split()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"model__type": "BPE"}, "of the kind 'BPE'; only WordPiece"),
        ({"model__type": "Unigram"}, "of the kind 'Unigram'"),
        ({"model": []}, "has no model"),
        ({"normalizer": {"type": "Lowercase"}}, "has the normalizer 'Lowercase'"),
        ({"normalizer": None}, "has no normalizer"),
        ({"pre_tokenizer": {"type": "ByteLevel"}}, "has the pre_tokenizer 'ByteLevel'"),
        ({"post_processor": {"type": "RobertaProcessing"}}, "special words round a text"),
        ({"model__vocab": {"a": 0, "b": 2}}, "gaps or twice"),
        ({"model__vocab": {"a": 0, "b": "1"}}, "no whole numbers"),
        (
            {"model__vocab": {"[PAD]": 0, "[UNK]": 1}, "added_tokens": []},
            r"has no \[CLS\], \[SEP\]",
        ),
        ({"padding": {"direction": "Left"}}, "pads texts on the left"),
        ({"normalizer__lowercase": 1}, "lowercase that is neither"),
        ({"model__max_input_chars_per_word": 10**9}, "out of range"),
        ({"added_tokens": [{"id": 0, "content": "[PAD]", "lstrip": True}]}, "rules of their own"),
    ],
)
def test_a_tokenizer_that_is_not_exactly_wordpiece_is_refused(changes, reason):
    with pytest.raises(ImportRefused, match=reason) as caught:
        tokenizer(as_json(**changes))
    assert caught.value.hint


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (None, "is missing"),
        (b"", "empty"),
        (b"a\nb\n", r"has no line \[UNK\]"),
        (b"[UNK]\na\na\n", "same line twice"),
        (b"[UNK]\na\n", r"has no \[CLS\], \[PAD\], \[SEP\]"),
        (b"{", "JSON"),
        (b'{"model": {"type": "WordPiece", "type": "BPE"}}', "twice"),
        ("[UNK]\nä\n".encode("latin-1"), "not UTF-8"),
        (b"\x80\x04\x95", "control"),
        (b"[UNK]\n" + b"a" * 201, "too long"),
    ],
)
def test_a_file_that_is_no_vocabulary_is_refused(data, reason):
    with pytest.raises(ImportRefused, match=reason):
        tokenizer(data)


def test_a_card_that_contradicts_the_file_is_refused():
    with pytest.raises(ImportRefused, match="says lowercase True, the card says lower False"):
        tokenizer(as_json(), lower=False)


@given(st.text(max_size=60))
def test_the_shipped_vocabulary_reads_as_the_built_in_network_does(text):
    names = sms.read_vocabulary()
    found = tokenizer(None, tokenizer="shipped")
    ids = found.ids(text)[:40]
    assert (*ids, *[found.padding] * (40 - len(ids))) == encode(text, names, 40)


@given(st.text(max_size=80))
def test_no_text_breaks_a_tokenizer_and_every_id_is_in_the_vocabulary(text):
    found = tokenizer()
    assert all(0 <= place < len(WORDS) for place in found.ids(text))


def read(data, vocabulary=VOCABULARY, limits=LIMITS, **card):
    return read_texts(data.encode(), read_card(card, LIMITS), limits, vocabulary=vocabulary)


def test_texts_are_cut_and_filled_up_to_one_length_and_counted():
    card = {"input": {"shape": [5]}, "preprocess": {"length": 5}}
    found = read("text,label\nthe cat,x\nthe cat the cat the cat,y\nzebra,x\n", **card)
    (ids,) = found.samples.inputs
    words = [" ".join(WORDS[i] for i in row) for row in ids.tolist()]
    assert words == [
        "[CLS] the cat [SEP] [PAD]",
        "[CLS] the cat the [SEP]",
        "[CLS] [UNK] [SEP] [PAD] [PAD]",
    ]
    assert "Every text has 5 ids; 1 text cut off." in found.report
    assert any("9 tokens" in line and "1 of them unknown (11.1 %)" in line for line in found.report)


def test_a_mask_stands_beside_the_ids_where_the_card_names_two_inputs():
    found = read("text\nthe cat\na\n", input={"names": ["input_ids", "attention_mask"]})
    ids, mask = found.samples.inputs
    assert torch.equal(mask, (ids != 0).long())
    assert ids.shape == (2, 4)


def test_texts_answers_and_groups_stay_in_their_rows():
    found = read(
        'label,site,text\nham,A,"a, b"\n,A,the\nspam,B,\nspam,B,cat\n',
        labels=["spam", "ham"],
        groups=["site"],
    )
    assert found.samples.targets.tolist() == [1, 0]
    assert found.samples.groups == {"site": ("A", "B")}
    assert found.samples.display == {"text": ("a, b", "cat")}
    assert "1 row left out without a text." in found.report
    assert "1 row left out without an answer." in found.report


@pytest.mark.parametrize(
    ("data", "card", "reason"),
    [
        ("a,b\n1,2\n", {}, "which column holds the texts"),
        ("text,label\n,x\n", {}, "No row has both"),
        ("text\nthe\n", {"preprocess": {"length": 2}}, "leaves no room"),
        ("text,label\nthe,x,y\n", {}, "Line 2 is a row of 3 cells"),
        ("words\nthe\n", {"input": {"features": ["text"]}}, "1 text column of the card not in"),
    ],
)
def test_a_table_without_readable_texts_is_refused(data, card, reason):
    with pytest.raises(ImportRefused, match=reason):
        read(data, **card)


def test_a_vocabulary_of_another_language_is_noticed():
    assert any("More than half is unknown" in line for line in read("text\nxyz qqq\n").report)


def test_no_text_is_longer_than_the_limit():
    found = read("text\n" + "the " * 50 + "\n", limits=Limits(sequence=16))
    assert found.samples.inputs[0].shape == (1, 16)
