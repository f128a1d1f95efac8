"""One process for all sandboxes: each plugin's under `/<portal>/`, the identity provider under `/idp/`.

Portals whose manifest says `certificate = "mutual_tls"` are on a second port, over TLS with a client certificate, and
only there; nothing else is on that port.

E-mail that the gateway sends arrives by SMTP on a port of its own; what arrived, SMS too, is under `/mailbox/`.

Beside them: `GET|PUT /_faults/{portal}`, `GET /_effects/{portal}`, `GET /_requests/{portal}`, `GET|PUT /_clock`,
`POST /_reach`, `GET /health`.
"""

from __future__ import annotations

import importlib
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, TypeVar, cast

import httpx
import msgspec

from gateway.auth.clients import Clients
from gateway.auth.keys import KeyRing, KeyRingError
from gateway.connectors.loader import load
from gateway.connectors.registry import LoadedPlugin, Registry
from gateway.connectors.secrets import portal_secrets, resolve
from gateway.sandbox.answers import json, problem
from gateway.sandbox.certificates import Certificates, certificates_of, listening_context, server_context
from gateway.sandbox.context import Clock, Effects, SandboxContext, Store
from gateway.sandbox.faults import App, Fault, Message, Receive, Scope, Send, Switchboard
from gateway.sandbox.mailbox import MAILBOX, Arrivals, Mailbox
from gateway.sandbox.reach import NotReached, Reach, Wish
from gateway.sandbox.requests import Requests
from gateway.sandbox.serve import Secured
from gateway.sandbox.transport import TLS
from gateway.settings import Settings

IDENTITY: Final = "idp"
MAX_CONTROL_BYTES: Final = 65_536

T = TypeVar("T")


class ClockChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    speed: Annotated[float, msgspec.Meta(gt=0, le=1e9)] | None = None
    advance: Annotated[float, msgspec.Meta(ge=0, le=1e10)] = 0.0
    """Simulated seconds to jump ahead."""


