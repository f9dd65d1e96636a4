"""What each layer keeps."""

from explain.core.messages import say
from explain.core.scores import MaskSet
from explain.figures.chart import Bar, Bars
from explain.figures.wording import count


def layer_bars(masks: MaskSet, titles: dict[str, str] | None = None) -> Bars:
    """Return one bar per prunable layer: the share kept, with the counts beside it.

    Args:
        masks: what a plan keeps.
        titles: display name by layer name.
    """
    names = [(titles or {}).get(t.layer, t.layer) for t in masks.scores.tensors]
    total = [t.entries for t in masks.scores.tensors]
    kept = [n - int(gone.sum()) for n, gone in zip(total, masks.pruned, strict=True)]
    left = [k / n if n else 0.0 for k, n in zip(kept, total, strict=True)]
    rows = tuple(
        Bar(name=name, text=f"{count(k)} of {count(n)}", value=value)
        for name, k, n, value in zip(names, kept, total, left, strict=True)
    )
    return Bars(
        rows=rows,
        sentence=_sentence(names, left),
        data={"layer": names, "entries": total, "kept": kept, "share kept": left},
    )


def _sentence(names: list[str], left: list[float]) -> str:
    if not names:
        return say("figures.layers.none")
    most = min(range(len(left)), key=left.__getitem__)
    least = max(range(len(left)), key=left.__getitem__)
    if left[most] == left[least]:
        return say("figures.layers.all_alike", kept=left[most])
    return say(
        "figures.layers.least_and_most",
        least=names[most],
        kept_least=left[most],
        most=names[least],
        kept_most=left[least],
    )
