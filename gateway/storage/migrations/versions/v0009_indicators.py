"""The sums behind the public figures, begun with the cases there are.

What an old case can no longer tell is left out: the post, which is in the sealed form. Its answer is dated by the first
event that shows it.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from gateway.storage.migrations.batches import in_batches

revision = "0009"
down_revision = "0008"

DOCUMENT: sa.types.TypeEngine[Any] = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
INSTANT = sa.DateTime(timezone=True)
MOROCCO: Final = ZoneInfo("Africa/Casablanca")
ENDED: Final = ("completed", "rejected", "withdrawn", "failed")
ANSWERED: Final = ("shipped", "completed", "rejected")
"""Events of a filed case that come no sooner than the answer."""
CASES = sa.table(
    "cases",
    sa.column("id", sa.String),
    sa.column("service", sa.String),
    sa.column("status", sa.String),
    sa.column("updated_at", INSTANT),
    sa.column("deadline_on", sa.String),
    sa.column("portal", sa.String),
    sa.column("state", DOCUMENT),
)
EVENTS = sa.table(
    "case_events",
    sa.column("case_id", sa.String),
    sa.column("seq", sa.Integer),
    sa.column("at", INSTANT),
    sa.column("code", sa.String),
    sa.column("status", sa.String),
)


def upgrade() -> None:
    counts = op.create_table(
        "case_counts",
        sa.Column("figure", sa.String(length=20), nullable=False),
        sa.Column("quarter", sa.String(length=7), nullable=False),
        sa.Column("portal", sa.String(length=40), nullable=False),
        sa.Column("service", sa.String(length=100), nullable=False),
        sa.Column("post", sa.String(length=64), nullable=False),
        sa.Column("value", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("figure", "quarter", "portal", "service", "post", "value", name="pk_case_counts"),
        sqlite_with_rowid=False,
    )
    connection = op.get_bind()
    found: Counter[tuple[str, str, str, str, int]] = Counter()
    for rows in in_batches(connection, sa.select(CASES), CASES.c.id):
        told = events_of(connection, [row.id for row in rows])
        for row in rows:
            state, counts_of = counted(row, told.get(row.id, []))
            found.update(counts_of)
            if state is not row.state:
                connection.execute(sa.update(CASES).where(CASES.c.id == row.id).values(state=state))
    names = ("figure", "quarter", "portal", "service", "value")
    sums = [dict(zip(names, key, strict=True), post="", n=n) for key, n in sorted(found.items())]
    if sums:
        connection.execute(counts.insert(), sums)


def events_of(connection: sa.Connection, ids: list[str]) -> dict[str, list[tuple[datetime, str, str]]]:
    told: dict[str, list[tuple[datetime, str, str]]] = {}
    theirs = sa.select(EVENTS).where(EVENTS.c.case_id.in_(ids)).order_by(EVENTS.c.case_id, EVENTS.c.seq)
    for event in connection.execute(theirs):
        told.setdefault(event.case_id, []).append((aware(event.at), event.code, event.status))
    return told


def counted(
    row: Any, told: list[tuple[datetime, str, str]]
) -> tuple[dict[str, Any], list[tuple[str, str, str, str, int]]]:
    """The case's state with what is counted of it, and the counts."""
    filed_at = row.state.get("filed_at")
    filed = aware(datetime.fromisoformat(filed_at)) if filed_at else None
    seen = {code: at for at, code, _ in reversed(told)}  # of each the first
    answered = min((seen[code] for code in ANSWERED if code in seen), default=None)
    marks, found = [], []

    def count(figure: str, at: datetime, value: int = 0) -> None:
        found.append((figure, quarter(at), row.portal, row.service, value))

    state = dict(row.state)
    if filed is not None:
        marks.append("filed")
        count("filed", filed)
        if answered is not None:
            marks.append("answered")
            state["answered_at"] = answered.isoformat()
            count("answered", answered)
            count("days", answered, (day(answered) - day(filed)).days)
            count("waited", answered, waited(told, filed, answered).days)
            if row.deadline_on is not None:
                overrun = (day(answered) - date.fromisoformat(row.deadline_on)).days
                count("overrun", answered, overrun)
                count("late" if overrun > 0 else "in_time", answered)
    if row.status in ENDED:
        marks.append("ended")
        count(row.status if filed is not None else "not_filed", seen.get(row.status, aware(row.updated_at)))
    return (state | {"counted": marks}, found) if marks else (row.state, [])


def waited(told: list[tuple[datetime, str, str]], since: datetime, until: datetime) -> timedelta:
    ends = [at for at, _, _ in told[1:]] + [until]
    spans = [
        min(end, until) - max(at, since)
        for (at, _, status), end in zip(told, ends, strict=True)
        if status == "action_required"
    ]
    return sum((max(span, timedelta()) for span in spans), timedelta())


def aware(at: datetime) -> datetime:
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def day(at: datetime) -> date:
    return at.astimezone(MOROCCO).date()


def quarter(at: datetime) -> str:
    return f"{day(at).year:04}-Q{(day(at).month + 2) // 3}"
