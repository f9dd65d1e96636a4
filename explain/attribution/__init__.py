"""Which parts of a sample an output comes from, and how that differs between two networks."""

from explain.attribution.amounts import integrated_gradients_at
from explain.attribution.band import ROWS, STEPS, NoiseBand, noise_band
from explain.attribution.baselines import BASELINES, Baseline, baseline, usual_baseline
from explain.attribution.catalog import ATTRIBUTORS, attributor, fitting_attributors
from explain.attribution.deletion import Deletion, deletion
from explain.attribution.drift import drift, drift_curve
from explain.attribution.explaining import explain_rows
from explain.attribution.importance import Importance, importance, pixel_change, share_change
from explain.attribution.noise import noisy, random_weights
from explain.attribution.nothing import baseline_outputs, least_sure
from explain.attribution.places import cuts
from explain.attribution.questions import by_question
from explain.attribution.sanity import Sanity, sanity
from explain.attribution.several_inputs import explainable_inputs, input_to_explain
from explain.attribution.similarity import overlap

__all__ = [
    "ATTRIBUTORS",
    "BASELINES",
    "ROWS",
    "STEPS",
    "Baseline",
    "Deletion",
    "Importance",
    "NoiseBand",
    "Sanity",
    "attributor",
    "baseline",
    "baseline_outputs",
    "by_question",
    "cuts",
    "deletion",
    "drift",
    "drift_curve",
    "explain_rows",
    "explainable_inputs",
    "fitting_attributors",
    "importance",
    "input_to_explain",
    "integrated_gradients_at",
    "least_sure",
    "noise_band",
    "noisy",
    "overlap",
    "pixel_change",
    "random_weights",
    "sanity",
    "share_change",
    "usual_baseline",
]
