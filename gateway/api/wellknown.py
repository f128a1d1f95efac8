"""`/metrics` and `/.well-known`: what operators and verifiers ask."""

from __future__ import annotations

import msgspec
from litestar import Controller, Response, get
from litestar.di import NamedDependency

from gateway import __version__
from gateway.api.http.published_keys import PublishedKeys
from gateway.api.http.route_rules import PUBLIC, RouteRule
from gateway.api.wellknown_shapes import AuditLogView, GatewayView, Jwks
from gateway.audit.checkpointer import Checkpointer
from gateway.auth.keys import KeyRing
from gateway.settings import Settings
from gateway.telemetry import metrics
from gateway.telemetry.metrics import Page


class MetricsController(Controller):
    path = "/metrics"
    include_in_schema = False

    @get("", rule=RouteRule(scope=PUBLIC, operation="metrics", rate="free"))
    async def exposition(self, metrics_page: NamedDependency[Page]) -> Response[bytes]:
        return Response(await metrics_page.read(), media_type=metrics.CONTENT_TYPE)


class WellKnownController(Controller):
    path = "/.well-known"
    tags = ("Verification",)

    @get(
        "/jwks.json",
        operation_id="getKeys",
        summary="Public keys: receipts and outbound signatures",
        description="A JSON Web Key Set (RFC 7517).",
        rule=RouteRule(scope=PUBLIC, operation="keys", rate="free"),
    )
    async def keys(self, published_keys: NamedDependency[PublishedKeys]) -> Response[Jwks]:
        keys = msgspec.convert(published_keys.jwks(), Jwks)
        return Response(keys, headers={"Cache-Control": "public, max-age=300"})

    @get(
        "/mre-gateway",
        operation_id="getGateway",
        summary="What this gateway is, and where its parts are",
        description="Names, addresses and keys for programs that check what the gateway says.",
        rule=RouteRule(scope=PUBLIC, operation="gateway", rate="free"),
    )
    async def gateway(
        self,
        settings: NamedDependency[Settings],
        checkpointer: NamedDependency[Checkpointer],
        ring: NamedDependency[KeyRing],
    ) -> GatewayView:
        url = settings.public_url
        return GatewayView(
            name="MRE Gateway",
            version=__version__,
            profile=settings.profile,
            languages=list(settings.languages),
            issuers=[issuer.issuer for issuer in settings.auth.issuers],
            openapi=f"{url}/schema/openapi.json",
            jwks_uri=f"{url}/.well-known/jwks.json",
            audit=AuditLogView(
                origin=settings.audit.origin,
                vkeys=checkpointer.vkeys(ring.public("audit").values()),
                log=f"{url}/audit/log",
                verifier=f"{url}/audit/verifier",
            ),
        )
