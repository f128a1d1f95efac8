"""Charts as SVG, drawn on the server: without a script and without a style in an attribute, in colours of the style
sheet, so in both schemes. Beside each stands a table that says the same; the picture has a title for screen readers.

Time runs from the left in every language, as on the axes of Arabic papers with Latin digits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from markupsafe import Markup

_WIDTH: Final = 720
_HEIGHT: Final = 160
_LABELS: Final = 6
"""So many stand side by side on a phone, each below its bar."""

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


def bars(entries: Sequence[Bar], *, title: str, number: Callable[[float], str], top: float | None = None) -> Markup:
    """Bars from the left. Above them the value of a full bar, `top` or else the greatest one. Below each its label, or
    of many the first, the middle and the last. `number` writes a value as the reader's language does."""
    largest = max((each.value or 0.0 for each in entries), default=0.0) if top is None else top
    top = largest or 1.0
    step = _WIDTH / max(1, len(entries))
    wide = max(1.0, step - min(4.0, step / 4))
    parts = []
    for place, each in enumerate(entries):
        x = place * step
        said = each.said or f"{each.label}: {'–' if each.value is None else number(each.value)}"
        if each.value is None:
            parts.append(_bar("bar-none", x, 0, wide, _HEIGHT, said))
            continue
        tall, bad = (size / top * (_HEIGHT - 4) for size in (each.value, min(each.part, each.value)))
        parts.append(_bar("bar-back", x, 0, wide, _HEIGHT, said))
        if tall:
            parts.append(_bar("bar", x, _HEIGHT - tall, wide, tall - bad, said))
        if bad:
            parts.append(_bar("bar bad", x, _HEIGHT - bad, wide, bad, said))
    few = len(entries) <= _LABELS
    shown = range(len(entries)) if few else sorted({0, len(entries) // 2, len(entries) - 1})
    labels = [entries[at].label for at in shown]
    return Markup(
        '<div class="chart" dir="ltr"><p class="top" aria-hidden="true">{}</p>{}'
        '<p class="axis{}" aria-hidden="true">{}</p></div>'
    ).format(
        number(largest),
        _picture(_HEIGHT, title, parts),
        " each" if few else "",
        Markup("").join(Markup("<span>{}</span>").format(each) for each in labels),
    )


def waterfall(spans: Sequence[Span], total: float, *, title: str) -> Markup:
    """One row a span, one under the other, each where it was in time; what it was stands above it."""
    total = max(total, 1e-9, *(each.start + each.length for each in spans)) if spans else 1.0
    scale, rows = _WIDTH / total, []
    for each in spans:
        wide = max(4.0, each.length * scale)
        kind = f"bar {each.tone}".strip()
        parts = [
            _bar("bar-back", 0, 0, _WIDTH, 18, each.said),
            _bar(kind, min(each.start * scale, _WIDTH - wide), 0, wide, 18, each.said),
        ]
        rows.append(Markup("<li><span>{}</span>{}</li>").format(each.label, _picture(18, each.said, parts)))
    return Markup('<ol class="waterfall" dir="ltr" aria-label="{}">{}</ol>').format(title, Markup("").join(rows))


def _picture(height: float, title: str, parts: Sequence[Markup]) -> Markup:
    return Markup(
        '<svg viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}" focusable="false">{}</svg>'
    ).format(_WIDTH, _n(height), title, Markup("").join(parts))


def _bar(kind: str, x: float, y: float, wide: float, tall: float, said: str) -> Markup:
    return Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>').format(
        kind, _n(x), _n(y), _n(wide), _n(max(0.0, tall)), said
    )


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
