"""Checkpoints of torch.save: the same weights as torch reads, nothing made, nothing run."""

import contextlib
import io
import itertools
import struct
import subprocess
import sys
import textwrap
import zipfile
from collections import OrderedDict

import pytest
import torch
from safetensors.torch import save
from torch import nn

from explain.core.errors import ImportRefused
from explain.core.messages import listed, say
from models.loading.card.model_card import Card
from models.loading.files.checkpoint import read_checkpoint
from models.loading.limits import LIMITS, Limits
from models.loading.loading import known_of, load_file
from models.loading.opening import open_model
from tests.loading.mutation import mutations
from tests.loading.pickled import archived, number, pickled, tensor, word

SIX = struct.pack("<6f", 1, 2, 3, 4, 5, 6)
W = tensor((2, 3), (3, 1))


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3), nn.ReLU(), nn.Linear(3, 2))


def saved(value):
    file = io.BytesIO()
    torch.save(value, file)
    return file.getvalue()


def same(reading, wanted):
    assert list(reading.tensors) == list(wanted)
    for name, value in wanted.items():
        assert torch.equal(reading.tensors[name], value)
        assert reading.tensors[name].is_contiguous()


class Odd(nn.Module):
    """A module with a tied weight, a passing buffer and one that stays."""

    def __init__(self):
        super().__init__()
        self.inner = network()
        self.tied = self.inner
        self.register_buffer("passing", torch.ones(3), persistent=False)
        self.register_buffer("staying", torch.ones(3))
        self.nothing = None


def test_a_state_dict_reads_as_torch_reads_it():
    reading = read_checkpoint(saved(network().state_dict()), LIMITS)
    assert (reading.format, reading.classes, reading.warnings) == ("state-dict", (), ())
    same(reading, network().state_dict())


@pytest.mark.parametrize("wrapper", ["state_dict", "model_state_dict", "model", "net", "best"])
@pytest.mark.parametrize("prefix", ["", "module.", "_orig_mod.", "net.", "module._orig_mod."])
def test_wrappers_are_opened_and_shared_prefixes_taken_off(wrapper, prefix):
    state = {prefix + name: value for name, value in network().state_dict().items()}
    reading = read_checkpoint(saved({wrapper: state, "epoch": 3, "lr": [0.1]}), LIMITS)
    assert reading.format == "state-dict"
    same(reading, network().state_dict())
    told = [say("loading.checkpoint.prefix", prefix=repr(prefix))] if prefix else []
    told.append(say("loading.checkpoint.left_out", names=listed(["'epoch'", "'lr'"], 5)))
    assert list(map(str, reading.warnings)) == told


def test_an_optimiser_beside_the_weights_is_left_out():
    net = network()
    optimiser = {"state": {0: {"exp_avg": torch.ones(4)}}, "param_groups": [{"params": [0, 1]}]}
    content = {"optimizer": optimiser, "net": net.state_dict(), "best": 0.9}
    same(read_checkpoint(saved(content), LIMITS), net.state_dict())


FIGURES = {
    "best_acc1": torch.tensor(93.5),
    "loss": torch.tensor(0.3),
    "class_weights": torch.ones(3),
    "rng_state": torch.zeros(9, dtype=torch.uint8),
    "metrics": {"per_class": torch.ones(3)},
    "optimizer": {"state": {0: {"exp_avg": torch.ones(2, 2)}}},
    "optimizer_states": {"fc.weight": torch.ones(2, 2)},
}


@pytest.mark.parametrize("beside", FIGURES)
def test_figures_beside_the_weights_do_not_hide_them(beside):
    content = {beside: FIGURES[beside], "state_dict": network().state_dict(), "epoch": 3}
    reading = read_checkpoint(saved(content), LIMITS)
    same(reading, network().state_dict())
    assert f"'{beside}'" in str(reading.warnings[0])
    assert not reading.parts


@pytest.mark.parametrize("beside", ["criterion.weight", "val_acc.total", "loss_fn.weight"])
def test_what_a_loss_or_a_metric_keeps_is_no_part_of_the_network(beside):
    state = {f"model.{name}": value for name, value in network().state_dict().items()}
    reading = read_checkpoint(saved({"state_dict": state | {beside: torch.ones(3)}}), LIMITS)
    same(reading, network().state_dict())
    assert f"'{beside}'" in str(reading.warnings[-1])


def sized(*widths):
    torch.manual_seed(0)
    pairs = itertools.pairwise(widths)
    return nn.Sequential(*(nn.Linear(i, o) for i, o in pairs)).state_dict()


