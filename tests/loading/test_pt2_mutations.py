"""However the JSON of a .pt2 file is changed, it is read or refused, and nothing else happens."""

import contextlib
import copy
import json
import random
from functools import cache

import pytest
import torch

from explain.core.errors import ImportRefused
from models.loading.files.pt2 import read_pt2
from models.loading.limits import LIMITS
from tests.loading.mutation import mutations
from tests.loading.pt2_files import MODEL, WEIGHTS, entries, packed, pt2
from tests.network.zoo import ZOO

VALUES = (
    *(None, True, -1, 0, 1, 3, 7, 10**9, 2**62, 0.5, "", "x", "torch.ops.aten.relu_.default"),
    *("torch.ops.aten.split.Tensor", "torch.ops.aten.flatten.using_ints", "_operator.mul"),
    *([], {}, [1, 2], {"as_int": -5}, {"as_none": True}, {"as_tensor": {"name": "x"}}),
    *({"as_sym_int": {"as_name": "x"}}, {"as_ints": [10**9] * 4}, {"as_float": "NaN"}),
)


def places(value):
    """Yield each container with each of its keys, whatever the depth."""
    keys = value if isinstance(value, dict) else range(len(value))
    for key in keys:
        yield value, key
        if isinstance(value[key], (dict, list)):
            yield from places(value[key])


def changed(value, chance):
    """Return a copy in which one to three places are replaced, removed or taken from elsewhere."""
    value = copy.deepcopy(value)
    for _ in range(chance.randint(1, 3)):
        found = list(places(value))
        container, key = chance.choice(found)
        if chance.random() < 0.2:
            container.pop(key)
        elif chance.random() < 0.5:
            other, name = chance.choice(found)
            container[key] = copy.deepcopy(other[name])
        else:
            container[key] = copy.deepcopy(chance.choice(VALUES))
    return value


@cache
def good(name):
    """Return the file of a fixture."""
    return pt2(ZOO[name].build(), ZOO[name].draw(3))


@pytest.mark.parametrize("entry", [MODEL, WEIGHTS])
@pytest.mark.parametrize("name", ["mlp", "residual", "lstm", "encoder"])
def test_a_changed_graph_is_read_or_refused(name, entry):
    parts = entries(good(name))
    value = json.loads(parts[entry])
    chance = random.Random(name + entry)  # noqa: S311 - which files, not secrets
    for _ in range(40):
        data = packed({**parts, entry: json.dumps(changed(value, chance)).encode()})
        with contextlib.suppress(ImportRefused):
            network = read_pt2(data, LIMITS).network
            assert isinstance(network, torch.nn.Module)


def test_changed_bytes_are_read_or_refused():
    for data in mutations(good("mlp"), 150, seed=5):
        with contextlib.suppress(ImportRefused):
            read_pt2(data, LIMITS)
