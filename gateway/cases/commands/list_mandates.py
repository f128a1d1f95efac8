"""The mandates that a person gave, or an agent holds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from gateway.auth import policy
from gateway.auth.mandates import Mandate, Mandates
from gateway.cases.commands.caller import Caller, deciding
from gateway.cases.commands.give_mandate import ACR
from gateway.cases.page_cursor import BadCursor

_ID: Final = re.compile("mnd_[0-9a-z]{26}")


@dataclass(frozen=True, slots=True)
class ToldMandate:
    mandate: Mandate
    purpose: str
    person_name: str
    """For the agent who holds it, while it is good; empty otherwise."""


@dataclass(frozen=True, slots=True)
class MandatePage:
    mandates: list[ToldMandate]
    has_more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ListMandates:
    mandates: Mandates

    async def run(self, caller: Caller, *, before: str, limit: int) -> MandatePage:
        """The newest first, after the one named `before`. Raises `Denied`, `BadCursor`."""
        with deciding(caller.entry):
            policy.require_kind(caller.principal, "citizen", "agent")
            policy.require_acr(caller.principal, ACR)
        if before and not _ID.fullmatch(before):
            raise BadCursor(before)
        found = await self.mandates.page(caller.principal, before=before, limit=limit + 1)
        shown = [await self._told(caller, each) for each in found[:limit]]
        return MandatePage(shown, has_more=len(found) > limit)

    async def _told(self, caller: Caller, mandate: Mandate) -> ToldMandate:
        name = await self.mandates.person_name(mandate) if mandate.usable_by(caller.principal) else ""
        return ToldMandate(mandate, await self.mandates.purpose(mandate), name)
