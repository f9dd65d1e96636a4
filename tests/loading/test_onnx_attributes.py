"""No attribute of an operator is passed over: it is read, refused, or known to change nothing."""

from dataclasses import replace

import numpy as np
import pytest
from onnx import AttributeProto, defs

from explain.core.errors import ImportRefused
from models.loading.files.onnx import read_onnx, translation
from models.loading.files.onnx.operators.catalog import OPERATORS, WITHOUT_EFFECT
from models.loading.limits import LIMITS
from tests.loading.test_onnx_operators import CASES, assert_judged, file_of

TEXTS = {
    "auto_pad": ("SAME_UPPER", "SAME_LOWER", "VALID"),
    "coordinate_transformation_mode": ("align_corners", "asymmetric", "pytorch_half_pixel"),
    "nearest_mode": ("floor", "ceil", "round_prefer_ceil"),
    "keep_aspect_ratio_policy": ("not_larger",),
    "post_transform": ("LOGISTIC",),
}


def schema_of(found):
    domain, _, op = found.op.rpartition(":")
    return defs.get_schema(op, 1 if domain else found.opset, domain)


def others(name, entry):
    """Return values that an attribute does not have where it is left out."""
    usual = entry.default_value
    if entry.type.value == AttributeProto.INT:
        return (1 - usual.i,) if usual.i in {0, 1} else (usual.i + 1,)
    if entry.type.value == AttributeProto.FLOAT:
        return (usual.f + 0.375,)
    return TEXTS.get(name, ())


CHANGED = [
    pytest.param(replace(case, settings={**case.settings, name: value}), id=f"{place}-{name}")
    for place, case in enumerate(CASES)
    for name, entry in schema_of(case).attributes.items()
    if name not in case.settings
    for value in others(name, entry)
    if not (name == "auto_pad" and "dilations" in case.settings)  # the judge contradicts itself
]


@pytest.mark.parametrize("found", CHANGED)
def test_another_value_of_an_attribute_is_read_as_the_judge_reads_it_or_refused(found):
    def draw(rows):
        return np.random.default_rng(rows).uniform(found.low, 2, (rows, *found.shape))

    data = file_of(found)
    try:
        read_onnx(data, LIMITS)
    except ImportRefused:
        return
    try:
        assert_judged(data, draw)
    except AssertionError:
        raise
    except Exception:  # noqa: BLE001 - the judge refuses what no file can say
        pytest.skip("no such file runs anywhere")


def test_an_attribute_that_nothing_asks_for_is_refused_for_every_operator(monkeypatch):
    blind = dict.fromkeys(OPERATORS, lambda call: call.running())
    monkeypatch.setattr(translation, "OPERATORS", blind)
    for op, case in {case.op: case for case in CASES}.items():
        for name, entry in schema_of(case).attributes.items():
            if name in WITHOUT_EFFECT.get(op, ()):
                continue
            for value in others(name, entry):
                with pytest.raises(ImportRefused, match=rf"attributes .*{name}.* are not read"):
                    read_onnx(file_of(replace(case, settings={name: value})), LIMITS)
