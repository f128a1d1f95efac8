"""A person asks to be forgotten (law 09-08): their key is destroyed, and with it all that it sealed; cards are revoked.

Data that identify nobody stay: that there was a case, its amounts and dates, and the log's records.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, select, update

from gateway.audit import erasure as log_erasure
from gateway.audit import sequencer
from gateway.audit.entry import Entry
from gateway.audit.log import AuditLog
from gateway.auth import mandates, preferences
from gateway.cases import drafts, idempotency
from gateway.cases.model import ENDED, now
from gateway.storage import Storage
from gateway.storage.tables import (
    attachments,
    cards,
    case_notes,
    cases,
    event_tickets,
    messages,
    visits,
)
from gateway.storage.vault import Vault


class CasesOpen(Exception):
    """The person has cases that a portal still works on; they must end first."""

    def __init__(self, cases: list[str]) -> None:
        super().__init__(", ".join(cases))
        self.cases = cases


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """How much was found of the person; all zero if nothing."""

    cases: int
    attachments: int
    records: int
    """Records of the log whose commitments can no longer be opened."""
    scrubbed: bool
    """Whether the keys are gone from the database's own files, too. If not, a reader prevented it: erase again."""


async def erase(
    storage: Storage, vault: Vault, log: AuditLog, *, subject: str, log_subjects: tuple[str, ...], entry: Entry
) -> Erased:
    """Forget the person whom the store calls `subject` and the log `log_subjects`; `entry` is the record of this act.

    One transaction; after it the bytes are also gone from the database's files, unless somebody reads for long. Raises
    `CasesOpen`, and then nothing has changed.
    """

    def work(tx: Connection) -> tuple[int, int, int]:
        sequencer.hold(tx)  # before any key, because a process that places records locks the keys that seal them
        mine = select(cases.c.id, cases.c.status).where(cases.c.subject == subject)
        found = dict(tx.execute(mine).all())
        if still_open := sorted(id for id, status in found.items() if status not in ENDED):
            raise CasesOpen(still_open)
        vault.erase(tx, subject)
        tx.execute(update(cases).where(cases.c.subject == subject).values(sealed=b""))
        hers = cards.c.subject == subject
        tx.execute(update(cards).where(hers).values(sealed=b""))
        tx.execute(update(cards).where(hers, cards.c.revoked_at.is_(None)).values(revoked_at=now()))
        files = tx.execute(delete(attachments).where(attachments.c.subject == subject))
        idempotency.forget(tx, subject)
        tx.execute(delete(event_tickets).where(event_tickets.c.owner == subject))
        mandates.forget(tx, subject)
        preferences.forget(tx, subject)
        drafts.forget(tx, subject)
        tx.execute(delete(case_notes).where(case_notes.c.case_id.in_(found)))
        tx.execute(delete(visits).where(visits.c.case_id.in_(found)))
        tx.execute(delete(messages).where(messages.c.subject == subject))
        records = log_erasure.forget(tx, owner=subject, subjects=log_subjects, cases=list(found))
        log.append(tx, entry)
        return len(found), files.rowcount, records

    filed, files, records = await storage.run_write(work)
    return Erased(cases=filed, attachments=files, records=records, scrubbed=await storage.scrub())
