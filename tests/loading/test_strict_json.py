"""JSON out of files means one thing, or is refused."""

import contextlib
import json

import pytest

from explain.core.errors import ImportRefused
from models.loading.strict_json import parse_json
from tests.loading.mutation import mutations

GOOD = {"a": [1, 2.5, None, True, {"b": '[[{\\"é'}], "c": -(2**63), "": {}}


def test_plain_json_reads_as_the_standard_library_reads_it():
    data = json.dumps(GOOD).encode()
    assert parse_json(data, len(data)) == GOOD
    assert parse_json(b'  "text"\n', 99) == "text"
    assert parse_json(b'"\\ud83d\\ude00"', 99) == "\N{GRINNING FACE}"
    assert parse_json(("[" * 100 + "]" * 100).encode(), 999) is not None


@pytest.mark.parametrize(
    ("data", "cause"),
    [
        (b"", "malformed at character 0"),
        (b'{"a": 1', "breaks off"),
        (b'{"a": 1} x', "malformed"),
        (b'{"a": 1, "a": 2}', "key 'a' twice"),
        (b'{"o": {"a": 1, "a": 1}}', "key 'a' twice"),
        (b"NaN", "NaN"),
        (b"[Infinity]", "Infinity"),
        (b"[-Infinity]", "-Infinity"),
        (b"1e999", "not finite"),
        (b"9223372036854775808", "too large"),
        (b"1" * 5_000, "too large"),
        (b"\xff\xfe[\x00]\x00", "not UTF-8"),
        (b"\xef\xbb\xbf{}", "malformed"),
        (b'{"a": "\\ud800"}', "half a letter"),
        (b'{"\\uDFFF": 1}', "half a letter"),
        (b"[" * 101 + b"]" * 101, "more than 100 deep"),
        (b"[" * 1_000_000, "more than 100 deep"),
        (b'{"a":' * 101, "more than 100 deep"),
        (b'"' + b'\\"' * 500_000, "malformed"),
    ],
)
def test_what_is_not_plain_json_is_refused_with_the_cause(data, cause):
    with pytest.raises(ImportRefused, match=cause) as refusal:
        parse_json(data, 10_000_000)
    assert refusal.value.hint


def test_more_bytes_than_allowed_are_not_parsed():
    with pytest.raises(ImportRefused, match="more than 5"):
        parse_json(b"[1, 2]", 5)


def test_mutated_json_raises_only_import_refused():
    for data in mutations(json.dumps(GOOD).encode(), 5_000, seed=2):
        with contextlib.suppress(ImportRefused):
            parse_json(data, 1_000)
