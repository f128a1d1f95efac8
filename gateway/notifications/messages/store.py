"""Messages in the database: one row for each fact and channel, from when it is due until long after it was sent.

A row holds no address and no text: both are looked up, and written, when it is sent. All times that are compared are
the database's.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import (
    Connection,
    Select,
    and_,
    bindparam,
    delete,
    func,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from gateway.connectors.contract import Channel
from gateway.ids import new_id
from gateway.notifications.messages.facts import Fact, FactKind
from gateway.storage.clock import database_in, database_now
from gateway.storage.tables import messages

_LOOKED_AT: Final = 2_000
"""Of very many due messages, only the oldest are considered for the next turns."""
_MARK: Final = 6
"""Bytes of the random prefix by which a process marks its name."""


class State(StrEnum):
    WAITING = "waiting"
    """Not sent yet."""
    SENT = "sent"
    """Handed over. Whether it arrived is not known, or not yet."""
    DELIVERED = "delivered"
    REFUSED = "refused"
    """The address does not take it."""
    UNDELIVERABLE = "undeliverable"
    """It was taken, and came back."""
    NOT_SENT = "not_sent"
    """There was a reason not to: `reason` says which."""
    GIVEN_UP = "given_up"
    """Whoever carries it failed for too long."""


FAILED: Final = (State.REFUSED, State.UNDELIVERABLE)


class StoredMessage(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    subject: str
    client: str
    case_id: str
    """Empty for a code, which belongs to no case."""
    fact_key: str
    fact: Fact
    channel: Channel
    state: State
    reason: str
    created_at: datetime
    due_at: datetime | None
    claimed_by: str | None
    claimed_until: datetime | None
    attempts: int
    first_tried_at: datetime | None
    tried_at: datetime | None
    sent_at: datetime | None
    carrier: str
    reference: str
    read_at: datetime
    """When it was read, by the database's clock."""


def add_code(tx: Connection, *, subject: str, client: str, channel: Channel) -> str:
    """Put a message in that carries a code, due now; its id."""
    id = new_id("msg")
    fact = Fact(kind=FactKind.CODE, what="code", key=f"code:{id}")
    add(tx, subject=subject, client=client, case_id="", fact=fact, channel=channel, seconds=0, id=id)
    return id


def add(
    tx: Connection,
    *,
    subject: str,
    client: str,
    case_id: str,
    fact: Fact,
    channel: Channel,
    seconds: float,
    id: str = "",
) -> bool:
    """Put a message in, due in `seconds`; False if this fact has one for this channel already."""
    build = sqlite.insert if tx.dialect.name == "sqlite" else postgresql.insert
    row = {
        "id": id or new_id("msg"),
        "subject": subject,
        "client": client,
        "case_id": case_id,
        "fact_key": fact.key,
        "fact": msgspec.to_builtins(fact),
        "channel": channel,
        "state": State.WAITING.value,
        "reason": "",
        "attempts": 0,
        "carrier": "",
        "reference": "",
    }
    statement = build(messages).values(**row, created_at=database_now(), due_at=database_in(seconds))
    return tx.execute(statement.on_conflict_do_nothing().returning(messages.c.id)).first() is not None


class Claims:
    """The messages that one process sends: each with a lease."""

    def __init__(self, executor: str, lease_seconds: float) -> None:
        self.holder: Final = f"{secrets.token_hex(_MARK)}:{executor}"
        self._executor, self._seconds = executor, lease_seconds

    def claim(self, tx: Connection, most: int) -> list[str]:
        """Lease up to `most` due messages: one of each person of whom none is being sent."""
        given = {"most": most, "holder": self.holder, "seconds": self._seconds}
        return [row.id for row in tx.execute(_CLAIM, given)]

    def extend(self, tx: Connection, ids: Collection[str]) -> None:
        tx.execute(_EXTEND, {"ids": list(ids), "of_holder": self.holder, "seconds": self._seconds})

    def release(self, tx: Connection, ids: Collection[str]) -> None:
        tx.execute(_RELEASE, {"ids": list(ids), "of_holder": self.holder})

    def take_over_own(self, tx: Connection) -> int:
        """End the leases of a process that had the same name and left without giving them back."""
        name = func.substr(messages.c.claimed_by, 2 * _MARK + 2)
        own = and_(messages.c.due_at <= database_now(), name == self._executor, messages.c.claimed_by != self.holder)
        statement = update(messages).where(own)
        return int(tx.execute(statement.values(claimed_by=null(), claimed_until=null())).rowcount)


