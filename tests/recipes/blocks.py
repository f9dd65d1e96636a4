"""The recipes of the how-to, what users have before them, and what we ask afterwards."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
_PAGE = ROOT / "docs" / "how-to" / "bring-your-own-model.md"
_BLOCK = re.compile(
    r"<!-- recipe: ([a-z0-9-]+) -->\n```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL
)

_TORCH = """
import torch
torch.manual_seed(0)
network = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 2)).eval()
example = torch.randn(3, 4)
"""

_TORCH_AFTER = """
import numpy
inputs = torch.randn(20, 4)
numpy.savez("expected.npz", inputs=inputs, outputs=network(inputs).detach())
"""

BEFORE = {
    "pt2": _TORCH,
    "safetensors": _TORCH,
    "state-dict": _TORCH,
    "onnx": _TORCH,
    "keras": """
import os
os.environ["KERAS_BACKEND"] = "torch"
import keras
import numpy
keras.utils.set_random_seed(0)
x = numpy.random.default_rng(0).normal(size=(20, 8, 8, 1)).astype("float32")
model = keras.Sequential([
    keras.layers.Conv2D(4, 3, activation="relu"),
    keras.layers.BatchNormalization(),
    keras.layers.MaxPooling2D(),
    keras.layers.Flatten(),
    keras.layers.Dense(3, activation="softmax"),
])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x, numpy.arange(20) % 3, verbose=0)
""",
    "scikit-learn": """
import warnings
warnings.simplefilter("ignore")
from sklearn.datasets import load_iris
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
x, y = load_iris(return_X_y=True)
features = ["sepal length", "sepal width", "petal length", "petal width"]
model = make_pipeline(StandardScaler(), MLPClassifier((16, 8), max_iter=1000, random_state=0))
model.fit(x, y)
""",
    "hugging-face": """
import torch
from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast
torch.manual_seed(0)
words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "win", "money", "hello", "friend", "##s"]
labels = {0: "ham", 1: "spam"}
config = BertConfig(
    vocab_size=len(words), hidden_size=32, num_hidden_layers=2, num_attention_heads=4,
    intermediate_size=64, max_position_embeddings=64, id2label=labels,
    label2id={"ham": 0, "spam": 1},
)
BertForSequenceClassification(config).save_pretrained("path/to/model")
tokenizer = BertTokenizerFast(vocab={word: place for place, word in enumerate(words)})
tokenizer.save_pretrained("path/to/model")
""",
}
"""Recipe -> what somebody has when they come to it."""

AFTER = {
    "pt2": _TORCH_AFTER,
    "safetensors": _TORCH_AFTER,
    "state-dict": _TORCH_AFTER,
    "onnx": _TORCH_AFTER,
    "keras": """
numpy.savez("expected.npz", inputs=x, outputs=model.predict(x, verbose=0))
""",
    "scikit-learn": """
np.savez("expected.npz", inputs=x.astype(np.float32), outputs=model.predict_proba(x))
with open("data.csv", "w") as file:
    file.write(",".join([*features, "species"]) + "\\n")
    for row, answer in zip(x, y):
        file.write(",".join(map(str, [*row, answer])) + "\\n")
""",
    "hugging-face": """
import numpy
from transformers import AutoModelForSequenceClassification, AutoTokenizer
classifier = AutoModelForSequenceClassification.from_pretrained("path/to/model").eval()
texts = ["hello friend", "win money", "friends win hello moneys now", "hello"]
found = AutoTokenizer.from_pretrained("path/to/model")(texts, padding=True, return_tensors="pt")
outputs = classifier(found["input_ids"], attention_mask=found["attention_mask"]).logits
numpy.savez("expected.npz", inputs=found["input_ids"], mask=found["attention_mask"],
            outputs=outputs.detach())
with open("data.csv", "w") as file:
    file.write("text,label\\n" + "".join(f"{text},ham\\n{text},spam\\n" for text in texts))
""",
}
"""Recipe -> what the library itself answers, and data."""


def recipe(name: str) -> tuple[str, str]:
    """Return the language and the lines of a recipe of the page."""
    text = _PAGE.read_text(encoding="utf-8")
    return {key: (language, body) for key, language, body in _BLOCK.findall(text)}[name]


def names() -> set[str]:
    """Return every recipe that the page marks."""
    return {key for key, _, _ in _BLOCK.findall(_PAGE.read_text(encoding="utf-8"))}
