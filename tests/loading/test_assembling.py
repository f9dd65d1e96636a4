import io
import math
import re
import zipfile

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

import explain
from explain.core.errors import ImportRefused, InvalidSubject
from explain.measure import METERS
from explain.network import lift
from models.architectures import TextTransformer
from models.loading.assembling.arranging import colours_first, without_head
from models.loading.assembling.first_look import first_look
from models.loading.assembling.subject import subject_from
from models.loading.card.describing import card_of, completed, guessed, own_card
from models.loading.card.model_card import METRICS, Card, read_card
from models.loading.data.read_data import data_job, read_data
from models.loading.data.record import unpacked
from models.loading.data.trained_folders import learnt_from
from models.loading.limits import LIMITS
from models.loading.opening import ModelFile
from models.text import typed_sample


def opened(network):
    """Return what opening a file gives, without a file."""
    return ModelFile(
        sha256="ab" * 32,
        bytes=0,
        name="file.pt2",
        format="pt2",
        network=network,
        tensors={},
        card=None,
        classes=(),
        warnings=(),
        preflight=None,
        seconds=0.0,
    )


def lifted(module, *example):
    torch.manual_seed(1)
    for parameter in module.parameters():
        nn.init.normal_(parameter, std=0.5)
    return lift(module, example)


def loaded(network, data, *, vocabulary=None, seed=1, calibration=None, **card):
    given = read_card(card, LIMITS)
    full = completed(given, guessed(network))
    found, kept = (
        file and read_data(file, full, LIMITS, vocabulary=vocabulary)
        for file in (data, calibration)
    )
    return subject_from(opened(network), full, found, calibration=kept, seed=seed)


def told(subject):
    return " ".join(map(str, subject.card.notes))


def csv_of(rows, header):
    return "\n".join([header, *(",".join(map(str, row)) for row in rows)]).encode()


RNG = np.random.default_rng(1)
ROWS = RNG.normal(size=(80, 3)).round(4)
KINDS = ["no" if row.sum() < 0 else "yes" for row in ROWS]
TABLE = csv_of([(*row, kind) for row, kind in zip(ROWS, KINDS, strict=True)], "a,b,c,label")


def mlp(outputs, *more):
    module = nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, outputs), *more)
    return lifted(module, torch.zeros(2, 3))


def test_a_table_becomes_a_subject_with_rows_split_inside_each_class():
    found = loaded(mlp(2), TABLE, labels=["no", "yes"])
    assert (found.task.kind, found.task.classes) == ("classification", ("no", "yes"))
    assert (found.spec.kind, found.spec.names) == ("table", ("a", "b", "c"))
    assert (found.samples.count, found.calibration.count) == (60, 20)
    assert not set(found.samples.ids) & set(found.calibration.ids)
    share = torch.tensor([kind == "yes" for kind in KINDS]).double().mean()
    assert found.calibration.targets.double().mean() == pytest.approx(float(share), abs=0.05)
    assert "20 of 80 rows, chosen at random inside each class (seed 1)" in told(found)
    assert f"SHA-256 {'ab' * 32}" in told(found)
    assert "80 rows and 4 columns" in told(found)


@pytest.mark.parametrize(("said", "usual"), [("mean", "mean"), ("zeros", "zero"), ("", "zero")])
def test_the_baseline_of_the_card_is_where_explanations_start(said, usual):
    card = {"baseline": said} if said else {}
    found = loaded(mlp(2), TABLE, labels=["no", "yes"], **card)
    assert explain.attribute(found, "integrated-gradients", sample=0).baseline == usual


@pytest.mark.parametrize(
    ("output", "logit"), [("probabilities", -math.log(7 / 3)), ("logit1", 0.3)]
)
def test_a_threshold_is_on_what_the_card_says_the_outputs_are(output, logit):
    network = lifted(nn.Sequential(nn.Linear(3, 1), nn.Sigmoid()), torch.randn(3, 3))
    given = {"output": output, "cut": 0.3, "labels": ["no", "yes"]}
    found = loaded(network, TABLE, **given)
    assert found.task.cut == pytest.approx(logit)
    assert own_card(found, read_card(given, LIMITS)).cut == found.task.cut


def test_the_metric_of_the_card_is_the_headline_and_comes_back_on_the_card():
    found = loaded(mlp(2), TABLE, labels=["no", "yes"], metric="balanced-accuracy")
    assert explain.measure(found)[0].key == card_of(found).metric == "balanced-accuracy"
    with pytest.raises(ImportRefused, match="r2"):
        loaded(mlp(2), TABLE, labels=["no", "yes"], metric="r2")
    assert {*METRICS, "agreement"} == {record.key for record in METERS}


