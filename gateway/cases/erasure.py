"""A person asks to be forgotten (law 09-08): their key is destroyed, and with it all that it sealed; cards are revoked.

What stays is what names nobody: that there was a case, its amounts and dates, and the records of the log.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, select, update

from gateway.audit import erasure as log_erasure
from gateway.audit import sequencer
from gateway.audit.entry import Entry
from gateway.audit.log import AuditLog
from gateway.auth import mandates
from gateway.cases.model import ENDED, now
from gateway.storage import Storage
from gateway.storage.tables import attachments, cards, cases, idempotency
from gateway.storage.vault import Vault


class CasesOpen(Exception):
    """The person has cases that a portal still works on; they must end first."""

    def __init__(self, cases: list[str]) -> None:
        super().__init__(", ".join(cases))
        self.cases = cases


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What was found of the person. All zero: nothing."""

    cases: int
    attachments: int
    records: int
    """Records of the log whose commitments can no longer be opened."""
    scrubbed: bool
    """The keys are gone from the database's own files, too. If not, somebody was reading: erase once more."""


async def erase(
    storage: Storage, vault: Vault, log: AuditLog, *, subject: str, log_subjects: tuple[str, ...], entry: Entry
) -> Erased:
    """Forget the person whom the store calls `subject` and the log `log_subjects`; `entry` is the record of this act.

    One transaction; after it the bytes are also gone from the database's files, unless somebody reads for long. Raises
    `CasesOpen`, and then nothing has changed.
    """
    async with storage.transaction() as tx:
        await tx.run_sync(sequencer.hold)  # before any key: who places records locks the keys that seal them
        mine = select(cases.c.id, cases.c.status).where(cases.c.subject == subject)
        found = dict((await tx.execute(mine)).tuples().all())
        if still_open := sorted(id for id, status in found.items() if status not in ENDED):
            raise CasesOpen(still_open)
        await vault.erase(tx, subject)
        await tx.execute(update(cases).where(cases.c.subject == subject).values(sealed=b""))
        hers = cards.c.subject == subject
        await tx.execute(update(cards).where(hers).values(sealed=b""))
        await tx.execute(update(cards).where(hers, cards.c.revoked_at.is_(None)).values(revoked_at=now()))
        files = await tx.execute(delete(attachments).where(attachments.c.subject == subject))
        await tx.execute(delete(idempotency).where(idempotency.c.subject == subject))
        await mandates.forget(tx, subject)
        records = await tx.run_sync(
            lambda sync: log_erasure.forget(sync, owner=subject, subjects=log_subjects, cases=list(found))
        )
        await log.append(tx, entry)
    scrubbed = await storage.scrub()
    return Erased(cases=len(found), attachments=files.rowcount, records=records, scrubbed=scrubbed)
