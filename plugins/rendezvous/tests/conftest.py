from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.connectors.contract import Attachment, Booking, Person, Portal, Requester, Slot, Submission, Window
from gateway.outbound.invoke import Callee, invoke
from gateway.outbound.pipeline import PortalClient, open_portal_client
from gateway.sandbox.context import Clock, Effects, SandboxContext, Store
from gateway.sandbox.faults import Fault, Switchboard
from gateway.sandbox.serve import listen, running, url_of
from gateway.secret import Secret
from gateway.settings import PortalSettings
from gateway.testing import service_tables
from plugins.rendezvous.connector import Rendezvous
from plugins.rendezvous.sandbox import sandbox

SECRET = "a secret both sides agreed on"
STAMP = "1234567890123456"
AUTH = {"scheme": "dpop", "token_path": "/oauth/token", "secret": "client_secret"}
SERVICES = service_tables(Path(__file__).parents[1])
HOUR, DAY = timedelta(hours=1).total_seconds(), timedelta(days=1).total_seconds()


def client_to(url: str, *, secret: str = SECRET, **settings: Any) -> PortalClient:
    """The real layers, without the signature that this portal does not ask for."""
    made = PortalSettings.model_validate({"retry": {"base_seconds": 0.001}, "sign": False, **settings})
    return open_portal_client(
        "rendezvous",
        base_url=url,
        allowed=[url],
        settings=made,
        auth=AUTH,
        secrets={"client_secret": Secret(secret)},
        options={"client_id": "mre-gateway"},
    )


@dataclass(frozen=True)
class World:
    """The sandbox on a real socket, and the connector behind the real layers."""

    context: SandboxContext
    url: str
    portal_client: PortalClient
    connector: Rendezvous
    faults: Switchboard
    budget: float | None = None
    """Seconds for each call; None: as long as the portal's settings allow."""

    async def call(self, method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return await invoke(Callee("rendezvous", self.connector, self.budget), method, *args, **kwargs)

    def within(self, budget: float) -> World:
        """The same, where each call gets so many seconds."""
        return replace(self, budget=budget)

    def effects(self, kind: str = "") -> list[dict[str, Any]]:
        return [each for each in self.context.effects.all() if not kind or each["kind"] == kind]

    def fault(self, mode: str) -> None:
        self.faults.set("rendezvous", Fault(mode=mode))

    def later(self, hours: float = 0, days: float = 0) -> None:
        self.context.clock.set(advance=hours * HOUR + days * DAY)

    async def slots(self, service: str = "cnie", post: str = "lyon", days: int = 14) -> list[Slot]:
        today = datetime.now(UTC).date()
        window = Window(first=today, last=today + timedelta(days=days))
        found: list[Slot] = await self.call(Booking.slots, service, post, window)
        return found

    async def slot(self, service: str = "cnie", post: str = "lyon") -> Slot:
        """A free slot some days ahead."""
        return (await self.slots(service, post))[-1]


@asynccontextmanager
async def opened(options: dict[str, str] | None = None, **settings: Any) -> AsyncIterator[World]:
    store = Store()
    clock = Clock(store)
    listening = listen("127.0.0.1", 0)
    url = url_of(listening)
    context = SandboxContext(
        portal="rendezvous",
        base_url=url,
        store=store,
        clock=clock,
        effects=Effects(store, "rendezvous", clock),
        secrets={"client_secret": SECRET},
        options=options or {},
    )
    faults, app = Switchboard(store, seed=1), sandbox(context)

    async def faulty(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await faults.serve("rendezvous", app, scope, receive, send)
        else:
            await app(scope, receive, send)

    async with running(faulty, listening):
        portal_client = client_to(url, **settings)
        try:
            yield World(
                context,
                url,
                portal_client,
                Rendezvous(Portal(id="rendezvous", http=portal_client.client, secrets={})),
                faults,
            )
        finally:
            await portal_client.close()
    store.close()


@pytest.fixture
async def open_world() -> AsyncIterator[Callable[..., Awaitable[World]]]:
    """Open a world with options of the sandbox and outbound settings of its own."""
    async with AsyncExitStack() as stack:

        async def make(options: dict[str, str] | None = None, **settings: Any) -> World:
            return await stack.enter_async_context(opened(options, **settings))

        yield make


@pytest.fixture
async def world(open_world: Callable[..., Awaitable[World]]) -> World:
    return await open_world()


def paper(id: str, content: bytes = b"%PDF-1.4 paper") -> Attachment:
    return Attachment(id=id, filename=f"{id}.pdf", media_type="application/pdf", content=content)


@pytest.fixture
def filing() -> Callable[..., Submission]:
    """Make a submission: the service's own example with the documents it needs, and changes laid over it."""

    needs = {
        "consular-registration": ("identity", "proof_of_address", "photo"),
        "cnie": ("birth_extract", "photo"),
        "legalisation": ("to_legalise",),
        "adoul-act": ("identity",),
        "residence-attestation": ("proof_of_address",),
        "life-attestation": ("identity",),
    }

    def make(
        service: str = "cnie",
        *,
        key: str = "key-1",
        stamp: str | None = STAMP,
        cnie: str = "AB123456",
        documents: tuple[str, ...] | None = None,
        **changes: Any,
    ) -> Submission:
        kinds = needs[service] if documents is None else documents
        form = {**SERVICES[service]["example"], "documents": {kind: f"att_{kind}" for kind in kinds}, **changes}
        form["person"] = {**form["person"], "cnie": cnie}
        return Submission(
            case_id="case_1",
            key=key,
            service=f"rendezvous.{service}",
            form=form,
            stamp=stamp,
            attachments=[paper(f"att_{kind}") for kind in kinds],
            requester=Requester(national_id=cnie, family_name="El Fassi", given_name="Amina"),
        )

    return make


@pytest.fixture
def person() -> Callable[..., Person]:
    def make(key: str = "book-1", *, cnie: str = "AB123456", reference: str = "") -> Person:
        return Person(key=key, name="Amina El Fassi", national_id=cnie, email="amina@example.org", reference=reference)

    return make
