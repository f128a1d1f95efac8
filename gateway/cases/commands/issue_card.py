"""Have an MRE Services card issued to oneself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Connection

from gateway.auth import policy
from gateway.auth.quotas import Quotas
from gateway.cards.model import Card, holder_claims
from gateway.cards.store import CardStore
from gateway.cases.commands.caller import allow, deciding
from gateway.cases.commands.card_access import ACR, require_person
from gateway.cases.commands.unit_of_work import IdempotentWrites, Presenter, WriteRequest, Written


class NameNotVerified(Exception):
    """The sign-in proved no name, and a card without one shows nothing."""


@dataclass(frozen=True, slots=True)
class IssuedCard:
    card: Card
    text: str
    """The card itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueCard:
    writes: IdempotentWrites
    cards: CardStore
    quotas: Quotas

    async def run(
        self, request: WriteRequest, holder_key: Mapping[str, str] | None, present: Presenter[IssuedCard]
    ) -> Written:
        """`holder_key`: the members of a checked public key to which the card is bound.

        Raises `PersonRequired`, `NameNotVerified`, `Denied`, `TooManyCards`, `QuotaUsed`, and as
        `IdempotentWrites.run`."""
        principal, entry = request.caller.principal, request.caller.entry
        require_person(principal)
        with deciding(entry):
            allow(entry, policy.require_acr(principal, ACR))
        known = principal.claims
        if not known.name:
            raise NameNotVerified
        work = partial(
            self._issue,
            client=principal.client_id,
            subject=principal.pseudonym,
            holder=holder_claims(name=known.name, national_id=known.cnie, birthdate=known.birthdate),
            holder_key=holder_key,
        )
        return await self.writes.run(request, lambda unit: unit.commit(work, present))

    def _issue(
        self,
        tx: Connection,
        *,
        client: str,
        subject: str,
        holder: Mapping[str, Any],
        holder_key: Mapping[str, str] | None,
    ) -> IssuedCard:
        self.quotas.issue_card(tx, subject=subject)
        return IssuedCard(*self.cards.issue(tx, client=client, subject=subject, holder=holder, holder_key=holder_key))