def test_a_group_may_also_be_what_the_network_reads():
    card = {"groups": ["sex"], "input": {"features": ["a", "sex", "c"]}, "labels": ["no", "yes"]}
    table = csv_of([(*r, at % 2, "no") for at, r in enumerate(ROWS[:, :2])], "a,c,sex,label")
    found = loaded(mlp(2), table, **card)
    read = found.samples.inputs[0][:, 1].tolist()
    assert [float(one) for one in found.samples.groups["sex"]] == read


def test_the_split_is_the_same_for_a_seed_and_another_for_another():
    first, again, other = (loaded(mlp(2), TABLE, seed=seed) for seed in (1, 1, 2))
    assert first.calibration.ids == again.calibration.ids != other.calibration.ids
    assert first.fingerprint == again.fingerprint != other.fingerprint


def test_preprocessing_is_applied_once_and_raw_cells_stay_readable():
    process = {"mean": [1, 2, 3], "std": [2, 4, 8], "scale": 10}
    found = loaded(mlp(2), csv_of(ROWS, "a,b,c"), preprocess=process)
    at = [int(name.removeprefix("line ")) - 2 for name in found.samples.ids]
    wanted = (ROWS[at] * 10 - [1, 2, 3]) / [2, 4, 8]
    assert torch.equal(found.samples.inputs[0], torch.from_numpy(wanted).float())
    assert found.samples.display["a"] == tuple(f"{value:g}" for value in ROWS[at, 0])


def test_columns_fill_an_input_of_several_dimensions_in_order():
    module = nn.Sequential(nn.Flatten(), nn.Linear(4, 2))
    network = lifted(module, torch.zeros(2, 1, 2, 2))
    found = loaded(network, csv_of([(1, 2, 3, 4)], "a,b,c,d"), modality="tabular")
    assert found.samples.inputs[0].tolist() == [[[[1, 2], [3, 4]]]]


def test_a_card_that_names_the_labels_otherwise_than_the_data_is_refused():
    with pytest.raises(ImportRefused, match="no labels of the network"):
        loaded(mlp(2), TABLE, labels=["benign", "malignant"])
    with pytest.raises(ImportRefused, match="tells 3 classes apart, the data name 2"):
        loaded(mlp(3), TABLE)


@pytest.mark.parametrize(
    ("end", "outputs", "kind"),
    [
        (nn.Softmax(1), 2, "classification"),
        (nn.Softmax(-1), 2, "classification"),
        (nn.Sigmoid(), 1, "binary"),
    ],
)
def test_probabilities_at_the_end_become_logits_with_the_same_decisions(end, outputs, kind):
    whole = mlp(outputs, end)
    found = loaded(whole, TABLE, labels=["no", "yes"])
    assert (found.task.kind, found.task.classes) == (kind, ("no", "yes"))
    assert "at the end was taken off" in told(found)
    inputs = found.samples.inputs[0]
    assert torch.equal(end(found.network(inputs)), whole(inputs))


class Pair(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 1)

    def forward(self, rows):
        likely = torch.sigmoid(self.linear(rows))
        return torch.cat([1 - likely, likely], 1)


def test_a_sigmoid_beside_its_complement_becomes_one_logit():
    whole = lifted(Pair(), torch.zeros(2, 3))
    found = loaded(whole, TABLE, labels=["no", "yes"])
    inputs = found.samples.inputs[0]
    assert found.task.kind == "binary"
    assert torch.equal(torch.sigmoid(found.network(inputs))[:, 0], whole(inputs)[:, 1])


def test_a_softmax_inside_the_network_stays():
    module = nn.Sequential(nn.Linear(3, 4), nn.Softmax(1), nn.Linear(4, 2))
    network = lifted(module, torch.zeros(2, 3))
    assert without_head(network) == (network.steps, "")


def test_one_output_needs_to_be_told_apart_by_card_or_data():
    with pytest.raises(ImportRefused, match="value or decides between two classes") as caught:
        loaded(mlp(1), csv_of(ROWS, "a,b,c"))
    assert {'"value"', '"logit1"'} <= set(re.findall(r'"\w+"', caught.value.hint))
    assert loaded(mlp(1), TABLE).task.kind == "binary"
    values = csv_of([(*row, row.sum()) for row in ROWS], "a,b,c,y")
    assert loaded(mlp(1), values).task.kind == "regression"


