"""What a module is to people who look at a network."""

from torch import nn

from explain.network.modules import Einsum, MatMul, ScaledDotProductAttention

CONVOLUTIONS = (
    nn.Conv1d,
    nn.Conv2d,
    nn.Conv3d,
    nn.ConvTranspose1d,
    nn.ConvTranspose2d,
    nn.ConvTranspose3d,
)
RECURRENT = (nn.RNNBase, nn.RNNCellBase)
BATCH_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)
UNIT_LAYERS = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)
"""Layers of which each row of the weight is one unit."""

PRUNABLE = (nn.Linear, *CONVOLUTIONS, *RECURRENT)
"""Layers whose weights pruning may touch."""

_KINDS: tuple[tuple[str, tuple[type[nn.Module], ...]], ...] = (
    ("linear", (nn.Linear,)),
    ("conv", CONVOLUTIONS),
    ("recurrent", RECURRENT),
    ("embedding", (nn.Embedding,)),
    (
        "norm",
        (
            *BATCH_NORMS,
            nn.LayerNorm,
            nn.GroupNorm,
            nn.RMSNorm,
            nn.InstanceNorm1d,
            nn.InstanceNorm2d,
            nn.InstanceNorm3d,
        ),
    ),
    (
        "pool",
        (
            nn.MaxPool1d,
            nn.MaxPool2d,
            nn.MaxPool3d,
            nn.AvgPool1d,
            nn.AvgPool2d,
            nn.AvgPool3d,
            nn.AdaptiveAvgPool1d,
            nn.AdaptiveAvgPool2d,
            nn.AdaptiveAvgPool3d,
            nn.AdaptiveMaxPool1d,
            nn.AdaptiveMaxPool2d,
            nn.AdaptiveMaxPool3d,
        ),
    ),
    ("attention", (ScaledDotProductAttention,)),
    ("other", (MatMul, Einsum)),
)


def kind_of(module: nn.Module) -> str:
    """Return the kind of a layer; what is none of the others is an activation."""
    return next((kind for kind, types in _KINDS if isinstance(module, types)), "activation")
