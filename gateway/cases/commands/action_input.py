"""What a person sends with an action of her case."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

from gateway.cases.forms import FormError
from gateway.cases.intake import Invalid

_REQUIRED: Final = frozenset({"attachments", "slot"})
"""Members that are required by the actions that take them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionInput:
    choice: str = ""
    text: str = ""
    attachments: tuple[str, ...] = ()
    slot: str = ""

    def allow_only(self, *members: str) -> None:
        """Check that all required members were sent, and no others. Raises `Invalid`."""
        given = {each.name for each in fields(self) if getattr(self, each.name)}
        if foreign := given.difference(members):
            raise Invalid([FormError(f"/{name}", "additionalProperties") for name in sorted(foreign)])
        if missing := _REQUIRED.intersection(members) - given:
            raise Invalid([FormError(f"/{name}", "required") for name in sorted(missing)])
        if len(set(self.attachments)) < len(self.attachments):
            raise Invalid([FormError("/attachments", "uniqueItems")])
