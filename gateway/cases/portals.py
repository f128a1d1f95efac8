"""The connectors in use: each plugin's class with its client, and the one way to call it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import httpx

from gateway.audit.entry import Entry, Hop
from gateway.connectors.contract import Connector, Operation, P, R
from gateway.connectors.contract_checks import implements
from gateway.outbound.invoke import Callee, Permit, invoke
from gateway.outbound.isolation.process import IsolatedProcess, Stopped
from gateway.outbound.pipeline import PortalClient
from gateway.outbound.portal_counts import PortalCounts
from gateway.outbound.portal_states import PortalStates

_LEAVE_SECONDS: Final = 60.0
"""How long a connector that was replaced may go on with calls that are under way."""

PortalState = Literal["up", "degraded", "down", "quarantined"]


class NotAvailable(Exception):
    """The plugin is not loaded; `reason` says at which stage it failed and why."""

    def __init__(self, portal: str, reason: str) -> None:
        super().__init__(portal)
        self.portal = portal
        self.reason = reason


@dataclass(frozen=True, slots=True)
class ConnectedPortal:
    connector: Connector
    portal_client: PortalClient
    isolated: IsolatedProcess | None = None
    """Where its code runs in a process of its own."""
    pages: frozenset[str] | None = None
    """Origins to which it may send a person's browser; None: any."""


@dataclass(frozen=True, slots=True)
class PortalCalls:
    """The one way to call a connector."""

    portals: Portals
    hops: list[Hop]
    budget: float | None
    permit: Permit | None
    answers: list[httpx.Response] | None = None

    async def call(self, portal: str, operation: Operation[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call one operation of a connector through the outbound layers: `call(portal, Tracking.track, reference)`.

        Raises `Refused`, `Unavailable` or `Unknown`, and `NotAvailable` for a plugin that is not there.
        """
        connected = self.portals.get(portal)
        callee = Callee(
            portal,
            connected.connector,
            self.budget,
            self.permit,
            self.hops,
            self.portals.counts,
            self.answers,
            connected.pages,
            isolated=connected.isolated is not None,
        )
        return await invoke(callee, operation, *args, **kwargs)


class Portals:
    def __init__(
        self,
        connected: Mapping[str, ConnectedPortal],
        quarantined: Mapping[str, str],
        states: PortalStates | None = None,
        counts: PortalCounts | None = None,
    ) -> None:
        self._connected = dict(connected)
        self._quarantined = dict(quarantined)
        self._leaving: set[asyncio.Task[None]] = set()
        self._states = states
        """The shared states of the portals; None: not used."""
        self.counts = counts
        """Where calls are counted for all processes; None: nowhere."""

    def get(self, portal: str) -> ConnectedPortal:
        connected = self._connected.get(portal)
        if connected is None:
            raise NotAvailable(portal, self._quarantined.get(portal, "not enabled"))
        return connected

    def knows(self, portal: str) -> bool:
        """In use or quarantined."""
        return portal in self._connected or portal in self._quarantined

    def has(self, portal: str, capability: type) -> bool:
        connected = self._connected.get(portal)
        return connected is not None and isinstance(connected.connector, capability)

    def implements(self, portal: str, operation: Operation[..., Any]) -> bool:
        """Whether the connector overrides this optional operation."""
        connected = self._connected.get(portal)
        return connected is not None and implements(type(connected.connector), operation)

    def connector(self, portal: str) -> Connector:
        return self.get(portal).connector

    def recorded_in(
        self,
        entry: Entry,
        *,
        budget: float | None = None,
        permit: Permit | None = None,
        answers: list[httpx.Response] | None = None,
    ) -> PortalCalls:
        """A way to call portals that records each attempt in this audit entry, with a time limit. `permit` is called
        before each request that may change something; what it raises is passed on. The answer to each request is added
        to `answers`."""
        return PortalCalls(self, entry.hops, budget, permit, answers)

    def state(self, portal: str) -> PortalState:
        """The only source of a portal's state: for guide, catalogue, cases and health."""
        if portal not in self._connected:
            return "quarantined"
        isolated = self._connected[portal].isolated
        if isolated is not None and not isolated.alive:
            return "down"
        return self._states.state(portal) if self._states is not None else "up"

    def retry_after(self, portal: str) -> float | None:
        """Seconds until a portal that is down is tried again."""
        connected = self._connected.get(portal)
        if connected is not None and connected.isolated is not None and not connected.isolated.alive:
            return connected.isolated.retry_after
        return self._states.retry_after(portal) if self._states is not None and portal in self._connected else None

    def breaker(self, portal: str) -> Literal["closed", "half_open", "open"] | None:
        """Of the circuit breakers of all processes; None for a portal that is not in use."""
        if portal not in self._connected:
            return None
        return self._states.breaker(portal) if self._states is not None else "closed"

    async def start(self) -> None:
        """Exchange the states of the portals with other processes, and serve those that are isolated."""
        for connected in self._connected.values():
            if connected.isolated is not None:
                await connected.isolated.start()
        if self._states is not None:
            await self._states.start()
        if self.counts is not None:
            await self.counts.start()

    def states(self) -> dict[str, PortalState]:
        return {portal: self.state(portal) for portal in [*self._connected, *self._quarantined]}

    def stopped(self) -> list[Stopped]:
        """The last time that each isolated connector was ended."""
        isolated = (connected.isolated for connected in self._connected.values())
        return [each.latest for each in isolated if each is not None and each.latest is not None]

    async def replace(self, portal: str, connector: Connector, isolated: IsolatedProcess | None) -> None:
        """From now on calls go to this connector; those under way end with the old one. Client, breaker and places stay
        the same."""
        if isolated is not None:
            await isolated.start()
        old = self._connected[portal]
        self._connected[portal] = ConnectedPortal(connector, old.portal_client, isolated, old.pages)
        if old.isolated is not None:
            leaving = asyncio.create_task(old.isolated.leave(_LEAVE_SECONDS))
            self._leaving.add(leaving)
            leaving.add_done_callback(self._leaving.discard)

    async def close(self) -> None:
        for leaving in list(self._leaving):
            leaving.cancel()
        await asyncio.gather(*self._leaving, return_exceptions=True)
        if self._states is not None:
            await self._states.stop()
        if self.counts is not None:
            await self.counts.stop()
        for connected in self._connected.values():
            if connected.isolated is not None:
                await connected.isolated.close()
            await connected.portal_client.close()
