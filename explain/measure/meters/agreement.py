"""Agreement: the share of decisions that equal the dense network's, where there are no labels."""

from dataclasses import replace

from explain.measure.meters.accuracy import ACCURACY

AGREEMENT = replace(
    ACCURACY,
    key="agreement",
    title="agreement with the dense network",
    line="Share of decisions that equal the dense network's; no labels needed.",
    needs_targets=False,
)
