"""Tokenizers against literal ones: pieces by hand, the paper's loop of merges, every way to cut."""

import json
from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explain.core.errors import ImportRefused
from models.data import sms
from models.loading.card.model_card import read_card
from models.loading.data.texts import read_texts
from models.loading.data.tokens.reading import read_tokenizer
from models.loading.limits import LIMITS, Limits
from models.text import token_ids

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


PLAIN = dict.fromkeys(("normalized", "single_word", "lstrip", "rstrip"), False)
BERT = {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True}


def as_json(**changes):
    found = {
        "added_tokens": [
            {"id": place, "content": word, "special": True, **PLAIN}
            for place, word in enumerate(WORDS[:5])
        ],
        "normalizer": {**BERT, "lowercase": True, "strip_accents": None},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [
                {"SpecialToken": {"id": "[CLS]", "type_id": 0}},
                {"Sequence": {"id": "A", "type_id": 0}},
                {"SpecialToken": {"id": "[SEP]", "type_id": 0}},
            ],
            "pair": [],
            "special_tokens": {
                word: {"id": word, "ids": [WORDS.index(word)], "tokens": [word]}
                for word in ("[CLS]", "[SEP]")
            },
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


def read_all(parts, **more):
    """Return a tokenizer.json of these parts."""
    blank = dict.fromkeys(("normalizer", "pre_tokenizer", "post_processor", "decoder"))
    return json.dumps({**blank, "added_tokens": [], **parts, **more}).encode()


LETTERS = "abcd"
MERGES = ["a b", "c d", "ab cd", "b a", "ab a", "abcd abcd"]
PIECED = [*LETTERS, *(merge.replace(" ", "") for merge in MERGES), "<pad>"]
BPE = {
    "type": "BPE",
    "vocab": {piece: place for place, piece in enumerate(PIECED)},
    "merges": MERGES,
}


def merged(text):
    """Sennrich et al. 2016: join the pair that comes first in the list, until none is there."""
    pieces, ranks = list(text), {tuple(m.split()): at for at, m in enumerate(MERGES)}
    while True:
        pairs = [ranks.get(pair, len(ranks)) for pair in pairwise(pieces)]
        if not pairs or min(pairs) == len(ranks):
            return pieces
        at = pairs.index(min(pairs))
        pieces[at : at + 2] = ["".join(pieces[at : at + 2])]


@given(st.text(LETTERS, max_size=30))
def test_byte_pair_merges_in_the_order_of_the_list(text):
    found = tokenizer(read_all({"model": BPE}))
    assert [found.names[place] for place in found.ids(text)] == merged(text)
    assert found.names[found.padding] == "<pad>"
    assert found.unknown is None


def test_byte_level_pieces_spell_every_text_and_special_words_stand_round_it():
    letters = [*map(chr, range(33, 127)), *map(chr, range(161, 173)), *map(chr, range(174, 256))]
    letters += [chr(256 + at) for at in range(256 - len(letters))]
    words = ["<s>", "<pad>", "</s>", *letters, "\u0120t", "\u0120th"]
    parts = {
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True},
        "post_processor": {
            "type": "RobertaProcessing",
            "sep": ["</s>", 2],
            "cls": ["<s>", 0],
            "trim_offsets": True,
            "add_prefix_space": False,
        },
        "model": {
            "type": "BPE",
            "vocab": {word: place for place, word in enumerate(words)},
            "merges": [["\u0120", "t"], ["\u0120t", "h"]],
        },
    }
    found = tokenizer(read_all(parts))
    spelled = [found.names[place] for place in found.ids("a the \u00e9")]
    assert spelled == ["a", "\u0120th", "e", "\u0120", "\u00c3", "\u00a9"]
    assert (found.before, found.after) == ((0,), (2,))


SCORES = {"<unk>": 0.0, "a": -2.0, "b": -2.5, "ab": -3.0, "aba": -5.5, "ba": -4.1, "<pad>": -9.0}


def cuts(text):
    """Return every way to cut a text into pieces of the vocabulary."""
    if not text:
        return [[]]
    firsts = [text[:size] for size in range(1, len(text) + 1) if text[:size] in SCORES]
    return [[first, *rest] for first in firsts for rest in cuts(text[len(first) :])]


