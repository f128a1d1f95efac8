"""The feed of an owner: the events of all their cases in one numbered order, to be read on from any place.

A transaction that takes its number early may commit late, behind a reader who has passed that number already. So no
event is numbered where it is written: whoever reads the feed first numbers those that are committed and have no number
yet, one reader after the other (a row is locked). What commits later gets a greater number, and nothing is ever put
behind a reader. Writers pay nothing for it and never wait. The events of a case keep their order.

A position is such a number, encrypted for its owner: a caller who may see a part of the feed, an agent say, does not
learn how much there is besides.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from sqlalchemy import ColumnElement, Connection, Select, bindparam, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.cases.model import StoredEvent
from gateway.cases.page_cursor import BadCursor
from gateway.cases.store import stored_event
from gateway.storage import Storage
from gateway.storage.tables import case_events, cases, event_feeds

_NUMBER_BYTES: Final = 8
_AT_ONCE: Final = 500
"""Owners in one query."""


@dataclass(frozen=True, slots=True)
class FeedEvent:
    number: int
    case_id: str
    service: str
    event: StoredEvent


@dataclass(frozen=True, slots=True)
class FeedPage:
    events: list[FeedEvent]
    position: int
    """Where to go on."""
    more: bool
    """Whether there are further events now."""


class Positions:
    """Places in feeds as callers get them."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESSIV(key)

    def text(self, owner: str, number: int) -> str:
        sealed = self._cipher.encrypt(number.to_bytes(_NUMBER_BYTES, "big"), [owner.encode()])
        return base64.urlsafe_b64encode(sealed).decode()

    def number(self, owner: str, text: str) -> int:
        """Raises `BadCursor` for anything that this owner's feed has not given."""
        try:
            return int.from_bytes(self._cipher.decrypt(base64.urlsafe_b64decode(text), [owner.encode()]), "big")
        except (InvalidTag, ValueError, binascii.Error) as error:
            raise BadCursor(text) from error


class Feeds:
    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def page(
        self, owner: str, *, after: int, limit: int, visible: Sequence[ColumnElement[bool]] = ()
    ) -> FeedPage:
        """The events behind `after`, oldest first. `visible`: terms on `cases` for a caller who may see a part."""
        read = partial(_page, owner=owner, after=after, limit=limit, visible=visible)
        found, complete = await self._storage.run_read(read)
        if not complete:
            await self._storage.run_write(partial(_number, owner=owner))
            found, _ = await self._storage.run_read(read)
        return found

    async def last(self, owner: str) -> int:
        """The place behind all that has happened so far."""
        return await self._storage.run_write(partial(_number, owner=owner))

    async def lasts(self, owners: Collection[str]) -> dict[str, int]:
        """The greatest number of each feed; -1 where there are events without one. Owners without events are left
        out."""
        named, found = list(owners), dict[str, int]()

        def read(connection: Connection) -> dict[str, int]:
            for first in range(0, len(named), _AT_ONCE):
                some = {"owners": named[first : first + _AT_ONCE]}
                found.update({row.owner: row.last for row in connection.execute(_LASTS, some)})
                found.update({row.owner: -1 for row in connection.execute(_WAITING, some)})
            return found

        return await self._storage.run_read(read)


_OWNER: Final[Any] = bindparam("of_owner")
_LAST: Final = select(event_feeds.c.last).where(event_feeds.c.owner == _OWNER)
_UNNUMBERED: Final = (
    select(case_events.c.seq).where(case_events.c.owner == _OWNER, case_events.c.number.is_(None)).limit(1)
)
_LASTS: Final = select(event_feeds.c.owner, event_feeds.c.last).where(
    event_feeds.c.owner.in_(bindparam("owners", expanding=True))
)
_WAITING: Final = (
    select(case_events.c.owner)
    .where(case_events.c.owner.in_(bindparam("owners", expanding=True)), case_events.c.number.is_(None))
    .distinct()
)


def _page(
    connection: Connection, *, owner: str, after: int, limit: int, visible: Sequence[ColumnElement[bool]]
) -> tuple[FeedPage, bool]:
    """The page, and whether every event that is committed has its number."""
    complete = connection.execute(_UNNUMBERED, {"of_owner": owner}).first() is None
    last = connection.execute(_LAST, {"of_owner": owner}).scalar_one_or_none() or 0
    rows = connection.execute(_events(owner, after, limit, visible)).all() if last > after else []
    events = [FeedEvent(row.number, row.case_id, row.service, stored_event(row)) for row in rows[:limit]]
    more = len(rows) > limit
    # A place behind `last` is of a database that was restored to an earlier day: it goes on at the end.
    return FeedPage(events, events[-1].number if more else last, more), complete


def _events(owner: str, after: int, limit: int, visible: Sequence[ColumnElement[bool]]) -> Select[Any]:
    return (
        select(case_events, cases.c.service)
        .join(cases, cases.c.id == case_events.c.case_id)
        .where(case_events.c.owner == owner, case_events.c.number > after, *visible)
        .order_by(case_events.c.number)
        .limit(limit + 1)
    )


def _number(tx: Connection, *, owner: str) -> int:
    """Number the events of this feed that have no number yet; the greatest one."""
    insert: Any = sqlite.insert if tx.dialect.name == "sqlite" else postgresql.insert
    tx.execute(insert(event_feeds).values(owner=owner, last=0).on_conflict_do_nothing())
    last: int = tx.execute(_LAST.with_for_update(), {"of_owner": owner}).scalar_one()
    # Behind the lock: a statement of its own sees what whoever held it before has numbered.
    given = tx.execute(_GIVE, {"of_owner": owner, "so_far": last}).rowcount
    if given:
        last += given
        tx.execute(update(event_feeds).where(event_feeds.c.owner == owner).values(last=last))
    return last


def _give() -> Any:
    reached = func.max(case_events.c.at).over(partition_by=case_events.c.case_id, order_by=case_events.c.seq)
    new = (
        select(case_events.c.case_id, case_events.c.seq, reached.label("reached"))
        .where(case_events.c.owner == _OWNER, case_events.c.number.is_(None))
        .subquery("new")
    )
    # By time, and within a case by its own order, though a machine's clock may have been behind another's.
    place = func.row_number().over(order_by=(new.c.reached, new.c.case_id, new.c.seq))
    placed = select(new.c.case_id, new.c.seq, place.label("place")).subquery("placed")
    return (
        update(case_events)
        .where(case_events.c.case_id == placed.c.case_id, case_events.c.seq == placed.c.seq)
        .values(number=bindparam("so_far") + placed.c.place)
    )


_GIVE: Final = _give()
