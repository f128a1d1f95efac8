"""All layers of a portal, put together once, in the order that no plugin can change."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial, reduce
from typing import Any, Final, Literal

import httpx

from gateway.connectors.hookspecs import Signer
from gateway.outbound import schemes
from gateway.outbound.authenticate import Authenticate, Send
from gateway.outbound.breaker import Breaker, Circuit, State, announce
from gateway.outbound.budget import Budget
from gateway.outbound.bulkhead import Bulkhead
from gateway.outbound.client import LayeredClient
from gateway.outbound.layer import USER_AGENT, Layer
from gateway.outbound.permit import Permit
from gateway.outbound.record import RECORD_BYTES, Attempts, Record
from gateway.outbound.retry import Retry
from gateway.outbound.schemes import Setup
from gateway.outbound.sign import Sign
from gateway.secret import Secret
from gateway.settings import PortalSettings
from gateway.telemetry.metrics import portal_metrics

_STATES: Final[dict[State, Literal["up", "degraded", "down"]]] = {
    State.CLOSED: "up",
    State.HALF_OPEN: "degraded",
    State.OPEN: "down",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalClient:
    """The client of one portal with all its layers. `client` is what the connector gets."""

    portal: str
    client: httpx.AsyncClient
    layers: httpx.AsyncBaseTransport
    """What the client sends through."""
    circuit: Circuit

    @property
    def state(self) -> Literal["up", "degraded", "down"]:
        """Whether calls would go through now: closed, half open or open breaker."""
        return _STATES[self.circuit.state]

    @property
    def retry_after(self) -> float | None:
        """Seconds until the portal is tried again; None unless it is down."""
        return self.circuit.retry_after

    async def close(self) -> None:
        await self.client.aclose()


def open_portal_client(
    portal: str,
    *,
    base_url: str,
    allowed: Iterable[str],
    settings: PortalSettings,
    auth: Mapping[str, Any] | None = None,
    secrets: Mapping[str, Secret] | None = None,
    options: Mapping[str, str] | None = None,
    signer: Callable[[], Signer] | None = None,
    sign: bool = True,
    record_bytes: int = RECORD_BYTES,
    now: Callable[[], float] = time.time,
) -> PortalClient:
    """Build the layers. Nothing is connected yet.

    `allowed` are the origins (`https://host[:port]`) that may be called; `base_url` must be under one of them. `auth`
    is the manifest's `[auth]` table. Requests are signed when `sign` (the manifest's) and `settings.sign` both say so;
    then `signer`, asked for each signature, is needed, as it is by schemes that sign. `record_bytes` caps each message
    kept for the audit. `now` is the time that signatures tell, in seconds since 1970.

    Raises `SchemeError` for an unusable `auth`, `ValueError` for a base URL that is not allowed, `OSError` for TLS
    files.
    """
    from gateway.outbound.wire import Wire, origin, tls_context  # here, because it brings aiohttp

    table, base, origins = auth or {}, httpx.URL(base_url), tuple(allowed)
    if origin(base) not in {origin(httpx.URL(each)) for each in origins}:
        raise ValueError(f"portal {portal}: the base URL is not at one of the declared hosts")
    if sign and settings.sign and signer is None:
        raise ValueError(f"portal {portal}: its requests are to be signed, and there is no key")
    metrics, total = portal_metrics(portal), settings.timeouts.total_seconds
    circuit = Circuit(settings.breaker, on_change=announce(portal, metrics))
    tls = tls_context(settings.tls) if any(each.startswith("https:") for each in origins) else None

    def scheme(send: Send) -> httpx.Auth:
        given = Setup(
            table=table,
            secrets=secrets or {},
            options=options or {},
            base_url=base,
            send=send,
            tls=settings.tls,
            signer=signer,
            now=now,
        )
        return schemes.build(given)

    layers: tuple[Callable[[httpx.AsyncBaseTransport], Layer], ...] = (
        partial(Budget, portal=portal, total_seconds=total),
        partial(Record, metrics=metrics),
        partial(Breaker, circuit=circuit, metrics=metrics),
        partial(Bulkhead, settings=settings.bulkhead, metrics=metrics),
        partial(Retry, settings=settings.retry, metrics=metrics),
        partial(Authenticate, scheme=scheme, portal=portal, total_seconds=total),
        Permit,
        partial(Sign, signer=signer if sign and settings.sign else None, now=now),
        partial(Attempts, metrics=metrics, record_bytes=record_bytes, credential_header=str(table.get("header", ""))),
    )
    wire: httpx.AsyncBaseTransport = Wire(allowed=origins, timeouts=settings.timeouts, limits=settings.limits, tls=tls)
    composed = reduce(lambda inner, layer: layer(inner), reversed(layers), wire)
    client = LayeredClient(composed, base_url=base, user_agent=USER_AGENT)
    return PortalClient(portal=portal, client=client, layers=composed, circuit=circuit)
