"""Mandates: a person lets an agent of a consulate or a call centre act for her, for a purpose, within limits, and for
a time.

She gives it to an agency's client and gets a short code; whichever of its agents she tells the code to takes the
mandate up, and is the only one who can use it. It ends by its date, or when either of the two ends it.
"""

from __future__ import annotations

import secrets
import string
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, insert, or_, select, update

from gateway import typed_text
from gateway.auth.keys import KeyRing
from gateway.auth.policy import ASSURANCE, Decision, Denied, DeniedCode
from gateway.auth.principal import Acting, Identity, Principal
from gateway.ids import new_id
from gateway.settings import Mandates as Limits
from gateway.storage import Storage
from gateway.storage.tables import mandate_tries as tries
from gateway.storage.tables import mandates as table
from gateway.storage.vault import Erased, Vault

State = Literal["given", "lapsed", "held", "expired", "revoked", "returned"]
EndedBy = Literal["person", "agent"]

CODE_DIGITS: Final = 9
SHOWN: Final = 50
"""Mandates in force that are listed in short: an agent may hold many."""
_VALID: Final = "mandate:valid@1"
_CODE: Final = "mandate:code@1"


class TooManyTries(Exception):
    """This agent has tried too many wrong codes. `retry_after` is in seconds."""

    def __init__(self, retry_after: float) -> None:
        super().__init__("too many codes tried")
        self.retry_after = retry_after


