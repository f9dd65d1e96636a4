"""Files of `torch.export.save`, read without running anything that is in them."""

from models.loading.pt2.reading import read_pt2

__all__ = ["read_pt2"]
