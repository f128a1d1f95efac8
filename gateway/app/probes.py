"""Ask portals whether they still answer as recorded: `mre-gateway connector probe --live`, and now and then while the
gateway serves.

A probe goes the way of every call to a portal, all layers included, and has a record of its own in the audit log.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import httpx
import structlog
from sqlalchemy.exc import SQLAlchemyError

from gateway.async_tasks import end
from gateway.audit.entry import Entry
from gateway.audit.log import AuditLog, AuditUnavailable
from gateway.cases import portal_probes
from gateway.cases.portal_probes import LastProbe
from gateway.cases.portals import NotAvailable, Portals
from gateway.connectors.contract import Operation
from gateway.connectors.registry import Registry
from gateway.ids import new_id
from gateway.settings import Probe, Settings, SettingsError
from gateway.storage import Storage
from gateway.storage.migrate import revision
from gateway.telemetry.metrics import portal_metrics

if TYPE_CHECKING:
    from gateway.testing.probe import Probed

OPERATION: Final = "portals.probe"
_LOCK: Final = 0x4D5245_0A
"""PostgreSQL's advisory lock of the process that is probing."""
_LOOK_SECONDS: Final = 60.0
"""How often a process looks whether a probe is due, and what others have found."""

log = structlog.get_logger()


def _utc() -> datetime:
    return datetime.now(UTC)


class Probes:
    """Raises `SettingsError` for a probe that asks for what its connector cannot be asked."""

    def __init__(
        self,
        settings: Settings,
        registry: Registry,
        portals: Portals,
        storage: Storage,
        audit: AuditLog,
        *,
        clock: Callable[[], datetime] = _utc,
    ) -> None:
        self._registry = registry
        self._portals = portals
        self._storage = storage
        self._audit = audit
        self._clock = clock
        self._budget = settings.server.call_seconds
        self._every = timedelta(hours=settings.plugins.probe_hours)
        self._configured: dict[str, tuple[Probe, ...]] = {}
        if self._every:
            self._configured = {
                id: each.probes for id, each in settings.portals.items() if each.probes and id in registry.connectors
            }
        for id, probes in self._configured.items():
            _refuse_unusable(id, probes, registry)
        self._forgotten = False
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Where nothing is to be probed, only what was found before is forgotten."""
        self._task = asyncio.create_task(self._run(), name="probes")

    async def stop(self) -> None:
        await end(self._task)

    async def ask(self, portal: str, probes: Sequence[Probe], entry: Entry) -> list[Probed]:
        """Ask this portal, and write the record before anything is told. Raises `NotAvailable`, `NotAReference`,
        `AuditUnavailable`."""
        from gateway.testing.probe import ask  # only where something is probed

        self._portals.connector(portal)  # `NotAvailable`, with the reason

        async def call(operation: Operation[..., Any], probe: Probe, answers: list[httpx.Response]) -> Any:
            calls = self._portals.recorded_in(entry, budget=self._budget, answers=answers)
            return await calls.call(portal, operation, probe.reference, **probe.words)

        try:
            found = await ask(self._registry.connectors[portal], probes, call)
            failed = next((each for each in found if each.outcome == "failed"), None)
            if failed is not None:
                entry.outcome, entry.code = "unavailable", failed.code
        except BaseException:
            entry.outcome = "failed"
            raise
        finally:
            if entry.hops:
                await self._audit.write(entry)
        return found

    async def round(self) -> None:
        """Probe the portals whose time has come, unless another process is doing it; then show what is known."""
        async with self._storage.turn(_LOCK) as ours:
            if ours:
                known = await self._storage.run_read(portal_probes.last)
                for portal in self._due(known):
                    await self._probe(portal)
                if not self._forgotten:  # once: what an operator asks meanwhile is kept
                    await self._storage.run_write(lambda tx: portal_probes.forget_others(tx, self._configured))
                    self._forgotten = True
        for each in await self._storage.run_read(portal_probes.last):
            portal_metrics(each.portal).drift(each.operation, len(each.drift))

    def _due(self, known: Sequence[LastProbe]) -> list[str]:
        """Never asked, about something not asked, or too long ago."""
        old = self._clock() - self._every
        fresh: Mapping[str, set[str]] = {portal: set() for portal in self._configured}
        for each in known:
            if each.portal in fresh and each.at > old:
                fresh[each.portal].add(each.operation)
        return [
            portal for portal, probes in self._configured.items() if {each.operation for each in probes} - fresh[portal]
        ]

    async def _probe(self, portal: str) -> None:
        from gateway.testing.probe import Probed

        entry = admin_entry(portal, client="gateway", principal="gateway", rule="probe:settings@1")
        try:
            found = await self.ask(portal, self._configured[portal], entry)
        except (NotAvailable, AuditUnavailable) as error:
            log.warning("portal_not_probed", portal=portal, error=type(error).__name__)
            return
        except (SQLAlchemyError, OSError):
            raise
        except Exception:  # of code that was reloaded since, say: the other portals have their turn
            log.exception("portal_probes_failed", portal=portal)
            names = sorted({each.operation for each in self._configured[portal]})
            found = [Probed(operation=name, calls=0, outcome="failed", code="probe_failed") for name in names]

        rows = self._rows(portal, found)
        await self._storage.run_write(lambda tx: portal_probes.keep(tx, portal, rows))
        for each in found:
            for change, count in Counter(drift.change for drift in each.drift).items():
                log.warning("portal_drift", portal=portal, operation=each.operation, kind=change, count=count)
            if each.outcome == "failed":
                log.warning("portal_not_probed", portal=portal, operation=each.operation, code=each.code)

    async def keep_asked(self, portal: str, found: Sequence[Probed]) -> None:
        """What an operator's own probe found, in the place of what was known of the same operations."""
        rows = self._rows(portal, found)
        await self._storage.run_write(lambda tx: portal_probes.keep_operations(tx, rows))

    def _rows(self, portal: str, found: Sequence[Probed]) -> list[LastProbe]:
        from gateway.testing.drift import to_json

        at = self._clock()
        return [
            LastProbe(
                portal=portal,
                operation=each.operation,
                at=at,
                outcome=each.outcome,
                code=each.code,
                drift=tuple(to_json(each.drift)),
            )
            for each in found
        ]

    async def _run(self) -> None:
        while True:
            try:
                await self.round()
                if not self._configured:
                    return
            except (SQLAlchemyError, OSError):  # the store is down: reported elsewhere
                log.warning("portal_probes_not_kept")
            except Exception:
                log.exception("portal_probes_failed")
            await asyncio.sleep(_LOOK_SECONDS)


