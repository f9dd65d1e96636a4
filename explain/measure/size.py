"""What a network takes: non-zero weights, bytes on disk, multiply-accumulates in theory."""

import torch

from explain.core.measurement import Measurement
from explain.core.messages import Message
from explain.core.subject import Subject

_INDEX_BYTES = 4


def size(subject: Subject) -> tuple[Measurement, ...]:
    """Return parameters, non-zero parameters, bytes dense and sparse, and MACs of one sample.

    Sparse bytes are those of compressed sparse rows: each non-zero weight with a 4-byte column
    index, and a 4-byte pointer per row; tensors for which that is larger stay dense.
    Theoretical MACs count non-zero weights only. Dense kernels do not skip zeros: this is no
    promise of speed. Cost: one pass over the weights, no forward pass.
    """
    tensors = [p.detach() for _, p in subject.network.named_parameters()]
    total = sum(t.numel() for t in tensors)
    alive = sum(int(torch.count_nonzero(t)) for t in tensors)
    dense = sum(t.numel() * t.element_size() for t in tensors)
    macs = sum(layer.macs for layer in subject.network.layers)
    rows = (
        ("parameters", total, "parameters", Message("how.parameters")),
        ("nonzero", alive, "parameters", Message("how.nonzero")),
        ("bytes", dense, "bytes", Message("how.bytes")),
        ("sparse_bytes", sum(map(_sparse_bytes, tensors)), "bytes", Message("how.sparse_bytes")),
        ("macs", macs, "MACs", Message("how.macs")),
        ("sparse_macs", _sparse_macs(subject), "MACs", Message("how.sparse_macs")),
    )
    return tuple(Measurement(key=k, value=v, unit=u, n=1, how=h) for k, v, u, h in rows)


def _sparse_bytes(tensor: torch.Tensor) -> int:
    dense = tensor.numel() * tensor.element_size()
    alive = int(torch.count_nonzero(tensor))
    rows = len(tensor) if tensor.dim() else 1
    return min(dense, alive * (tensor.element_size() + _INDEX_BYTES) + (rows + 1) * _INDEX_BYTES)


def _sparse_macs(subject: Subject) -> int:
    """Scale each layer's MACs by the share of its weights that is not zero."""
    total = 0.0
    for layer in subject.network.layers:
        module = subject.network.get_submodule(layer.name)
        weights = [p for n, p in module.named_parameters(recurse=False) if "weight" in n]
        count = sum(w.numel() for w in weights)
        alive = sum(int(torch.count_nonzero(w)) for w in weights)
        total += layer.macs * (alive / count if count else 1.0)
    return round(total)
