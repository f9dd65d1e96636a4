"""Pickles read without running them: their opcodes are walked, nothing they name is looked up."""

from models.loading.files.inert.machine import PickleValue, interpret, interpret_next
from models.loading.files.inert.values import Foreign, Storages, StoredTensor, materialise

__all__ = [
    "Foreign",
    "PickleValue",
    "Storages",
    "StoredTensor",
    "interpret",
    "interpret_next",
    "materialise",
]
