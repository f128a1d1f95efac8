"""The scopes that a token can carry."""

from __future__ import annotations

import re
from typing import Final, Literal

Scope = Literal[
    "cases:read",
    "cases:write",
    "tracking:read",
    "operate",
    "audit:list",
    "audit:bodies",
    "audit:export",
    "subjects:resolve",
    "webhooks:manage",
]

CALLER_SCOPES: Final = frozenset[Scope]({"cases:read", "cases:write", "tracking:read"})
"""For callers who ask for services. Agents can be given these and no others."""

PORTAL_SCOPE: Final = "portal:{portal}"
"""How the scope of an agency is written: `portal:` and the id of its portal lets it see that one, and no other."""

_OF_PORTAL: Final = re.compile(r"portal:([a-z][a-z0-9_]{1,30})")


def portal_of(scope: str) -> str:
    """The portal that this scope is for; empty for any other scope."""
    match = _OF_PORTAL.fullmatch(scope)
    return match[1] if match else ""