@pytest.mark.parametrize(
    ("averaged", "content"),
    [
        ("state_dict_ema", {"state_dict": sized(3, 2), "state_dict_ema": sized(4, 2)}),
        ("model_ema", {"model_ema": sized(4, 2), "model": sized(3, 2), "optimizer": {}}),
        ("ema.shadow", {"ema": {"shadow": sized(4, 2), "decay": 0.9}, "net": sized(3, 2)}),
    ],
)
def test_running_averages_are_offered_beside_the_weights_and_named(averaged, content):
    reading = read_checkpoint(saved(content), LIMITS)
    same(reading, sized(3, 2))
    assert reading.parts[averaged] == 10
    assert reading.parts[reading.part] == 8
    assert f"'{averaged}'" in str(reading.warnings[0])
    same(read_checkpoint(saved(content), LIMITS, averaged), sized(4, 2))
    with pytest.raises(ImportRefused, match="no network 'other'"):
        read_checkpoint(saved(content), LIMITS, "other")


def test_of_several_networks_one_must_be_named_and_the_refusal_lists_them():
    content = {"generator": sized(3, 2), "discriminator": nn.Linear(4, 2), "epoch": 1}
    assert read_checkpoint(saved(content), LIMITS).part == ""
    assert not read_checkpoint(saved(content), LIMITS).tensors
    with pytest.raises(ImportRefused) as refusal:
        load_file(saved(content), name="gan.pt")
    told = " ".join((str(refusal.value), refusal.value.hint))
    for words in ("generator (8 numbers)", "discriminator (10 numbers)", "part='generator'"):
        assert words in told
    for part, inputs in (("generator", 3), ("discriminator", 4)):
        weight = next(iter(open_model(saved(content), part=part).tensors.values()))
        assert weight.shape == (2, inputs)
        by_card = load_file(saved(content), card={"part": part}, name="gan.pt")
        assert by_card.network.steps[0].shape == (inputs,)
        assert known_of(open_model(saved(content), part=part), Card()).card.part == part
    with pytest.raises(ImportRefused, match="no part 'generator'"):
        open_model(save(sized(3, 2)), part="generator")


def test_a_prefix_that_one_name_lacks_stays():
    state = {"module.a": torch.ones(2), "b": torch.ones(2)}
    assert list(read_checkpoint(saved(state), LIMITS).tensors) == ["module.a", "b"]


def test_strides_offsets_and_ties_read_as_torch_reads_them():
    base = torch.arange(24.0)
    state = {
        "turned": base.reshape(4, 6).t(),
        "late": base[10:14],
        "every": base[::5],
        "scalar": torch.tensor(3),
        "tied": base,
        "again": base,
    }
    reading = read_checkpoint(saved(state), LIMITS)
    same(reading, state)
    assert reading.tensors["tied"] is reading.tensors["again"]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_floating_types_become_float32_with_a_warning(dtype):
    reading = read_checkpoint(saved({"w": torch.tensor([0.5, -2.0], dtype=dtype)}), LIMITS)
    assert reading.tensors["w"].dtype == torch.float32
    assert reading.tensors["w"].tolist() == [0.5, -2.0]
    assert "float32" in str(reading.warnings[0])


def test_a_whole_module_gives_up_the_tensors_of_its_state_dict():
    torch.manual_seed(1)
    module = Odd()
    for content in (module, {"model": module, "epoch": 1}, nn.DataParallel(module)):
        reading = read_checkpoint(saved(content), LIMITS)
        assert reading.format == "pickled-module"
        same(reading, module.state_dict())
        assert any(name.endswith(".Odd") for name in reading.classes)
        assert "was not run" in str(reading.warnings[0])
    assert reading.tensors["tied.0.weight"] is reading.tensors["inner.0.weight"]


WRITER = """
import argparse, io, pathlib, sys, torch
from torch import nn

class Touching(nn.Module):
    def __init__(self, marker):
        super().__init__()
        self.marker = marker
        self.layer = nn.Linear(2, 2)
    def __setstate__(self, state):
        pathlib.Path(state["marker"]).write_text("ran")
        super().__setstate__(state)

class Reducing:
    def __init__(self, marker):
        self.marker = marker
    def __reduce__(self):
        return pathlib.Path.touch, (pathlib.Path(self.marker),)

marker, module, state, options = sys.argv[1:]
torch.save(Touching(marker), module)
torch.save({"state_dict": nn.Linear(2, 2).state_dict(), "hook": Reducing(marker)}, state)
torch.save({"args": argparse.Namespace(lr=1, path=pathlib.PurePosixPath("x")),
            "model": nn.Linear(2, 2).state_dict()}, options)
if READ:
    for path in (module, state):
        torch.load(path, weights_only=not READ)
        assert pathlib.Path(marker).exists()
        pathlib.Path(marker).unlink()
"""
"""Classes that live and die in a process of their own; the naive reader runs them there."""