def test_a_regression_changes_beyond_a_tenth_of_the_spread_of_its_answers():
    values = csv_of([(*row, row.sum()) for row in ROWS], "a,b,c,y")
    found = loaded(mlp(1), values, task="regression", output="value")
    assert found.task.tolerance == pytest.approx(0.1 * ROWS.sum(1).std(ddof=1))
    assert found.samples.targets.dtype == torch.float64
    assert first_look(found).right is not None


def test_rows_without_answers_are_a_subject_too():
    found = loaded(mlp(2), csv_of(ROWS, "a,b,c"))
    assert found.samples.targets is None
    look = first_look(found)
    assert (look.right, sum(look.decided.values())) == (None, 60)


def test_without_data_the_samples_have_no_rows_but_a_shape():
    found = loaded(mlp(2), None)
    assert (found.samples.count, found.calibration) == (0, None)
    assert found.samples.inputs[0].shape == (0, 3)
    assert "There are no data" in told(found)
    assert first_look(found).count == 0


def test_several_labels_a_row_keep_their_flags():
    flags = csv_of([(*row, int(row[0] > 0), int(row[1] > 0)) for row in ROWS], "a,b,c,p,q")
    found = loaded(mlp(2), flags, task="multilabel", labels=["p", "q"])
    assert found.task.kind == "multilabel"
    assert found.samples.targets.shape == (60, 2)
    assert set(first_look(found).answered) == {"p", "q"}


class Conv(nn.Module):
    def __init__(self, *, last):
        super().__init__()
        self.last = last
        self.conv = nn.Conv2d(3, 4, 3)
        self.relu = nn.ReLU()
        self.output = nn.Linear(4 * 4 * 6, 2)

    def forward(self, images):
        images = images.permute(0, 3, 1, 2) if self.last else images
        return self.output(self.relu(self.conv(images)).flatten(1))


def pictures(above=lambda _place: ""):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for place in range(24):
            pixels = RNG.integers(0, 256, (6, 8, 3), dtype=np.uint8)
            file = io.BytesIO()
            Image.fromarray(pixels).save(file, "PNG")
            folder = "cat" if place % 2 else "dog"
            archive.writestr(f"{above(place)}{folder}/{place}.png", file.getvalue())
    return out.getvalue()


@pytest.mark.parametrize("last", [False, True])
def test_pictures_in_folders_become_a_subject_with_colours_first(last):
    shape = (6, 8, 3) if last else (3, 6, 8)
    network = lifted(Conv(last=last), torch.zeros(2, *shape))
    process = {"mean": [0.5, 0.4, 0.3], "std": [0.2, 0.25, 0.3]}
    found = loaded(network, pictures(), preprocess=process)
    assert (found.spec.kind, found.spec.shape) == ("image", (3, 6, 8))
    assert found.task.classes == ("cat", "dog")
    inputs = found.samples.inputs[0]
    own = inputs.permute(0, 2, 3, 1) if last else inputs
    assert torch.equal(found.network(inputs), network(own))
    assert first_look(found).low < 0
    assert "Labels are taken from the data" in told(found)


@pytest.mark.parametrize("own", [False, True], ids=["one file", "own calibration"])
@pytest.mark.parametrize(
    ("parts", "measured"),
    [(("train", "test"), "test"), (("training", "val"), "val"), (("val", "train", "test"), "test")],
)
def test_pictures_that_the_network_has_learnt_from_are_not_measured_on(parts, measured, own):
    data = pictures(lambda place: f"set/{parts[place // 2 % len(parts)].capitalize()}/")
    network = lifted(Conv(last=False), torch.zeros(2, 3, 6, 8))
    found = loaded(network, data, calibration=pictures() if own else None)
    measured = [name for name in found.samples.ids if f"/{measured.capitalize()}/" in name]
    assert len(measured) == 24 // len(parts) == found.samples.count
    assert "folder" not in found.samples.groups
    assert found.training.count == 24 - len(measured)
    assert not {*found.training.ids} & {*measured}
    if not own:
        assert found.calibration.count == 24 - len(measured)
        assert not {*found.calibration.ids} & {*measured}
        assert "folders for testing are measured on" in told(found)
        plain, tensors = data_job(data, {"card": {"labels": ["cat", "dog"]}}, LIMITS)
        assert int(unpacked(plain, tensors).learnt.sum()) == 24 - len(measured)


@pytest.mark.parametrize("folders", [("train", "bus"), ("train/x", "other/x"), ("x/test", "x/val")])
def test_folders_that_name_no_two_parts_say_nothing_about_training(folders):
    assert learnt_from([f"{folder}/{place}.png" for place, folder in enumerate(folders)]) == ()


def test_the_files_own_turn_of_the_axes_is_taken_away():
    network = lifted(Conv(last=True), torch.zeros(2, 6, 8, 3))
    assert not any("permute" in step.operation for step in colours_first(network.steps))


