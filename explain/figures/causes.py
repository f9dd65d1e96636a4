"""Which part of what pruning took caused the changed decisions."""

from explain.core.contributions import GiveBack, GivenBack
from explain.core.messages import say
from explain.figures import marks
from explain.figures.chart import Bar, Bars, Look


def give_back_bars(found: GiveBack) -> Bars:
    """Return one bar a part: the share of the changed decisions that its dense weights repair."""
    return Bars(
        rows=tuple(_bar(part, any_changed=bool(len(found.changed))) for part in found.parts),
        scale=say("figures.causes.scale"),
        sentence=give_back_sentence(found),
        data={
            "part": [part.part for part in found.parts],
            "numbers given back": [part.restored for part in found.parts],
            "decisions repaired": [part.repaired for part in found.parts],
            "share": [part.share for part in found.parts],
            "low": [part.low for part in found.parts],
            "high": [part.high for part in found.parts],
            "decisions broken": [part.broken for part in found.parts],
        },
    )


def _bar(part: GivenBack, *, any_changed: bool) -> Bar:
    """Return what one part repairs, as noise where it breaks as many."""
    look: Look = "another" if part.repaired > part.broken else "noise"
    said = say("modules.repaired", repaired=part.repaired, broken=part.broken)
    return Bar(
        name=part.part,
        text=marks.with_sign(look, said),
        value=part.share if any_changed else 0.0,
        low=part.low,
        high=part.high,
        look=look,
    )


def give_back_headline(found: GiveBack) -> str:
    """Return how many changed decisions the part repairs that repairs most, and how many it breaks.

    At least one decision has changed.
    """
    top = found.parts[0]
    return say(
        "modules.repairs",
        part=top.part,
        repaired=top.repaired,
        broken=top.broken,
        changed=len(found.changed),
    )


def give_back_sentence(found: GiveBack) -> str:
    """Return which part repairs most of the changed decisions, in one sentence."""
    if not len(found.changed):
        return say("modules.nothing_to_give_back")
    top = found.parts[0]
    return say(
        "modules.given_back",
        part=top.part,
        restored=top.restored,
        repaired=top.repaired,
        changed=len(found.changed),
        share=top.share,
        everything=found.all_repaired,
    )
