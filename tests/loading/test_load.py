"""`models.load` end to end: a file, its card and its data, read in processes of their own."""

import io
import zipfile
from functools import cache, partial

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save
from torch import nn

import models
from explain.core.errors import ImportRefused, UnknownKey
from explain.network import lift
from models.architectures import TextTransformer
from models.loading.assembling.first_look import first_look
from models.loading.card.model_card import Card, card_bytes
from models.loading.files.saving import to_safetensors

RNG = np.random.default_rng(1)
ROWS = RNG.normal(size=(60, 3)).round(4)


@cache
def mlp(outputs, *more):
    torch.manual_seed(1)
    module = nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, outputs), *more)
    return to_safetensors(lift(module, torch.zeros(2, 3)))


def table(*answers):
    lines = [",".join(map(str, (*row, *(a(row) for a in answers)))) for row in ROWS]
    header = ",".join(["a", "b", "c", *["label", "other"][: len(answers)]])
    return "\n".join([header, *lines]).encode()


def positive(row):
    return int(row.sum() > 0)


def pictures():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for place in range(24):
            file = io.BytesIO()
            Image.fromarray(RNG.integers(0, 256, (8, 8, 3), dtype=np.uint8)).save(file, "PNG")
            archive.writestr(f"{'cat' if place % 2 else 'dog'}/{place}.png", file.getvalue())
    return out.getvalue()


def arrays():
    out = io.BytesIO()
    np.savez(out, x=ROWS, y=np.arange(60) % 2)
    return out.getvalue()


def cnn():
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(144, 2))
    return to_safetensors(lift(module, torch.zeros(2, 3, 8, 8)))


def transformer():
    module = TextTransformer(5, 6, 4, 2, 1, 2)
    return to_safetensors(lift(module, torch.zeros(2, 6, dtype=torch.int64)))


WORDS = b"<pad>\n<unknown>\ngood\nbad\nfilm\n"
TEXTS = b"text,label\n" + b"good film,pos\nbad film,neg\n" * 20
CASES = {
    "classes": (partial(mlp, 2), table(positive), {"labels": ["no", "yes"]}, "classification"),
    "one logit": (partial(mlp, 1), table(positive), {"output": "logit1"}, "binary"),
    "sigmoid": (partial(mlp, 1, nn.Sigmoid()), table(positive), {}, "binary"),
    "regression": (partial(mlp, 1), table(np.sum), {"task": "regression"}, "regression"),
    "unlabelled": (partial(mlp, 2), table(), {}, "classification"),
    "npz": (partial(mlp, 2), arrays(), {}, "classification"),
    "several labels": (
        partial(mlp, 2),
        table(positive, lambda row: int(row[0] > 0)),
        {"task": "multilabel", "labels": ["label", "other"]},
        "multilabel",
    ),
    "pictures": (cnn, pictures(), {"preprocess": {"mean": 0.5, "std": 0.2}}, "classification"),
    "texts": (transformer, TEXTS, {"labels": ["neg", "pos"]}, "classification"),
}


def written(folder, **files):
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return {name: folder / name for name in files}


@pytest.mark.parametrize("name", CASES)
def test_a_file_with_its_data_becomes_a_subject(name, tmp_path):
    make, data, card, kind = CASES[name]
    files = written(tmp_path, network=make(), data=data, words=WORDS)
    vocabulary = files["words"] if name == "texts" else None
    found = models.load(files["network"], card=card, data=files["data"], vocabulary=vocabulary)
    look = first_look(found)
    assert str(found.task.kind) == kind
    assert found.samples.count + found.calibration.count == look.count + found.calibration.count
    assert (look.right is None) == (name == "unlabelled")
    assert any("SHA-256" in str(note) for note in found.card.notes)
    assert found.network(*found.samples.inputs).shape[0] == found.samples.count


def test_a_file_without_data_is_a_subject_without_rows(tmp_path):
    files = written(tmp_path, network=mlp(2))
    assert models.load(files["network"]).samples.count == 0


def test_a_card_beside_the_file_is_read(tmp_path):
    written(tmp_path, network=mlp(2))
    (tmp_path / "model_card.json").write_bytes(card_bytes(Card(title="Mine", labels=("a", "b"))))
    found = models.load(str(tmp_path / "network"))
    assert (found.card.title, found.task.classes) == ("Mine", ("a", "b"))


def test_bare_weights_become_the_architecture_that_they_fit(tmp_path):
    sizes = ((3, 6), (6, 2))
    layers = [nn.Linear(*size) for size in sizes]
    state = nn.Sequential(layers[0], nn.ReLU(), layers[1]).state_dict()
    files = written(tmp_path, network=save(state), data=table(positive))
    card = {"architecture": {"name": "mlp"}}
    found = models.load(files["network"], card=card, data=files["data"])
    inputs = found.samples.inputs[0]
    assert torch.equal(found.network(inputs), layers[1](layers[0](inputs).relu()))


def test_the_same_files_give_the_same_fingerprint_and_another_card_another(tmp_path):
    files = written(tmp_path, network=mlp(2), data=table(positive))
    first, again = (models.load(files["network"], data=files["data"]) for _ in range(2))
    scaled = models.load(files["network"], data=files["data"], card={"preprocess": {"mean": 1.0}})
    assert first.fingerprint == again.fingerprint != scaled.fingerprint


def test_a_demo_is_never_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    written(tmp_path, **{"digits-mlp": b"x"})
    assert models.load("digits-mlp").key == "digits-mlp"


def test_what_is_neither_demo_nor_file_names_the_nearest_demo():
    with pytest.raises(UnknownKey) as caught:
        models.load("digits-mpl")
    assert "digits-mlp" in caught.value.hint


def test_the_app_opens_no_file_by_name(tmp_path):
    files = written(tmp_path, network=mlp(2))
    with pytest.raises(UnknownKey):
        models.load_demo(str(files["network"]))


@pytest.mark.parametrize("data", [b"", b"a,b\n1,2,3\n", b"PK\x03\x04", b"\x80\x04."])
def test_data_that_are_refused_in_their_process_are_refused_here_in_words(data, tmp_path):
    files = written(tmp_path, network=mlp(2), data=data)
    with pytest.raises(ImportRefused) as caught:
        models.load(files["network"], data=files["data"])
    assert caught.value.hint