def test_colours_in_the_other_order_are_turned():
    network = lifted(Conv(last=False), torch.zeros(2, 3, 6, 8))
    data = pictures()
    plain, turned = (
        loaded(network, data, preprocess={"colours": colours}) for colours in ("RGB", "BGR")
    )
    assert torch.equal(plain.samples.inputs[0].flip(1), turned.samples.inputs[0])


WORDS = b"<pad>\n<unknown>\ngood\nbad\nfilm\n"


def test_texts_become_a_subject_with_the_words_of_the_vocabulary():
    network = lifted(TextTransformer(5, 6, 4, 2, 1, 2), torch.zeros(2, 6, dtype=torch.int64))
    rows = [("good film" if i % 3 else "bad film", "pos" if i % 3 else "neg") for i in range(30)]
    found = loaded(network, csv_of(rows, "text,label"), vocabulary=WORDS, labels=["neg", "pos"])
    assert (found.spec.kind, found.spec.names[:3]) == ("text", ("<pad>", "<unknown>", "good"))
    assert found.samples.inputs[0].shape == (23, 6)
    assert found.samples.display["text"][0] in {"good film", "bad film"}


def test_a_vocabulary_that_is_larger_than_the_networks_is_refused():
    network = lifted(TextTransformer(3, 6, 4, 2, 1, 2), torch.zeros(2, 6, dtype=torch.int64))
    with pytest.raises(ImportRefused, match="does not run on these rows") as caught:
        loaded(network, b"text\nfilm film\n", vocabulary=WORDS)
    assert "vocabulary" in caught.value.hint


def test_arrays_become_a_subject():
    out = io.BytesIO()
    np.savez(out, x=RNG.normal(size=(40, 3)), y=np.arange(40) % 2)
    found = loaded(mlp(2), out.getvalue())
    assert (found.samples.count, found.task.classes) == (30, ("0", "1"))


@pytest.mark.parametrize(
    ("card", "reason"),
    [
        ({"preprocess": {"mean": [1, 2]}}, "preprocess.mean has 2 numbers for 3"),
        ({"preprocess": {"scale": 1e300}}, "no longer finite"),
        ({"input": {"features": ["a", "b"]}}, "takes 3 features, the table has 2 columns"),
        ({"labels": ["x", "y", "no", "yes"]}, "names 4 labels for 2 outputs"),
        ({"output": "value"}, "A regression has one output, this network has 2"),
    ],
)
def test_a_card_that_does_not_fit_the_network_is_refused(card, reason):
    with pytest.raises(ImportRefused, match=reason):
        loaded(mlp(2), TABLE if "output" not in card else csv_of(ROWS, "a,b,c"), **card)


def test_the_first_look_notices_labels_in_the_wrong_order():
    network = lifted(nn.Sequential(nn.Linear(3, 2)), torch.zeros(2, 3))
    with torch.no_grad():
        network.get_parameter("0.weight").copy_(torch.tensor([[-1.0] * 3, [1.0] * 3]))
        network.get_parameter("0.bias").zero_()
    right, wrong = (
        first_look(loaded(network, TABLE, labels=labels))
        for labels in (["no", "yes"], ["yes", "no"])
    )
    assert (right.right, right.warnings) == (1.0, ())
    assert wrong.right == 0
    assert "order of the labels" in str(wrong.warnings[0])


def test_the_first_look_notices_a_scale_under_which_all_decide_alike():
    look = first_look(loaded(mlp(2), TABLE, preprocess={"mean": [1e6]}))
    assert any("All 60 rows get the same decision" in line for line in map(str, look.warnings))


def test_the_job_gives_what_the_reader_gives():
    plain, tensors = data_job(TABLE, {"card": {"labels": ["no", "yes"]}}, LIMITS)
    found, wanted = unpacked(plain, tensors), read_data(TABLE, Card(labels=("no", "yes")), LIMITS)
    assert torch.equal(found.samples.inputs[0], wanted.samples.inputs[0])
    assert found.report == wanted.report


def test_a_typed_text_is_refused_where_the_vocabulary_is_of_another_kind():
    network = lifted(TextTransformer(6, 6, 4, 2, 1, 2), torch.zeros(2, 6, dtype=torch.int64))
    words = b"[PAD]\n[UNK]\n[CLS]\n[SEP]\ngood\nfilm\n"
    found = loaded(network, b"text\ngood film\n", vocabulary=words)
    with pytest.raises(InvalidSubject, match="in a way of its own"):
        typed_sample(found, "good film")
