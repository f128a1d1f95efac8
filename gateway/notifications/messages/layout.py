"""How an e-mail looks: as text, and as HTML that mail programs understand (tables and styles of its own), in both
directions of writing. It loads nothing, so opening it tells nobody."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import Final

from gateway.i18n.messages import direction

_GREEN: Final = "#0b6b4f"
_FONT: Final = "font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans Arabic',Tahoma,Arial,sans-serif"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """The parts of an e-mail, in its language."""

    language: str
    line: str
    """How a label and a value stand in one line of text."""
    title: str
    greeting: str
    sentence: str
    facts: list[tuple[str, str]] = field(default_factory=list)
    """Label and value."""
    link: tuple[str, str] | None = None
    """Label and address of the case."""
    hint: str = ""
    """Where to look, where there is no link."""
    notes: list[str] = field(default_factory=list)
    stop: tuple[str, str] | None = None
    """Label and address of the preferences."""


def plain(letter: Letter) -> str:
    """The text part."""
    lines = [letter.greeting, "", letter.sentence, ""]
    lines += [letter.line.format(label=label, value=value) for label, value in letter.facts]
    if letter.link is not None:
        lines += ["", letter.line.format(label=letter.link[0], value=letter.link[1])]
    if letter.hint:
        lines += ["", letter.hint]
    lines += ["", "-- ", *letter.notes]
    if letter.stop is not None:
        lines.append(letter.line.format(label=letter.stop[0], value=letter.stop[1]))
    return "\n".join(lines) + "\n"


def html(letter: Letter, sender: str) -> str:
    """The HTML part."""
    rtl = direction(letter.language) == "rtl"
    start, way = ("right", "rtl") if rtl else ("left", "ltr")
    cell = f"{_FONT};font-size:16px;line-height:1.6;color:#1d2a26;text-align:{start}"
    small = f"{_FONT};font-size:13px;line-height:1.6;color:#55635e;text-align:{start}"
    rows = "".join(
        f'<tr><td style="{small};padding:4px 0 0">{escape(label)}</td></tr>'
        f'<tr><td style="{cell};padding:0 0 4px;overflow-wrap:anywhere;word-break:break-word">'
        f'<bdi dir="auto">{escape(value)}</bdi></td></tr>'
        for label, value in letter.facts
    )
    button = ""
    if letter.link is not None:
        label, url = letter.link
        button = (
            f'<p style="margin:20px 0"><a href="{escape(url)}" style="{_FONT};display:inline-block;background:{_GREEN};'
            f'color:#ffffff;text-decoration:none;padding:12px 20px;border-radius:6px">{escape(label)}</a></p>'
        )
    hint = f'<p style="margin:16px 0 0">{escape(letter.hint)}</p>' if letter.hint else ""
    notes = "".join(f'<p style="margin:0 0 8px">{escape(note)}</p>' for note in letter.notes)
    if letter.stop is not None:
        label, url = letter.stop
        notes += f'<p style="margin:0"><a href="{escape(url)}" style="color:{_GREEN}">{escape(label)}</a></p>'
    return f"""<!doctype html>
<html lang="{letter.language}" dir="{way}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light">
<title>{escape(letter.title)}</title>
</head>
<body style="margin:0;padding:0;background:#eef1ef" dir="{way}">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="background:#eef1ef" dir="{way}">
<tr><td align="center" style="padding:16px 8px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:560px;background:#ffffff;border-radius:8px" dir="{way}">
<tr><td style="{_FONT};background:{_GREEN};color:#ffffff;border-radius:8px 8px 0 0;padding:14px 20px;font-size:15px;text-align:{start}">{escape(sender)}</td></tr>
<tr><td style="{cell};padding:20px">
<h1 style="margin:0 0 16px;font-size:20px;line-height:1.4">{escape(letter.title)}</h1>
<p style="margin:0 0 12px">{escape(letter.greeting)}</p>
<p style="margin:0 0 12px">{escape(letter.sentence)}</p>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="background:#f4f6f5;border-radius:6px" dir="{way}"><tr><td style="padding:8px 14px"><table role="presentation" cellpadding="0" cellspacing="0" border="0" width="100%" dir="{way}">{rows}</table></td></tr></table>
{button}{hint}
</td></tr>
<tr><td style="{small};padding:16px 20px;border-top:1px solid #e0e5e2">{notes}</td></tr>
</table>
</td></tr>
</table>
</body>
</html>
"""  # noqa: E501
