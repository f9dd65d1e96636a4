"""LRP: relevance of the output, handed back layer by layer."""

from torch import Tensor, nn

from explain.attribution.rewiring import operations_as_modules
from explain.attribution.rules import LRP_RULES, no_rule
from explain.attribution.view import View
from explain.core.methods import Attributor, Options, Parameter
from explain.network.graph import batch_norm_after
from explain.network.lifted import Lifted


def lrp(view: View, options: Options) -> Tensor:
    """Return the relevance of each part for the output."""
    from captum.attr import LRP as CAPTUM_LRP

    own = view.isolated()
    own = own.of(_with_rules(operations_as_modules(_owning(own.model)), options["epsilon"]))
    values = CAPTUM_LRP(own.model).attribute(
        own.inputs, target=own.targets, additional_forward_args=own.fixed or None
    )
    return own.of_parts(values)


def _owning(network: Lifted) -> Lifted:
    """Return a copy with tensors of its own: Captum writes them back where it found them."""
    return network.with_parameters({n: t.clone() for n, t in network.weights().items()})


def _with_rules(network: Lifted, epsilon: float) -> Lifted:
    """Hang a rule on every layer that computes; epsilon counts once per layer of weights."""
    from captum.attr._utils.lrp_rules import EpsilonRule

    norms = batch_norm_after(network)
    last = {norm or layer for layer, norm in norms.items()}
    for name, module in network.named_modules():
        if any(True for _ in module.children()) or isinstance(module, (nn.ReLU, nn.Tanh)):
            continue
        module.rule = EpsilonRule(epsilon if name in last else _TINY)
    return network


_TINY = 1e-9

LRP = Attributor(
    key="lrp",
    title="Layer-wise relevance propagation",
    line="The output handed back layer by layer, to each input as much as it brought.",
    family="gradient",
    function=lrp,
    formula="R_j = Σ_k z_jk / (z_k + ε · sign z_k) · R_k, z_jk = x_j w_jk, z_k = Σ_j z_jk + bias",
    source="Bach et al. 2015, doi:10.1371/journal.pone.0130140, equation 58 (epsilon rule)",
    passes=lambda _subject, _options: 4.0,
    differs="Biases and ε keep a share of the relevance, so no sum is promised. With a tiny ε a "
    "ReLU network gives input × gradient. A BatchNorm is one layer with what it follows.",
    parameters=(
        Parameter(
            key="epsilon",
            title="Epsilon",
            line="Takes relevance from units that hardly answer: larger is calmer and sparser.",
            default=0.1,
            low=1e-9,
            high=10.0,
            whole=False,
        ),
    ),
    fits=lambda subject: no_rule(subject, LRP_RULES),
)