@pytest.fixture(scope="module")
def touching(tmp_path_factory):
    folder = tmp_path_factory.mktemp("touching")
    paths = [folder / name for name in ("marker", "module.pt", "state.pt", "options.pt")]
    code = textwrap.dedent(WRITER).replace("READ", "True")
    subprocess.run([sys.executable, "-c", code, *map(str, paths)], check=True, timeout=120)
    return paths


def test_pickles_that_run_when_unpickled_do_not_run_here(touching):
    marker, *files = touching
    assert not marker.exists()
    module, state, options = (read_checkpoint(path.read_bytes(), LIMITS) for path in files)
    assert not marker.exists()
    assert module.format == "pickled-module"
    assert module.classes[0] == "__main__.Touching"
    assert list(module.tensors) == ["layer.weight", "layer.bias"]
    assert state.format == options.format == "state-dict"
    assert list(state.tensors) == list(options.tensors) == ["weight", "bias"]
    assert "pathlib.Path" in state.classes
    assert "stayed closed; none was made: " in str(state.warnings[0])
    assert "argparse.Namespace" in options.classes


@pytest.mark.parametrize(
    ("data", "cause"),
    [
        (b"", "no directory"),
        (b"\x80\x02}.", "no directory"),
        (archived(pickled()), "no weights; its keys are: none"),
        (archived(pickled(a=number(1))), "no weights; its keys are: 'a'"),
        (archived(b"\x80\x02."), "one value"),
        (archived(b"\x80\x02NN."), "one value"),
        (archived(b"\x80\x02(N."), "one value"),
        (archived(b"\x80\x02N"), "cut off"),
        (archived(b"\x80\x02N.N."), "behind its end"),
        (archived(b"\x80\x020."), "damaged"),
        (archived(b"\x80\x02}a."), "damaged"),
        (archived(b"\x80\x02r\xff\xff\xff\x3f."), "damaged"),
        (archived(b"\x80\x02j\xff\xff\xff\x3f."), "not there"),
        (archived(b"\x80\x02\x82\x01."), "EXT1"),
        (archived(b"\x80\x02P0\n."), "PERSID"),
        (archived(b"\x80\x05\x97."), "NEXT_BUFFER"),
        (archived(b"\x80\x02NQ."), "no storage of numbers"),
        (archived(pickled(w=b"cposix\nsystem\n" + b"(" + word("true") + b"tR")), "posix.system"),
        (archived(pickled(w=b"c__builtin__\neval\n" + b"(" + word("1") + b"tR")), "eval"),
        (archived(pickled(w=b"(" + word("true") + b"ios\nsystem\n")), "os.system"),
        (archived(b"\x80\x04\x8c\x05posix\x8c\x06system\x93."), "posix.system"),
        (archived(b"(" * 2_100_000 + b"."), "2,000,000 instructions"),
        (archived(pickled(w=W)), "no storage '0'"),
        (archived(pickled(w=W), SIX[:-4]), "no storage '0'"),
        (archived(pickled(w=W), SIX + SIX), "no storage '0'"),
        (archived(pickled(w=W), SIX, method=zipfile.ZIP_DEFLATED), "compressed"),
        (archived(pickled(w=tensor((10**12,), (0,))), SIX), "more than 100,000,000"),
        (archived(pickled(w=tensor((10**8,), (0,))), SIX), "repeats one value"),
        (archived(pickled(w=tensor((2,), (0,))), SIX), "repeats one value"),
        (archived(pickled(w=tensor((4, 3), (1, 1))), SIX), "larger than its storage"),
        (archived(pickled(w=tensor((2, 3), (3, 1), offset=1)), SIX), "larger than its storage"),
        (archived(pickled(w=tensor((2, 3), (-3, 1), offset=3)), SIX), "stride"),
        (archived(pickled(w=tensor((2, 3), (3, 1), offset=-1)), SIX), "damaged shape"),
        (archived(pickled(w=tensor((2, 3), (3,))), SIX), "damaged shape"),
        (archived(pickled(w=tensor((0, 3), (3, 1))), SIX), "no values"),
        (archived(pickled(w=tensor((2,) * 9, (1,) * 9)), SIX), "no shape"),
        (archived(pickled(w=tensor((2,), (1,), key="../x")), SIX), "no storage"),
        (
            archived(pickled(w=tensor((2,), (1,), kind=b"ctorch\nComplexFloatStorage\n")), SIX),
            "rare type, 'torch.ComplexFloatStorage'",
        ),
        (
            archived(pickled(w=W, v=tensor((6,), (1,), kind=b"ctorch\nIntStorage\n")), SIX),
            "two typ",
        ),
        (archived(pickled(w=b"ctorch._utils\n_rebuild_qtensor\n)R", v=W), SIX), "_rebuild_qtensor"),
        (archived(pickled(w=W), SIX[:-4] + struct.pack("<f", float("nan"))), "NaN"),
        (archived(pickled(w=W), SIX, extra=[("constants.pkl", b"")]), "TorchScript"),
        (archived(pickled(w=W), SIX, extra=[("code/a.py", b"")]), "TorchScript"),
        (archived(pickled(w=W), SIX, extra=[("x/data.pkl", b"")]), "2 index"),
        (archived(pickled(**{"n" * 201: W}), SIX), "printable"),
        (archived(pickled(**{"a\x00b": W}), SIX), "printable"),
        (archived(b"\x80\x02}(" + (word("w") + W) * 2 + b"u.", SIX), "'w' twice"),
    ],
)
def test_what_is_no_plain_checkpoint_is_refused_with_the_cause(data, cause):
    with pytest.raises(ImportRefused, match=cause) as refusal:
        read_checkpoint(data, LIMITS)
    assert refusal.value.hint


