"""An .onnx file becomes the network that it came from, or is refused in words."""

import onnxruntime
import pytest
import torch

from models.loading.limits import LIMITS
from models.loading.onnx import read_onnx
from tests.loading.exporting import DEMO_KEYS, exported, rows, source
from tests.network.zoo import ZOO

OLDER = [name for name in (*ZOO, *DEMO_KEYS) if name not in {"norms", "cross-attention"}]
"""What the older exporter can write without control flow."""

WITHOUT_13 = {"attention", "encoder", "encoder-norm-first", "sms-transformer"}
QUICK = ["residual", "lstm", "encoder", "norms", "digits-cnn"]
SLOW = [name for name in (*ZOO, *DEMO_KEYS) if name not in QUICK]


def assert_same_outputs(name, data):
    network = read_onnx(data, LIMITS).network
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    for count in (1, 2, 5):
        inputs = rows(name, count)
        given = {i.name: x.numpy() for i, x in zip(session.get_inputs(), inputs, strict=True)}
        with torch.no_grad():
            got, wanted = network(*inputs), source(name)(*inputs)
        scale = float(wanted.abs().max())
        judged = torch.from_numpy(session.run(None, given)[0])
        assert got.shape == wanted.shape
        assert (got - wanted).abs().max() <= 1e-6 * scale
        assert (got - judged).abs().max() <= 1e-6 * scale


@pytest.mark.parametrize("name", OLDER)
def test_the_older_exporter_gives_the_network_back(name):
    assert_same_outputs(name, exported(name))


@pytest.mark.parametrize("name", [name for name in OLDER if name not in WITHOUT_13])
def test_older_operators_give_the_network_back(name):
    assert_same_outputs(name, exported(name, 13))


@pytest.mark.parametrize("name", QUICK)
def test_the_newer_exporter_gives_the_network_back(name):
    assert_same_outputs(name, exported(name, dynamo=True))


@pytest.mark.slow
@pytest.mark.parametrize("name", SLOW)
def test_the_newer_exporter_gives_every_network_back(name):
    assert_same_outputs(name, exported(name, dynamo=True))


@pytest.mark.slow
@pytest.mark.parametrize("name", [*QUICK, *SLOW])
def test_the_newer_exporter_gives_every_network_back_with_older_operators(name):
    assert_same_outputs(name, exported(name, 13, dynamo=True))
