"""Whose card it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from gateway.auth import policy
from gateway.auth.principal import Principal
from gateway.cards.model import Card
from gateway.cards.store import CardStore
from gateway.cases.commands.attempt_reports import AttemptReports
from gateway.cases.commands.caller import Caller, allow, deciding
from gateway.cases.page_cursor import BadCursor

_ID: Final = re.compile("card_[0-9a-z]{26}")
ACR: Final = "substantial"
"""The assurance level at which a card may show personal data."""


class CardNotFound(Exception):
    """There is none, or the caller must not know of it."""


class PersonRequired(Exception):
    """A card is a person's: an application that acts for nobody has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardAccess:
    cards: CardStore
    attempts: AttemptReports

    async def find(self, caller: Caller, card_id: str, *, operators: bool = False) -> Card:
        """The card, if it is the caller's, or the caller an operator where that is enough. Raises `CardNotFound`."""
        principal, entry = caller.principal, caller.entry
        card = await self.cards.get(card_id)
        if card is None:
            raise CardNotFound(card_id)
        if operators and principal.kind == "operator":
            entry.subject = card.subject  # the holder's ledger has to show it
            allow(entry, policy.require_scope(principal, "operate"))
            return card
        with deciding(entry, not_found=CardNotFound):
            async with self.attempts.reported_to(card.subject, caller):
                allow(entry, policy.owns(principal, case_client=card.client, case_subject=card.subject))
        return card

    async def find_to_show(self, caller: Caller, card_id: str) -> Card:
        """The same, for what the card says of its holder. Raises `Denied` for too little assurance."""
        card = await self.find(caller, card_id)
        with deciding(caller.entry):
            policy.require_acr(caller.principal, ACR)
        return card

    async def page(self, caller: Caller, *, before: str, limit: int) -> tuple[list[Card], str]:
        """The caller's own, newest first, and the next cursor. Raises `PersonRequired`, `BadCursor`."""
        subject = require_person(caller.principal)
        if before and not _ID.fullmatch(before):
            raise BadCursor(before)
        return await self.cards.page(subject, before=before, limit=limit)


def require_person(principal: Principal) -> str:
    """The pseudonym. Raises `PersonRequired`."""
    if not principal.pseudonym:
        raise PersonRequired
    return principal.pseudonym
