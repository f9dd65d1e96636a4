"""`four-digits-taxed`: a network that has modules, because its wires were taxed."""

from explain.core.subject import ModelCard
from models.architectures import TwoLayerMlp
from models.baseline import places_read
from models.data import side_by_side
from models.demo import Demo
from models.fitting import Fitting, stretches
from models.wires import mlp_of, shrunk

DEMO = Demo(
    key="four-digits-taxed",
    line="Reads four digits side by side and has a module for each: long wires cost in training.",
    kind="image",
    build=lambda: TwoLayerMlp(inputs=256, hidden=(128, 64), classes=40),
    read=side_by_side.read_side_by_side,
    recipe=Fitting(epochs=40, batch=64, rate=2e-3, decay=0.0, tax=4e-3, kept=0.1),
    folds=stretches,
    findings=places_read,
    finish=shrunk,
    frame=mlp_of,
    card=ModelCard(
        title="Four digits, wires taxed",
        purpose="Shows modules that are there: hiding one takes one of the four digits away.",
        not_for="Teaching data, not for reading real documents.",
        source=side_by_side.SOURCE,
        authors=side_by_side.AUTHORS,
        licence=side_by_side.LICENCE,
        limits=(
            *side_by_side.LIMITS,
            (
                "Told in training: where inputs and outputs stand, and that a weight costs its "
                "size times the length of its wire; nine of ten weights were taken out. Not told: "
                "which hidden units serve which digit. Hidden units without weights are left out, "
                "the others stand in a random order."
            ),
            (
                "Hiding one of the four modules that are found (units at their mean) leaves 0.09 "
                "to 0.15 of its own digits read right and 0.87 to 0.95 of the others, in both "
                "trainings; at zero others suffer too: python -m bench.digit_modules."
            ),
        ),
    ),
)