@dataclass(slots=True)
class Host:
    """The ASGI application. `broken` says of a portal why it has no sandbox: it answers 503 with that."""

    store: Store
    clock: Clock
    faults: Switchboard
    requests: Requests
    apps: dict[str, App] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)
    secured: frozenset[str] = frozenset()
    """Portals that are to be reached over mutual TLS."""
    reach: Reach | None = None
    """In the demo profile alone."""
    tls: ssl.SSLContext | None = None
    """For the port of those portals; None where there are none, or no certificates."""

    def on_second_port(self, listening: socket.socket) -> Secured | None:
        """For `running` and `serve`; a socket that is not needed is closed."""
        if self.tls is None:
            listening.close()
            return None
        return Secured(listening=listening, context=self.tls)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            name, slash, _ = scope["path"].removeprefix("/").partition("/")
            over_tls = TLS in scope.get("extensions", {})
            if over_tls != (name in self.secured):
                where = "the plain one" if over_tls else "the one with mutual TLS"
                await problem(send, 421, "wrong_port", f"{scope['path']} is on the other port, {where}")
            elif name == MAILBOX and slash:  # its faults are those of the mail server, not of the page that shows it
                await self.apps[name](_below(scope, name), receive, send)
            elif name in self.apps and slash:
                self.requests.count(name, scope["headers"])
                await self.faults.serve(name, self.apps[name], _below(scope, name), receive, send)
            elif name in self.broken:
                await problem(send, 503, "sandbox_broken", self.broken[name])
            else:
                await self._control(scope, receive, send)

    async def startup(self) -> None:
        for name, app in list(self.apps.items()):
            try:
                await _call(app, "startup")
            except Exception as error:
                self.broken[name] = _reason(error)
                del self.apps[name]

    async def shutdown(self) -> None:
        for app in self.apps.values():
            await _call(app, "shutdown")

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self.startup()
                await send({"type": "lifespan.startup.complete"})
            else:
                await self.shutdown()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _control(self, scope: Scope, receive: Receive, send: Send) -> None:
        method, path = scope["method"], scope["path"]
        topic, _, portal = path.removeprefix("/").partition("/")
        if topic in ("_faults", "_effects", "_requests") and portal not in self.apps and portal not in self.broken:
            known = ", ".join([*self.apps, *self.broken])
            await problem(send, 404, "not_found", f"no portal {portal!r} here; there are {known}")
            return
        if (path, method) == ("/_reach", "POST"):
            await self._bring(scope, receive, send)
            return
        try:
            if (topic, method) == ("_faults", "PUT"):
                self.faults.set(portal, await _body(receive, Fault))
            if (topic, method) == ("_clock", "PUT") and not portal:
                change = await _body(receive, ClockChange)
                self.clock.set(speed=change.speed, advance=change.advance)
        except msgspec.MsgspecError as error:
            await problem(send, 400, "invalid_request", str(error))
            return
        if topic == "_faults" and method in ("GET", "PUT"):
            await json(send, self.faults.get(portal))
        elif topic == "_effects" and method == "GET":
            await json(send, Effects(self.store, portal, self.clock).all())
        elif topic == "_requests" and method == "GET":
            await json(send, {"portal": portal, "requests": self.requests.seen(portal)})
        elif path == "/_clock" and method in ("GET", "PUT"):
            await json(send, {"now": self.clock.now(), "speed": self.clock.speed})
        elif path == "/health" and method == "GET":
            await json(
                send, {"status": "degraded" if self.broken else "up", "portals": list(self.apps), "broken": self.broken}
            )
        elif topic in ("_faults", "_effects", "_requests", "_clock", "_reach", "health"):
            await problem(send, 405, "method_not_allowed", f"{method} is not possible here")
        else:
            await problem(send, 404, "not_found", f"nothing at {path}; portals: {', '.join(self.apps)}")

    async def _bring(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Make a case reach a point, with the token that came."""
        if self.reach is None:
            await problem(send, 403, "demo_only", "cases are brought along in the demo profile alone")
            return
        token = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"authorization"), "")
        try:
            await json(send, await self.reach.run(await _body(receive, Wish), token))
        except msgspec.MsgspecError as error:
            await problem(send, 400, "invalid_request", str(error))
        except NotReached as error:
            await problem(send, error.status, "not_reached", str(error))
        except httpx.HTTPError as error:
            await problem(send, 502, "not_reached", f"the gateway does not answer: {type(error).__name__}")


def build(
    settings: Settings,
    *,
    url: str = "",
    tls_url: str = "",
    speed: float | None = None,
    seed: int | None = None,
    smtp: socket.socket | None = None,
    registry: Registry | None = None,
) -> Host:
    """The host for every enabled plugin, or for those of a `registry` that is loaded already.

    `url` is its own address, by default `settings.sandbox.url`; `tls_url` that of its TLS port, by default
    `settings.sandbox.tls_port` on the loopback. The state is in `<state_dir>/sandbox.sqlite`. `smtp` is where it takes
    e-mail, once it has started. A sandbox that cannot be made is in `Host.broken`; the others work."""
    url = (url or settings.sandbox.url).rstrip("/")
    tls_url = tls_url or f"https://127.0.0.1:{settings.sandbox.tls_port}"
    settings.state_dir.mkdir(parents=True, exist_ok=True)
    store = Store(settings.state_dir / "sandbox.sqlite")
    clock = Clock(store, settings.sandbox.speed)
    if speed is not None:
        clock.set(speed=speed)
    registry = registry or load(settings)
    secured = frozenset(
        portal for portal, plugin in registry.connectors.items() if plugin.manifest.certificate == "mutual_tls"
    )
    host = Host(store, clock, Switchboard(store, seed), Requests(store), secured=secured)
    keys, arrivals = OutboundKeys(settings), Arrivals(store)

    def context(
        portal: str, secrets: Mapping[str, str], options: Mapping[str, str], own: Certificates | None
    ) -> SandboxContext:
        return SandboxContext(
            portal=portal,
            base_url=f"{tls_url if portal in secured else url}/{portal}",
            store=store,
            clock=clock,
            effects=Effects(store, portal, clock),
            secrets=secrets,
            options=options,
            gateway_keys=keys,
            certificates=own,
            deliver_sms=arrivals.take_sms,
        )

    for portal, plugin in registry.connectors.items():
        try:
            host.apps[portal] = _sandbox(plugin, registry, settings, context)
        except Exception as error:  # a sandbox is a plugin's code: it must not take the others down
            host.broken[portal] = _reason(error)
    if reached_over_tls := [portal for portal in host.apps if portal in secured]:
        try:
            host.tls = listening_context(settings.state_dir)
        except OSError as error:
            for portal in reached_over_tls:
                host.broken[portal] = _reason(error)
                del host.apps[portal]
    host.broken.update({each.id: each.reason for each in registry.quarantined if each.id not in registry.connectors})
    effects = Effects(store, MAILBOX, clock)
    host.apps[MAILBOX] = Mailbox(
        arrivals,
        effects,
        host.faults,
        smtp=smtp,
        tls=server_context(settings.state_dir),
        login=_smtp_login(settings, registry),
    )
    if settings.profile == "demo":
        host.apps[IDENTITY] = _identity(settings, store, f"{url}/{IDENTITY}")
        host.reach = Reach(settings.public_url, clock)
    return host


def _identity(settings: Settings, store: Store, base_url: str) -> App:
    from gateway.sandbox.identity import identity  # only a demo may even import it

    keys = settings.state_dir / "keys" / IDENTITY
    audience = next((each.audience for each in settings.auth.issuers if each.demo), "") or settings.public_url
    clients = Clients.load(settings)
    app: Any = identity(base_url=base_url, audience=audience, store=store, clients=clients, key_dir=keys)
    return cast("App", app)


def _smtp_login(settings: Settings, registry: Registry) -> tuple[str, str] | None:
    """What the gateway logs in with, if it is configured to."""
    smtp = settings.messages.smtp
    if not smtp.username or smtp.password is None:
        return None
    return smtp.username, resolve(smtp.password, registry.secret_sources).reveal()


def _sandbox(
    plugin: LoadedPlugin, registry: Registry, settings: Settings, context: Callable[..., SandboxContext]
) -> App:
    portal = plugin.manifest.id
    own = settings.portal(portal)
    secrets = portal_secrets(plugin.manifest, own, registry.secret_sources)
    make: Callable[[SandboxContext], App] = importlib.import_module(f"{plugin.package}.sandbox").sandbox
    revealed = {name: secret.reveal() for name, secret in secrets.items()}
    certificates = certificates_of(settings.state_dir, portal) if plugin.manifest.certificate else None
    return make(context(portal, revealed, plugin.options(own), certificates))


class OutboundKeys(Mapping[str, bytes]):
    """The gateway's outbound keys as they are now: a rotation is seen without a restart. Empty while there are none."""

    def __init__(self, settings: Settings) -> None:
        self._folder = settings.state_dir / "keys"
        self._ring: KeyRing | None = None

    def _now(self) -> dict[str, bytes]:
        try:
            self._ring = self._ring or KeyRing.open(self._folder)
            return self._ring.public("outbound")
        except KeyRingError:
            return {}

    def __getitem__(self, key_id: str) -> bytes:
        return self._now()[key_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._now())

    def __len__(self) -> int:
        return len(self._now())


def _below(scope: Scope, name: str) -> Scope:
    raw = scope.get("raw_path") or scope["path"].encode()
    prefix = f"/{name}"
    return {
        **scope,
        "path": scope["path"].removeprefix(prefix),
        "raw_path": raw.removeprefix(prefix.encode()),
        "root_path": "",
    }


async def _call(app: Any, name: str) -> None:
    method = getattr(app, name, None)
    if callable(method):
        await method()


async def _body(receive: Receive, shape: type[T]) -> T:
    body = b""
    more = True
    while more and len(body) <= MAX_CONTROL_BYTES:
        message: Message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return msgspec.json.decode(body, type=shape)


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
