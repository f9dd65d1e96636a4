"""`retina-cnn`: does it look at the vessel, and what does BatchNorm do when it is pruned?"""

from explain.core.subject import ModelCard
from models.architectures import PatchCnn
from models.baseline import COLOURS, collapse
from models.data import retina
from models.demo import Demo
from models.fitting import Fitting, stretches

DEMO = Demo(
    key="retina-cnn",
    line="Tells patches of an eye photograph with a vessel from those without; the truth is known.",
    kind="image",
    build=lambda: PatchCnn(widths=(12, 24, 32), classes=2),
    read=retina.read_retina,
    recipe=Fitting(epochs=20, rate=3e-3, mirrored=True, seeds=(2, 4)),
    baseline=COLOURS,
    folds=stretches,
    findings=collapse,
    card=ModelCard(
        title="Vessels in a retina",
        purpose="Shows whether feature maps and reasons lie on the vessels, before and after.",
        not_for="Teaching data, not for diagnosis.",
        source=retina.SOURCE,
        authors=retina.AUTHORS,
        licence=retina.LICENCE,
        limits=(
            *retina.LIMITS,
            (
                "Chosen among four trainings because it shows a collapse: without half of their "
                "weights they reached a balanced accuracy of 0.50, 0.68, 0.71 and 0.84, and with "
                "new statistics of BatchNorm 0.90 to 0.92 again."
            ),
            (
                "The held-out scores were seen while the recipe was chosen, so they are slightly "
                "too good."
            ),
        ),
    ),
)
