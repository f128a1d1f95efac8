"""The mandates that a person gave, or an agent holds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import Final

from sqlalchemy import Connection

from gateway.audit.entry import SHOWN_TO_ANOTHER, Entry
from gateway.audit.log import AuditLog
from gateway.auth import policy
from gateway.auth.mandates import Mandate, Mandates, MandateTexts
from gateway.cases.commands.caller import Caller, deciding
from gateway.cases.commands.give_mandate import ACR
from gateway.cases.page_cursor import BadCursor
from gateway.storage import Storage
from gateway.storage.allowances import Allowance, spend

_TOLD: Final = Allowance("mandate_shown", 1, 86_400.0)
"""Of one mandate to one agent: so often the person is told within a day that her name was in the agent's list."""
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
    storage: Storage
    mandates: Mandates
    audit: AuditLog

    async def run(self, caller: Caller, *, before: str, limit: int) -> MandatePage:
        """The newest first, after the one named `before`. Each person whose words or name an agent is shown sees that
        in her own ledger, once a day however often the agent looks. Raises `Denied`, `BadCursor`."""
        with deciding(caller.entry):
            policy.require_kind(caller.principal, "citizen", "agent")
            policy.require_acr(caller.principal, ACR)
        if before and not _ID.fullmatch(before):
            raise BadCursor(before)
        found = await self.mandates.page(caller.principal, before=before, limit=limit + 1)
        texts = await self.mandates.texts(found[:limit])
        shown = [_told(caller, mandate, each) for mandate, each in zip(found, texts, strict=False)]
        if caller.principal.kind == "agent":
            untold = await self.storage.run_read(partial(_not_told_today, caller=caller, shown=shown))
            if untold:
                await self.storage.run_write(lambda tx: self._record(tx, caller, untold))
        return MandatePage(shown, has_more=len(found) > limit)

    def _record(self, tx: Connection, caller: Caller, untold: list[Mandate]) -> None:
        """A record beside the call's own for each mandate, which names the person; none where another look of this
        agent was faster."""
        entry = caller.entry
        for each in untold:
            if spend(tx, _TOLD, _of_agent(caller, each)).granted:
                self.audit.append(
                    tx,
                    Entry(
                        call_id=entry.call_id,
                        kind="access",
                        operation=entry.operation,
                        client=entry.client,
                        subject=each.subject,
                        actor=entry.actor,
                        mandate=each.id,
                        principal=entry.principal,
                        purpose=entry.purpose,
                        decision=entry.decision,
                        rule=entry.rule,
                        reason=SHOWN_TO_ANOTHER,
                        at=entry.at,
                    ),
                )


def _not_told_today(connection: Connection, *, caller: Caller, shown: list[ToldMandate]) -> list[Mandate]:
    """A look, so that most of them write nothing."""
    mandates = [each.mandate for each in shown]
    return [each for each in mandates if spend(connection, _TOLD, _of_agent(caller, each), cost=0).granted]


def _of_agent(caller: Caller, mandate: Mandate) -> str:
    return f"{mandate.id} {caller.principal.client_id} {caller.principal.actor}"


def _told(caller: Caller, mandate: Mandate, texts: MandateTexts) -> ToldMandate:
    name = texts.person_name if mandate.usable_by(caller.principal) else ""
    return ToldMandate(mandate, texts.purpose, name)