class _Sealed(msgspec.Struct, frozen=True):
    purpose: str
    cnie: str
    name: str
    email: str
    phone: str
    family_name: str = ""
    given_name: str = ""
    family_name_ar: str = ""
    given_name_ar: str = ""
    birthdate: str = ""
    email_verified: bool = False
    phone_verified: bool = False

    @property
    def identity(self) -> Identity:
        """What the issuer had verified of the person when she gave the mandate."""
        return Identity(**{name: getattr(self, name) for name in self.__struct_fields__ if name != "purpose"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandate:
    """A mandate as it is kept, but for what is sealed."""

    id: str
    subject: str
    """Pseudonym of the person."""
    client: str
    holder: str
    """Pseudonym of the agent who took it up; empty until then."""
    scopes: tuple[str, ...]
    services: tuple[str, ...]
    acr: str
    created_at: datetime
    expires_at: datetime
    code_until: datetime
    taken_at: datetime | None = None
    ended_at: datetime | None = None
    ended_by: str = ""
    sealed: bytes = b""
    earlier_cases: bool = False
    """Whether it covers what the person filed before she gave it."""

    @property
    def state(self) -> State:
        moment = datetime.now(UTC)
        if self.ended_at is not None:
            return "revoked" if self.ended_by == "person" else "returned"
        if self.expires_at <= moment:
            return "expired"
        if self.holder:
            return "held"
        return "given" if self.code_until > moment else "lapsed"

    def held_by(self, agent: Principal) -> bool:
        """The same person at another agency is another agent."""
        return bool(self.holder) and (agent.client_id, agent.actor) == (self.client, self.holder)

    def usable_by(self, agent: Principal) -> bool:
        return self.held_by(agent) and self.state == "held"

    def require(self, agent: Principal) -> Decision:
        """That this agent may use it now. Raises `Denied`: to anybody but its holder it does not exist."""
        if not self.held_by(agent):
            raise _denied("mandate_unknown", "not_the_holder")
        if self.state != "held":
            raise _denied("mandate_ended", self.state)
        return Decision(allowed=True, rule=_VALID)


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateTexts:
    """What is sealed of a mandate, as far as it is shown."""

    purpose: str = ""
    """The person's own words."""
    person_name: str = ""
    """As the issuer had verified it when she gave the mandate."""


def unknown() -> Denied:
    """The call names a mandate that there is not."""
    return _denied("mandate_unknown", "unknown")


class Mandates:
    def __init__(self, storage: Storage, vault: Vault, ring: KeyRing, limits: Limits) -> None:
        self._storage, self._vault, self._ring = storage, vault, ring
        self.limits = limits

    def give(
        self,
        tx: Connection,
        person: Principal,
        *,
        client: str,
        scopes: Sequence[str],
        services: Sequence[str],
        purpose: str,
        expires_at: datetime,
        earlier_cases: bool = False,
    ) -> tuple[Mandate, str]:
        """The new mandate, and the code that is told to nobody but the person."""
        moment, code = datetime.now(UTC), self._new_code(tx)
        mandate = Mandate(
            id=new_id("mnd"),
            subject=person.pseudonym,
            client=client,
            holder="",
            scopes=tuple(sorted(set(scopes))),
            services=tuple(sorted(set(services))),
            acr=person.acr,
            created_at=moment,
            expires_at=expires_at,
            code_until=min(expires_at, moment + timedelta(seconds=self.limits.code_seconds)),
            earlier_cases=earlier_cases,
        )
        plain = msgspec.json.encode(_Sealed(purpose=purpose, **asdict(person.claims)))
        values = {name: getattr(mandate, name) for name in mandate.__slots__} | {
            "scopes": list(mandate.scopes),
            "services": list(mandate.services),
            "code_hash": self._hash(code),
            "sealed": self._vault.seal(tx, mandate.subject, plain, context=mandate.id),
        }
        tx.execute(insert(table).values(values))
        return mandate, code

    async def attempt(self, agent: Principal) -> str:
        """Announce that this agent tries a code; without that no code is looked at. Raises `TooManyTries`.

        It counts before the code is looked at, so that codes tried at once count too. Give what it returns to `take`.
        """
        moment, mine = datetime.now(UTC), new_id("try")
        since = moment - timedelta(seconds=self.limits.code_seconds)

        def announce(tx: Connection) -> None:
            tx.execute(delete(tries).where(tries.c.at < since))
            tx.execute(insert(tries).values(id=mine, actor=agent.actor, at=moment))

        def count(tx: Connection) -> tuple[int, datetime]:
            counted = select(func.count(), func.min(tries.c.at)).where(tries.c.actor == agent.actor)
            made, first = tx.execute(counted).one()
            if made > self.limits.code_tries:
                tx.execute(delete(tries).where(tries.c.id == mine))
            return made, first

        await self._storage.run_write(announce)  # seen by the others before any of them counts
        made, first = await self._storage.run_write(count)
        if made > self.limits.code_tries:
            raise TooManyTries(max(1.0, (first - since).total_seconds()))
        return mine

    def take(self, tx: Connection, agent: Principal, code: str, attempt: str) -> Mandate:
        """The mandate is this agent's from now on, and the code is used up. Raises `Denied`."""
        digits = "".join(each for each in typed_text.number(code) if each in string.digits)
        moment = datetime.now(UTC)
        done = tx.execute(
            update(table)
            .where(
                table.c.code_hash == self._hash(digits),
                table.c.client == agent.client_id,
                table.c.ended_at.is_(None),
                table.c.code_until > moment,
            )
            .values(holder=agent.actor, taken_at=moment, code_hash=None)
            .returning(table.c.id)
        )
        id = done.scalar_one_or_none()
        if id is None:
            raise Denied("mandate_code_wrong", Decision(allowed=False, rule=_CODE, reason="code_wrong"))
        tx.execute(delete(tries).where(tries.c.id == attempt))
        taken = self.read(tx, id)
        assert taken is not None, "the row was written in this transaction"
        return taken

    async def get(self, id: str) -> Mandate | None:
        return await self._storage.run_read(lambda connection: self.read(connection, id))

    def read(self, connection: Connection, id: str) -> Mandate | None:
        row = connection.execute(select(table).where(table.c.id == id)).one_or_none()
        return _mandate(row) if row else None

    async def page(self, party: Principal, *, before: str = "", limit: int) -> list[Mandate]:
        """Those that a person gave, or an agent holds: the newest first, after the one named `before`."""
        query = select(table).where(_of(party)).order_by(table.c.id.desc()).limit(limit)
        if before:
            query = query.where(table.c.id < before)
        rows = await self._storage.run_read(lambda connection: connection.execute(query).all())
        return [_mandate(row) for row in rows]

    async def in_force(self, party: Principal) -> list[Mandate]:
        """Those that a person gave, or an agent holds, and that are good now: the newest first, `SHOWN` at most."""
        moment = datetime.now(UTC)
        given_or_held = or_(table.c.holder != "", table.c.code_until > moment)
        good = (table.c.ended_at.is_(None), table.c.expires_at > moment, given_or_held)
        query = select(table).where(_of(party), *good).order_by(table.c.id.desc()).limit(SHOWN)
        rows = await self._storage.run_read(lambda connection: connection.execute(query).all())
        return [_mandate(row) for row in rows]

    async def named(self, subject: str, ids: set[str]) -> dict[str, Mandate]:
        """Those of `ids` that this person gave."""
        query = select(table).where(table.c.subject == subject, table.c.id.in_(ids))
        rows = await self._storage.run_read(lambda connection: connection.execute(query).all())
        return {row.id: _mandate(row) for row in rows}

    async def texts(self, mandates: Sequence[Mandate]) -> list[MandateTexts]:
        """Of each of them in turn, opened in one read; empty once the person is erased."""

        def read(connection: Connection) -> list[MandateTexts]:
            found = []
            for each in mandates:
                try:
                    kept = self._open(connection, each)
                    found.append(MandateTexts(purpose=kept.purpose, person_name=kept.name))
                except Erased:
                    found.append(MandateTexts())
            return found

        return await self._storage.run_read(read) if mandates else []

    def hand_over(self, tx: Connection, agent: Principal, mandate: Mandate) -> tuple[Mandate, str]:
        """A code by which a colleague of the same agency takes the mandate over; until then it stays this agent's, and
        a code before it is good no more. Raises `Denied`."""
        current = self.read(tx, mandate.id)
        if current is None:
            raise unknown()
        current.require(agent)
        code, moment = self._new_code(tx), datetime.now(UTC)
        until = min(current.expires_at, moment + timedelta(seconds=self.limits.code_seconds))
        tx.execute(update(table).where(table.c.id == mandate.id).values(code_hash=self._hash(code), code_until=until))
        return replace(current, code_until=until), code

    def end(self, tx: Connection, mandate: Mandate, by: EndedBy) -> Mandate:
        """From when `tx` commits, nothing is done by it any more. One that has ended stays as it is."""
        tx.execute(
            update(table)
            .where(table.c.id == mandate.id, table.c.ended_at.is_(None))
            .values(ended_at=datetime.now(UTC), ended_by=by, code_hash=None)
        )
        ended = self.read(tx, mandate.id)
        assert ended is not None, "mandates are deleted with their person only"
        return ended

    async def act(self, agent: Principal, mandate: Mandate) -> Principal:
        """The agent, now speaking for the person who gave the mandate, with what both of them may. Raises `Denied`."""
        mandate.require(agent)
        try:
            known = await self._storage.run_read(lambda connection: self._open(connection, mandate))
        except Erased as error:
            raise _denied("mandate_ended", "erased") from error
        return replace(
            agent,
            pseudonym=mandate.subject,
            acr=min(agent.acr, mandate.acr, key=lambda acr: ASSURANCE.get(acr, 0)),
            claims=known.identity,
            acting=Acting(
                mandate=mandate.id,
                scopes=frozenset(mandate.scopes),
                services=mandate.services,
                since=None if mandate.earlier_cases else mandate.created_at,
            ),
            expires_at=min(agent.expires_at, mandate.expires_at.timestamp()),
        )

    async def still(self, agent: Principal) -> None:
        """That the mandate the agent acts by has not ended meanwhile. Raises `Denied`."""
        if agent.acting is not None:
            _require(await self.get(agent.acting.mandate), agent)

    def still_in(self, tx: Connection, agent: Principal) -> None:
        """The same inside the transaction of a write, so that what is done and the end of the mandate come one after
        the other: who revokes waits for what is being kept, and what comes later is refused."""
        if agent.acting is None:
            return
        if not self._storage.sqlite:  # there is one writer, and no such lock
            tx.execute(select(table.c.id).where(table.c.id == agent.acting.mandate).with_for_update(read=True))
        _require(self.read(tx, agent.acting.mandate), agent)

    async def ended(self, agents: Sequence[Principal]) -> set[str]:
        """Which of the mandates that these agents act by may be used no longer, by one query."""
        acting = {agent.acting.mandate: agent for agent in agents if agent.acting is not None}
        query = select(table).where(table.c.id.in_(acting))
        rows = await self._storage.run_read(lambda connection: connection.execute(query).all())
        found = {mandate.id: mandate for mandate in map(_mandate, rows)}
        return {id for id, agent in acting.items() if id not in found or not found[id].usable_by(agent)}

    def _open(self, connection: Connection, mandate: Mandate) -> _Sealed:
        plain = self._vault.open(connection, mandate.subject, mandate.sealed, context=mandate.id)
        return msgspec.json.decode(plain, type=_Sealed)

    def _new_code(self, tx: Connection) -> str:
        while True:
            code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
            same = select(table.c.id).where(table.c.code_hash == self._hash(code))
            if tx.execute(same).one_or_none() is None:
                return code

    def _hash(self, code: str) -> str:
        return self._ring.digest("mandate-code", code)


def _of(party: Principal) -> ColumnElement[bool]:
    if party.kind == "agent":
        return and_(table.c.holder == party.actor, table.c.client == party.client_id)
    return table.c.subject == party.pseudonym


def _require(mandate: Mandate | None, agent: Principal) -> None:
    if mandate is None:
        raise _denied("mandate_ended", "erased")
    mandate.require(agent)


def _denied(code: DeniedCode, reason: str) -> Denied:
    return Denied(code, Decision(allowed=False, rule=_VALID, reason=reason))


def _mandate(row: Row[Any]) -> Mandate:
    kept = {name: getattr(row, name) for name in Mandate.__slots__}
    return Mandate(**kept | {"scopes": tuple(row.scopes), "services": tuple(row.services)})


def forget(tx: Connection, subject: str) -> int:
    """Delete the mandates that a person gave, with all that is in them; for her erasure."""
    return int(tx.execute(delete(table).where(table.c.subject == subject)).rowcount)
