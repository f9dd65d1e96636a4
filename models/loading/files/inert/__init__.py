"""Pickles read without running them: their opcodes are walked, nothing they name is looked up."""

from models.loading.files.inert.machine import PickleValue, interpret
from models.loading.files.inert.values import Foreign, StoredTensor, materialise

__all__ = ["Foreign", "PickleValue", "StoredTensor", "interpret", "materialise"]