def read(connection: Connection, id: str) -> StoredMessage | None:
    row = connection.execute(_ONE, {"of_id": id}).one_or_none()
    return _stored(row) if row else None


def begin(tx: Connection, id: str, holder: str, carrier: str) -> bool:
    """Note, before it is made, that an attempt is made; False if the lease is lost."""
    values = {
        "attempts": messages.c.attempts + 1,
        "first_tried_at": func.coalesce(messages.c.first_tried_at, database_now()),
        "tried_at": database_now(),
        "carrier": carrier,
    }
    return int(tx.execute(_held(id, holder).values(**values)).rowcount) == 1


def end(
    tx: Connection,
    id: str,
    holder: str,
    state: State,
    *,
    reason: str = "",
    reference: str = "",
    seconds: float | None = None,
) -> bool:
    """The message's new state; False if another process has taken it over. That it was handed over is written all the
    same. `seconds`: when there is something more to do."""
    values: dict[str, Any] = {
        "state": state.value,
        "reason": reason,
        "due_at": null() if seconds is None else database_in(seconds),
        "claimed_by": null(),
        "claimed_until": null(),
    }
    if reference:
        values["reference"] = reference
    if state is State.SENT:
        values["sent_at"] = func.coalesce(messages.c.sent_at, database_now())
        open_one = update(messages).where(messages.c.id == id, messages.c.state.in_([State.WAITING, State.SENT]))
        return int(tx.execute(open_one.values(**values)).rowcount) == 1
    return int(tx.execute(_held(id, holder).values(**values)).rowcount) == 1


def returned(tx: Connection, id: str, reason: str) -> StoredMessage | None:
    """A message that was handed over came back: None if there is no such message. Another report changes nothing."""
    found = read(tx, id)
    if found is not None and found.state in (State.SENT, State.WAITING, State.DELIVERED):
        values = {"state": State.UNDELIVERABLE.value, "reason": reason, "due_at": null()}
        tx.execute(update(messages).where(messages.c.id == id).values(**values))
    return found


def sent_since(connection: Connection, subject: str, channel: Channel, since: datetime) -> int:
    """How many attempts to tell her something of a case this way were made since then, one a message."""
    query = select(func.count()).where(
        messages.c.subject == subject,
        messages.c.channel == channel,
        messages.c.tried_at >= since,
        messages.c.case_id != "",
    )
    return int(connection.execute(query).scalar_one())


def fails_in_row(connection: Connection, subject: str, channel: Channel, since: datetime, most: int) -> bool:
    """Whether her address has refused the last `most` messages, all of them made since then."""
    ended = (*FAILED, State.SENT, State.DELIVERED)
    query = (
        select(messages.c.state)
        .where(
            messages.c.subject == subject,
            messages.c.channel == channel,
            messages.c.created_at >= since,
            messages.c.case_id != "",
            messages.c.state.in_([each.value for each in ended]),
        )
        .order_by(messages.c.tried_at.desc())
        .limit(most)
    )
    states = [State(each) for each in connection.execute(query).scalars()]
    return len(states) == most and all(each in FAILED for each in states)


def page(connection: Connection, subject: str, *, before: str, most: int) -> list[StoredMessage]:
    """A person's messages, the newest first: those before this one. Their ids sort by time."""
    query = (
        select(messages, database_now().label("read_at"))
        .where(messages.c.subject == subject)
        .order_by(messages.c.id.desc())
        .limit(most)
    )
    if before:
        query = query.where(messages.c.id < before)
    return [_stored(row) for row in connection.execute(query)]


