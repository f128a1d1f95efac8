"""Hold the audit log against the portals: every request that a portal saw must be a hop in some record."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any, Final

import httpx

NEVER_SENT: Final = frozenset(
    {
        "connect_failed",
        "breaker_open",
        "bulkhead_full",
        "connector_overloaded",
        "host_refused",
        "credentials_failed",
    }
)

_ROUNDS: Final = 10
_ROUND_SECONDS: Final = 0.3


async def counts(gateway: str, sandbox: str, token: str, web: httpx.AsyncClient) -> dict[str, Any]:
    """Both sides, once they agree: a call under way is counted by its portal before its record is written."""
    found: dict[str, Any] = {}
    for round in range(_ROUNDS):
        await asyncio.sleep(_ROUND_SECONDS if round else 0)
        found = await _counts(gateway, sandbox, token, web)
        if found["matches"]:
            break
    return found


async def _counts(gateway: str, sandbox: str, token: str, web: httpx.AsyncClient) -> dict[str, Any]:
    """Records by kind and hops by portal, as an auditor reads them, beside the requests that each portal counted."""
    kinds: Counter[str] = Counter()
    hops: Counter[str] = Counter()
    sent: Counter[str] = Counter()
    cursor: str | None = ""
    while cursor is not None:
        page = await web.get(
            f"{gateway}/audit/records",
            params={"limit": 500} | ({"cursor": cursor} if cursor else {}),
            headers={"Authorization": f"Bearer {token}"},
        )
        page.raise_for_status()
        body = page.json()
        for each in body["data"]:
            kinds[each["record"]["kind"]] += 1
            for hop in each["record"].get("hops", []):
                hops[hop["portal"]] += 1
                sent[hop["portal"]] += hop["outcome"] not in NEVER_SENT
        cursor = body["next_cursor"]
    seen = {portal: (await web.get(f"{sandbox}/_requests/{portal}")).json()["requests"] for portal in sorted(hops)}
    return {
        "records": kinds.total(),
        "records_by_kind": dict(sorted(kinds.items())),
        "hops": hops.total(),
        "hops_by_portal": dict(sorted(hops.items())),
        "requests_seen_by_portals": seen,
        "matches": {portal: sent[portal] for portal in seen} == seen,
    }
