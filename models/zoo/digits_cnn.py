"""`digits-cnn`: convolutions, BatchNorm and a residual connection on small pictures."""

from explain.core.subject import ModelCard
from models.architectures import ResidualCnn
from models.data import digits
from models.demo import Demo
from models.fitting import Fitting

DEMO = Demo(
    key="digits-cnn",
    line="Reads the same digits with four convolutions, BatchNorm and a shortcut.",
    kind="image",
    build=lambda: ResidualCnn(width=16, wide=24, classes=10),
    read=digits.read_digits,
    recipe=Fitting(epochs=30, rate=5e-3, smoothing=0.1),
    card=ModelCard(
        title="Digits, convolutions with a residual",
        purpose="Shows filters, channels, feature maps and why BatchNorm must follow the pruning.",
        not_for="Teaching data, not for reading real documents.",
        source=digits.SOURCE,
        authors=digits.AUTHORS,
        licence=digits.LICENCE,
        limits=(
            *digits.LIMITS,
            "Trained with label smoothing 0.1: its probabilities are more modest than its answers.",
        ),
    ),
)
