"""The values that travel: frozen data, records of methods, errors and provenance."""

from explain.core.buffers import buffers
from explain.core.capacity import size_of_values
from explain.core.comparison import Another, Compared, Comparison, Masked, check_comparable
from explain.core.contributions import ContributionChange, Flow, GiveBack, GivenBack
from explain.core.network import Network
from explain.core.parameters import Parameter
from explain.core.partition import Dendrogram, PartitionQuality, UnitLabels
from explain.core.plan import SCOPES
from explain.core.progress import Progress, counted, portions, silent
from explain.core.provenance import fingerprint_of_tensors, versions
from explain.core.records import Attributor, Criterion, Grain, Partitioner
from explain.core.rows import no_rows
from explain.core.subset import evaluation_rows
from explain.core.threads import use_one_thread
from explain.core.verdict import ClaimVerdict, SanityVerdict
from explain.core.view import ViewLayer

__all__ = [
    "SCOPES",
    "Another",
    "Attributor",
    "ClaimVerdict",
    "Compared",
    "Comparison",
    "ContributionChange",
    "Criterion",
    "Dendrogram",
    "Flow",
    "GiveBack",
    "GivenBack",
    "Grain",
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
    "no_rows",
    "portions",
    "silent",
    "size_of_values",
    "use_one_thread",
    "versions",
]
