"""What an agent sees and does at the post where she serves: the agenda, who has come, what is late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Final

from sqlalchemy import Connection, select

from gateway.auth import policy
from gateway.auth.mandates import Mandate, Mandates
from gateway.cards.store import CardStore
from gateway.cases import terms, visits
from gateway.cases.commands.caller import Caller, allow, deciding
from gateway.cases.commands.card_access import CardNotFound
from gateway.cases.commands.unit_of_work import IdempotentWrites, Presenter, UnitOfWork, WriteRequest, Written
from gateway.cases.idempotency import StoredResponse
from gateway.cases.legal_days import day_of
from gateway.cases.model import Event, now
from gateway.cases.store import Cases, covered
from gateway.cases.visits import Visit
from gateway.storage import Storage
from gateway.storage.tables import cases as case_table
from gateway.storage.vault import Erased

_IN_A_CARD: Final = "~"
"""No number has it (RFC 9901, section 4)."""
_LONGEST: Final = 200
_LATE: Final = 100
_LATE_OF_ONE: Final = 20


class VisitNotFound(Exception):
    """Nobody has an appointment there on that day by that card or number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agenda:
    day: date
    visits: list[Visit]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """Who has come. `name` is empty if the person was erased."""

    visit: Visit
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LateCase:
    """A case whose legal term is over, without an answer of its portal; `mandate` or `visit` says why the agent sees
    it."""

    case_id: str
    service: str
    status: str
    due_on: str
    mandate: str = ""
    visit: Visit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServePost:
    storage: Storage
    writes: IdempotentWrites
    cases: Cases
    cards: CardStore
    mandates: Mandates

    async def agenda(self, caller: Caller, post: str, day: date | None) -> Agenda:
        """Names nobody: who somebody is, is shown when she has come. Raises `Denied`."""
        _require(caller, post)
        found, listed = await self.storage.run_read(partial(visits.agenda, post=post, day=day))
        return Agenda(day=found, visits=listed)

    async def check_in(self, request: WriteRequest, post: str, shown: str, present: Presenter[Arrival]) -> Written:
        """Note that the holder of the card that is shown, or whoever has the appointment with the number that is, has
        come: today, at that post. The first time counts.

        Raises `Denied`, `CardNotFound`, `VisitNotFound`, and as `IdempotentWrites.run`."""
        _require(request.caller, post)
        work = partial(self._check_in, post=post, text=shown, present=present)
        return await self.writes.run(request, work)

    async def _check_in(self, unit: UnitOfWork, *, post: str, text: str, present: Presenter[Arrival]) -> StoredResponse:
        shown = await self.cards.shown(text) if _IN_A_CARD in text else None
        if shown is None and _IN_A_CARD in text:
            raise CardNotFound
        subject, fast_lane = (shown.card.subject, shown.fast_lane) if shown else ("", False)
        find = partial(visits.find, post=post, reference=text[:_LONGEST], subject=subject)
        found = await self.storage.run_read(find)
        visit = next((each for each in found if each.checked_in_at is None), found[0] if found else None)
        case = await self.cases.get(visit.case_id) if visit is not None else None
        if visit is None or case is None:
            raise VisitNotFound
        entry = unit.caller.entry
        entry.subject, entry.case_id, entry.service, entry.portal = case.subject, case.id, case.service, visit.portal

        def keep(tx: Connection) -> Arrival:
            if visit.checked_in_at is None:
                visits.check_in(tx, visit, now(), fast_lane=fast_lane)
                self.cases.save(tx, case, [Event(code="checked_in", portal=visit.portal, data={"post": post})])
            try:
                personal = self.cases.read_personal(tx, case)
                name = (personal.requester.name if personal.requester else "") or personal.contact.name
            except Erased:
                name = ""
            kept = visits.of_case(tx, case.id)
            if kept is None:  # the appointment was given up meanwhile, or the person erased
                raise VisitNotFound
            return Arrival(visit=kept, name=name)

        return await unit.commit(keep, present)

    async def late(self, caller: Caller) -> list[LateCase]:
        """Of the people whose mandates the agent holds, and of those with an appointment at her posts about now: the
        longest first. Raises `Denied`."""
        with deciding(caller.entry):
            allow(caller.entry, policy.require_kind(caller.principal, "agent"))
        held = [each for each in await self.mandates.in_force(caller.principal) if each.state == "held"]
        moment = now()
        today = day_of(moment).isoformat()
        posts = sorted(caller.principal.posts)

        def read(connection: Connection) -> list[LateCase]:
            found = {each.case_id: each for mandate in held for each in _under(connection, mandate, today)}
            for visit, due_on in visits.late(connection, posts, today, moment, _LATE) if posts else []:
                found.setdefault(
                    visit.case_id,
                    LateCase(
                        case_id=visit.case_id,
                        service=visit.service,
                        status=visit.status,
                        due_on=due_on,
                        visit=visit,
                    ),
                )
            return sorted(found.values(), key=lambda each: (each.due_on, each.case_id))[:_LATE]

        return await self.storage.run_read(read)


def _require(caller: Caller, post: str) -> None:
    with deciding(caller.entry):
        allow(caller.entry, policy.require_post(caller.principal, post))


def _under(connection: Connection, mandate: Mandate, today: str) -> list[LateCase]:
    """What a mandate covers of what is late."""
    of = case_table.c
    since = None if mandate.earlier_cases else mandate.created_at
    query = (
        select(of.id, of.service, of.status, of.deadline_on)
        .where(of.subject == mandate.subject, *terms.late(today))
        .where(*covered(within=mandate.services, since=since))
        .order_by(of.deadline_on)
        .limit(_LATE_OF_ONE)
    )
    return [
        LateCase(case_id=row.id, service=row.service, status=row.status, due_on=row.deadline_on, mandate=mandate.id)
        for row in connection.execute(query)
    ]
