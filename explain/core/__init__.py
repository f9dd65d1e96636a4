"""The values that travel: frozen data, records of methods, errors and provenance."""

from explain.core.cases import SHOWN
from explain.core.comparison import Another, Asked, Compared, Comparison, Masked, check_comparable
from explain.core.contributions import ContributionChange, Flow, GiveBack, HiddenAlone
from explain.core.explanation import ClaimVerdict, SanityVerdict
from explain.core.methods import Attributor, Criterion, Grain, Parameter, Partitioner, in_words
from explain.core.network import Network, ViewLayer
from explain.core.partition import Dendrogram, PartitionQuality, UnitLabels
from explain.core.plan import BASES, SCOPES
from explain.core.provenance import fingerprint_of_tensors, versions
from explain.core.resources import (
    Progress,
    buffers,
    counted,
    give_freed_memory_back,
    portions,
    share_one_heap,
    silent,
    size_of_values,
    use_one_thread,
)
from explain.core.subject import evaluation_rows, no_rows

__all__ = [
    "BASES",
    "SCOPES",
    "SHOWN",
    "Another",
    "Asked",
    "Attributor",
    "ClaimVerdict",
    "Compared",
    "Comparison",
    "ContributionChange",
    "Criterion",
    "Dendrogram",
    "Flow",
    "GiveBack",
    "Grain",
    "HiddenAlone",
    "Masked",
    "Network",
    "Parameter",
    "PartitionQuality",
    "Partitioner",
    "Progress",
    "SanityVerdict",
    "UnitLabels",
    "ViewLayer",
    "buffers",
    "check_comparable",
    "counted",
    "evaluation_rows",
    "fingerprint_of_tensors",
    "give_freed_memory_back",
    "in_words",
    "no_rows",
    "portions",
    "share_one_heap",
    "silent",
    "size_of_values",
    "use_one_thread",
    "versions",
]
