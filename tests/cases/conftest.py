"""A journey on a real database, with portals that follow a script."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import update

from gateway.audit.entry import Entry
from gateway.auth.keys import KeyRing
from gateway.cases.appointments import Appointments
from gateway.cases.attachments import Attachments
from gateway.cases.batches import Batches
from gateway.cases.dispatch import CallShares
from gateway.cases.journey import Journey, Rest
from gateway.cases.model import Case, Contact, Personal, now
from gateway.cases.payments import Payments
from gateway.cases.receipt import Receipts
from gateway.cases.stages.order import Stages
from gateway.cases.state import Charge, Part, State
from gateway.cases.store import Cases
from gateway.connectors import loader
from gateway.connectors.catalogue import Catalogue
from gateway.connectors.contract import CaseStatus, Filed, Filing, Milestone, Money, Progress, Step
from gateway.settings import Journeys, load
from gateway.storage import Storage
from gateway.storage.tables import cases
from gateway.storage.vault import Vault
from tests.database_sessions import transaction

from .states import state_of

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

PROMISED_KEY = re.compile("[a-z0-9_:]{1,17}")
"""What follows the id of a case in each key that a portal gets."""


class Crash(BaseException):
    """The process is killed here."""


class Script:
    """Portals that answer what the script says: a value, an error to raise, or a function to call; the last answer of
    an operation stays. `called` counts."""

    def __init__(self) -> None:
        self.answers: dict[Callable[..., Any], list[Any]] = {}
        self.called: Counter[Callable[..., Any]] = Counter()
        self.latest: Callable[..., Any] | None = None

    def says(self, operation: Callable[..., Any], *answers: Any) -> None:
        self.answers[operation] = list(answers)

    def recorded_in(self, entry: Entry, *, budget: float | None = None, permit: Any = None) -> Script:
        self.entry = entry
        return self

    async def call(self, portal: str, operation: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        self.called[operation] += 1
        self.latest = operation
        for each in args:
            key = getattr(each, "key", None)
            assert key is None or PROMISED_KEY.fullmatch(key.removeprefix("case_1")), f"{key}: see `Submission.key`"
        answers = self.answers[operation]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if callable(answer) and not isinstance(answer, type):
            answer = await answer(*args)
        if isinstance(answer, BaseException):
            raise answer
        return answer


class Records:
    """The audit log as far as a journey knows it."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.fails_with: BaseException | None = None

    async def write(self, entry: Entry) -> None:
        self.entries.append(entry)

    def append(self, tx: Any, entry: Entry) -> None:
        if self.fails_with is not None:
            error, self.fails_with = self.fails_with, None
            raise error
        entry.recorded = True
        self.entries.append(entry)


@dataclass(frozen=True)
class Services:
    """What a journey is made of here."""

    cases: Cases
    portals: Any
    catalogue: Catalogue
    payments: Payments
    attachments: Attachments
    receipts: Receipts
    appointments: Appointments
    audit: Any
    settings: Journeys
    speeds: dict[str, float] = field(default_factory=dict)

    def journey(self) -> Journey:
        shared = {
            "cases": self.cases,
            "portals": self.portals,
            "catalogue": self.catalogue,
            "audit": self.audit,
            "settings": self.settings,
            "shares": CallShares(32, per_portal=8),
        }
        stages = Stages.using(self.payments, self.attachments, self.receipts)
        batches = Batches(**shared, follows=stages.only_queries)
        return Journey(**shared, speeds=self.speeds, stages=stages, batches=batches)


