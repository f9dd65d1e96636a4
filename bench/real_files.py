"""Print what becomes of the networks that ONNX ships: `python -m bench.real_files`.

Its own PyTorch files, its whole networks with weights of one value, and every case of the standard,
one node each, all inputs but the first written into the file. Read, run on the inputs beside them,
and compared with the outputs beside them: wrong is what differs by more than 0.1 % or 10⁻⁵.
"""

import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import ModelProto, TensorProto, numpy_helper

from explain.core.errors import ExplainError, ImportRefused
from explain.core.messages import Message
from explain.core.resources import use_one_thread
from explain.network import holding
from models.loading.files.onnx import read_onnx
from models.loading.limits import LIMITS

Numbers = NDArray[np.generic]
DATA = Path(onnx.__file__).parent / "backend" / "test" / "data"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A file, and what it is given and has to answer; nothing where that is not told."""

    name: str
    data: bytes
    inputs: Sequence[Numbers] = ()
    wanted: Numbers | None = None


def shipped(kind: str) -> Iterator[Case]:
    """Yield the networks in a folder of ONNX's data, by name; of several data sets the first."""
    for path in sorted((DATA / kind).iterdir()):
        file = path / "model.onnx" if path.is_dir() else path
        if file.suffix != ".onnx":
            continue
        data, folder = file.read_bytes(), path / "test_data_set_0"
        if not folder.is_dir():
            yield Case(name=path.name, data=data)
            continue
        graph = ModelProto.FromString(data).graph
        count = len({port.name for port in graph.input} - {t.name for t in graph.initializer})
        yield Case(
            name=path.name,
            data=data,
            inputs=[_values(folder / f"input_{place}.pb") for place in range(count)],
            wanted=_values(folder / "output_0.pb"),
        )


def single_nodes() -> Iterator[Case]:
    """Yield the cases of the standard whose other inputs can be written into the file."""
    from onnx.backend.test.case.node import collect_testcases  # noqa: PLC0415 - takes seconds

    for found in collect_testcases(None):
        if found.model is None or not found.model.graph.input or not found.data_sets:
            continue
        ports = list(found.model.graph.input)
        given, wanted = found.data_sets[0]
        try:
            arrays = [np.asarray(value) for value in given]
            tensors = [
                numpy_helper.from_array(array, port.name)
                for port, array in zip(ports[1:], arrays[1:], strict=True)
            ]
            answer = np.asarray(wanted[0]).astype(np.float64)
        except (AttributeError, KeyError, NotImplementedError, TypeError, ValueError):
            continue  # sequences, texts, and numbers of fewer bits than numpy has
        file = ModelProto.FromString(found.model.SerializeToString())
        del file.graph.input[1:]
        file.graph.initializer.extend(tensors)
        name = found.name
        yield Case(name=name, data=file.SerializeToString(), inputs=arrays[:1], wanted=answer)


def _values(path: Path) -> Numbers:
    found: Numbers = numpy_helper.to_array(TensorProto.FromString(path.read_bytes()))
    return found


def outcome(case: Case) -> str:
    """Return "exact", "read" where nothing is told, "wrong", or why the file is refused.

    Where a file returns several values the first is chosen, which is what the data tell.
    """
    try:
        reading = read_onnx(case.data, LIMITS, output="0")
    except ImportRefused as error:
        return _reason(error)
    network = reading.network
    if network is None or case.wanted is None:
        return "read"
    try:
        inputs = [torch.from_numpy(np.array(value)) for value in case.inputs]
        usual = [value.float() if value.is_floating_point() else value for value in inputs]
        for entry, value in zip(reading.inputs, usual, strict=True):
            network = holding(network, entry, 0, value) if entry.tensor else network
        rows = [v for e, v in zip(reading.inputs, usual, strict=True) if not e.tensor]
        found = network(*rows).detach().numpy()
    except (ExplainError, TypeError, ValueError):
        return "read"  # bfloat16, or no rows at all
    wanted = case.wanted.astype(np.float32)
    near = found.shape == wanted.shape and np.allclose(found, wanted, 1e-3, 1e-5, equal_nan=True)
    return "exact" if near else "wrong"


def _reason(error: ImportRefused) -> str:
    said = error.messages[0]
    if not isinstance(said, Message):
        return str(said)
    why = said.values.get("why")
    found = why.key if isinstance(why, Message) else said.key.removesuffix(".says")
    return found.rpartition(".")[2]


_TOLD = ("exact", "read", "wrong")


def main() -> None:
    """Print the table, and why files are refused."""
    use_one_thread()
    warnings.simplefilter("ignore")
    kinds = ("pytorch-converted", "pytorch-operator", "simple", "light")
    sets = {kind: shipped(kind) for kind in kinds} | {"single nodes": single_nodes()}
    print("| set | files | exact | read, not compared | wrong | refused, and why |")
    print("|---|---|---|---|---|---|")
    for name, cases in sets.items():
        found = Counter(map(outcome, cases))
        refused = Counter({why: n for why, n in found.items() if why not in _TOLD})
        told = " | ".join(str(found[kind]) for kind in _TOLD)
        why = ", ".join(f"{reason} {count}" for reason, count in refused.most_common(8))
        print(f"| {name} | {found.total()} | {told} | {refused.total()}: {why} |", flush=True)


if __name__ == "__main__":
    main()
