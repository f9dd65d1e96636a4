"""All criteria and all grains, in the order in which menus show them."""

from explain.core.catalogs import record_of_key
from explain.core.records import Criterion, Grain
from explain.pruning.criteria.apoz import APOZ
from explain.pruning.criteria.chance import RANDOM, RANDOM_UNITS
from explain.pruning.criteria.l1_norm import L1_NORM
from explain.pruning.criteria.l2_norm import L2_NORM
from explain.pruning.criteria.lamp import LAMP
from explain.pruning.criteria.magnitude import MAGNITUDE
from explain.pruning.criteria.mean_activation import MEAN_ACTIVATION
from explain.pruning.criteria.taylor import TAYLOR
from explain.pruning.criteria.wanda import WANDA, WANDA_GLOBAL
from explain.pruning.grains.block import BLOCK
from explain.pruning.grains.channel import CHANNEL
from explain.pruning.grains.column import COLUMN
from explain.pruning.grains.head import HEAD
from explain.pruning.grains.kernel import KERNEL
from explain.pruning.grains.neuron import NEURON
from explain.pruning.grains.nm import N_OF_M
from explain.pruning.grains.row import ROW
from explain.pruning.grains.unit import UNIT
from explain.pruning.grains.weight import WEIGHT

CRITERIA: tuple[Criterion, ...] = (
    MAGNITUDE,
    LAMP,
    TAYLOR,
    WANDA,
    WANDA_GLOBAL,
    RANDOM,
    L1_NORM,
    L2_NORM,
    MEAN_ACTIVATION,
    APOZ,
    RANDOM_UNITS,
)

GRAINS: tuple[Grain, ...] = (
    WEIGHT,
    UNIT,
    NEURON,
    CHANNEL,
    ROW,
    COLUMN,
    KERNEL,
    HEAD,
    BLOCK,
    N_OF_M,
)


def criterion(key: str) -> Criterion:
    """Return the criterion of that key.

    Raises:
        UnknownKey: there is none; the hint names the nearest.
    """
    return record_of_key(CRITERIA, key, "criterion")


def grain(key: str) -> Grain:
    """Return the grain of that key.

    Raises:
        UnknownKey: there is none; the hint names the nearest.
    """
    return record_of_key(GRAINS, key, "granularity")
