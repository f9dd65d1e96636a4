"""Files of `torch.export.save`, read without running anything that is in them."""

from models.loading.files.pt2.read_pt2 import read_pt2

__all__ = ["read_pt2"]
