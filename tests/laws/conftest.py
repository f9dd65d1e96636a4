"""A subject in float64, where a ReLU at a tie and the order of a sum decide nothing."""

from dataclasses import replace

import pytest


@pytest.fixture(scope="session")
def in_double():
    """Return a function that gives a subject with weights and samples in float64."""
    return _in_double


def _in_double(subject):
    weights = {name: _double(tensor) for name, tensor in subject.network.weights().items()}
    return replace(
        subject,
        network=subject.network.with_parameters(weights),
        samples=_rows(subject.samples),
        calibration=None if subject.calibration is None else _rows(subject.calibration),
    )


def _rows(samples):
    return replace(samples, inputs=tuple(_double(inputs) for inputs in samples.inputs))


def _double(tensor):
    return tensor.double() if tensor.is_floating_point() else tensor
