"""Notes of agents on cases, sealed under the key of the case's owner."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, func, insert, select

from gateway.cases.model import Case, now
from gateway.ids import new_id
from gateway.storage.tables import case_notes
from gateway.storage.vault import Vault

MOST: Final = 100
"""Notes on one case."""


class TooManyNotes(Exception):
    """The case has as many notes as one may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    id: str
    case_id: str
    client: str
    actor: str
    """The agent, by pseudonym."""
    created_at: datetime
    text: str


class Notes:
    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def add(self, tx: Connection, case: Case, *, client: str, actor: str, text: str) -> Note:
        """Raises `TooManyNotes`."""
        of = case_notes.c
        count = select(func.count()).select_from(case_notes).where(of.case_id == case.id)
        if tx.execute(count).scalar_one() >= MOST:
            raise TooManyNotes
        note = Note(id=new_id("note"), case_id=case.id, client=client, actor=actor, created_at=now(), text=text)
        sealed = self._vault.seal(tx, case.owner, text.encode(), context=note.id)
        tx.execute(
            insert(case_notes).values(
                id=note.id, case_id=case.id, client=client, actor=actor, created_at=note.created_at, sealed=sealed
            )
        )
        return note

    def of_case(self, connection: Connection, case: Case) -> list[Note]:
        """The oldest first. Raises `Erased`."""
        of = case_notes.c
        query = select(case_notes).where(of.case_id == case.id).order_by(of.id).limit(MOST)
        return [
            Note(
                id=row.id,
                case_id=row.case_id,
                client=row.client,
                actor=row.actor,
                created_at=row.created_at,
                text=self._vault.open(connection, case.owner, row.sealed, context=row.id).decode(),
            )
            for row in connection.execute(query).all()
        ]
