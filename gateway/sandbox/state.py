"""A state folder for the demo: settings, keys, certificates and the secrets that gateway and sandboxes share."""

from __future__ import annotations

import json
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final

from gateway.auth.keys import KeyRing
from gateway.connectors import manifest, sources
from gateway.connectors.manifest import Manifest, ManifestError, read_manifest
from gateway.sandbox.certificates import authority_file, provide
from gateway.settings import Settings, load

_SMTP_AFTER: Final = 3
"""Their SMTP port is so many after that of the sandboxes."""
_SMTP_LOGIN: Final = "mailbox.smtp"
"""File of what the gateway logs in with at the mailboxes."""
MARK: Final = "# Written by `mre-gateway`. Remove this line, and the file is yours: it will not be written again."


def prepare(
    state_dir: Path,
    *,
    port: int,
    sandbox_port: int,
    sandbox_tls_port: int | None = None,
    smtp_port: int | None = None,
    store_url: str = "",
    speed: float,
) -> None:
    """Make what is missing in `state_dir`; what is there keeps its keys, secrets and data. Certificates near their end
    are renewed.

    Ports, store and speed are those of this call, unless a person has taken `gateway.toml` over (see `MARK`). The
    sandboxes' TLS port is by default the one after `sandbox_port`, and their SMTP port the third after it.
    """
    state_dir = state_dir.absolute()
    _private_folder(state_dir)
    _private_folder(state_dir / "secrets")
    KeyRing.create(state_dir / "keys", demo=True)
    plugins = _manifests(load())
    wanted = [f"{about.id}.{name}" for about in plugins for name in about.secrets]
    for path in (state_dir / "secrets" / name for name in (*wanted, _SMTP_LOGIN)):
        if not path.exists():
            _write_private(path, secrets.token_urlsafe(32))
    certificates = provide(state_dir, [about.id for about in plugins if about.certificate])
    tls_port = sandbox_port + 1 if sandbox_tls_port is None else sandbox_tls_port
    config = state_dir / "gateway.toml"
    if not config.exists() or config.read_text(encoding="utf-8").startswith(MARK):
        lines = _config(port=port, sandbox_port=sandbox_port, tls_port=tls_port, store_url=store_url, speed=speed)
        lines += _messages(
            state_dir,
            smtp_port or _SMTP_AFTER + sandbox_port,
            encrypted=bool(certificates),
            sms=next((about.id for about in plugins if about.carries == "sms"), ""),
        )
        lines += _webhooks(state_dir, encrypted=bool(certificates))
        lines += _portals(state_dir, plugins, certificates, tls_port)
        lines += _issuer(port, sandbox_port)
        _write_private(config, "\n".join(lines))


def _manifests(settings: Settings) -> list[Manifest]:
    """A plugin whose manifest cannot be read is quarantined: it needs nothing."""
    found = []
    for candidates in sources.enabled(settings.plugins).values():
        with suppress(ManifestError):
            found += [read_manifest(source.folder / manifest.FILENAME) for source in candidates[:1]]
    return found


def _config(*, port: int, sandbox_port: int, tls_port: int, store_url: str, speed: float) -> list[str]:
    """Short waits everywhere: a demo shows in seconds what takes days."""
    lines = [
        MARK,
        'profile = "demo"',
        f"server.port = {port}",
        f"sandbox.url = {_text(_url(sandbox_port))}",
        f"sandbox.port = {sandbox_port}",
        f"sandbox.tls_port = {tls_port}",
        f"sandbox.speed = {speed}",
        "journeys.poll_seconds = 0.5",
        "journeys.retry_base_seconds = 0.3",
        "journeys.retry_max_seconds = 2.0",
        "journeys.settle_seconds = 1.5",
        "journeys.lease_seconds = 5.0",
        "audit.anchor_seconds = 2.0",
        "outbound.timeouts = { connect_seconds = 1.0, read_seconds = 2.0, total_seconds = 5.0 }",
        "outbound.breaker.open_seconds = 3.0",
    ]
    if store_url:
        lines.append(f"store.url = {_text(store_url)}")
    return lines


