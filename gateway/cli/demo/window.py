"""The demo's window: its settings, which lie beside those of the gateway."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from gateway.sandbox.state import MARK

AFTER: Final = 3
"""Its port is the third after the gateway's."""


def url(port: int) -> str:
    return f"http://127.0.0.1:{port + AFTER}"


def write_settings(state_dir: Path, *, port: int, store_url: str) -> None:
    """`window.toml`, unless a person has taken it over. Its sessions are in the gateway's PostgreSQL, if it has one."""
    path = state_dir / "window.toml"
    if path.exists() and not path.read_text(encoding="utf-8").startswith(MARK):
        return
    lines = [
        MARK,
        'profile = "demo"',
        f"server.port = {port + AFTER}",
        f'gateway.url = "http://127.0.0.1:{port}"',
        *([f"sessions.store_url = {json.dumps(store_url)}"] if store_url else []),
        "",
        "[sign_in.person]",
        'client_id = "demo-window"',
        "",
        "[sign_in.agent]",
        'client_id = "demo-agent"',
        "",
        "[sign_in.auditor]",
        'client_id = "demo-auditors"',
        "",
        "[sign_in.operator]",
        'client_id = "demo-operators"',
        "",
        "[sign_in.agency]",
        'client_id = "demo-agencies"',
        "",
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
