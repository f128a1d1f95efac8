"""`/health`: what load balancers and monitors ask."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Response, get
from litestar.di import NamedDependency

from gateway.api.http.route_rules import PUBLIC, RouteRule
from gateway.api.readiness import Readiness


class HealthController(Controller):
    path = "/health"
    include_in_schema = False

    @get("/live", rule=RouteRule(scope=PUBLIC, operation="health.live", rate="free"))
    async def live(self) -> dict[str, str]:
        """The process answers. Nothing else is looked at, so that a slow database does not get it killed."""
        return {"status": "ok"}

    @get("/ready", rule=RouteRule(scope=PUBLIC, operation="health.ready", rate="free"))
    async def ready(self, readiness: NamedDependency[Readiness]) -> Response[dict[str, Any]]:
        """Exercises store, audit log, keys, issuers and journeys. 503: send no traffic here. `degraded`: some portal or
        issuer is out, or the log has not been anchored for long."""
        ready, body = await readiness.examine()
        return Response(body, status_code=200 if ready else 503, headers={"Cache-Control": "no-store"})
