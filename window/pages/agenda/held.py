"""The mandates that an agent holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from window.api import Api
from window.visit import Visit

_PAGES: Final = 20
"""Of a hundred mandates each: more are not looked through."""


@dataclass(frozen=True, slots=True)
class Held:
    mandates: list[dict[str, Any]]
    """Those in force, of her newest ones."""
    all: bool
    """Whether there are no older ones that were not looked at."""

    def of(self, mandate: str) -> dict[str, Any] | None:
        return next((each for each in self.mandates if each["id"] == mandate), None)


async def herself(visit: Visit) -> Api:
    """The API for the agent who is signed in, under no mandate."""
    await visit.require("agent")
    return visit.as_herself()


async def held(api: Api) -> Held:
    found: list[dict[str, Any]] = []
    cursor = ""
    for _ in range(_PAGES):
        page = await api.get("/v1/mandates", limit=100, cursor=cursor)
        found += [each for each in page["data"] if each["state"] == "held"]
        if not page["has_more"]:
            return Held(found, all=True)
        cursor = page["next_cursor"]
    return Held(found, all=False)
