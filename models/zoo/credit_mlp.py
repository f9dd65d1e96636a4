"""`credit-mlp`: whose loan decisions change first?"""

from explain.core.subject import ModelCard
from models.architectures import TwoLayerMlp
from models.data import credit
from models.demo import Demo
from models.fitting import Fitting

DEMO = Demo(
    key="credit-mlp",
    line="Tells good loans from bad ones by 13 facts about borrower and loan; 4,454 loans.",
    kind="table",
    build=lambda: TwoLayerMlp(inputs=31, hidden=(64, 32), classes=2),
    read=credit.read_credit,
    recipe=Fitting(epochs=30, batch=64, decay=1.0),
    card=ModelCard(
        title="Loans repaid and not repaid",
        purpose="Shows whose decisions change when a network of the finance kind is made smaller.",
        not_for="Teaching data, not for lending.",
        source=credit.SOURCE,
        authors=credit.AUTHORS,
        licence=credit.LICENCE,
        limits=credit.LIMITS,
    ),
)
