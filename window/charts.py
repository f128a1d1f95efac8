"""Charts as SVG, drawn on the server: without a script and without a style in an attribute, in colours of the style
sheet, so in both schemes. Beside each stands a table that says the same; the picture has a title for screen readers.

Time runs from the left in every language, as on the axes of Arabic papers with Latin digits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from markupsafe import Markup

_WIDTH: Final = 720
_HEIGHT: Final = 180
_FOOT: Final = 22
_LEFT: Final = 44
_ROW: Final = 26

Tone = Literal["", "good", "bad", "other"]


@dataclass(frozen=True, slots=True)
class Bar:
    """`value` None: it was not counted. `part`: how much of it is drawn as bad."""

    label: str
    value: float | None
    part: float = 0.0
    said: str = ""
    """What the pointer says; else label and value."""


@dataclass(frozen=True, slots=True)
class Span:
    """One row of a waterfall: from `start` for `length`, in whatever unit, 0 to `total`."""

    label: str
    start: float
    length: float
    said: str
    tone: Tone = ""


def bars(entries: Sequence[Bar], *, title: str, labels: int = 6) -> Markup:
    """Bars from the left; under the axis at most `labels` labels, on it the greatest value."""
    top = max((each.value or 0.0 for each in entries), default=0.0) or 1.0
    step = (_WIDTH - _LEFT) / max(1, len(entries))
    wide = max(1.0, step - min(2.0, step / 4))
    high = _HEIGHT - _FOOT
    parts = [_axis(top)]
    every = max(1, -(-len(entries) // labels))
    for number, each in enumerate(entries):
        x = _LEFT + number * step
        said = each.said or f"{each.label}: {_number(each.value)}"
        if each.value is None:
            parts.append(_bar("bar-none", x, 0, wide, high, said))
        else:
            tall = each.value / top * (high - 8)
            bad = min(each.part, each.value) / top * (high - 8)
            parts.append(_bar("bar-back", x, 0, wide, high, said))
            if tall:
                parts.append(_bar("bar", x, high - tall, wide, tall - bad, said))
            if bad:
                parts.append(_bar("bar bad", x, high - bad, wide, bad, said))
        if number % every == 0:
            parts.append(Markup('<text class="axis" x="{}" y="{}">{}</text>').format(_n(x), _HEIGHT - 6, each.label))
    return _picture(_HEIGHT, title, parts)


def waterfall(spans: Sequence[Span], total: float, *, title: str) -> Markup:
    """One row a span, one under the other, each where it was in time."""
    total = max(total, *(each.start + each.length for each in spans), 1e-9) if spans else 1.0
    left, parts = 8, list[Markup]()
    scale = (_WIDTH - 2 * left) / total
    for number, each in enumerate(spans):
        y = number * 2 * _ROW
        parts.append(Markup('<text class="row" x="{}" y="{}">{}</text>').format(left, y + 16, each.label))
        parts.append(_bar("bar-back", left, y + 22, _WIDTH - 2 * left, 18, each.said))
        x, wide = left + each.start * scale, max(2.0, each.length * scale)
        kind = f"bar {each.tone}".strip()
        parts.append(_bar(kind, min(x, _WIDTH - left - 2), y + 22, wide, 18, each.said))
    return _picture(max(1, len(spans)) * 2 * _ROW, title, parts)


def _picture(height: float, title: str, parts: Sequence[Markup]) -> Markup:
    return Markup(
        '<div class="chart" dir="ltr"><svg viewBox="0 0 {} {}" role="img" aria-label="{}" focusable="false">'
        "{}</svg></div>"
    ).format(_WIDTH, _n(height), title, Markup("").join(parts))


def _axis(top: float) -> Markup:
    foot = Markup('<line class="axis-line" x1="{}" y1="{}" x2="{}" y2="{}"/>').format(
        _LEFT, _HEIGHT - _FOOT, _WIDTH, _HEIGHT - _FOOT
    )
    number = Markup('<text class="axis end" x="{}" y="14">{}</text>').format(_LEFT - 6, _number(top))
    return foot + number


def _bar(kind: str, x: float, y: float, wide: float, tall: float, said: str) -> Markup:
    return Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>').format(
        kind, _n(x), _n(y), _n(wide), _n(max(0.0, tall)), said
    )


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.2f}".rstrip("0").rstrip(".")
