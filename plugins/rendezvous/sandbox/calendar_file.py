"""A calendar file, written by hand: one event needs no library."""

from __future__ import annotations

from datetime import UTC, datetime


def calendar(number: str, *, begin: datetime, end: datetime, summary: str, location: str, made: datetime) -> bytes:
    """One event of RFC 5545. Times are in UTC: every calendar shows them in the zone of its owner, rightly."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Rendez-vous//Bac a sable//FR",
        "BEGIN:VEVENT",
        f"UID:{number}@rendezvous.invalid",
        f"DTSTAMP:{_instant(made)}",
        f"DTSTART:{_instant(begin)}",
        f"DTEND:{_instant(end)}",
        f"SUMMARY:{_text(summary)}",
        f"LOCATION:{_text(location)}",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return b"".join(_folded(line) + b"\r\n" for line in lines)


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(value: str) -> str:
    for one, other in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        value = value.replace(one, other)
    return value


def _folded(line: str) -> bytes:
    """No line is longer than 75 octets (section 3.1), and no letter is cut in two."""
    pieces, piece = [], b""
    for letter in line:
        if len(piece + letter.encode()) > 74:
            pieces.append(piece)
            piece = b""
        piece += letter.encode()
    return b"\r\n ".join([*pieces, piece])
