"""Is the gateway's port free, or does this very gateway answer there?"""

from __future__ import annotations

import errno
import socket
from typing import Any, Final

import httpx

from gateway.auth.keys import KeyRing
from gateway.cli.doctor.findings import Finding, note, ok, wrong
from gateway.settings import Settings

_SECONDS: Final = 3.0
_EVERYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - compared, not bound


async def port(settings: Settings, ring: KeyRing | None) -> tuple[bool, list[Finding]]:
    """Whether a gateway runs, and what is wrong."""
    host, number = settings.server.host, settings.server.port
    reached = _EVERYWHERE.get(host, host)
    address = f"http://[{reached}]:{number}" if ":" in reached else f"http://{reached}:{number}"
    async with httpx.AsyncClient(base_url=address, timeout=_SECONDS, trust_env=False) as http:
        about = await _get(http, "/.well-known/mre-gateway")
        if about is None or about.get("name") != "MRE Gateway":
            return False, [_free(host, number)]
        keys = {key.get("kid") for key in (await _get(http, "/.well-known/jwks.json") or {}).get("keys", [])}
        if ring is None or ring.signer("receipts").key_id not in keys:
            message = f"another gateway, with other keys, answers at {address}"
            return False, [wrong("port", message, "stop it, or set server.port to another port")]
        return True, [ok("port", f"this gateway runs at {address}"), *_health(await _get(http, "/health/ready"))]


def _health(ready: dict[str, Any] | None) -> list[Finding]:
    if ready is None:
        return [wrong("gateway", "it does not answer /health/ready", "read its log on stderr")]
    failing = [name for name, good in ready.get("checks", {}).items() if not good]
    found = [wrong("gateway", f"not ready: {name}", "read its log on stderr") for name in failing]
    for portal, state in ready.get("portals", {}).items():
        if state in ("down", "degraded"):
            found.append(note(f"portal {portal}", f"{state}: the running gateway leaves it alone after failures"))
    for anchor in ready.get("anchors", []):
        if anchor["state"] == "down":
            message = f"{anchor['name']} is down ({anchor['problem']}): {anchor['records']} records wait for it"
            found.append(note("anchors", message, "nothing stops; it is asked again by itself"))
    return found or [ok("gateway", "ready")]


def _free(host: str, number: int) -> Finding:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, number))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                message = f"port {number} on {host} is taken by another program"
                return wrong("port", message, "stop it, or set server.port to another port")
            return wrong("port", f"cannot listen on {host} port {number}: {error.strerror}", "correct [server]")
    return ok("port", f"{host}:{number} is free")


async def _get(http: httpx.AsyncClient, path: str) -> dict[str, Any] | None:
    try:
        body = (await http.get(path)).json()
    except (httpx.HTTPError, ValueError):
        return None
    return body if isinstance(body, dict) else None
