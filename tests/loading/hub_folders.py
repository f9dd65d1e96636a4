"""A folder as Transformers saves it of a small BERT."""

import io
import json
import zipfile

import torch
from safetensors.torch import save

from tests.registry.test_bert import HEADS, WORDS, weights_of_bert

NAMES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "win", "money", "hello", "friend"]
CONFIG = {
    "model_type": "bert",
    "num_attention_heads": HEADS,
    "hidden_act": "gelu",
    "layer_norm_eps": 1e-12,
    "pad_token_id": 0,
    "id2label": {"0": "ham", "1": "spam", "2": "news"},
}
TEXTS = "text,label\n" + "hello friend,ham\nwin money win,spam\nhello,news\n" * 2


def hub_folder():
    """Return what lies in such a folder: name -> content."""
    torch.manual_seed(0)
    weights = weights_of_bert("bert.", "classifier", segments=2, pooler="bert.pooler.dense")
    words = [*NAMES, *(f"word{at}" for at in range(WORDS - len(NAMES)))]
    return {
        "model.safetensors": save(weights),
        "config.json": json.dumps(CONFIG).encode(),
        "vocab.txt": "\n".join(words).encode(),
        "README.md": b"# A model",
    }


def zipped(contents, folder="mine/"):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(f"{folder}{name}", content)
    return out.getvalue()
