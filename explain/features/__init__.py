"""What units do with a sample: their values, and the arithmetic of one of them."""

from explain.features.arithmetic import Arithmetic, arithmetic
from explain.features.unit_values import unit_values

__all__ = ["Arithmetic", "arithmetic", "unit_values"]
