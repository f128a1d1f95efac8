"""One round at an endpoint in the database: which deliveries are next, and what is written after they were tried."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, bindparam, exists, func, not_, null, select, update

from gateway.notifications.webhooks.endpoints import Endpoints
from gateway.notifications.webhooks.model import (
    Delivery,
    DeliveryState,
    DisabledReason,
    Endpoint,
    EndpointState,
)
from gateway.notifications.webhooks.reply import Reply
from gateway.notifications.webhooks.schedule import rest_delay, retry_delay
from gateway.secret import Secret
from gateway.settings import Webhooks
from gateway.storage.clock import database_in, database_now
from gateway.storage.tables import webhook_deliveries as deliveries
from gateway.storage.tables import webhook_endpoints as endpoints

_BACK_AFTER: Final = 3
"""After so many rounds without success an endpoint that takes something is back: all that waits is tried at once."""

_PAUSE_SECONDS: Final = 0.2
"""After a round in which nothing could be tried."""

_earlier = deliveries.alias("earlier")
_PENDING: Final = DeliveryState.PENDING.value
_FIRST_OF_LANE: Final = not_(
    exists().where(
        _earlier.c.endpoint_id == deliveries.c.endpoint_id,
        _earlier.c.state == _PENDING,
        _earlier.c.lane == deliveries.c.lane,
        _earlier.c.position < deliveries.c.position,
    )
)
_NEXT: Final = (
    select(*(deliveries.c[name] for name in Delivery.__struct_fields__))
    .where(
        deliveries.c.endpoint_id == bindparam("of_endpoint"),
        deliveries.c.state == _PENDING,
        deliveries.c.due_at <= database_now(),
        _FIRST_OF_LANE,
    )
    .order_by(deliveries.c.due_at, deliveries.c.position)
    .limit(bindparam("most"))
)
_HELD: Final = (
    select(
        endpoints.c.claimed_by,
        endpoints.c.failures,
        endpoints.c.failing_since,
        endpoints.c.succeeded_at,
        database_now().label("read_at"),
    )
    .where(endpoints.c.id == bindparam("of_endpoint"))
    .with_for_update()
)
_of_the_same = endpoints.alias("of_the_same")
_SAME_CLIENT: Final = (
    select(endpoints.c.id)
    .where(
        endpoints.c.client
        == select(_of_the_same.c.client).where(_of_the_same.c.id == bindparam("of_endpoint")).scalar_subquery()
    )
    .order_by(endpoints.c.id)
    .with_for_update()
)
"""Locks all endpoints of a client, each process in the same order: two that are disabled at once tell each other."""
_FAILING_SINCE: Final = select(endpoints.c.failing_since, database_now().label("read_at")).where(
    endpoints.c.id == bindparam("of_endpoint")
)
_THIS: Final = update(deliveries).where(
    deliveries.c.position == bindparam("of_position"), deliveries.c.state == _PENDING
)
_TRIED: Final = {
    "attempts": deliveries.c.attempts + 1,
    "first_attempt_at": func.coalesce(deliveries.c.first_attempt_at, database_now()),
    "last_attempt_at": database_now(),
    "last_outcome": bindparam("outcome"),
    "last_status": bindparam("status"),
}
_DONE: Final = _THIS.values(**_TRIED, state=bindparam("becomes"))
_AGAIN: Final = _THIS.values(**_TRIED)
_LATER: Final = (
    update(deliveries)
    .where(
        deliveries.c.endpoint_id == bindparam("of_endpoint"),
        deliveries.c.state == _PENDING,
        deliveries.c.lane == bindparam("of_lane"),
    )
    .values(due_at=database_in("seconds"))
)
"""With it all that follows in its lane."""
_ALL_NOW: Final = (
    update(deliveries)
    .where(deliveries.c.endpoint_id == bindparam("of_endpoint"), deliveries.c.state == _PENDING)
    .values(due_at=database_now())
)
_FIRST_DUE: Final = select(func.min(deliveries.c.due_at)).where(
    deliveries.c.endpoint_id == bindparam("of_endpoint"), deliveries.c.state == _PENDING
)
_OURS: Final = update(endpoints).where(endpoints.c.id == bindparam("of_endpoint"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """What an endpoint is to be told now, each about another case."""

    endpoint: Endpoint
    deliveries: list[Delivery]
    secrets: list[Secret]


@dataclass(frozen=True, slots=True)
class Tried:
    delivery: Delivery
    reply: Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What became of the endpoint by a round."""

    failures: int
    released: bool = True
    disabled: DisabledReason | None = None


