"""`/health`, `/metrics`, `/.well-known`: what operators, monitors and verifiers ask."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Any, Final

from litestar import Controller, Response, get
from sqlalchemy.exc import SQLAlchemyError

from gateway import __version__
from gateway.api.access import PUBLIC, Call, backend_of
from gateway.api.backend import Backend
from gateway.audit.anchors import Gap
from gateway.auth.jwks import State
from gateway.telemetry import metrics

_CHECK_SECONDS: Final = 2.0


class HealthController(Controller):
    path = "/health"
    include_in_schema = False

    @get("/live", opt={"scope": PUBLIC, "operation": "health.live"})
    async def live(self) -> dict[str, str]:
        """The process answers. Nothing else is looked at, so that a slow database does not get it killed."""
        return {"status": "ok"}

    @get("/ready", opt={"scope": PUBLIC, "operation": "health.ready"})
    async def ready(self, request: Call) -> Response[dict[str, Any]]:
        """Exercises store, audit log, keys, issuers and journeys. 503: send no traffic here. `degraded`: some portal or
        issuer is out, or the log has not been anchored for long.

        An issuer that does not answer is `stale` while its keys are good; when tokens of none can be verified, nobody
        can call, and another process may still have the keys."""
        backend = backend_of(request)
        issuers = await _issuers(backend)
        checks = {
            "store": await _answers(backend),
            "audit": backend.audit.ready,
            "keys": _signs(backend),
            "issuers": not issuers or any(state != "down" for state in issuers.values()),
            "journeys": backend.journeys_alive(),
            "accepting": not backend.draining,
        }
        portals = backend.office.portals.states()
        anchors = await _anchors(backend) if checks["store"] else []
        ready = all(checks.values())
        states = (*portals.values(), *issuers.values(), *(each.state for each in anchors))
        degraded = any(state != "up" for state in states)
        body = {
            "status": "unavailable" if not ready else "degraded" if degraded else "ok",
            "checks": checks,
            "portals": portals,
            "issuers": issuers,
            "anchors": [asdict(each) for each in anchors],
        }
        return Response(body, status_code=200 if ready else 503, headers={"Cache-Control": "no-store"})


class MetricsController(Controller):
    path = "/metrics"
    include_in_schema = False

    @get("", opt={"scope": PUBLIC, "operation": "metrics"})
    async def exposition(self, request: Call) -> Response[bytes]:
        return Response(await backend_of(request).metrics_page.read(), media_type=metrics.CONTENT_TYPE)


class WellKnownController(Controller):
    path = "/.well-known"
    tags = ("Verification",)

    @get(
        "/jwks.json",
        operation_id="getKeys",
        summary="Public keys: receipts and outbound signatures",
        opt={"scope": PUBLIC, "operation": "keys"},
    )
    async def keys(self, request: Call) -> Response[dict[str, Any]]:
        return Response(backend_of(request).jwks(), headers={"Cache-Control": "public, max-age=300"})

    @get(
        "/mre-gateway",
        operation_id="getGateway",
        summary="What this gateway is, and where its parts are",
        opt={"scope": PUBLIC, "operation": "gateway"},
    )
    async def gateway(self, request: Call) -> dict[str, Any]:
        backend = backend_of(request)
        url = backend.settings.public_url
        return {
            "name": "MRE Gateway",
            "version": __version__,
            "profile": backend.settings.profile,
            "languages": list(backend.settings.languages),
            "issuers": [issuer.issuer for issuer in backend.settings.auth.issuers],
            "openapi": f"{url}/schema/openapi.json",
            "jwks_uri": f"{url}/.well-known/jwks.json",
            "audit": {
                "origin": backend.settings.audit.origin,
                "vkeys": backend.checkpointer.vkeys(backend.ring.public("audit").values()),
                "log": f"{url}/audit/log",
                "verifier": f"{url}/audit/verifier",
            },
        }


async def _anchors(backend: Backend) -> list[Gap]:
    """What is not anchored yet. Nothing, if the store cannot tell within the time: that is seen elsewhere."""
    try:
        async with asyncio.timeout(_CHECK_SECONDS):
            return await backend.anchors.gaps()
    except (TimeoutError, SQLAlchemyError):
        return []


async def _issuers(backend: Backend) -> dict[str, State]:
    """By issuer; one that does not answer within the time is looked at with the keys that there are."""
    try:
        async with asyncio.timeout(_CHECK_SECONDS):
            return await backend.verifier.states()
    except TimeoutError:
        return backend.verifier.known_states()


async def _answers(backend: Backend) -> bool:
    try:
        async with asyncio.timeout(_CHECK_SECONDS):
            await backend.storage.ping()
    except Exception:
        return False
    return True


def _signs(backend: Backend) -> bool:
    try:
        return bool(backend.ring.signer("receipts").sign(b"ready"))
    except Exception:
        return False
