"""Endpoints in the database. The secrets by which they know us are sealed under their client's key."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Row, delete, func, insert, null, select, text, update

from gateway.cases.model import now
from gateway.ids import new_id
from gateway.notifications.webhooks.model import DeliveryState, DisabledReason, Endpoint, EndpointState
from gateway.notifications.webhooks.signature import StoredSecret, new_secret
from gateway.secret import Secret
from gateway.settings import Webhooks
from gateway.storage import Storage
from gateway.storage.clock import database_now
from gateway.storage.tables import webhook_deliveries, webhook_endpoints
from gateway.storage.vault import Vault

_FIELDS: Final = [webhook_endpoints.c[name] for name in Endpoint.__struct_fields__]
_RETRY: Final = {"due_at": database_now(), "failures": 0, "failing_since": null()}


class TooManyEndpoints(Exception):
    """The client has as many as one may have."""

    def __init__(self, most: int) -> None:
        super().__init__(most)
        self.most = most


class WrongState(Exception):
    """What was asked for does not fit the state of the endpoint."""

    def __init__(self, state: EndpointState) -> None:
        super().__init__(state.value)
        self.state = state


class Endpoints:
    def __init__(self, storage: Storage, vault: Vault, settings: Webhooks) -> None:
        self.storage = storage
        self._vault = vault
        self._settings = settings

    def create(
        self, tx: Connection, *, client: str, url: str, description: str, event_types: Sequence[str]
    ) -> tuple[Endpoint, Secret]:
        """A new one, which has to be verified before it is told anything. Raises `TooManyEndpoints`."""
        if not self.storage.sqlite:  # or two calls of one client, both of them the last allowed, would pass
            tx.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": f"webhooks {client}"})
        mine = select(func.count()).select_from(webhook_endpoints).where(webhook_endpoints.c.client == client)
        if tx.execute(mine).scalar_one() >= self._settings.endpoints_per_client:
            raise TooManyEndpoints(self._settings.endpoints_per_client)
        moment, id, secret = now(), new_id("whe"), new_secret()
        sealed = self._seal(tx, client, id, [StoredSecret(secret=secret.reveal())])
        values = {
            "id": id,
            "client": client,
            "url": url,
            "description": description,
            "event_types": list(event_types),
            "state": EndpointState.UNVERIFIED.value,
            "reason": "",
            "created_at": moment,
            "updated_at": moment,
            "secret_created_at": moment,
            "failures": 0,
            "sealed": sealed,
        }
        tx.execute(insert(webhook_endpoints).values(values))
        return self.read(tx, id), secret

    async def get(self, endpoint_id: str) -> Endpoint | None:
        query = select(*_FIELDS).where(webhook_endpoints.c.id == endpoint_id)
        row = await self.storage.run_read(lambda connection: connection.execute(query).one_or_none())
        return _endpoint(row) if row else None

    async def page(self, client: str, *, before: str, limit: int) -> tuple[list[Endpoint], str]:
        """The client's, the newest first, and the cursor of the next page (empty at the end)."""
        query = select(*_FIELDS).where(webhook_endpoints.c.client == client)
        query = query.order_by(webhook_endpoints.c.id.desc()).limit(limit + 1)
        if before:
            query = query.where(webhook_endpoints.c.id < before)
        rows = await self.storage.run_read(lambda connection: connection.execute(query).all())
        found = [_endpoint(row) for row in rows[:limit]]
        return found, (found[-1].id if len(rows) > limit else "")

    def read(self, connection: Connection, endpoint_id: str) -> Endpoint:
        return _endpoint(connection.execute(select(*_FIELDS).where(webhook_endpoints.c.id == endpoint_id)).one())

    def locked(self, tx: Connection, endpoint_id: str) -> Endpoint | None:
        """The same for a change of it: nobody else changes it, or sends to it, before the transaction ends."""
        query = select(*_FIELDS).where(webhook_endpoints.c.id == endpoint_id).with_for_update()
        row = tx.execute(query).one_or_none()
        return _endpoint(row) if row else None

    def change(
        self,
        tx: Connection,
        endpoint: Endpoint,
        *,
        url: str | None = None,
        description: str | None = None,
        event_types: Sequence[str] | None = None,
    ) -> Endpoint:
        """None: as it is. Another address has to be verified anew; what happens meanwhile is kept for it."""
        values: dict[str, Any] = {}
        if description is not None:
            values["description"] = description
        if event_types is not None:
            values["event_types"] = list(event_types)
        if url is not None and url != endpoint.url:
            values |= {"url": url, "state": EndpointState.UNVERIFIED.value, "reason": "", "disabled_at": null()}
        return self._set(tx, endpoint.id, values)

    def verified(self, tx: Connection, endpoint: Endpoint) -> Endpoint:
        """It is told from now on, and first what was kept for it."""
        values = {"state": EndpointState.ENABLED.value, "verified_at": endpoint.verified_at or now(), **_RETRY}
        self._hurry(tx, endpoint.id)
        return self._set(tx, endpoint.id, values)

    def pause(self, tx: Connection, endpoint: Endpoint) -> Endpoint:
        """Nothing is sent until it is resumed; what happens meanwhile is kept for it. Raises `WrongState`."""
        if endpoint.state is EndpointState.PAUSED:
            return endpoint
        if endpoint.state is not EndpointState.ENABLED:
            raise WrongState(endpoint.state)
        return self._set(tx, endpoint.id, {"state": EndpointState.PAUSED.value})

    def resume(self, tx: Connection, endpoint: Endpoint) -> Endpoint:
        """After a pause, or after it was disabled. What was kept for it is sent first. Raises `WrongState`."""
        if endpoint.state is EndpointState.ENABLED:
            return endpoint
        if endpoint.state is EndpointState.UNVERIFIED:
            raise WrongState(endpoint.state)
        self._hurry(tx, endpoint.id)
        state = {"state": EndpointState.ENABLED.value, "reason": "", "disabled_at": null()}
        return self._set(tx, endpoint.id, {**state, **_RETRY})

    def disable(self, tx: Connection, endpoint_id: str, reason: DisabledReason) -> Endpoint:
        values = {"state": EndpointState.DISABLED.value, "reason": reason.value, "disabled_at": now()}
        return self._set(tx, endpoint_id, values)

    def remove(self, tx: Connection, endpoint: Endpoint) -> None:
        tx.execute(delete(webhook_endpoints).where(webhook_endpoints.c.id == endpoint.id))
        tx.execute(delete(webhook_deliveries).where(webhook_deliveries.c.endpoint_id == endpoint.id))

    def rotate(self, tx: Connection, endpoint: Endpoint, overlap: float) -> tuple[Endpoint, Secret]:
        """A new secret. The one before signs as well for `overlap` seconds, any older one no more."""
        secret, moment = new_secret(), now()
        last = self.stored_secrets(tx, endpoint)[0]
        until = moment + timedelta(seconds=overlap) if overlap else None
        known = [StoredSecret(secret=secret.reveal())]
        if until is not None:
            known.append(StoredSecret(secret=last.secret, until=until))
        sealed = self._seal(tx, endpoint.client, endpoint.id, known)
        values = {"sealed": sealed, "secret_created_at": moment, "previous_until": until}
        return self._set(tx, endpoint.id, values), secret

    def stored_secrets(self, connection: Connection, endpoint: Endpoint) -> list[StoredSecret]:
        """The newest first."""
        query = select(webhook_endpoints.c.sealed).where(webhook_endpoints.c.id == endpoint.id)
        sealed = connection.execute(query).scalar_one()
        plain = self._vault.open(connection, _owner(endpoint.client), sealed, context=endpoint.id)
        return msgspec.json.decode(plain, type=list[StoredSecret])

    def valid_secrets(self, connection: Connection, endpoint: Endpoint) -> list[Secret]:
        """Those that sign now."""
        moment = now()
        stored = self.stored_secrets(connection, endpoint)
        return [Secret(each.secret) for each in stored if each.until is None or each.until > moment]

    def _seal(self, tx: Connection, client: str, endpoint_id: str, known: list[StoredSecret]) -> bytes:
        return self._vault.seal(tx, _owner(client), msgspec.json.encode(known), context=endpoint_id)

    def _set(self, tx: Connection, endpoint_id: str, values: dict[str, Any]) -> Endpoint:
        mine = webhook_endpoints.c.id == endpoint_id
        tx.execute(update(webhook_endpoints).where(mine).values(**values, updated_at=now()))
        return self.read(tx, endpoint_id)

    def _hurry(self, tx: Connection, endpoint_id: str) -> None:
        """What waits for its next attempt is tried at once."""
        waiting = (
            webhook_deliveries.c.endpoint_id == endpoint_id,
            webhook_deliveries.c.state == DeliveryState.PENDING.value,
        )
        tx.execute(update(webhook_deliveries).where(*waiting).values(due_at=database_now()))


def _owner(client: str) -> str:
    return f"client:{client}"


def _endpoint(row: Row[Any]) -> Endpoint:
    fields = dict(row._mapping)
    fields["state"] = EndpointState(fields["state"])
    fields["event_types"] = tuple(fields["event_types"])
    return Endpoint(**fields)
