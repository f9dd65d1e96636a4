"""Architectures by name: networks of ours into which bare weights of a user's file are put."""

from models.registry.building import Candidate, build_registered, candidates, usual_scale
from models.registry.catalog import ARCHITECTURES, KEYS, architecture
from models.registry.record import Architecture

__all__ = [
    "ARCHITECTURES",
    "KEYS",
    "Architecture",
    "Candidate",
    "architecture",
    "build_registered",
    "candidates",
    "usual_scale",
]
