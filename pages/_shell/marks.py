"""Marks that follow the slider: HTML that lies over a figure that stays."""

from html import escape

from explain.figures import HERE, REMOVED, Chart, Frame, Mark, shade

_DOT = 12


def overlay(chart: Chart) -> str:
    """Return the marks as HTML of no height that lies over the figure below it."""
    height = int(chart.figure.layout.height) - chart.frame.top - chart.frame.bottom
    marks = "".join(_mark(mark, chart.frame, height) for mark in chart.marks)
    return f'<div data-marks style="position:relative;height:0;z-index:1">{marks}</div>'


def _mark(mark: Mark, frame: Frame, height: int) -> str:
    if mark.y is not None:
        down = frame.top + (1 - _inside(mark.y)) * height - _DOT / 2
        shape = (
            f"top:{down:.1f}px;margin-left:-{_DOT // 2}px;width:{_DOT}px;height:{_DOT}px;"
            f"border-radius:50%;background:{HERE};box-shadow:0 0 0 2px #fff"
        )
    elif mark.until is not None:
        wide = f"calc({_inside(mark.until) - _inside(mark.x):.4f} * {_wide(frame)})"
        shape = (
            f"top:{frame.top:d}px;height:{height}px;width:{wide};background:{shade(REMOVED, 0.45)}"
        )
    else:
        shape = f"top:{frame.top:d}px;height:{height}px;width:2px;background:{HERE}"
    left = f"calc({frame.left:d}px + {_inside(mark.x):.4f} * {_wide(frame)})"
    return (
        f'<div title="{escape(mark.text)}" '
        f'style="position:absolute;pointer-events:none;left:{left};{shape}"></div>'
    )


def _wide(frame: Frame) -> str:
    return f"(100% - {frame.left + frame.right:d}px)"


def _inside(share: float) -> float:
    return min(1.0, max(0.0, share))
