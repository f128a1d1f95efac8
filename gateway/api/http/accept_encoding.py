"""Which compression a client takes (RFC 9110, section 12.5.3)."""

from __future__ import annotations

import re
from typing import Final

_MOST_CHARACTERS: Final = 500
"""A longer header is not read: what it asks for is optional."""
_CODING: Final = re.compile(r"\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*(?:;\s*[qQ]=([01](?:\.[0-9]{0,3})?)\s*)?")


def accepts_gzip(header: str) -> bool:
    """Does this `Accept-Encoding` allow gzip, by name or by `*`? An absent or malformed header does not."""
    if len(header) > _MOST_CHARACTERS:
        return False
    weights: dict[str, float] = {}
    for each in header.split(","):
        coding = _CODING.fullmatch(each)
        if coding is not None:
            weights[coding[1].lower()] = float(coding[2] or 1)
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0))) > 0
