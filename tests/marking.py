"""Whether a chart draws the two networks, and noise, as every chart does."""

from explain.core.messages import say
from explain.figures import Bar, Bars, Chart
from explain.figures.chart import for_plotly
from explain.figures.marks import MEANS

OWN = {for_plotly(f"var(--{look})"): look for look in ("dense", "pruned", "another")}
NOISE = say("figures.marks.text", look="noise", text="")


def looks_by_name():
    """Return what a trace or a row of a name is about."""
    networks = {say("comparison.network", network=look): look for look in ("dense", "pruned")}
    return {
        **networks,
        say("figures.curve.this_plan"): "pruned",
        say("figures.drift.pruned_network"): "pruned",
        say("figures.drift.another_seed"): "another",
        say("figures.drift.second_training"): "another",
        say("figures.drift.ceiling"): "noise",
        say("figures.drift.short_ceiling"): "noise",
        say("figures.drift.floor"): "noise",
        say("figures.drift.other_baseline"): "noise",
        say("figures.cut.permuted_n_cut"): "noise",
        say("figures.cut.permuted_modularity"): "noise",
    }


def wrongly_marked(found):
    """Return the names of what in a chart has another mark than what it is about."""
    if isinstance(found, Chart):
        return [one for trace in found.figure.to_dict()["data"] for one in _of_trace(trace)]
    if isinstance(found, Bars):
        return [one for row in found.rows for one in _of_row(row)]
    return []


def _of_trace(trace):
    """Yield the name of a trace whose colour or sign is not that of what it says it is about."""
    said = trace.get("meta", "").removeprefix(MEANS)
    name = trace.get("name", "")
    painted = {OWN[colour] for colour in _colours(trace) if colour in OWN}
    if painted != ({said} & set(OWN.values())):
        yield name
    if said != looks_by_name().get(name.removeprefix(NOISE), said):
        yield name
    if bool(name) and name.startswith(NOISE) != (said == "noise"):
        yield name
    if "fillpattern" in trace and said != "noise":
        yield name
    hollow = trace.get("marker", {}).get("symbol") == "circle-open"
    if hollow != (said == "dense"):
        yield name


def _colours(part):
    """Yield every text in a part of a figure that could be a colour, without its opacity."""
    if isinstance(part, str):
        yield part[:7]
    elif isinstance(part, dict):
        for value in part.values():
            yield from _colours(value)
    elif isinstance(part, list | tuple):
        for value in part:
            yield from _colours(value)


def _of_row(row: Bar):
    """Yield the name of a row whose mark or sign is not that of what its name says."""
    about = {look for name, look in looks_by_name().items() if row.name.endswith(name)}
    if about and row.look not in about:
        yield row.name
    if row.text.startswith(NOISE) != (row.look == "noise"):
        yield row.name
    if row.before is not None and (row.before.look, row.look) != ("dense", "pruned"):
        yield row.name
