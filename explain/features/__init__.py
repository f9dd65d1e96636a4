"""What units do with a sample: values, maps, what they see, and how closely they keep to it."""

from explain.features.arithmetic import Arithmetic, arithmetic
from explain.features.claim import Claim, check_claim, localisation_claim
from explain.features.evolution import Evolution, evolution
from explain.features.fields import Box, EffectiveField, effective_field, receptive_field
from explain.features.kernels import Kernels, kernels
from explain.features.localisation import SPARSITY_WARNING, localisation
from explain.features.mappable import mappable_layers
from explain.features.maps import dead_channels, feature_maps, largest_activation
from explain.features.passes import unit_values
from explain.features.top_samples import TopSample, top_samples

__all__ = [
    "SPARSITY_WARNING",
    "Arithmetic",
    "Box",
    "Claim",
    "EffectiveField",
    "Evolution",
    "Kernels",
    "TopSample",
    "arithmetic",
    "check_claim",
    "dead_channels",
    "effective_field",
    "evolution",
    "feature_maps",
    "kernels",
    "largest_activation",
    "localisation",
    "localisation_claim",
    "mappable_layers",
    "receptive_field",
    "top_samples",
    "unit_values",
]
