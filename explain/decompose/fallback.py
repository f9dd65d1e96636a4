"""modules_or_blocks: modules where there are any, else the blocks of the architecture."""

from dataclasses import replace
from types import MappingProxyType

from explain.core.partition import Partition, Structure
from explain.core.progress import Progress
from explain.core.subject import Subject
from explain.decompose.catalog import partitioner
from explain.decompose.contributions.shapley import EXACT
from explain.decompose.partitioning import partition
from explain.decompose.split import Modules

_NO_MODULES: Modules = MappingProxyType({})


def modules_or_blocks(
    subject: Subject,
    method: str = "layered-null",
    *,
    k: int | None = None,
    seed: int = 0,
    modules: Modules = _NO_MODULES,
    progress: Progress | None = None,
) -> tuple[Partition, Partition]:
    """Return what a method found, and what to show: the same, or architecture blocks.

    Where a method that looks for structure finds a single module, blocks are shown in its place:
    residual blocks where there are any, else blocks by depth, neighbouring depths together where
    there are more than 10, so that contributions can be counted exactly. The second partition's
    `method` says which, its `structure` that nothing was found.

    Args: as `partition`. With `k` 1, for methods that follow the architecture or a person, and in
    a network of a single hidden layer both partitions are the same.

    Raises:
        Everything that `partition` raises.
    """
    found = partition(subject, method, k=k, seed=seed, modules=modules, progress=progress)
    if found.count > 1 or k == 1 or partitioner(method).count == "fixed":
        return found, found
    blocks = _blocks(subject)
    if blocks.count == 1:
        return found, found
    return found, replace(blocks, structure=Structure.BLOCKS)


def _blocks(subject: Subject) -> Partition:
    if partitioner("residual-blocks").fits(subject) is None:
        found = partition(subject, "residual-blocks")
        if 1 < found.count <= EXACT:
            return found
    found = partition(subject, "depth-blocks")
    return found if found.count <= EXACT else partition(subject, "depth-blocks", k=EXACT)
