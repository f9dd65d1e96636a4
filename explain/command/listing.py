"""`models`, `criteria`, `methods`: what there is."""

import argparse
from typing import Any

from explain.attribution import ATTRIBUTORS
from explain.pruning import CRITERIA
from models.catalog import CATALOG


def list_models(_options: argparse.Namespace) -> list[dict[str, Any]]:
    """Return the built-in networks."""
    return [
        {"key": demo.key, "title": demo.title, "kind": demo.kind, "line": demo.line}
        for demo in CATALOG
    ]


def list_criteria(_options: argparse.Namespace) -> list[dict[str, Any]]:
    """Return the pruning criteria."""
    return [
        {
            "key": record.key,
            "title": record.title,
            "granularity": record.granularity,
            "parameters": {p.key: p.default for p in record.parameters},
            "scopes": record.scopes,
            "formula": record.formula,
            "needs": record.needs,
            "cost": record.cost,
            "source": record.source,
            "line": record.line,
        }
        for record in CRITERIA
    ]


def list_methods(_options: argparse.Namespace) -> list[dict[str, Any]]:
    """Return the attribution methods."""
    return [
        {
            "key": record.key,
            "title": record.title,
            "family": record.family,
            "parameters": {p.key: p.default for p in record.parameters},
            "complete": record.complete,
            "formula": record.formula,
            "source": record.source,
            "line": record.line,
        }
        for record in ATTRIBUTORS
    ]
