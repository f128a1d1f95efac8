"""The scopes that a token can carry."""

from __future__ import annotations

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
