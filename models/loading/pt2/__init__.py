"""Files of `torch.export.save`, read without `torch.export.load`."""

from models.loading.pt2.package import is_pt2
from models.loading.pt2.reading import read_pt2

__all__ = ["is_pt2", "read_pt2"]
