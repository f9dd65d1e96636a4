"""All partition methods, in the order in which menus show them."""

from explain.core.methods import Partitioner, record_of_key
from explain.decompose.partitioners.activation_correlation import ACTIVATION_CORRELATION
from explain.decompose.partitioners.attention_heads import ATTENTION_HEADS
from explain.decompose.partitioners.convolution_groups import CONVOLUTION_GROUPS
from explain.decompose.partitioners.depth_blocks import DEPTH_BLOCKS
from explain.decompose.partitioners.greedy_modularity import GREEDY_MODULARITY
from explain.decompose.partitioners.hidden_n_cut import HIDDEN_N_CUT
from explain.decompose.partitioners.layered_null import LAYERED_NULL
from explain.decompose.partitioners.louvain import LOUVAIN
from explain.decompose.partitioners.manual import MANUAL
from explain.decompose.partitioners.minimal_communication import MINIMAL_COMMUNICATION
from explain.decompose.partitioners.n_cut import N_CUT
from explain.decompose.partitioners.residual_blocks import RESIDUAL_BLOCKS
from explain.decompose.partitioners.width_slices import WIDTH_SLICES

PARTITIONERS: tuple[Partitioner, ...] = (
    LAYERED_NULL,
    DEPTH_BLOCKS,
    RESIDUAL_BLOCKS,
    ATTENTION_HEADS,
    CONVOLUTION_GROUPS,
    N_CUT,
    HIDDEN_N_CUT,
    LOUVAIN,
    GREEDY_MODULARITY,
    MINIMAL_COMMUNICATION,
    ACTIVATION_CORRELATION,
    WIDTH_SLICES,
    MANUAL,
)


def partitioner(key: str) -> Partitioner:
    """Return the method of that key, or raise UnknownKey, whose hint names the nearest."""
    return record_of_key(PARTITIONERS, key, "partition_method")
