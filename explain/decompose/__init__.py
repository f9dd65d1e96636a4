"""Which units belong together, how good the split is, and what each part contributes."""

from explain.decompose.ablation import ablations
from explain.decompose.agreement import adjusted_rand
from explain.decompose.catalog import PARTITIONERS, partitioner
from explain.decompose.comparing import contribution_change
from explain.decompose.connections import connections, unit_connections
from explain.decompose.fallback import modules_or_blocks
from explain.decompose.flow import flow
from explain.decompose.give_back import give_back
from explain.decompose.hiding import hide
from explain.decompose.hierarchy import dendrogram
from explain.decompose.inside import UnitAblations, unit_ablations
from explain.decompose.interaction import interaction_sentence, interactions
from explain.decompose.partitioning import partition
from explain.decompose.quality import partition_quality
from explain.decompose.replacement import REPLACEMENTS
from explain.decompose.reshaping import carve_module, merge_modules, split_module
from explain.decompose.shapley import contribution_sentence, contributions
from explain.decompose.values import VALUES

__all__ = [
    "PARTITIONERS",
    "REPLACEMENTS",
    "VALUES",
    "UnitAblations",
    "ablations",
    "adjusted_rand",
    "carve_module",
    "connections",
    "contribution_change",
    "contribution_sentence",
    "contributions",
    "dendrogram",
    "flow",
    "give_back",
    "hide",
    "interaction_sentence",
    "interactions",
    "merge_modules",
    "modules_or_blocks",
    "partition",
    "partition_quality",
    "partitioner",
    "split_module",
    "unit_ablations",
    "unit_connections",
]
