"""Where a number comes from: fingerprints, versions, seed and time."""

import hashlib
import platform
import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version

import numpy as np
import torch
from torch import Tensor

from explain.core.network import Network
from explain.core.subject import Samples, Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What must be known to get the same number again."""

    subject: str
    plan: str
    seed: int
    seconds: float
    versions: tuple[tuple[str, str], ...]


@cache
def versions() -> tuple[tuple[str, str], ...]:
    """Return the versions that decide about the last bit of a result; looked up once (3 ms)."""
    return (
        ("python", platform.python_version()),
        ("torch", str(torch.__version__)),
        ("numpy", np.__version__),
        *((name, version(name)) for name in ("safetensors", "captum", "networkx")),
    )


def origin(
    subject: Subject, started: float, *, seed: int = 0, plan: str | None = None
) -> Provenance:
    """Return where a result on this subject comes from.

    Args:
        subject: the network that was looked at.
        started: `time.perf_counter()` when the work began.
        seed: of what was drawn.
        plan: how it was pruned, by default what the subject says.
    """
    return Provenance(
        subject=subject.fingerprint,
        plan=subject.pruned_by if plan is None else plan,
        seed=seed,
        seconds=time.perf_counter() - started,
        versions=versions(),
    )


def fingerprint_of_tensors(tensors: Iterable[tuple[str, Tensor]]) -> str:
    """Return the SHA-256 of names, types, shapes and bytes of tensors, in the order given."""
    digest = hashlib.sha256()
    for name, tensor in tensors:
        digest.update(f"{name}|{tensor.dtype}|{tuple(tensor.shape)}|".encode())
        flat = tensor.detach().cpu().contiguous().flatten()
        if flat.numel():
            digest.update(flat.view(torch.uint8).numpy().data)
    return digest.hexdigest()


def fingerprint_of_rows(rows: Samples) -> str:
    """Return the SHA-256 of inputs and targets."""
    columns = [(f"input{i}", x) for i, x in enumerate(rows.inputs)]
    if rows.targets is not None:
        columns.append(("targets", rows.targets))
    return fingerprint_of_tensors(columns)


def fingerprint(network: Network, samples: Samples, calibration: Samples | None) -> str:
    """Return the SHA-256 of the structure, the weights and the data of a subject."""
    digest = hashlib.sha256()
    for step in network.steps:
        line = f"{step.name}|{step.operation}|{step.module}|{step.arguments}|{step.keywords}"
        digest.update(line.encode())
    weights = [*network.named_parameters(), *network.named_buffers()]
    digest.update(fingerprint_of_tensors(weights).encode())
    for rows in (samples, calibration):
        if rows is None:
            continue
        digest.update(fingerprint_of_rows(rows).encode())
        digest.update(repr(sorted((k, tuple(v)) for k, v in rows.groups.items())).encode())
    return digest.hexdigest()