@given(st.text("ab", min_size=1, max_size=10))
def test_unigram_takes_the_pieces_of_the_highest_score(text):
    """Kudo 2018: the likeliest segmentation, here among all there are."""
    model = {"type": "Unigram", "vocab": [list(pair) for pair in SCORES.items()], "unk_id": 0}
    found = tokenizer(read_all({"model": model}))
    pieces = [found.names[place] for place in found.ids(text)]
    assert "".join(pieces) == text
    best = max(sum(SCORES[piece] for piece in cut) for cut in cuts(text))
    assert sum(SCORES[piece] for piece in pieces) == pytest.approx(best)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"model__type": "Tiktoken"}, "has the model 'Tiktoken'"),
        ({"model": []}, "has no model"),
        ({"normalizer": {"type": "Python"}}, "has the normalizer 'Python'"),
        ({"normalizer": {"type": "Precompiled", "precompiled_charsmap": ""}}, "cannot be read"),
        ({"pre_tokenizer": {"type": "Python"}}, "has the pre_tokenizer 'Python'"),
        ({"post_processor": {"type": "Python"}}, "has the post_processor 'Python'"),
        ({"model__vocab": {"[UNK]": 0, "b": 2}, "added_tokens": []}, "gaps or twice"),
        ({"model__vocab": {"[UNK]": 0, "b": 0}, "added_tokens": []}, "gaps or twice"),
        ({"model__vocab": {"a": 0, "b": "1"}}, "no whole number"),
        ({"model__vocab": {"[PAD]": 0}, "added_tokens": []}, r"has no '\[UNK\]"),
        ({"model__vocab": {"[UNK]": 0, "a": 1}, "added_tokens": []}, "words round a text"),
        ({"post_processor__special_tokens": {}}, "cannot be read"),
        ({"padding": {"direction": "Left"}}, "on the side 'Left'"),
        ({"padding": {"pad_token": "none"}}, "has no 'none'"),
        ({"normalizer__lowercase": 1}, "cannot be read"),
        ({"model__max_input_chars_per_word": 10**9}, "max_input_chars_per_word"),
        ({"added_tokens": [{"id": 5, "content": "[PAD]", "special": True, **PLAIN}]}, "another id"),
        ({"added_tokens": [{"id": 0, "content": "", "special": True, **PLAIN}]}, "at place 0"),
    ],
)
def test_a_tokenizer_that_cannot_be_read_exactly_is_refused(changes, reason):
    with pytest.raises(ImportRefused, match=reason) as caught:
        tokenizer(as_json(**changes))
    assert caught.value.hint


def test_a_vocabulary_that_draws_lots_is_refused():
    with pytest.raises(ImportRefused, match="at random"):
        tokenizer(read_all({"model": {**BPE, "dropout": 0.1}}))


def test_texts_of_different_lengths_need_a_word_for_padding():
    words = {piece: place for place, piece in enumerate(PIECED[:-1])}
    with pytest.raises(ImportRefused, match="has no word for padding") as caught:
        tokenizer(read_all({"model": {**BPE, "vocab": words}}))
    assert "enable_padding" in caught.value.hint


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (None, "is missing"),
        (b"", "empty"),
        (b"a\nb\n", r"has no line \[UNK\]"),
        (b"[UNK]\na\na\n", "line 3, 'a', twice"),
        (b"[UNK]\na\n", r"has no \[CLS\], \[PAD\], \[SEP\]"),
        (b"{", "JSON"),
        (b'{"model": {"type": "WordPiece", "type": "BPE"}}', "twice"),
        ("[UNK]\nä\n".encode("latin-1"), "not UTF-8"),
        (b"\x80\x04\x95", "control"),
        (b"[UNK]\n" + b"a" * 201, "in its line 2"),
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
    assert (*ids, *[found.padding] * (40 - len(ids))) == token_ids(text, names, 40)


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
    assert "Every text has 5 ids; 1 text cut off." in map(str, found.report)
    assert any(
        "9 tokens" in line and "1 of them unknown (11 %)" in line for line in map(str, found.report)
    )


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
    assert "1 row left out without a text." in map(str, found.report)
    assert "1 row left out without an answer." in map(str, found.report)


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
    assert any(
        "More than half is unknown" in line for line in map(str, read("text\nxyz qqq\n").report)
    )


def test_no_text_is_longer_than_the_limit():
    found = read("text\n" + "the " * 50 + "\n", limits=Limits(sequence=16))
    assert found.samples.inputs[0].shape == (1, 16)


def test_the_longer_the_words_a_tokenizer_looks_for_the_fewer_letters_it_is_given():
    usual = tokenizer(as_json(model__max_input_chars_per_word=100))
    long = as_json(model__max_input_chars_per_word=1000)
    assert (usual.work, tokenizer(long).work) == (1, 100)
    limits = Limits(text_letters=1_000)
    data = "text\n" + "the cat\n" * 2
    assert read(data, limits=limits).samples.count == 2
    with pytest.raises(ImportRefused, match="14 letters, more than the 10"):
        read(data, long, limits=limits)
