"""All metrics, in menu order."""

from explain.core.methods import Meter, record_of_key
from explain.measure.meters.accuracy import ACCURACY
from explain.measure.meters.agreement import AGREEMENT
from explain.measure.meters.auc import AUC
from explain.measure.meters.balanced_accuracy import BALANCED_ACCURACY
from explain.measure.meters.label_accuracy import LABEL_ACCURACY
from explain.measure.meters.macro_f1 import MACRO_F1
from explain.measure.meters.r_squared import R_SQUARED

METERS: tuple[Meter, ...] = (
    ACCURACY,
    BALANCED_ACCURACY,
    AUC,
    MACRO_F1,
    LABEL_ACCURACY,
    R_SQUARED,
    AGREEMENT,
)


def meter(key: str) -> Meter:
    """Return the metric of that key, or raise UnknownKey, whose hint names the nearest."""
    return record_of_key(METERS, key, "metric")
