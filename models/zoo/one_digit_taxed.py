"""`one-digit-taxed`: the control of `four-digits-taxed`: taxed wires, but a single thing to do."""

from explain.core.subject import ModelCard
from models.architectures import TwoLayerMlp
from models.data import digits
from models.demo import Demo
from models.fitting import Fitting
from models.wires import mlp_of, shrunk

DEMO = Demo(
    key="one-digit-taxed",
    line="Reads one digit with taxed wires: what is found here is due to the tax alone.",
    kind="image",
    build=lambda: TwoLayerMlp(inputs=64, hidden=(128, 64), classes=10),
    read=digits.read_digits,
    recipe=Fitting(epochs=180, batch=64, rate=2e-3, decay=0.0, apart=True, tax=4e-3, kept=0.1),
    finish=shrunk,
    frame=mlp_of,
    card=ModelCard(
        title="One digit, wires taxed",
        purpose="Shows what short wires alone look like, where there is one thing to read.",
        not_for="Teaching data, not for reading real documents.",
        source=digits.SOURCE,
        authors=digits.AUTHORS,
        licence=digits.LICENCE,
        limits=(
            *digits.LIMITS,
            (
                "Trained as the four digits with taxed wires, each class as a label of its own: "
                "its probabilities are not calibrated."
            ),
            (
                "Parts are found here too, 2 in either training, but hiding one "
                "takes no class away alone: python -m bench.digit_modules."
            ),
        ),
    ),
)
