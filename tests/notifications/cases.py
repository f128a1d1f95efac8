"""Cases in the database, without any portal."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Connection

from gateway.cases.model import Case, Contact, Event, Personal
from gateway.cases.state import FilingPart, Part, State
from gateway.cases.store import Cases
from gateway.connectors.contract import CaseStatus
from gateway.ids import new_id
from gateway.storage import Storage
from gateway.storage.vault import Vault

AT: Final = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
VAULT: Final = Vault(bytes(32))


def store(storage: Storage) -> Cases:
    return Cases(storage, VAULT)


def new_case(*, client: str = "app", subject: str = "") -> Case:
    return Case(
        id=new_id("case"),
        client=client,
        subject=subject,
        service="echo.simple",
        status=CaseStatus.RECEIVED,
        version=1,
        language="fr",
        created_at=AT,
        updated_at=AT,
        deadline_on=None,
        due_at=None,
        state=State(parts=[Part.FILING], filing=FilingPart(portal="echo")),
    )


def insert(tx: Connection, cases: Cases, case: Case, *codes: str) -> None:
    contact = Contact(name="Amina", email="amina@example.org")
    cases.insert(tx, case, Personal(form={}, contact=contact), events(*codes or ("received",)))


async def filed(cases: Cases, *, client: str = "app", subject: str = "") -> Case:
    """A case that has just been filed: its first line is `received`."""
    case = new_case(client=client, subject=subject)
    await cases.storage.run_write(lambda tx: insert(tx, cases, case))
    return case


async def moved(cases: Cases, case: Case, status: CaseStatus, *codes: str) -> None:
    """Change the status of the case, with a line for each of `codes`."""
    case.move(status)
    await cases.storage.run_write(lambda tx: cases.save(tx, case, events(*codes)))


def events(*codes: str) -> list[Event]:
    return [Event(code=code, at=AT) for code in codes]