def admin_entry(portal: str, *, client: str, principal: str, rule: str) -> Entry:
    """The record of a probe: nobody's case, and nobody's data."""
    return Entry(
        call_id=new_id("act"),
        kind="admin",
        operation=OPERATION,
        client=client,
        principal=principal,
        purpose="operation",
        portal=portal,
        decision="allow",
        rule=rule,
    )


async def probe_now(settings: Settings, portal: str, probes: Sequence[Probe], *, client: str) -> list[Probed]:
    """Ask the portal that the settings name, beside whatever serves, and keep what it found for all to see. `client` is
    who asks, as the log names it.

    Raises `SettingsError`, `NotAvailable`, `NotAReference`, `AuditUnavailable`.
    """
    from gateway.app.assembly import assemble

    gateway = assemble(settings, journeys=False)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(gateway.storage.close)
        current, needed = await revision(gateway.storage)
        if current != needed:
            raise SettingsError("the store has another schema than this version: start the gateway once")
        stack.push_async_callback(gateway.portals.close)
        await gateway.portals.start()
        await gateway.audit.start()
        stack.push_async_callback(gateway.audit.stop)
        entry = admin_entry(portal, client=client, principal="operator", rule="machine-user@1")
        found = await gateway.probes.ask(portal, probes, entry)
        await gateway.probes.keep_asked(portal, found)
        return found


def _refuse_unusable(portal: str, probes: Sequence[Probe], registry: Registry) -> None:
    from gateway.testing.probe import NotAReference, checked

    for each in probes:
        try:
            checked(each, registry.connectors[portal].connector_class)
        except NotAReference as error:
            raise SettingsError(f"portals.{portal}.probes: {error}") from error
