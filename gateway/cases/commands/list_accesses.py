"""A person's own ledger (law 09-08): who looked at her data, when, and what for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from gateway.audit.search import Filter, Page, search
from gateway.auth.keys import KeyRing
from gateway.auth.mandates import Mandates
from gateway.cases.commands.caller import Caller
from gateway.cases.commands.case_access import CaseAccess
from gateway.storage import Storage

_GENERAL: Final = Filter(kind="access", subjects=("",))


class NobodysLedger(Exception):
    """The caller is no person. An application would otherwise read everything that concerns no person."""


@dataclass(frozen=True, slots=True)
class Accesses:
    page: Page
    purposes: Mapping[str, str]
    """Of the mandates that are named, by id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListAccesses:
    storage: Storage
    access: CaseAccess
    ring: KeyRing
    mandates: Mandates

    async def run(self, caller: Caller, *, about_everyone: bool, after: int | None, limit: int) -> Accesses:
        """`about_everyone`: accesses to many people's records at once, which name nobody.

        Raises `NobodysLedger`, and `Denied` for too little assurance."""
        subject = caller.principal.pseudonym
        if not subject:
            raise NobodysLedger
        self.access.require_assurance(caller, "")
        where = _GENERAL if about_everyone else Filter(subjects=self.ring.ledger.every(subject, caller.entry.at))
        found = await self.storage.run_read(partial(search, where=where, after=after, limit=limit))
        named = await self.mandates.named(subject, {each.record.mandate for each in found.records} - {""})
        texts = await self.mandates.texts(list(named.values()))
        return Accesses(found, {id: each.purpose for id, each in zip(named, texts, strict=True)})
