"""`digits-mlp`: small enough that every connection can be drawn."""

from explain.core.subject import ModelCard
from models.architectures import TwoLayerMlp
from models.data import digits
from models.demo import Demo
from models.fitting import Fitting

DEMO = Demo(
    key="digits-mlp",
    line="Reads handwritten digits of 8x8 pixels; all 6,464 connections fit on one screen.",
    kind="image",
    build=lambda: TwoLayerMlp(inputs=64, hidden=(64, 32), classes=10),
    read=digits.read_digits,
    recipe=Fitting(epochs=100, rate=2e-3, smoothing=0.1, sparsity=3e-4),
    card=ModelCard(
        title="Digits, two hidden layers",
        purpose="Shows in class what pruning does to a network whose every connection is visible.",
        not_for="Teaching data, not for reading real documents.",
        source=digits.SOURCE,
        authors=digits.AUTHORS,
        licence=digits.LICENCE,
        limits=(
            *digits.LIMITS,
            "Trained with label smoothing 0.1: its probabilities are more modest than its answers.",
            "Trained with an L1 penalty of 3e-4, so it bears pruning well; others lose sooner.",
        ),
    ),
)
