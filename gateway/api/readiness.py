"""Whether this process can serve: what `/health/ready` looks at."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

from gateway.api.http.server_state import ServerState
from gateway.audit.anchors import Anchors, Gap
from gateway.audit.log import AuditLog
from gateway.auth.jwks import State
from gateway.auth.keys import KeyRing
from gateway.auth.tokens import Verifier
from gateway.cases import portal_probes
from gateway.cases.portal_probes import LastProbe
from gateway.cases.portals import Portals
from gateway.outbound.blocked_loop import Blocked, BlockedLoopWatcher
from gateway.storage import Storage
from gateway.storage.outage import is_outage

_CHECK_SECONDS: Final = 2.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    storage: Storage
    audit: AuditLog
    anchors: Anchors
    ring: KeyRing
    verifier: Verifier
    portals: Portals
    state: ServerState
    journeys_alive: Callable[[], bool]
    blocked_loop: BlockedLoopWatcher
    blocked_told: timedelta
    probed: bool
    """Whether portals are asked now and then if they still answer as recorded."""

    async def examine(self) -> tuple[bool, dict[str, Any]]:
        """Whether to send traffic here, and why.

        An issuer that does not answer is `stale` while its keys are good; when tokens of none can be verified, nobody
        can call, and another process may still have the keys."""
        issuers = await self._issuers()
        checks = {
            "store": await self._store_answers(),
            "audit": self.audit.ready,
            "keys": self._signs(),
            "issuers": not issuers or any(state != "down" for state in issuers.values()),
            "journeys": self.journeys_alive(),
            "accepting": self.state.accepting(),
        }
        portals = self.portals.states()
        anchors = await self._gaps() if checks["store"] else []
        drifted = await self._drifted() if checks["store"] and self.probed else []
        ready = all(checks.values())
        states = (*portals.values(), *issuers.values(), *(each.state for each in anchors))
        blocked = self._blocked()
        stopped = [each for each in self.portals.stopped() if self._lately(each.at)]
        degraded = blocked is not None or bool(stopped) or bool(drifted) or any(state != "up" for state in states)
        body = {
            "status": "unavailable" if not ready else "degraded" if degraded else "ok",
            "checks": checks,
            "portals": portals,
            "issuers": issuers,
            "anchors": [asdict(each) for each in anchors],
            "blocked_loop": asdict(blocked) if blocked is not None else None,
            "stopped_connectors": [asdict(each) for each in stopped],
            "drifted_portals": [
                {"portal": each.portal, "operation": each.operation, "at": each.at, "differences": len(each.drift)}
                for each in drifted
            ],
        }
        return ready, body

    def _blocked(self) -> Blocked | None:
        """When the event loop last stood still, and in whose code, if that was not long ago."""
        latest = self.blocked_loop.latest
        return latest if latest is not None and self._lately(latest.at) else None

    def _lately(self, at: datetime) -> bool:
        return datetime.now(UTC) - at < self.blocked_told

    async def _gaps(self) -> list[Gap]:
        """What is not anchored yet. Nothing, if the store cannot tell within the time: that is seen elsewhere."""
        return await _within_time(self.anchors.gaps())

    async def _drifted(self) -> list[LastProbe]:
        """As `portal_probes.drifted`. Nothing, if the store cannot tell within the time."""
        return await _within_time(portal_probes.drifted(self.storage))

    async def _issuers(self) -> dict[str, State]:
        """By issuer; one that does not answer within the time is looked at with the keys that there are."""
        try:
            async with asyncio.timeout(_CHECK_SECONDS):
                return await self.verifier.states()
        except TimeoutError:
            return self.verifier.known_states()

    async def _store_answers(self) -> bool:
        try:
            async with asyncio.timeout(_CHECK_SECONDS):
                await self.storage.ping()
        except Exception:
            return False
        return True

    def _signs(self) -> bool:
        try:
            return bool(self.ring.signer("receipts").sign(b"ready"))
        except Exception:
            return False


async def _within_time(asked: Awaitable[list[T]]) -> list[T]:
    try:
        async with asyncio.timeout(_CHECK_SECONDS):
            return await asked
    except TimeoutError:
        return []
    except Exception as error:
        if is_outage(error):
            return []
        raise