@dataclass
class CaseHarness:
    """One case and everything around it."""

    services: Services
    portals: Script
    records: Records
    case_id: str = "case_1"
    journeys: dict[str, Any] = field(default_factory=dict)

    def hurried(self, **journeys: float) -> CaseHarness:
        """The same case with other limits."""
        return replace(self, services=replace(self.services, settings=Journeys(**(self.journeys | journeys))))

    async def case(self) -> Case:
        found = await self.services.cases.get(self.case_id)
        assert found is not None
        return found

    async def step(self) -> Rest | None:
        return await self.services.journey().advance(self.case_id)

    async def run(self, most: int = 30) -> Case:
        """Step until there is a wait or the end. The wait between the filing and the first query is over at once."""
        for _ in range(most):
            rest = await self.step()
            filed = rest is not None and rest.poll_key != "" and self.portals.latest in (Filing.file, Filing.find)
            if rest is None or (rest.seconds > 0 and not filed):
                return await self.case()
        raise AssertionError("the journey goes round in circles")

    async def change(self, change: Callable[[State], None]) -> None:
        """Somebody else changes the case."""
        case = await self.case()
        change(case.state)
        async with transaction(self.services.cases.storage) as tx:
            await tx.run_sync(self.services.cases.save, case)

    async def codes(self) -> list[str]:
        return [event.code for event in await self.services.cases.events(self.case_id)]

    async def become(self, state: State) -> None:
        """The journey knows this now."""
        await self.change(lambda old: [setattr(old, name, getattr(state, name)) for name in state.__struct_fields__])

    async def begin(self, state: State | None = None, status: CaseStatus = CaseStatus.RECEIVED) -> None:
        case = Case(
            id=self.case_id,
            client="app",
            subject="",
            service="echo.note",
            status=status,
            version=1,
            language="fr",
            created_at=now(),
            updated_at=now(),
            deadline_on=None,
            due_at=now(),
            state=state or state_of(parts=[Part.FILING, Part.FOLLOW], portal="echo"),
        )
        personal = Personal(form={"text": "Bonjour"}, contact=Contact(name="Amina", email="amina@example.org"))
        async with transaction(self.services.cases.storage) as tx:
            await tx.run_sync(self.services.cases.insert, case, personal, [])


@pytest.fixture(scope="session")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    settings = load(state_dir=tmp_path_factory.mktemp("catalogue"), plugins={"enabled": ["echo"]})
    return Catalogue(loader.load(settings))


@pytest.fixture(scope="session")
def ring(tmp_path_factory: pytest.TempPathFactory) -> KeyRing:
    return KeyRing.create(tmp_path_factory.mktemp("keys"))


@pytest.fixture
async def harness(storage: Storage, catalogue: Catalogue, ring: KeyRing, tmp_path: Path) -> CaseHarness:
    """A free demand at Echo, received a moment ago."""
    vault = Vault(ring.data_key)
    store, script, records = Cases(storage, vault), Script(), Records()
    journeys = {"settle_seconds": 3600.0, "poll_seconds": 300.0, "retry_base_seconds": 5.0}
    journeys |= {"poll_max_seconds": 300.0, "poll_jitter": 0.0}  # every wait is as long
    appointments = Appointments(store, script, Journeys(**journeys))
    services = Services(
        cases=store,
        portals=script,
        catalogue=catalogue,
        payments=Payments(store, script, records),
        attachments=Attachments(storage, vault),
        receipts=Receipts(ring, "https://gateway.example"),
        appointments=appointments,
        audit=records,
        settings=Journeys(**journeys),
    )
    made = CaseHarness(services, script, records, journeys=journeys)
    await made.begin()
    script.says(Filing.progress, progress(Milestone.PROCESSING))
    return made


Mend = Callable[[], Awaitable[None]]
Damage = Callable[[CaseHarness], Awaitable[Mend]]


@pytest.fixture
def damage() -> Damage:
    """Makes a part of a case's stored state unreadable; what it returns mends it."""

    async def store(harness: CaseHarness, state: Any) -> None:
        async with transaction(harness.services.cases.storage) as tx:
            await tx.execute(update(cases).where(cases.c.id == harness.case_id).values(state=state))

    async def spoil(harness: CaseHarness) -> Mend:
        whole = msgspec.to_builtins((await harness.case()).state)
        await store(harness, whole | {"filing": {**whole["filing"], "documents": [{"id": "x"}]}})
        assert (await harness.case()).damaged
        return partial(store, harness, whole)

    return spoil


def progress(*milestones: Milestone, status: CaseStatus = CaseStatus.IN_PROGRESS, **more: Any) -> Progress:
    steps = [Step(at=AT + timedelta(days=n), label=each.value, milestone=each) for n, each in enumerate(milestones)]
    return Progress(
        reference="E00000001",
        status=status,
        portal_status=milestones[-1].value if milestones else status.value,
        milestone=milestones[-1] if milestones else None,
        steps=steps,
        **more,
    )


def filed() -> Filed:
    return Filed(reference="E00000001", progress=progress(Milestone.CREATED, status=CaseStatus.RECEIVED))


def paid(**more: Any) -> State:
    """A state whose fee has been paid and stamped, before the filing. Members of the charge may be named too."""
    charge = {
        "code": "fee_due",
        "portal": "etimbre",
        "amount": Money(amount=1000),
        "paid_oid": "pay_1",
        "stamp": "1234567890123456",
    }
    charge |= {name: more.pop(name) for name in list(more) if name in Charge.__struct_fields__ and name != "portal"}
    known = {"parts": [Part.FEE, Part.FILING, Part.FOLLOW], "portal": "echo", "charges": [Charge(**charge)]}
    return state_of(**(known | more))
