"""The hooks a plugin may implement. All are called once, at start-up, and none is awaited.

Pluggy registers; it never carries a request. Each hook receives a function to call, so a plugin never sees a registry.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

import pluggy

from gateway.connectors.contract import Connector
from gateway.secret import Secret

if TYPE_CHECKING:
    import click

PROJECT = "mre_gateway"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class Signer(Protocol):
    """Makes Ed25519 signatures with a key it need not show."""

    key_id: str
    algorithm: str
    """JOSE name: `EdDSA`."""
    public: bytes
    """Raw public key, 32 bytes; published at `/.well-known/jwks.json`."""

    def sign(self, message: bytes) -> bytes: ...


class SecretSource(Protocol):
    """Resolves one kind of secret reference from the settings, for example `{ env = "NAME" }` for kind `env`."""

    def __call__(self, reference: str) -> Secret: ...


class AuditSink(Protocol):
    """Receives a copy of each audit leaf after it is durable in the primary log."""

    def __call__(self, index: int, leaf: bytes) -> None: ...


def registering(connector: type[Connector]) -> Callable[..., None]:
    """The hook of a plugin that is one portal: `gateway_register_connectors = registering(MyPortal)`."""

    @hookimpl
    def gateway_register_connectors(register: Callable[[type[Connector]], None]) -> None:
        register(connector)

    return gateway_register_connectors


def registering_notifier(connector: type[Connector]) -> Callable[..., None]:
    """The hook of a plugin that carries messages: `gateway_register_notifiers = registering_notifier(MyGateway)`."""

    @hookimpl
    def gateway_register_notifiers(register: Callable[[type[Connector]], None]) -> None:
        register(connector)

    return gateway_register_notifiers


@hookspec
def gateway_register_connectors(register: Callable[[type[Connector]], None]) -> None:
    """Register connector classes: `register(MyPortal)`. Since API 1."""


@hookspec
def gateway_register_signers(register: Callable[[str, Callable[[dict[str, Any]], Signer]], None]) -> None:
    """Register signer factories by kind: `register("pkcs11", open_token)`. One is used when `[signing.outbound]` names
    its kind, and given the rest of that table. Since API 1."""


@hookspec
def gateway_register_secret_sources(register: Callable[[str, SecretSource], None]) -> None:
    """Register secret sources by kind: `register("vault", read)`. Since API 1."""


@hookspec
def gateway_register_audit_sinks(register: Callable[[str, AuditSink], None]) -> None:
    """Register further copies of the audit log: `register("siem", send)`. Since API 1."""


@hookspec
def gateway_register_notifiers(register: Callable[[type[Connector]], None]) -> None:
    """Register a connector class with the capability `Messaging`: a way for messages to people. It is used when
    `[messages]` names the plugin for its channel. Since API 1."""


@hookspec
def gateway_register_commands(cli: click.Group) -> None:
    """Add subcommands to `mre-gateway`. Since API 1."""
