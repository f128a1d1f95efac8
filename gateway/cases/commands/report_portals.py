"""How portals do, for the operator and for the agency that runs one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection

from gateway.cases import portal_figures, portal_probes
from gateway.cases.commands.not_offered import PortalNotFound
from gateway.cases.indicator_events import shifted
from gateway.cases.indicators import Indicators, Line
from gateway.cases.legal_days import day_of
from gateway.cases.model import now
from gateway.cases.portal_figures import Late, SeenAnswer, ShapeChange, Traffic
from gateway.cases.portal_probes import LastProbe
from gateway.connectors.catalogue import Catalogue
from gateway.connectors.registry import Quarantine
from gateway.storage import Storage


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalReport:
    portal: str
    since: datetime
    """From this hour on calls are counted..."""
    until: datetime
    """...to this moment, but for the last seconds: see `portal_counts.share_seconds`."""
    traffic: Traffic
    late: list[Late]
    quarantine: Quarantine | None
    strange: list[SeenAnswer] = field(default_factory=list)
    changes: list[ShapeChange] = field(default_factory=list)
    probes: list[LastProbe] = field(default_factory=list)
    delays: list[Line] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPortals:
    storage: Storage
    catalogue: Catalogue
    indicators: Indicators

    async def all(self, portals: frozenset[str] | None, hours: int) -> list[PortalReport]:
        """Of these portals, or of every one if None; without answers and delays."""
        named = [each.id for each in self.catalogue.portals() if portals is None or each.id in portals]
        since, until = _window(hours)
        today = day_of(until).isoformat()

        def read(connection: Connection) -> tuple[dict[str, Traffic], dict[str, list[Late]], list[LastProbe]]:
            return (
                portal_figures.traffic(connection, named, since),
                portal_figures.late(connection, named, today),
                portal_probes.last(connection),
            )

        traffic, late, probes = await self.storage.run_read(read)
        return [
            PortalReport(
                portal=id,
                since=since,
                until=until,
                traffic=traffic[id],
                late=late[id],
                quarantine=self.catalogue.why_out(id),
                probes=[each for each in probes if each.portal == id],
            )
            for id in named
        ]

    async def one(self, portal: str, hours: int) -> PortalReport:
        """Raises `PortalNotFound`."""
        if portal not in {each.id for each in self.catalogue.portals()}:
            raise PortalNotFound(portal)
        since, until = _window(hours)
        today = day_of(until).isoformat()

        def read(connection: Connection) -> tuple[Traffic, list[Late], list[SeenAnswer], list[LastProbe]]:
            return (
                portal_figures.traffic(connection, [portal], since)[portal],
                portal_figures.late(connection, [portal], today)[portal],
                portal_figures.answers(connection, portal),
                portal_probes.last(connection, portal),
            )

        traffic, late, answers, probes = await self.storage.run_read(read)
        current = self.indicators.current()
        return PortalReport(
            portal=portal,
            since=since,
            until=until,
            traffic=traffic,
            late=late,
            quarantine=self.catalogue.why_out(portal),
            strange=[each for each in answers if each.kind and each.last_seen >= since],
            changes=portal_figures.changes(answers, since),
            probes=probes,
            delays=await self.indicators.lines(shifted(current, -1), current, 2, {"portal": portal}),
        )


def _window(hours: int) -> tuple[datetime, datetime]:
    """Whole hours, and the one that has begun."""
    until = now()
    return until.replace(minute=0, second=0, microsecond=0) - timedelta(hours=hours - 1), until
