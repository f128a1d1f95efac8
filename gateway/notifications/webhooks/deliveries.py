"""Deliveries in the database: what each endpoint is still to be told, and what became of the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, String, and_, bindparam, case, delete, func, insert, or_, select, update

from gateway.cases.model import now
from gateway.ids import new_id
from gateway.notifications.case_change import CaseChange
from gateway.notifications.webhooks.model import Delivery, DeliveryState, Endpoint, EndpointState, payload_of, type_of
from gateway.storage import Storage
from gateway.storage.clock import database_now
from gateway.storage.tables import webhook_deliveries, webhook_endpoints

_FIELDS: Final = [webhook_deliveries.c[name] for name in Delivery.__struct_fields__]
_PENDING: Final = DeliveryState.PENDING.value

_RECORDED: Final = or_(
    webhook_endpoints.c.state != EndpointState.UNVERIFIED.value, webhook_endpoints.c.verified_at.is_not(None)
)
"""Endpoints for which events are kept: all but those that nobody has ever shown to be the client's."""
_SUBSCRIBED: Final = select(webhook_endpoints.c.id, webhook_endpoints.c.client, webhook_endpoints.c.event_types).where(
    webhook_endpoints.c.client.in_(bindparam("clients", expanding=True)), _RECORDED
)

_SOONER: Final = case(
    (webhook_endpoints.c.due_at.is_(None), database_now()),
    (and_(webhook_endpoints.c.failures == 0, webhook_endpoints.c.due_at > database_now()), database_now()),
    else_=webhook_endpoints.c.due_at,
)
_IN_ORDER: Final = (
    select(webhook_endpoints.c.id)
    .where(webhook_endpoints.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(webhook_endpoints.c.id)
    .with_for_update()
)
"""Locks the rows, each process in the same order: what is behind in a lane is then seen as it is."""
_WAKE: Final = (
    update(webhook_endpoints).where(webhook_endpoints.c.id.in_(bindparam("ids", expanding=True))).values(due_at=_SOONER)
)
"""One that fails stays at rest."""

_ahead = webhook_deliveries.alias("ahead")
_BEHIND: Final = (
    select(func.max(_ahead.c.due_at))
    .where(
        _ahead.c.endpoint_id == bindparam("to_endpoint", type_=String()),
        _ahead.c.state == _PENDING,
        _ahead.c.lane == bindparam("in_lane", type_=String()),
    )
    .scalar_subquery()
)
_PUT: Final = insert(webhook_deliveries).values(
    endpoint_id=bindparam("to_endpoint"),
    lane=bindparam("in_lane"),
    due_at=func.coalesce(_BEHIND, database_now()),
    state=_PENDING,
    attempts=0,
    last_outcome="",
    last_status=0,
)


class Deliveries:
    """A consumer of the outbox: makes a delivery of each change for each endpoint that is to be told of it."""

    def __init__(self, storage: Storage, may_have: Callable[[str], bool]) -> None:
        """`may_have`: whether this client may have webhooks."""
        self.storage = storage
        self._may_have = may_have
        self._told: list[Callable[[], None]] = []

    def on_waiting(self, told: Callable[[], None]) -> None:
        """Call `told` after each commit of this process with something to send."""
        self._told.append(told)

    def take(self, tx: Connection, changes: Sequence[CaseChange]) -> None:
        clients = sorted({each.client for each in changes if self._may_have(each.client)})
        if not clients:
            return
        subscribed: dict[str, list[Any]] = {}
        for row in tx.execute(_SUBSCRIBED, {"clients": clients}):
            subscribed.setdefault(row.client, []).append(row)
        told = [
            (endpoint.id, change)
            for change in changes
            for endpoint in subscribed.get(change.client, ())
            if not endpoint.event_types or type_of(change) in endpoint.event_types
        ]
        self.put(tx, [_row_of(endpoint_id, change) for endpoint_id, change in told])

    def _wake(self) -> None:
        for each in self._told:
            each()

    def put(self, tx: Connection, rows: Sequence[dict[str, Any]]) -> None:
        """Insert these, in this order, and have them sent."""
        if not rows:
            return
        ids = {"ids": sorted({row["to_endpoint"] for row in rows})}
        tx.execute(_IN_ORDER, ids).all()
        tx.execute(_WAKE, ids)
        tx.execute(_PUT, list(rows))
        self.storage.after_commit(tx, self._wake)

    def put_one(self, tx: Connection, endpoint_id: str, event_id: str, kind: str, payload: str) -> Delivery:
        """An event that is about no case."""
        row = _row(endpoint_id, event_id, kind, payload)
        self.put(tx, [row])
        return self._read(tx, row["id"])

    def tell_others(self, tx: Connection, endpoint: Endpoint, kind: str, payload: str) -> None:
        """Tell the client's other endpoints of something that happened to this one."""
        event_id = new_id("evt")
        found = tx.execute(_SUBSCRIBED, {"clients": [endpoint.client]}).all()
        told = [each for each in found if each.id != endpoint.id and (not each.event_types or kind in each.event_types)]
        self.put(tx, [_row(each.id, event_id, kind, payload) for each in told])

    def repeat(self, tx: Connection, delivery: Delivery) -> Delivery:
        """Send the same event again, whatever became of it, beside what waits. One that waits is tried at once."""
        if delivery.state is DeliveryState.PENDING:
            mine = webhook_deliveries.c.position == delivery.position
            tx.execute(update(webhook_deliveries).where(mine).values(due_at=database_now()))
            tx.execute(
                update(webhook_endpoints)
                .where(webhook_endpoints.c.id == delivery.endpoint_id)
                .values(due_at=database_now())
            )
            self.storage.after_commit(tx, self._wake)
            return self._read(tx, delivery.id)
        row = _row(delivery.endpoint_id, delivery.event_id, delivery.event_type, delivery.payload)
        row |= {"case_id": delivery.case_id, "repeat_of": delivery.repeat_of or delivery.id}
        self.put(tx, [row])
        return self._read(tx, row["id"])

    async def get(self, endpoint_id: str, delivery_id: str) -> Delivery | None:
        query = select(*_FIELDS).where(
            webhook_deliveries.c.id == delivery_id, webhook_deliveries.c.endpoint_id == endpoint_id
        )
        row = await self.storage.run_read(lambda connection: connection.execute(query).one_or_none())
        return _delivery(row) if row else None

    async def page(
        self, endpoint_id: str, *, states: Iterable[str] = (), case_id: str = "", before: int | None, limit: int
    ) -> tuple[list[Delivery], int | None]:
        """The newest first, and the position after which the next page begins (None at the end)."""
        table = webhook_deliveries.c
        query = select(*_FIELDS).where(table.endpoint_id == endpoint_id)
        if wanted := list(states):
            query = query.where(table.state.in_(wanted))
        if case_id:
            query = query.where(table.case_id == case_id)
        if before is not None:
            query = query.where(table.position < before)
        query = query.order_by(table.position.desc()).limit(limit + 1)
        rows = await self.storage.run_read(lambda connection: connection.execute(query).all())
        found = [_delivery(row) for row in rows[:limit]]
        return found, (found[-1].position if len(rows) > limit else None)

    def drop_old(self, tx: Connection, *, days: int) -> int:
        """Delete those that are older, whatever became of them; returns how many."""
        old = webhook_deliveries.c.created_at < now() - timedelta(days=days)
        return int(tx.execute(delete(webhook_deliveries).where(old)).rowcount)

    def _read(self, connection: Connection, delivery_id: str) -> Delivery:
        return _delivery(connection.execute(select(*_FIELDS).where(webhook_deliveries.c.id == delivery_id)).one())


def _row_of(endpoint_id: str, change: CaseChange) -> dict[str, Any]:
    return _row(endpoint_id, change.event_id, type_of(change), payload_of(change), case_id=change.case_id)


def _row(endpoint_id: str, event_id: str, kind: str, payload: str, *, case_id: str = "") -> dict[str, Any]:
    id = new_id("whd")
    return {
        "id": id,
        "to_endpoint": endpoint_id,
        "event_id": event_id,
        "event_type": kind,
        "case_id": case_id,
        "in_lane": case_id or id,
        "payload": payload,
        "created_at": now(),
        "repeat_of": "",
    }


def _delivery(row: Row[Any]) -> Delivery:
    fields = dict(row._mapping)
    fields["state"] = DeliveryState(fields["state"])
    return Delivery(**fields)
