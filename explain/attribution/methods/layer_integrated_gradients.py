"""Layer integrated gradients: integrated gradients from the embedding on, for texts."""

from explain.attribution.methods.integrated_gradients import (
    STEPS,
    integrated_gradients,
    integrated_gradients_passes,
)
from explain.attribution.places import has_ids, no_gradient
from explain.core.messages import Message
from explain.core.methods import Attributor

LAYER_INTEGRATED_GRADIENTS = Attributor(
    key="layer-integrated-gradients",
    title="Layer integrated gradients",
    line="What each token adds to the output on the way from the baseline's embedding to its own.",
    family="layer",
    function=integrated_gradients,
    formula="Σ_d (e_d - b_d) · ∫₀¹ ∂f(b + t(e - b))/∂e_d dt, e the embedding of the token",
    source="Sundararajan et al. 2017, arXiv:1703.01365, equation 1; Captum's "
    "LayerIntegratedGradients",
    passes=integrated_gradients_passes,
    differs="On text it is what integrated gradients are: both run at the embedding, by "
    "Gauss-Legendre quadrature. What is computed from the ids beside it, a padding mask, stays.",
    parameters=(STEPS,),
    complete=True,
    baseline=True,
    fits=lambda subject: (
        no_gradient(subject) if has_ids(subject) else Message("attribution.only_texts")
    ),
)
