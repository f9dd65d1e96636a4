"""Pickles read without running them: their opcodes are walked, nothing they name is looked up."""

from models.loading.inert.machine import Interpreted, interpret
from models.loading.inert.storages import materialise
from models.loading.inert.values import Foreign, Stored

__all__ = ["Foreign", "Interpreted", "Stored", "interpret", "materialise"]
