"""An event loop that stands still is noticed while it stands still, and told with whose code holds it."""

from __future__ import annotations

import threading

import pytest
import structlog
from structlog.testing import capture_logs

from gateway.connectors.contract import CaseStatus, Connector, Filing, Portal, Progress
from gateway.outbound import blocked_loop
from gateway.outbound.blocked_loop import BlockedLoopWatcher
from gateway.outbound.invoke import Callee, invoke
from gateway.telemetry.metrics import REGISTRY
from tests.waiting import PATIENCE, eventually


@pytest.fixture
async def watcher(monkeypatch):
    monkeypatch.setattr(blocked_loop, "log", structlog.get_logger())
    watcher = BlockedLoopWatcher(0.2)
    watcher.start()
    yield watcher
    await watcher.stop()


async def counted() -> bool:
    return bool(REGISTRY.get_sample_value("mre_gateway_event_loop_blocked_seconds_total", {"portal": "blocking"}))


async def test_a_connector_that_blocks_is_named_with_its_line(watcher):
    noticed = threading.Event()

    class Blocking(Connector, Filing):
        async def progress(self, reference, **access):
            assert noticed.wait(PATIENCE)  # holds the loop until the watcher has said so
            return Progress(reference=reference, status=CaseStatus.IN_PROGRESS, portal_status="")

    def tell(_logger, _method, event):
        noticed.set()
        return event

    connector = Blocking(Portal(id="blocking", http=None, secrets={}))
    with capture_logs(processors=[tell]) as logged:
        await invoke(Callee("blocking", connector), Filing.progress, "x")

    line = Blocking.progress.__code__.co_firstlineno + 1
    found = watcher.latest
    assert (found.portal, found.operation) == ("blocking", "progress")
    assert found.location == f"test_blocked_loop.py:{line}"
    assert {"portal": "blocking", "operation": "progress", "location": found.location}.items() <= logged[0].items()
    await eventually(counted)


async def test_code_that_is_no_connector_has_no_portal(watcher):
    threading.Event().wait(0.5)

    assert watcher.latest.portal == ""
    assert watcher.latest.location
