"""Appointments as a post sees them: by day, with who has come. A row follows the appointment in the case."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Connection, Row, and_, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway import typed_text
from gateway.cases import terms
from gateway.cases.model import Case, Event
from gateway.storage.tables import cases, visits

_MOVES: Final = "appointment_"
"""Codes of events after which the appointment in the case may be another one begin so."""
SERVED_DAYS: Final = 7
"""So many days before and after an appointment its post may work on the case."""
_LAST: Final = datetime.max.replace(tzinfo=UTC)
MOST: Final = 500
"""Appointments of a post on one day that are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A booked appointment at a post. Names nobody."""

    case_id: str
    service: str
    status: str
    portal: str
    post: str
    timezone: str
    reference: str
    starts_at: datetime
    ends_at: datetime
    fast_lane: bool
    checked_in_at: datetime | None


def follow(tx: Connection, case: Case, events: Iterable[Event]) -> None:
    """Bring the row up to date with the appointment in the case, if one of these events tells of it."""
    if not any(each.code.startswith(_MOVES) for each in events):
        return
    booked = case.state.appointment.booked
    if booked is None or booked.state != "booked":
        tx.execute(delete(visits).where(visits.c.case_id == case.id))
        return
    insert: Any = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    values = {
        "portal": booked.portal,
        "post": booked.post.id,
        "timezone": booked.post.timezone,
        "reference": booked.reference,
        "starts_at": booked.slot.start,
        "ends_at": booked.slot.end,
        "checked_in_at": None,
    }
    row = insert(visits).values(case_id=case.id, fast_lane=case.state.filing.fast_lane, **values)
    moved = or_(visits.c.reference != row.excluded.reference, visits.c.starts_at != row.excluded.starts_at)
    tx.execute(row.on_conflict_do_update(index_elements=["case_id"], set_=values, where=moved))


def zone_named(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def agenda(connection: Connection, post: str, day: date | None) -> tuple[date, list[Visit]]:
    """The appointments of a post on a day as it is dated there (today): those who wait there first, of these the ones
    with the fast lane first; then those who have not come, by time."""
    day, start, end = _day(connection, post, day)
    of = visits.c
    here = and_(of.post == post, of.starts_at >= start, of.starts_at < end)
    query = _query().where(here).order_by(of.starts_at, of.case_id).limit(MOST)
    found = [_visit(row) for row in connection.execute(query)]
    return day, sorted(found, key=_turn)


def find(
    connection: Connection, post: str, *, reference: str = "", subject: str = "", day: date | None = None
) -> list[Visit]:
    """Those of the day with this reference or case id, or of this person."""
    _, start, end = _day(connection, post, day)
    of = visits.c
    query = _query().where(of.post == post, of.starts_at >= start, of.starts_at < end)
    if subject:
        query = query.where(cases.c.subject == subject)
    else:
        typed = typed_text.bare(reference)
        query = query.where(or_(of.reference.in_({typed, typed_text.code(reference)}), of.case_id == typed.lower()))
    return [_visit(row) for row in connection.execute(query.order_by(of.starts_at).limit(10))]


def of_case(connection: Connection, case_id: str) -> Visit | None:
    row = connection.execute(_query().where(visits.c.case_id == case_id)).one_or_none()
    return _visit(row) if row else None


def served_now(visit: Visit, at: datetime) -> bool:
    """Whether the post may work on the case at this time."""
    return abs(visit.starts_at - at) <= timedelta(days=SERVED_DAYS)


def check_in(tx: Connection, visit: Visit, at: datetime, *, fast_lane: bool) -> None:
    """The first time counts."""
    of = visits.c
    values = {"fast_lane": True} if fast_lane else {}
    tx.execute(
        update(visits).where(of.case_id == visit.case_id).values(checked_in_at=visit.checked_in_at or at, **values)
    )


def late(connection: Connection, posts: Sequence[str], today: str, at: datetime, most: int) -> list[tuple[Visit, str]]:
    """Cases with an appointment at one of these posts about now, whose legal term is over without an answer; each with
    the term's last day."""
    of = visits.c
    near = and_(of.starts_at >= at - timedelta(days=SERVED_DAYS), of.starts_at <= at + timedelta(days=SERVED_DAYS))
    query = (
        _query()
        .add_columns(cases.c.deadline_on)
        .where(of.post.in_(posts), near, *terms.late(today))
        .order_by(cases.c.deadline_on)
        .limit(most)
    )
    return [(_visit(row), row.deadline_on) for row in connection.execute(query)]


def _day(connection: Connection, post: str, day: date | None) -> tuple[date, datetime, datetime]:
    of = visits.c
    name = select(of.timezone).where(of.post == post).order_by(of.starts_at.desc()).limit(1)
    zone = zone_named(connection.execute(name).scalar_one_or_none() or "UTC")
    day = day or datetime.now(zone).date()
    return day, _midnight(day, zone), _midnight(day + timedelta(days=1), zone) if day < date.max else _LAST


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    """When the day begins there, in UTC; at the ends of the calendar, in UTC alone."""
    try:
        return datetime.combine(day, time(), zone).astimezone(UTC)
    except OverflowError:
        return datetime.combine(day, time(), UTC)


def _query() -> Any:
    return select(visits, cases.c.service, cases.c.status).join(cases, cases.c.id == visits.c.case_id)


def _visit(row: Row[Any]) -> Visit:
    return Visit(**{name: getattr(row, name) for name in Visit.__slots__})


def _turn(visit: Visit) -> tuple[int, datetime]:
    if visit.checked_in_at is None:
        return 2, visit.starts_at
    return (0 if visit.fast_lane else 1), visit.checked_in_at