class Rounds:
    def __init__(self, stored: Endpoints, settings: Webhooks, holder: str) -> None:
        self._endpoints = stored
        self._settings = settings
        self._holder = holder

    def read_next(self, connection: Connection, endpoint_id: str, *, failing: bool) -> Next | None:
        """None if it is no longer to be told anything, or another process's. Of one that fails only one is tried."""
        found = connection.execute(
            select(endpoints.c.claimed_by, endpoints.c.state).where(endpoints.c.id == endpoint_id)
        ).one_or_none()
        if found is None or found.claimed_by != self._holder or found.state != EndpointState.ENABLED.value:
            return None
        most = 1 if failing else self._settings.concurrent_per_endpoint
        rows = connection.execute(_NEXT, {"of_endpoint": endpoint_id, "most": most})
        waiting = [_delivery(row) for row in rows]
        endpoint = self._endpoints.read(connection, endpoint_id)
        secrets = self._endpoints.valid_secrets(connection, endpoint) if waiting else []
        return Next(endpoint=endpoint, deliveries=waiting, secrets=secrets)

    def write(self, tx: Connection, endpoint_id: str, tried: Sequence[Tried], *, seconds: float | None) -> Written:
        """Write what became of `tried`. `seconds`: keep the lease for so long; None: release it, with the time when
        the endpoint is to be served again."""
        may_disable = self._may_disable(tx, endpoint_id, tried)
        held = tx.execute(_HELD, {"of_endpoint": endpoint_id}).one_or_none()
        if held is None:
            return Written(failures=0)  # deleted, and its deliveries with it
        for each in tried:
            self._write_delivery(tx, endpoint_id, each, held)
        if held.claimed_by != self._holder:
            return Written(failures=held.failures)
        failures, disabled, values = self._outcome(tx, endpoint_id, tried, held, may_disable=may_disable)
        first = tx.execute(_FIRST_DUE, {"of_endpoint": endpoint_id}).scalar_one()
        goes_on = seconds is not None and not failures and first is not None and first <= held.read_at
        if goes_on:
            values["claimed_until"] = database_in(seconds or 0.0)
        else:
            earliest = held.read_at + timedelta(seconds=self._rest(tried, failures))
            due_at = None if first is None else max(first, earliest)
            values |= {"claimed_by": null(), "claimed_until": null(), "due_at": due_at}
        tx.execute(_OURS.values(**values), {"of_endpoint": endpoint_id})
        return Written(failures=failures, released=not goes_on, disabled=disabled)

    def put_off(self, tx: Connection, endpoint_id: str, seconds: float) -> None:
        """Release it untried until then."""
        values = {"claimed_by": null(), "claimed_until": null(), "due_at": database_in(seconds)}
        tx.execute(
            update(endpoints)
            .where(endpoints.c.id == endpoint_id, endpoints.c.claimed_by == self._holder)
            .values(values)
        )

    def _write_delivery(self, tx: Connection, endpoint_id: str, tried: Tried, held: Any) -> None:
        delivery, reply = tried.delivery, tried.reply
        given = {"of_position": delivery.position, "outcome": reply.outcome, "status": reply.status}
        if reply.delivered:
            tx.execute(_DONE, {**given, "becomes": DeliveryState.DELIVERED.value})
            return
        if self._given_up(delivery, held):
            tx.execute(_DONE, {**given, "becomes": DeliveryState.FAILED.value})
            return
        tx.execute(_AGAIN, given)
        wait = max(retry_delay(self._settings, delivery.attempts + 1), self._asked_for(reply))
        tx.execute(_LATER, {"of_endpoint": endpoint_id, "of_lane": _lane(delivery), "seconds": wait})

    def _given_up(self, delivery: Delivery, held: Any) -> bool:
        """Whether it has failed for too long, while the endpoint took others."""
        first, good = delivery.first_attempt_at, held.succeeded_at
        if first is None or good is None or good < first:
            return False
        return bool(held.read_at - first >= timedelta(seconds=self._settings.retry_seconds))

    def _outcome(
        self, tx: Connection, endpoint_id: str, tried: Sequence[Tried], held: Any, *, may_disable: bool
    ) -> tuple[int, DisabledReason | None, dict[str, Any]]:
        """The failures in a row, whether it is disabled, and what to write of the endpoint."""
        if not tried:
            return held.failures, None, {}
        if any(each.reply.delivered for each in tried):
            if held.failures >= _BACK_AFTER:
                tx.execute(_ALL_NOW, {"of_endpoint": endpoint_id})
            return 0, None, {"failures": 0, "failing_since": null(), "succeeded_at": database_now()}
        failures = held.failures + 1
        since: datetime = held.failing_since or held.read_at
        values: dict[str, Any] = {"failures": failures, "failing_since": since}
        disabled = self._disabled(tried, since, held.read_at) if may_disable else None  # else in the next round
        if disabled is not None:
            self._endpoints.disable(tx, endpoint_id, disabled)
        return failures, disabled, values

    def _may_disable(self, tx: Connection, endpoint_id: str, tried: Sequence[Tried]) -> bool:
        """Whether this round may disable the endpoint. If so all endpoints of its client are locked now: they are told
        of it in this transaction, and a lock that is taken later could wait for one that waits for this one."""
        if not tried or any(each.reply.delivered for each in tried):
            return False
        found = tx.execute(_FAILING_SINCE, {"of_endpoint": endpoint_id}).one_or_none()
        if found is None or self._disabled(tried, found.failing_since or found.read_at, found.read_at) is None:
            return False
        tx.execute(_SAME_CLIENT, {"of_endpoint": endpoint_id}).all()
        return True

    def _disabled(self, tried: Sequence[Tried], since: datetime, at: datetime) -> DisabledReason | None:
        if any(each.reply.gone for each in tried):
            return DisabledReason.GONE
        return DisabledReason.FAILING if at - since >= timedelta(seconds=self._settings.retry_seconds) else None

    def _rest(self, tried: Sequence[Tried], failures: int) -> float:
        if not tried:
            return _PAUSE_SECONDS
        if not failures:
            return 0.0
        asked = max((self._asked_for(each.reply) for each in tried), default=0.0)
        return max(rest_delay(self._settings, failures), asked)

    def _asked_for(self, reply: Reply) -> float:
        return min(reply.retry_after, self._settings.retry_max_seconds)


def _lane(delivery: Delivery) -> str:
    return delivery.id if delivery.repeat_of or not delivery.case_id else delivery.case_id


def _delivery(row: Row[Any]) -> Delivery:
    fields = dict(row._mapping)
    fields["state"] = DeliveryState(fields["state"])
    return Delivery(**fields)
