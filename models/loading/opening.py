"""From the bytes of a model file to what the rest of the project works with."""

import hashlib
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from torch import Tensor

from explain.core.errors import ImportRefused
from explain.core.messages import Message
from explain.core.resources import Progress, silent
from explain.network import (
    Lifted,
    NetworkInput,
    Output,
    rows_stand_alone,
    rows_to_prove,
    with_free_batch,
)
from models.loading.files.raw_tensors import Reading
from models.loading.files.signatures import ROLES, Role
from models.loading.limits import LIMITS, Limits
from models.loading.paths import read_file
from models.loading.preflight import Preflight, preflight
from models.loading.processes.child import NotStarted, run_job
from models.loading.processes.jobs import outputs_from, reading_from

_NAME = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFile:
    """A model file that was read: what is inside, and where it comes from.

    `name`: what the file is called, for people, never a path. `bytes`: its size. `format`,
    `network` or bare `tensors`, the embedded `card`, `classes`, `inside`, `prefix`, `words`,
    `inputs`, `outputs`, `output`, `parts`, `part` and `warnings`: as in the `Reading`.
    `preflight`: what one row of the network takes, None for bare weights. `seconds`: what reading
    took.
    """

    sha256: str
    bytes: int
    name: str
    format: str
    network: Lifted | None
    tensors: Mapping[str, Tensor]
    card: Mapping[str, object] | None
    classes: tuple[str, ...]
    warnings: tuple[Message, ...]
    preflight: Preflight | None
    seconds: float
    inside: tuple[str, ...] = ()
    prefix: str = ""
    words: str = ""
    inputs: tuple[NetworkInput, ...] = ()
    outputs: tuple[Output, ...] = ()
    output: str = ""
    parts: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    part: str = ""


def open_model(
    source: bytes | Path,
    *,
    name: str = "",
    output: str | int = "",
    part: str = "",
    shape: Sequence[int] = (),
    limits: Limits = LIMITS,
    progress: Progress | None = None,
) -> ModelFile:
    """Return what a model file holds; no code of it runs.

    `source`: the bytes, or the path of a file that the caller may read. `name`: what the file is
    called. `output`: which of several values that the network returns is its answer, by name or
    place; `part`: which of several networks in it; `shape`: of one sample, which free sizes of an
    .onnx file are fixed to where they have to be. The file is taken apart in a process of its own;
    what comes back is checked again here, and a network is rehearsed without numbers before it may
    run. `progress` gets the share done and words, and may raise `Cancelled`. Cost: 0.1 s once the
    process server is warm, and about 1 s per 100 MB.

    Raises:
        ImportRefused: a file that is not taken in, with the reason.
    """
    started = time.perf_counter()
    tell = progress or silent
    tell(0.0, "opening")
    data = read_file(source, limits.file_bytes) if isinstance(source, Path) else source
    wanted = {"output": str(output), "part": part, "shape": list(shape)}
    found, tensors = run_job("model", data, wanted, limits, progress=progress)
    # The reader saw the bytes of a stranger: what it hands back is checked as if it were theirs.
    tell(0.9, "checking")
    reading = reading_from(found, tensors, limits)
    reading, cost = _free(reading, limits)
    arrived = tuple(_zeros(reading))
    return ModelFile(
        sha256=hashlib.sha256(data).hexdigest(),
        bytes=len(data),
        name=shown_name(name or (source.name if isinstance(source, Path) else "")),
        format=reading.format,
        network=reading.network,
        tensors=reading.tensors,
        card=reading.card,
        classes=reading.classes,
        inside=reading.inside,
        prefix=reading.prefix,
        words=reading.words,
        inputs=reading.inputs,
        outputs=reading.outputs,
        output=reading.output,
        parts=reading.parts,
        part=reading.part,
        warnings=(*reading.warnings, *arrived),
        preflight=cost,
        seconds=time.perf_counter() - started,
    )


def answer_named(opened: ModelFile) -> str:
    """Return the name of the answer where the network returns several values, else ""."""
    return opened.output if len(opened.outputs) > 1 else ""


def outputs_offered(data: bytes, limits: Limits = LIMITS) -> tuple[Output, ...]:
    """Return what the network in a file returns, also where the file itself is refused.

    It is told by the file, in a process of its own; nothing where it cannot be told.
    """
    try:
        return outputs_from(run_job("outputs", data, {}, limits)[0])
    except ImportRefused:
        return ()


_SPARSE = 0.05
"""The share of zeros from which it is said: padding rows and dead filters are fewer."""


def _zeros(reading: Reading) -> Iterator[Message]:
    """Yield how much of the weights was gone before anything was pruned here."""
    network = reading.network
    held = reading.tensors if network is None else dict(network.named_parameters())
    weights = [t for t in held.values() if t.dim() > 1 and t.is_floating_point()]
    total = sum(weight.numel() for weight in weights)
    zeros = total - sum(int(weight.count_nonzero()) for weight in weights)
    if total and zeros / total >= _SPARSE:
        yield Message("loading.weights.arrived", share=zeros / total, zeros=zeros, total=total)


def role_in(data: bytes, limits: Limits = LIMITS) -> Role:
    """Return what a file is for, told by its content in a process of its own.

    A file that cannot be told apart counts as a model: `open_model` says why it is refused.

    Raises:
        NotStarted: no process looked at it.
    """
    try:
        said = run_job("role", data, {}, limits)[0].get("role")
    except NotStarted:
        raise
    except ImportRefused:
        return "model"
    return next((role for role in ROLES if role == said), "model")


def _free(reading: Reading, limits: Limits) -> tuple[Reading, Preflight | None]:
    """Return the reading with its network for any number of rows where that is proven.

    Its costs are counted before anything runs.
    """
    network = reading.network
    if network is None or network.piece is None:
        return reading, None if network is None else preflight(network, limits)
    cost = preflight(network, limits)
    provable = _can_be_proven(network, cost, limits)
    free = with_free_batch(network) if provable else network
    if free.piece and provable and len(reading.inputs) > 1 and not rows_stand_alone(free):
        raise ImportRefused("loading.inputs.rows_depend")
    said = Message(
        "loading.files.in_pieces" if free.piece else "loading.files.freed", rows=network.piece
    )
    told = replace(reading, network=free, warnings=(*reading.warnings, said))
    return told, cost if free.piece else preflight(free, limits)


def _can_be_proven(network: Lifted, cost: Preflight, limits: Limits) -> bool:
    """Return whether the comparison with a free number of rows stays within what a run may take."""
    work = (cost.macs / cost.rows + _A_STEP * len(network.steps)) * rows_to_prove(network)
    return work <= _RUNS * limits.run_macs and cost.peak_bytes * _ROOM <= limits.run_bytes


_A_STEP = 500_000
"""Multiplications in the time that a step takes however little it does, some ten microseconds."""
_RUNS, _ROOM = 2, 4
"""How much longer than one run the comparison with a free number of rows may take, and how much
more memory."""


def shown_name(name: str) -> str:
    """Return the last part of an uploaded name with what prints, at most 100 characters.

    It is still a text of a stranger: never a path, never markup.
    """
    last = PurePosixPath(name.replace("\\", "/")).name
    return "".join(letter for letter in last if letter.isprintable())[:_NAME]
