"""A state folder for the demo: settings, keys and the secrets that gateway and sandboxes share."""

from __future__ import annotations

import json
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final

from gateway.auth.keys import KeyRing
from gateway.connectors import manifest, sources
from gateway.connectors.manifest import ManifestError, read_manifest
from gateway.settings import Settings, load

MARK: Final = "# Written by `mre-gateway`. Remove this line, and the file is yours: it will not be written again."


def prepare(state_dir: Path, *, port: int, sandbox_port: int, store_url: str = "", speed: float) -> None:
    """Make what is missing in `state_dir`; what is there keeps its keys, secrets and data.

    Ports, store and speed are those of this call, unless a person has taken `gateway.toml` over (see `MARK`).
    """
    state_dir = state_dir.absolute()
    _private_folder(state_dir)
    _private_folder(state_dir / "secrets")
    KeyRing.create(state_dir / "keys", demo=True)
    wanted = _secrets(load())
    for names in wanted.values():
        for path in (state_dir / "secrets" / name for name in names.values()):
            if not path.exists():
                _write_private(path, secrets.token_urlsafe(32))
    config = state_dir / "gateway.toml"
    if not config.exists() or config.read_text(encoding="utf-8").startswith(MARK):
        text = _config(state_dir, wanted, port=port, sandbox_port=sandbox_port, store_url=store_url, speed=speed)
        _write_private(config, text)


def _secrets(settings: Settings) -> dict[str, dict[str, str]]:
    """File name of each secret, by portal. A plugin whose manifest cannot be read is quarantined: it needs none."""
    found: dict[str, dict[str, str]] = {}
    for portal, candidates in sources.enabled(settings.plugins).items():
        with suppress(ManifestError):
            for source in candidates[:1]:
                about = read_manifest(source.folder / manifest.FILENAME)
                found[portal] = {name: f"{portal}.{name}" for name in about.secrets}
    return found


def _config(
    state_dir: Path,
    wanted: dict[str, dict[str, str]],
    *,
    port: int,
    sandbox_port: int,
    store_url: str,
    speed: float,
) -> str:
    """Short waits everywhere: a demo shows in seconds what takes days."""
    sandbox_url = f"http://127.0.0.1:{sandbox_port}"
    lines = [
        MARK,
        'profile = "demo"',
        f"server.port = {port}",
        f"sandbox = {{ url = {_text(sandbox_url)}, port = {sandbox_port}, speed = {speed} }}",
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
    for portal, names in wanted.items():
        for name, file in names.items():
            path = state_dir / "secrets" / file
            lines.append(f"portals.{portal}.secrets.{name} = {{ file = {_text(str(path))} }}")
    lines += ["", "[[auth.issuers]]", f"issuer = {_text(sandbox_url + '/idp')}", "demo = true", ""]
    return "\n".join(lines)


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
