"""`models`, `criteria`, `methods`, `languages`: what there is."""

import argparse
from typing import Any

from explain.attribution import ATTRIBUTORS
from explain.command.printing import json_fields
from explain.core.messages import languages, missing
from explain.pruning import CRITERIA
from models.catalog import CATALOG


def list_models(_options: argparse.Namespace) -> list[dict[str, Any]]:
    """Return the built-in networks."""
    return [json_fields(demo, "key", "title", "kind", "line") for demo in CATALOG]


def list_criteria(_options: argparse.Namespace) -> list[dict[str, Any]]:
    """Return the pruning criteria."""
    return [
        {
            **json_fields(record, "key", "title", "granularity"),
            "parameters": {p.key: p.default for p in record.parameters},
            **json_fields(record, "scopes", "formula", "needs", "cost", "source", "line"),
        }
        for record in CRITERIA
    ]


def list_methods(_options: argparse.Namespace) -> list[dict[str, Any]]:
    """Return the attribution methods."""
    return [
        {
            **json_fields(record, "key", "title", "family"),
            "parameters": {p.key: p.default for p in record.parameters},
            **json_fields(record, "complete", "formula", "source", "line"),
        }
        for record in ATTRIBUTORS
    ]


def list_languages(_options: argparse.Namespace) -> list[dict[str, Any]]:
    """Return the languages, each with the keys of the messages that it says in English."""
    return [{"key": language, "missing": missing(language)} for language in languages()]
