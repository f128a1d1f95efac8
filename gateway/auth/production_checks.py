"""What must not be in production: anything that came with the demo."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from gateway.auth.clients import Client
from gateway.auth.keys import KeyRing
from gateway.settings import Settings


def refuse_demo(settings: Settings, ring: KeyRing | None, clients: Iterable[Client]) -> list[str]:
    """Problems, each with its remedy, that forbid to start with `profile = "production"`; always empty with another.

    `ring` is None where it cannot be opened, which is a problem of its own.
    """
    return list(_problems(settings, ring, clients)) if settings.profile == "production" else []


def exposed_secrets(settings: Settings) -> Iterator[tuple[str, Path]]:
    """Files with secrets in them that all users of the machine may read or write: the setting's name, and the file. The
    file's group may read: that is how a service gets its secrets where another user keeps them."""
    for name, path in _secret_files(settings):
        try:
            mode = path.stat().st_mode
        except OSError:
            continue  # whoever needs it says that it is missing
        if os.name == "posix" and mode & (stat.S_IRWXO | stat.S_IWGRP):
            yield name, path


def _secret_files(settings: Settings) -> Iterator[tuple[str, Path]]:
    if settings.outbound.tls.key:
        yield "outbound.tls.key", Path(settings.outbound.tls.key)
    for id, portal in settings.portals.items():
        if portal.tls.key:
            yield f"portals.{id}.tls.key", Path(portal.tls.key)
        for name, reference in portal.secrets.items():
            if reference.kind == "file":
                yield f"portals.{id}.secrets.{name}", Path(reference.reference)
    password = settings.messages.smtp.password
    if password is not None and password.kind == "file":
        yield "messages.smtp.password", Path(password.reference)
    for name, value in settings.signing.outbound.items():
        if name in ("file", "key", "path"):
            yield f"signing.outbound.{name}", Path(value)
    for file in settings.files_with_secrets:
        yield "the file of settings has a database's password", file


def _problems(settings: Settings, ring: KeyRing | None, clients: Iterable[Client]) -> Iterator[str]:
    if not settings.auth.issuers:
        yield "auth.issuers is empty: nobody could call; name the identity provider"
    for issuer in settings.auth.issuers:
        if issuer.demo:
            yield f"auth.issuers: {issuer.issuer} is the sandbox identity provider: remove it"
        elif not all(url.startswith("https://") for url in (issuer.issuer, issuer.jwks_url or issuer.issuer)):
            yield f"auth.issuers: {issuer.issuer}: keys must come over https"
    if settings.messages.email and settings.messages.smtp.host and settings.messages.smtp.security == "none":
        yield "messages.smtp.security: e-mail must not leave unencrypted: `starttls` or `tls`"
    if ring is not None and ring.has_demo_keys:
        yield f"{ring.folder} holds demo keys: start with an empty folder and `mre-gateway keys create`"
    demo = sorted(client.id for client in clients if client.demo)
    if demo:
        yield f"demo clients ({', '.join(demo)}): write your own file and name it in auth.clients_file"
    for given in settings.plugins.paths:
        yield f"plugins.added: {given} is a path: install the plugin, or name its folder in plugins.folders"
    for name in settings.plugins.names:
        portal = settings.portal(name)
        if portal.enabled and portal.mode == "sandbox":
            yield f"portals.{name} is in sandbox mode: set portals.{name}.mode to live, or enabled to false"
    for name, path in exposed_secrets(settings):
        yield f"{name}: {path} can be read by every user of this machine: chmod o= {path}"
    if settings.webhooks.loopback:
        yield "webhooks.loopback is true: webhooks could reach this machine; set it to false"
    if not settings.audit.durable:
        yield "audit.durable is false: records could be lost; set it to true"
