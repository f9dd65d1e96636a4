"""Write a text classifier of Hugging Face as files that Sparsight reads.

    python tools/export_hf.py NAME_OR_FOLDER OUT_FOLDER [--length 128] [--title "My classifier"]

Run it where your model runs: it needs torch and transformers, and nothing of Sparsight. It writes

    model.pt2        the network: token ids and their mask in, one logit per class out, any number
                     of texts of any length; the model card is inside
    tokenizer.json   how texts become ids (or vocab.txt, where the tokenizer has no such file)

and checks that the written network answers like the original, at another number and length.
No code of the model's repository is run: models that need it are not loaded.
"""

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import AutoModelForSequenceClassification, AutoTokenizer

TOLERANCE = 1e-5


class Logits(nn.Module):
    """The classifier with two inputs and one output."""

    def __init__(self, classifier: nn.Module) -> None:
        super().__init__()
        self.classifier = classifier

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Return one logit per class."""
        found = self.classifier(input_ids=input_ids, attention_mask=attention_mask)
        return found.logits


def main() -> None:
    """Export what the command line asks for."""
    wanted = _arguments()
    network = Logits(_classifier(wanted.source)).eval()
    out = Path(wanted.out)
    out.mkdir(parents=True, exist_ok=True)
    tokenizer = _saved_tokenizer(wanted.source, out)
    card = _card(network.classifier.config, wanted, tokenizer)
    longest = _longest(network.classifier.config, wanted.length)
    program = _exported(network, longest)
    _check(network, program, longest)
    extra = {"model_card.json": json.dumps(card, ensure_ascii=False)}
    torch.export.save(program, out / "model.pt2", extra_files=extra)
    print(f"Wrote {out / 'model.pt2'} and {out / tokenizer}: {len(card['labels'])} classes.")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", help="a folder with config.json, or a name on the hub")
    parser.add_argument("out", help="the folder to write to")
    parser.add_argument("--length", type=int, default=128, help="tokens of a text at most")
    parser.add_argument("--title", default="", help="what the card calls the network")
    return parser.parse_args()


def _classifier(source: str) -> nn.Module:
    return AutoModelForSequenceClassification.from_pretrained(
        source, trust_remote_code=False, use_safetensors=True, dtype=torch.float32
    )


def _saved_tokenizer(source: str, out: Path) -> str:
    """Write the tokenizer's own file and return its name."""
    tokenizer = AutoTokenizer.from_pretrained(source, trust_remote_code=False)
    with tempfile.TemporaryDirectory() as folder:
        tokenizer.save_pretrained(folder)
        for name in ("tokenizer.json", "vocab.txt"):
            if (Path(folder) / name).exists():
                shutil.copyfile(Path(folder) / name, out / name)
                return name
    sys.exit("The tokenizer writes neither tokenizer.json nor vocab.txt; give ids as an npz file.")


def _card(config: object, wanted: argparse.Namespace, tokenizer: str) -> dict[str, object]:
    labels = [str(config.id2label[place]) for place in range(config.num_labels)]
    return {
        "schema": 1,
        "title": wanted.title or Path(wanted.source).name,
        "task": "classification",
        "modality": "text",
        "input": {"names": ["input_ids", "attention_mask"], "dtype": "int64"},
        "preprocess": {"tokenizer": tokenizer, "length": wanted.length},
        "labels": labels,
        "output": "logits",
        "baseline": "pad",
    }


def _longest(config: object, length: int) -> int:
    """Return the longest text that the network takes, at most as wanted."""
    positions = getattr(config, "max_position_embeddings", length)
    offset = 2 if config.model_type in {"roberta", "xlm-roberta", "camembert"} else 0
    return min(length, positions - offset)


def _texts(rows: int, length: int) -> tuple[Tensor, Tensor]:
    """Return ids that every vocabulary has, with a mask that hides the end of one text."""
    ids = torch.arange(rows * length).reshape(rows, length) % 7 + 3
    mask = torch.ones_like(ids)
    mask[0, -2:] = 0
    return ids, mask


def _exported(network: nn.Module, longest: int) -> torch.export.ExportedProgram:
    rows = torch.export.Dim("rows", min=1, max=100_000)
    length = torch.export.Dim("length", min=2, max=longest)
    sizes = {0: rows, 1: length}
    with torch.no_grad():
        return torch.export.export(
            network, _texts(3, min(9, longest)), dynamic_shapes=(sizes, sizes)
        )


def _check(network: nn.Module, program: torch.export.ExportedProgram, longest: int) -> None:
    inputs = _texts(2, min(12, longest))
    with torch.no_grad():
        apart = (program.module()(*inputs) - network(*inputs)).abs().max().item()
    if not apart <= TOLERANCE:
        sys.exit(f"The exported network answers differently (by {apart:.2g}); nothing was written.")


if __name__ == "__main__":
    main()
