from __future__ import annotations

import copy
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from gateway.connectors.contract import Attachment, Requester, Submission
from gateway.connectors.loader import load_one
from gateway.connectors.registry import LoadedPlugin
from gateway.connectors.sources import Source
from gateway.testing import Harness, harness, service_tables

FOLDER = Path(__file__).parents[1]
SERVICES: dict[str, dict[str, Any]] = service_tables(FOLDER)
DECLARATIONS = [name for name in SERVICES if name.endswith("-declaration")]
COPIES = [name for name in SERVICES if name.endswith("-copy")]


@pytest.fixture(scope="session")
def plugin() -> LoadedPlugin:
    loaded = load_one(Source(id=FOLDER.name, package=f"plugins.{FOLDER.name}", folder=FOLDER, origin=""))
    assert loaded is not None
    return loaded


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_sandbox(plugin: LoadedPlugin) -> AsyncIterator[Harness]:
    async with harness(plugin) as found:
        yield found


@pytest.fixture
def running_sandbox(shared_sandbox: Harness) -> Harness:
    """The connector behind the real layers, the sandbox on a real socket, certificates of a demo authority. One for a
    module, because opening it takes longer than most tests; emptied for each. Its tests share the module's loop."""
    for table in ("rows", "effects"):
        shared_sandbox.host.store.execute(f"DELETE FROM {table} WHERE portal = 'alhalalmadania'")
    shared_sandbox.fault("none")
    return shared_sandbox


@pytest.fixture
def later(running_sandbox: Harness) -> Callable[[float], None]:
    """Set the sandbox's clock ahead, in days."""
    return lambda days: running_sandbox.host.clock.set(advance=timedelta(days=days).total_seconds())


@pytest.fixture
def filing() -> Callable[..., Submission]:
    """A submission: the service's own example, with changes laid over it; None takes a member out."""

    def make(service: str, *, key: str = "key-1", attachments: list[Attachment] | None = None, **changes: Any) -> Any:
        form = copy.deepcopy(SERVICES[service]["example"])
        for name, change in changes.items():
            if change is None:
                form.pop(name, None)
            elif isinstance(change, dict) and name in form:
                form[name] |= change
            else:
                form[name] = change
        service = f"alhalalmadania.{service}"
        mine = next((form[name] for name in ("person", "wife", "mother", "father") if name in form), {})
        if form.get("capacity") == "father":
            mine = form["father"]
        requester = Requester(
            national_id=mine.get("cnie", "AB123456"),
            family_name=mine.get("last_name_latin", ""),
            given_name=mine.get("first_name_latin", ""),
            family_name_ar=mine.get("last_name_arabic", ""),
            given_name_ar=mine.get("first_name_arabic", ""),
        )
        return Submission(
            case_id="case_1", key=key, service=service, form=form, attachments=attachments or [], requester=requester
        )

    return make


@pytest.fixture
def in_time(filing: Callable[..., Submission]) -> Callable[..., Submission]:
    """A declaration of what happened five days ago, with all its evidence."""
    wanted = {
        "birth-declaration": ("birth_certificate", "family_booklet"),
        "marriage-declaration": ("marriage_document",),
        "divorce-declaration": ("divorce_judgment",),
        "death-declaration": ("death_certificate",),
    }

    def make(service: str, *, without: tuple[str, ...] = (), days: int = 5, **changes: Any) -> Submission:
        kinds = [kind for kind in wanted[service] if kind not in without]
        files = [pdf(f"att_{number:026d}") for number in range(len(kinds))]
        changes.setdefault("event", {})
        changes["event"] = {"date": str(datetime.now(UTC).date() - timedelta(days=days))} | changes["event"]
        evidence = [{"kind": kind, "file": file.id} for kind, file in zip(kinds, files, strict=True)]
        return filing(service, judgment=None, attachments=files, evidence=evidence, **changes)

    return make


def pdf(id: str = "att_" + "7" * 26, size: int = 100) -> Attachment:
    return Attachment(id=id, filename="pièce.pdf", media_type="application/pdf", content=b"%PDF-1.4 ".ljust(size, b"x"))
