"""A portal that misbehaves: signs what a test tells it to, when and as it is told, or does not sign."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lxml import etree

from gateway.connectors.contract import Filing, Portal
from gateway.connectors.registry import LoadedPlugin
from gateway.outbound.invoke import Callee, invoke
from gateway.outbound.pipeline import open_portal_client
from gateway.safe_xml import parse
from gateway.sandbox.certificates import certificates_of, provide
from gateway.sandbox.context import Clock, Effects, SandboxContext, Store
from gateway.settings import PortalSettings
from gateway.testing import running
from plugins.alhalalmadania.connector import Alhalalmadania
from plugins.alhalalmadania.sandbox.message_security import MessageSecurity, confirmed

ID = "alhalalmadania"
SOAP_TYPE = "application/soap+xml; charset=utf-8"
NAMESPACE = "urn:alhalalmadania:etat-civil:1"
DOSSIER = """<dossier><numero>EC-2026-000001</numero><referenceClient>key-1</referenceClient><etat>depose</etat>
<evenement><etat>depose</etat><date>2026-11-03T09:00:00+00:00</date><libelle>Demande reçue</libelle></evenement>
</dossier>"""

Reply = tuple[int, str, bytes]


def body(xml: str) -> etree._Element:
    return parse(f'<x xmlns="{NAMESPACE}">{xml}</x>'.encode())[0]


def shown(dossier: str = DOSSIER) -> str:
    return f"<ConsulterReponse>{dossier}</ConsulterReponse>"


def context(state: Path, portal: str = ID) -> SandboxContext:
    store = Store()
    clock = Clock(store)
    provide(state, [portal])
    return SandboxContext(
        portal=portal,
        base_url="http://sandbox.invalid",
        store=store,
        clock=clock,
        effects=Effects(store, portal, clock),
        secrets={},
        certificates=certificates_of(state, portal),
    )


@dataclass
class Misbehaving:
    security: MessageSecurity
    connector: Any = None
    reply: Callable[[str], Reply] | None = None
    """From the request's signature to status, content type and body."""
    seen: list[bytes] = field(default_factory=list)

    def signed(self, xml: str | bytes, status: int = 200, at: datetime | None = None) -> None:
        """Answer with this, signed, at another time if told so."""
        security = MessageSecurity(self.security._context, lambda: at) if at else self.security
        content = body(xml) if isinstance(xml, str) else parse(xml)
        self.reply = lambda signature: (status, SOAP_TYPE, security.sign(content, signature))

    def raw(self, content: bytes, media_type: str = SOAP_TYPE, status: int = 200) -> None:
        self.reply = lambda _: (status, media_type, content)

    async def call(self, method: Callable[..., Any] = Filing.progress, *args: Any) -> Any:
        return await invoke(Callee(ID, self.connector), method, *(args or ("EC-2026-000001",)))

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        content, more = b"", True
        while more:
            message = await receive()
            content, more = content + message.get("body", b""), message.get("more_body", False)
        self.seen.append(content)
        assert self.reply is not None
        status, media_type, reply = self.reply(confirmed(parse(content)))
        headers = [(b"content-type", media_type.encode()), (b"content-length", str(len(reply)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": reply})


@asynccontextmanager
async def misbehaving(plugin: LoadedPlugin, state: Path, **limits: Any) -> AsyncIterator[Misbehaving]:
    """The connector behind the real layers, such a portal on a real socket."""
    portal = Misbehaving(MessageSecurity(context(state), lambda: datetime.now(UTC)))
    async with running(portal) as url:
        portal_client = open_portal_client(
            ID,
            base_url=url,
            allowed=[url],
            settings=PortalSettings.model_validate({"tls": provide(state, [ID])[ID], "limits": limits}),
            auth=plugin.manifest.auth,
            options=plugin.options(),
            sign=False,
        )
        portal.connector = Alhalalmadania(
            Portal(id=ID, http=portal_client.client, secrets={}, options=plugin.options())
        )  # fmt: skip
        try:
            yield portal
        finally:
            await portal_client.close()