def _messages(state_dir: Path, smtp_port: int, *, encrypted: bool, sms: str) -> list[str]:
    """E-mail and SMS (by the plugin `sms`) go to the sandbox host's mailboxes. A reminder comes when the appointment is
    booked, because the portals' days pass in moments."""
    return [
        f"sandbox.smtp_port = {smtp_port}",
        'messages.email = "smtp"',
        f"messages.sms = {_text(sms)}",
        "messages.action_delay_seconds = 0.0",
        "messages.reminder_seconds = 31536000.0",
        "messages.retry_base_seconds = 0.3",
        "messages.retry_max_seconds = 2.0",
        "messages.delivery_seconds = 0.5",
        "messages.lease_seconds = 5.0",
        "messages.tick_seconds = 0.5",
        'messages.from_address = "no-reply@services.example"',
        'messages.bounce_address = "bounces@services.example"',
        'messages.smtp.host = "127.0.0.1"',
        f"messages.smtp.port = {smtp_port}",
        f'messages.smtp.security = "{"starttls" if encrypted else "none"}"',
        f"messages.smtp.ca = {_text(str(authority_file(state_dir)) if encrypted else '')}",
        'messages.smtp.username = "gateway"',
        f"messages.smtp.password = {{ file = {_text(str(state_dir / 'secrets' / _SMTP_LOGIN))} }}",
    ]


def _webhooks(state_dir: Path, *, encrypted: bool) -> list[str]:
    """Receivers may be on this machine, with a certificate of the demo's authority, if there is one: that of the
    sandbox host, say."""
    lines = ["webhooks.loopback = true", "webhooks.retry_base_seconds = 1.0"]
    return [*lines, f"webhooks.ca = {_text(str(authority_file(state_dir)))}"] if encrypted else lines


def _issuer(port: int, sandbox_port: int) -> list[str]:
    """The sandbox identity provider may do everything: it signs in all the demo's people and machines."""
    return [
        "",
        "[[auth.issuers]]",
        f"issuer = {_text(_url(sandbox_port) + '/idp')}",
        'name = "sandbox"',
        f"audience = {_text(_url(port))}",
        'algorithms = ["ES256"]',
        'kinds = ["citizen", "app", "agent", "auditor", "operator", "agency"]',
        'acr = "high"',
        'vouches_for = ["cnie", "name", "family_name", "given_name", "family_name#ar", "given_name#ar", "birthdate", '
        '"email", "phone_number", "mre_posts"]',
        "demo = true",
        "",
    ]


def _portals(
    state_dir: Path, plugins: list[Manifest], certificates: dict[str, dict[str, str]], tls_port: int
) -> list[str]:
    """Secrets by reference, certificates by file, and the address where it is not the plain one."""
    lines = []
    for about in plugins:
        for name in about.secrets:
            path = state_dir / "secrets" / f"{about.id}.{name}"
            lines.append(f"portals.{about.id}.secrets.{name} = {{ file = {_text(str(path))} }}")
        if about.id in certificates:
            table = ", ".join(f"{name} = {_text(path)}" for name, path in certificates[about.id].items())
            lines.append(f"portals.{about.id}.tls = {{ {table} }}")
        if about.certificate == "mutual_tls":
            lines.append(f"portals.{about.id}.base_url = {_text(_url(tls_port, 'https') + '/' + about.id)}")
    return lines


def _url(port: int, scheme: str = "http") -> str:
    return f"{scheme}://127.0.0.1:{port}"


def _text(value: str) -> str:
    """A TOML basic string; JSON's escapes are among TOML's."""
    return json.dumps(value, ensure_ascii=False)


def _private_folder(path: Path) -> None:
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o700)


def _write_private(path: Path, text: str) -> None:
    """Whole or not at all, and never readable by others, not even for a moment."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    draft.touch(mode=0o600)
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
