"""What consumers of the outbox are given: one line of a case's timeline, with what it says about the case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, func, or_, select

from gateway.cases.model import ENDED
from gateway.connectors.contract import CaseStatus
from gateway.storage.clock import database_now
from gateway.storage.tables import case_events, cases, outbox


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseChange:
    """One line of a case's timeline. Nothing in it is personal but whose case it is, by pseudonym."""

    case_id: str
    seq: int
    """Its number in the case's timeline, from 1."""
    client: str
    """The client through which the case was filed."""
    subject: str
    """Pseudonym of the person whose case it is; empty if it is the client's own."""
    service: str
    language: str
    code: str
    """The word of the timeline: `filed`, `fee_due`."""
    portal: str
    """Empty if no portal has to do with it."""
    at: datetime
    data: dict[str, Any]
    status: CaseStatus
    status_before: CaseStatus | None
    """That of the line before; None for the first one."""

    @property
    def event_id(self) -> str:
        """The same however often it is told, and to whomever."""
        return f"evt_{self.case_id.partition('_')[2]}_{self.seq}"

    @property
    def status_changed(self) -> bool:
        return self.status != self.status_before

    @property
    def ends_case(self) -> bool:
        return self.status_changed and self.status in ENDED


_before: Final = case_events.alias("before")
_held_back: Final = select(outbox.c.case_id).where(outbox.c.not_before > database_now())
_WAITING: Final = (
    select(
        outbox.c.id,
        outbox.c.case_id,
        outbox.c.seq,
        cases.c.client,
        cases.c.subject,
        cases.c.service,
        cases.c.language,
        case_events.c.code,
        func.coalesce(case_events.c.portal, "").label("portal"),
        case_events.c.at,
        case_events.c.data,
        case_events.c.status,
        _before.c.status.label("status_before"),
    )
    .join(cases, cases.c.id == outbox.c.case_id)
    .join(case_events, (case_events.c.case_id == outbox.c.case_id) & (case_events.c.seq == outbox.c.seq))
    .outerjoin(_before, (_before.c.case_id == outbox.c.case_id) & (_before.c.seq == outbox.c.seq - 1))
    .where(or_(outbox.c.not_before.is_(None), outbox.c.not_before <= database_now()))
    .where(outbox.c.case_id.not_in(_held_back))
    .order_by(outbox.c.id)
    .limit(bindparam("most"))
)


def read_waiting(tx: Connection, most: int) -> list[tuple[int, CaseChange]]:
    """The first `most` of the outbox, each with the id of its row. Of one case they are in order."""
    found = []
    for row in tx.execute(_WAITING, {"most": most}):
        fields = dict(row._mapping)
        id, before = fields.pop("id"), fields.pop("status_before")
        status = CaseStatus(fields.pop("status"))
        found.append((id, CaseChange(**fields, status=status, status_before=CaseStatus(before) if before else None)))
    return found
