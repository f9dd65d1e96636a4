"""Activation correlation: units that answer the samples alike belong together."""

import numpy as np
import torch
from torch import Tensor

from explain.core.methods import Partitioner
from explain.decompose.activations import unit_activations
from explain.decompose.spectral import k_means, largest_eigenpairs
from explain.decompose.split import Split, SplitRequest
from explain.decompose.unit_graph import UnitGraph


def activation_correlation(graph: UnitGraph, wanted: SplitRequest) -> Split:
    """Cluster hidden units by the squared correlation of their activations."""
    count = wanted.count or 1
    alike = _squared_correlation(_own_activations(graph))
    degrees = alike.sum(1)
    roots = torch.where(degrees > 0, degrees, torch.inf).rsqrt()[:, None]

    def product(vectors: Tensor) -> Tensor:
        return roots * (alike @ (roots * vectors))

    vectors = largest_eigenpairs(product, len(alike), count, seed=wanted.seed).vectors * roots
    return Split(labels=k_means(np.asarray(vectors), count, seed=wanted.seed))


def _own_activations(graph: UnitGraph) -> Tensor:
    """Return the activations of the units that are in the graph [samples, units]."""
    if graph.whole is None or graph.inside is None:
        return unit_activations(graph)
    return unit_activations(graph.whole)[:, torch.from_numpy(graph.inside[graph.whole.hidden])]


def _squared_correlation(values: Tensor) -> Tensor:
    """Return [units, units] float32 from values [samples, units]; a constant unit is alone."""
    centred = values - values.mean(0)
    lengths = centred.norm(dim=0)
    alive = lengths > 1e-6 * values.abs().max().clamp_min(1e-12)
    scaled = torch.where(alive, centred / lengths.clamp_min(1e-30), 0.0)
    return (scaled.T @ scaled).square().float()


ACTIVATION_CORRELATION = Partitioner(
    key="activation-correlation",
    title="Activation correlation",
    line="Groups units whose activations rise and fall together over the calibration samples.",
    function=activation_correlation,
    count="estimated",
    formula="n-cut on corr(aᵢ, aⱼ)²; a: a unit's mean over positions, one value per sample",
    source="Watanabe et al. 2018, arXiv:1703.00168; Hod et al. 2021, arXiv:2110.08058, section 2",
    differs="Correlations are squared; channels are averaged over positions.",
    needs=("data",),
    cost="one forward pass over at most 512 samples",
    seeded=True,
)
