"""Revoke a card for good: by its holder, or by an operator."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.cards.model import Card
from gateway.cards.store import CardStore
from gateway.cases.commands.card_access import CardAccess
from gateway.cases.commands.unit_of_work import IdempotentWrites, Presenter, WriteRequest, Written


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeCard:
    writes: IdempotentWrites
    access: CardAccess
    cards: CardStore

    async def run(self, request: WriteRequest, card_id: str, present: Presenter[Card]) -> Written:
        """Raises `CardNotFound`, and as `IdempotentWrites.run`."""
        await self.access.find(request.caller, card_id, operators=True)
        return await self.writes.run(
            request, lambda unit: unit.commit(lambda tx: self.cards.revoke(tx, card_id), present)
        )
