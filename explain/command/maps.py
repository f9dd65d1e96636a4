"""`features`: what the units of a layer answer, before and after pruning."""

import argparse
import json
from typing import Any

import explain
from explain.command.choosing import add_plan_options, plan_of, pruned_by
from explain.command.picking import add_sample_options, sample_of
from explain.command.printing import json_value
from explain.core import versions
from explain.core.messages import say
from explain.features import mappable_layers
from explain.network import output_layers


def add_feature_options(command: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_plan_options(command)
    add = command.add_argument
    add("--layer", help=say("command.help.layer"))
    add_sample_options(command)
    add("--target", type=int, help=say("command.help.relevance_target"))
    add("--maps", action="store_true", help=say("command.help.maps"))


def features(options: argparse.Namespace) -> dict[str, Any]:
    """Return relevance, dead channels and localisation of one layer in both networks."""
    plan = plan_of(options)
    subject, masks, pruned = pruned_by(options, plan)
    layers = mappable_layers(subject)
    layer = options.layer or _last_hidden(subject)
    sample = sample_of(options, subject, masks, pruned)
    dense = explain.feature_maps(subject, layer, sample, target=options.target)
    after = explain.feature_maps(pruned, layer, sample, target=dense.target)
    return {
        "model": subject.key,
        "plan": json.loads(masks.plan.to_json()),
        "layers": list(layers),
        "layer": layer,
        "sample": sample,
        "target": dense.target,
        "kind": dense.kind,
        "shape": list(dense.maps.shape),
        "dense": _seen(dense, maps=options.maps),
        "pruned": _seen(after, maps=options.maps),
        "versions": dict(versions()),
    }


def _last_hidden(subject: explain.Subject) -> str:
    """Return the last layer that does not give the answer, or the only one there is."""
    answers = output_layers(subject.network)
    layers = mappable_layers(subject)
    return next((name for name in reversed(layers) if name not in answers), layers[-1])


def _seen(found: explain.FeatureMaps, *, maps: bool) -> dict[str, Any]:
    return {
        "relevance": json_value(found.relevance),
        "order": found.order.tolist(),
        "dead": found.dead.nonzero()[0].tolist(),
        "localisation": {m.key: json_value(m.value) for m in found.localisation},
        **({"maps": found.maps.tolist()} if maps else {}),
    }
