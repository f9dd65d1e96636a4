"""Training is deterministic and looks at training rows only."""

import subprocess
import sys

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from models import catalog
from models.architectures import TwoLayerMlp
from models.demo import SEEDS, weights_path, write_weights
from models.fitting import Fitting, _mirrored, fit, folds
from models.train import main, rows_of

AGAIN = """
import sys, pathlib, torch
from models import catalog
from models.fitting import fit
from models.demo import write_weights
from models.train import rows_of
torch.set_num_threads(1)
demo = catalog.demo("heart-mlp")
network = fit(demo.build, rows_of(demo.read().train), demo.recipe, seed=1)
write_weights(network, demo.key, 1, pathlib.Path(sys.argv[1]))
"""


def small():
    return TwoLayerMlp(3, (4, 4), 2)


def rows(count=32):
    inputs = torch.randn(count, 3, generator=torch.Generator().manual_seed(0))
    return inputs, (inputs[:, 0] > 0).long()


def test_two_trainings_write_the_same_bytes_in_two_processes(tmp_path):
    demo = catalog.demo("heart-mlp")
    network = fit(demo.build, rows_of(demo.read().train), demo.recipe, seed=1)
    write_weights(network, demo.key, 1, tmp_path / "here")
    subprocess.run([sys.executable, "-c", AGAIN, str(tmp_path / "there")], check=True)
    here, there = (weights_path(demo.key, 1, tmp_path / name) for name in ("here", "there"))
    assert here.read_bytes() == there.read_bytes()


def test_training_does_not_depend_on_what_was_drawn_before():
    first = fit(small, rows(), Fitting(epochs=2), seed=1).state_dict()
    torch.rand(7)
    second = fit(small, rows(), Fitting(epochs=2), seed=1).state_dict()
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_training_leaves_the_global_random_state_alone():
    before = torch.random.get_rng_state()
    fit(small, rows(), Fitting(epochs=1), seed=1)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_another_seed_gives_another_network():
    first = fit(small, rows(), Fitting(epochs=1), seed=1).state_dict()
    second = fit(small, rows(), Fitting(epochs=1), seed=2).state_dict()
    assert not torch.equal(first["hidden1.weight"], second["hidden1.weight"])


def test_training_lowers_the_loss_and_ends_in_evaluation_mode():
    heard = []
    network = fit(
        small, rows(), Fitting(epochs=30), seed=1, report=lambda *said: heard.append(said)
    )
    assert not network.training
    assert [epoch for epoch, _ in heard] == list(range(1, 31))
    assert heard[-1][1] < heard[0][1]


@given(st.lists(st.integers(0, 3), min_size=5, max_size=60), st.integers(2, 5))
def test_folds_cover_every_row_once_and_share_out_every_class(targets, count):
    found = folds(torch.tensor(targets), count)
    assert sorted(torch.cat(found).tolist()) == list(range(len(targets)))
    for label in range(4):
        sizes = [sum(targets[row] == label for row in fold.tolist()) for fold in found]
        assert max(sizes) - min(sizes) <= 1


def test_the_command_line_refuses_an_unknown_demo_with_a_hint(capsys):
    assert main(["hart-mlp"]) == 2
    assert "heart-mlp" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [[], ["heart-mlp", "--all"]])
def test_the_command_line_wants_either_keys_or_all(arguments, capsys):
    with pytest.raises(SystemExit):
        main(arguments)
    assert "usage" in capsys.readouterr().err


def test_mirrored_pictures_are_the_same_pictures_in_one_of_four_ways():
    pictures = torch.rand(60, 3, 4, 4, generator=torch.Generator().manual_seed(1))
    found = _mirrored(pictures, torch.Generator().manual_seed(2))
    ways = [found, found.flip(2), found.flip(3), found.flip(2).flip(3)]
    alike = torch.stack([(way == pictures).flatten(1).all(dim=1) for way in ways])
    assert (alike.sum(dim=0) == 1).all()
    assert (alike.sum(dim=1) > 5).all()


def test_the_labels_of_two_trainings_do_not_depend_on_what_they_start_from():
    for demo in catalog.DEMOS:
        assert len(set(demo.recipe.seeds)) == len(SEEDS)
