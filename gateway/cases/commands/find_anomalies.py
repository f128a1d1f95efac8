"""What an auditor should look at first: in the log, and in what portals answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from gateway.audit import access_records
from gateway.audit.anomalies import Anomalies, WorkingTime, anomalies
from gateway.audit.search import Filter
from gateway.cases import portal_figures
from gateway.cases.commands.caller import Caller
from gateway.cases.portal_figures import ShapeChange
from gateway.connectors.catalogue import Catalogue
from gateway.storage import Storage


@dataclass(frozen=True, slots=True, kw_only=True)
class FindAnomalies:
    storage: Storage
    catalogue: Catalogue
    scan_records: int
    """Records that one look examines."""
    working: WorkingTime

    async def run(self, caller: Caller, since: datetime, until: datetime) -> tuple[Anomalies, dict[str, ShapeChange]]:
        """Findings in the log, and of each portal that answers otherwise since then the newest change."""
        access_records.describe(caller.entry, Filter(since=since, until=until))
        portals = [each.id for each in self.catalogue.portals()]

        def read(connection: Connection) -> tuple[Anomalies, dict[str, ShapeChange]]:
            found = anomalies(connection, since=since, until=until, scan=self.scan_records, working=self.working)
            changed = {}
            for portal in portals:
                changes = portal_figures.changes(portal_figures.answers(connection, portal), since)
                if changes := [each for each in changes if each.first_seen < until]:
                    changed[portal] = changes[0]
            return found, changed

        return await self.storage.run_read(read)
