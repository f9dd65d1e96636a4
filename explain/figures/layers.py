"""What each layer keeps."""

from explain.core.scores import MaskSet
from explain.figures.chart import Chart, Part, picture
from explain.figures.palette import KEPT, REMOVED, shade
from explain.figures.wording import count, share

__all__ = ["layer_bars"]

_ROW = 36
_NAME = 18


def layer_bars(masks: MaskSet, titles: dict[str, str] | None = None) -> Chart:
    """Draw one bar per prunable layer: the share kept, with the counts written on it.

    Args:
        masks: what a plan keeps.
        titles: display name by layer name.
    """
    names = [(titles or {}).get(t.layer, t.layer) for t in masks.scores.tensors]
    total = [t.entries for t in masks.scores.tensors]
    kept = [n - int(gone.sum()) for n, gone in zip(total, masks.pruned, strict=True)]
    left = [k / n if n else 0.0 for k, n in zip(kept, total, strict=True)]
    rows = [
        f"{_short(name)}<br>{count(k)} of {count(n)}"
        for name, k, n in zip(names, kept, total, strict=True)
    ]
    figure = picture(
        [_bars(rows, left, KEPT), _bars(rows, [1 - v for v in left], shade(REMOVED, 0.35))],
        height=56 + _ROW * len(names),
        xaxis={"range": [0, 1], "tickformat": ".0%"},
        yaxis={"autorange": "reversed", "type": "category", "showgrid": False},
        layout={"barmode": "stack", "bargap": 0.25},
    )
    return Chart(
        figure=figure,
        sentence=_sentence(names, left),
        data={"layer": names, "entries": total, "kept": kept, "share kept": left},
    )


def _short(name: str) -> str:
    """Return a name that fits beside a bar, without markup (Plotly reads some HTML)."""
    plain = name.replace("&", "&amp;").replace("<", "&lt;")
    return plain if len(plain) <= _NAME else f"…{plain[-_NAME:]}"


def _bars(rows: list[str], values: list[float], colour: str) -> Part:
    return {
        "type": "bar",
        "y": rows,
        "x": values,
        "orientation": "h",
        "marker": {"color": colour},
        "hovertemplate": "%{x:.1%}<extra></extra>",
    }


def _sentence(names: list[str], left: list[float]) -> str:
    if not names:
        return "This network has no layer that the criterion can prune."
    most = min(range(len(left)), key=left.__getitem__)
    least = max(range(len(left)), key=left.__getitem__)
    if left[most] == left[least]:
        return f"Every layer keeps {share(left[most])} of its entries."
    return (
        f"{names[most]} keeps least ({share(left[most])}), "
        f"{names[least]} keeps most ({share(left[least])})."
    )
