"""Pickles read without running them: their opcodes are walked, nothing they name is looked up."""

from models.loading.files.inert.machine import Interpreted, interpret
from models.loading.files.inert.storages import materialise
from models.loading.files.inert.values import Foreign, Stored

__all__ = ["Foreign", "Interpreted", "Stored", "interpret", "materialise"]
