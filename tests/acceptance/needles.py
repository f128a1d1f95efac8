"""Values to look for, in every form in which they might lie about."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from html import escape
from urllib.parse import quote

_SHORTEST = 5
"""A form with fewer bytes is found by chance."""


def forms(value: str) -> set[bytes]:
    """The value as it is, in Base64 of both alphabets wherever it may begin, hexadecimal, percent-encoded, escaped."""
    raw = value.encode()
    percent, everything = quote(value, safe=""), "".join(f"%{byte:02X}" for byte in raw)
    found = {raw, raw.lower(), raw.upper(), raw.hex().encode(), raw.hex().upper().encode()}
    found |= {each.encode() for each in (percent, percent.lower(), everything, everything.lower(), quote(value))}
    found |= {json.dumps(value)[1:-1].encode(), ascii(value)[1:-1].encode(), escape(value).encode()}
    found |= {value.encode("ascii", "xmlcharrefreplace"), value.encode("utf-16-le"), value.encode("utf-16-be")}
    for before in range(3):
        text = base64.b64encode(b"\0" * before + raw)
        own = text[-(-before * 8 // 6) : (before + len(raw)) * 8 // 6]  # what no neighbour can change
        found |= {own, own.replace(b"+", b"-").replace(b"/", b"_")}
    return {each for each in found if len(each) >= _SHORTEST}


def hits(values: Iterable[str], places: Mapping[str, bytes]) -> list[str]:
    """`place: value as form` for everything found. A place that is empty was not looked at: that is an error."""
    empty = [name for name, content in places.items() if not content]
    assert not empty, f"nothing to look through: {empty}"
    return [
        f"{name}: {value!r} as {form!r}"
        for value in values
        for form in forms(value)
        for name, content in places.items()
        if form in content
    ]