def test_archives_written_by_hand_are_read():
    reading = read_checkpoint(archived(pickled(w=W), SIX, root="any name"), LIMITS)
    assert reading.tensors["w"].tolist() == [[1, 2, 3], [4, 5, 6]]


def test_bombs_of_nesting_cost_what_they_weigh():
    doubling = b"]q\x00" + b"".join(
        b"](" + b"h%c" % place * 10 + b"eq%c" % (place + 1) for place in range(100)
    )
    for nested in (b"(" + doubling + b"t", b"]" + b"\x85" * 100_000):
        data = archived(pickled(w=W, x=nested), SIX)
        assert list(read_checkpoint(data, LIMITS).tensors) == ["w"]
        with pytest.raises(ImportRefused, match="no weights"):
            read_checkpoint(archived(b"\x80\x02" + nested + b"."), LIMITS)


def test_objects_that_make_memory_when_called_stay_dead():
    hungry = b"c__builtin__\nbytearray\n" + number(6 << 30) + b"\x85R"
    storage = b"ctorch\nFloatTensor\n" + number(10**9) + b"\x85R"
    reading = read_checkpoint(archived(pickled(w=W, x=hungry, y=storage), SIX), LIMITS)
    assert list(reading.tensors) == ["w"]


def test_modules_that_hold_themselves_are_refused():
    inside = word("_parameters") + b"}" + word("_modules") + b"}(" + word("a") + b"h\x00u"
    loop = b"\x80\x02cm\nM\n)\x81q\x00}(" + inside + b"ub."
    with pytest.raises(ImportRefused, match="too deep"):
        read_checkpoint(archived(loop), LIMITS)


def test_numbers_of_tensors_and_elements_are_bounded():
    data = saved(network().state_dict())
    for limits in (Limits(tensors=6), Limits(elements=20), Limits(header_bytes=50)):
        with pytest.raises(ImportRefused, match="more than"):
            read_checkpoint(data, limits)


def test_a_mutated_checkpoint_raises_only_import_refused():
    good = [OrderedDict(network().state_dict()), {"model": Odd(), "epoch": 1}]
    for seed, content in enumerate(good):
        for data in mutations(saved(content), 1_000, seed=seed):
            with contextlib.suppress(ImportRefused):
                read_checkpoint(data, LIMITS)


def test_a_mutated_pickle_raises_only_import_refused():
    """The check sum of the archive is made anew, so that every change reaches the reader."""
    with zipfile.ZipFile(io.BytesIO(saved(Odd()))) as archive:
        index = archive.read("archive/data.pkl")
        storages = [
            archive.read(f"archive/data/{place}")
            for place in range(sum("/data/" in name for name in archive.namelist()))
        ]
    for data in mutations(index, 2_000, seed=5):
        with contextlib.suppress(ImportRefused):
            read_checkpoint(archived(data, *storages), LIMITS)