def counts(connection: Connection, since: datetime) -> list[tuple[str, str, str, int]]:
    """Of the messages since then: channel, state, reason and number."""
    columns = (messages.c.channel, messages.c.state, messages.c.reason)
    query = select(*columns, func.count()).where(messages.c.created_at >= since).group_by(*columns).order_by(*columns)
    return [(channel, state, reason, count) for channel, state, reason, count in connection.execute(query)]


class Waiting(NamedTuple):
    due: bool
    """Whether a message is due that nobody sends."""
    overdue: float
    """Seconds for which the one that waits longest to be sent has been due; 0 if none is."""
    next_in: float | None
    """Seconds until the next one becomes due; None without one."""


def waiting(connection: Connection) -> Waiting:
    now, of = database_now(), messages.c
    row = connection.execute(
        select(
            now.label("read_at"),
            select(func.count()).where(of.due_at <= now, _free()).scalar_subquery().label("due"),
            select(func.min(of.due_at)).where(of.state == State.WAITING.value).scalar_subquery().label("oldest"),
            select(func.min(of.due_at)).where(of.due_at > now).scalar_subquery().label("next_at"),
        )
    ).one()
    late = (row.read_at - row.oldest).total_seconds() if row.oldest is not None else 0.0
    next_in = None if row.next_at is None else (row.next_at - row.read_at).total_seconds()
    return Waiting(row.due > 0, max(0.0, late), next_in)


def drop_old(tx: Connection, days: int) -> int:
    """Delete messages that were made longer ago than this and wait for nothing."""
    old = messages.c.created_at < database_in(-timedelta(days=days).total_seconds())
    return int(tx.execute(delete(messages).where(old, messages.c.due_at.is_(None))).rowcount)


def _free() -> Any:
    return or_(messages.c.claimed_until.is_(None), messages.c.claimed_until <= database_now())


def _claim() -> Any:
    """By turns: of each person the message that has been due longest, and those first that have waited longest."""
    taken = messages.alias("taken")
    at_work = select(taken.c.subject).where(taken.c.claimed_until > database_now())
    oldest = (
        select(messages.c.id, messages.c.subject, messages.c.due_at)
        .where(
            messages.c.due_at <= database_now(),
            _free(),
            messages.c.subject.not_in(at_work),
        )
        .order_by(messages.c.due_at)
        .limit(_LOOKED_AT)
        .subquery()
    )
    turn = func.row_number().over(partition_by=oldest.c.subject, order_by=(oldest.c.due_at, oldest.c.id))
    ranked = select(oldest.c.id, oldest.c.due_at, turn.label("turn")).subquery()
    chosen: Select[Any] = (
        select(ranked.c.id).where(ranked.c.turn == 1).order_by(ranked.c.due_at, ranked.c.id).limit(bindparam("most"))
    )
    free = select(messages.c.id).where(messages.c.id.in_(chosen), messages.c.due_at <= database_now(), _free())
    return (
        update(messages)
        .where(messages.c.id.in_(free.with_for_update(skip_locked=True)))
        .values(claimed_by=bindparam("holder"), claimed_until=database_in("seconds"))
        .returning(messages.c.id)
    )


def _held(id: str, holder: str) -> Any:
    return update(messages).where(messages.c.id == id, messages.c.claimed_by == holder)


def _stored(row: Any) -> StoredMessage:
    fields = dict(row._mapping)
    fact, state = msgspec.convert(fields.pop("fact"), Fact), State(fields.pop("state"))
    return StoredMessage(**fields, fact=fact, state=state)


_CLAIM: Final = _claim()
_ONE: Final = select(messages, database_now().label("read_at")).where(messages.c.id == bindparam("of_id"))
_THESE: Final = and_(
    messages.c.id.in_(bindparam("ids", expanding=True)), messages.c.claimed_by == bindparam("of_holder")
)
_EXTEND: Final = update(messages).where(_THESE).values(claimed_until=database_in("seconds"))
_RELEASE: Final = update(messages).where(_THESE).values(claimed_by=null(), claimed_until=null())
