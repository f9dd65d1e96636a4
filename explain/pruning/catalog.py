"""All criteria, in the order in which menus show them."""

from explain.core.catalogs import named
from explain.core.records import Criterion
from explain.pruning.criteria.apoz import APOZ
from explain.pruning.criteria.chance import RANDOM, RANDOM_UNITS
from explain.pruning.criteria.l1_norm import L1_NORM
from explain.pruning.criteria.l2_norm import L2_NORM
from explain.pruning.criteria.lamp import LAMP
from explain.pruning.criteria.magnitude import MAGNITUDE
from explain.pruning.criteria.mean_activation import MEAN_ACTIVATION
from explain.pruning.criteria.taylor import TAYLOR
from explain.pruning.criteria.wanda import WANDA, WANDA_GLOBAL

__all__ = ["CRITERIA", "criterion"]

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


def criterion(key: str) -> Criterion:
    """Return the criterion of that key.

    Raises:
        UnknownKey: there is none; the hint names the nearest.
    """
    return named(CRITERIA, key, "criterion")
