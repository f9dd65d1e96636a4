"""Which units belong together, how good the split is, and what each part contributes."""

from explain.decompose.catalog import PARTITIONERS, partitioner
from explain.decompose.contributions.ablation import UnitAblations, unit_ablations
from explain.decompose.contributions.flow import connections, flow, unit_connections
from explain.decompose.contributions.game import VALUES, PayoffRequest
from explain.decompose.contributions.give_back import give_back
from explain.decompose.contributions.hiding import REPLACEMENTS, hide
from explain.decompose.contributions.interaction import module_interactions
from explain.decompose.contributions.shapley import contribution_change, module_contributions
from explain.decompose.hierarchy import dendrogram
from explain.decompose.partitioning import modules_or_blocks, partition
from explain.decompose.quality import adjusted_rand, partition_quality
from explain.decompose.reshaping import carve_module, merge_modules, split_module

__all__ = [
    "PARTITIONERS",
    "REPLACEMENTS",
    "VALUES",
    "PayoffRequest",
    "UnitAblations",
    "adjusted_rand",
    "carve_module",
    "connections",
    "contribution_change",
    "dendrogram",
    "flow",
    "give_back",
    "hide",
    "merge_modules",
    "module_contributions",
    "module_interactions",
    "modules_or_blocks",
    "partition",
    "partition_quality",
    "partitioner",
    "split_module",
    "unit_ablations",
    "unit_connections",
]
