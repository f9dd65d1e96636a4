"""Payloads that claim to run code do so under loaders that trust, so containing them counts."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hostile.catalog import HOSTILE

ROOT = Path(__file__).parents[2]
FIRING = [record for record in HOSTILE if record.naive]


@pytest.fixture(scope="module")
def markers(tmp_path_factory):
    """Every file loaded naively, in one throwaway process: key -> marker."""
    folder = tmp_path_factory.mktemp("fire")
    found = {record.key: folder / record.key / "marker" for record in FIRING}
    attacks = [_laid(record, found[record.key]) for record in FIRING]
    orders = folder / "attacks.json"
    orders.write_text(json.dumps(attacks), encoding="utf-8")
    subprocess.run(
        [sys.executable, "-m", "tests.hostile.firing", str(orders)],
        cwd=ROOT,
        check=True,
        timeout=300,
    )
    return found


def _laid(record, marker):
    marker.parent.mkdir()
    file = marker.with_name(f"file.{record.key.partition('-')[0]}")
    file.write_bytes(record.make(marker))
    return {"loader": record.naive, "file": str(file), "folder": str(marker.parent)}


@pytest.mark.parametrize("record", FIRING, ids=lambda record: record.key)
def test_the_payload_fires_under_a_loader_that_trusts(record, markers):
    assert markers[record.key].exists()
