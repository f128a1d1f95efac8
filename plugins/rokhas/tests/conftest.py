from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from gateway.connectors.contract import Attachment, Requester, Submission
from gateway.connectors.loader import load_one
from gateway.connectors.registry import LoadedPlugin
from gateway.connectors.sources import Source, open_namespace
from gateway.settings import Plugins
from gateway.testing import Harness, harness, service_tables

PLUGIN = Path(__file__).parents[1]
SERVICES = service_tables(PLUGIN)
STAMP = "1234567890123456"
PLAN = Attachment(id="att_plan", filename="plan.pdf", media_type="application/pdf", content=b"%PDF-1.4 plan")

EXTRACT = Attachment(id="att_extract", filename="rc.pdf", media_type="application/pdf", content=b"%PDF-1.4 rc")


@pytest.fixture
def filing() -> Callable[..., Submission]:
    """Make a submission: the service's own example, with changes by name (`project={"area": 1}`) laid over it."""

    def make(
        service: str = "repair-permit", *, key: str = "key-1", attachments: Any = (), **changes: Any
    ) -> Submission:
        form = {**SERVICES[service]["example"]}
        for name, change in changes.items():
            form[name] = {**form[name], **change} if isinstance(change, dict) and name != "owner" else change
        files = list(attachments)
        if form["owner"]["kind"] == "company":
            form["owner"] = {**form["owner"], "trade_register_extract": EXTRACT.id}
            files.append(EXTRACT)
        requester = Requester(national_id=form["owner"].get("cnie", "AB123456"), name="Amina El Fassi")
        return Submission(
            case_id="case_1", key=key, service=f"rokhas.{service}", form=form, attachments=files, requester=requester
        )

    return make


@pytest.fixture(scope="session")
def plugin() -> LoadedPlugin:
    open_namespace(Plugins())
    found = load_one(Source(id="rokhas", package="plugins.rokhas", folder=PLUGIN, origin="test"))
    assert found is not None
    return found


@pytest.fixture
async def rokhas(plugin: LoadedPlugin) -> AsyncIterator[Harness]:
    """The connector behind the real layers, the stand-in behind real mutual TLS."""
    async with harness(plugin) as found:
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def opened(plugin: LoadedPlugin) -> AsyncIterator[Harness]:
    async with harness(plugin) as found:
        yield found


@pytest.fixture
def shared_harness(opened: Harness) -> Harness:
    """The same for a whole module, with nothing filed yet: for tests that break nothing."""
    opened.fault("none")
    for table in ("rows", "effects"):
        opened.host.store.execute(f"DELETE FROM {table} WHERE portal='rokhas'")
    return opened
