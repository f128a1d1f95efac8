"""Metadata for clients: OAuth 2.0 Protected Resource Metadata (RFC 9728)."""

from __future__ import annotations

from urllib.parse import urlsplit

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from gateway.api.http.problems import Problem
from gateway.api.http.route_rules import PUBLIC, RouteRule
from gateway.api.wellknown_shapes import ResourceMetadata
from gateway.auth.clients import SCOPES
from gateway.auth.dpop import ALGORITHMS
from gateway.auth.scopes import Scope
from gateway.settings import Settings

_PATH = "/.well-known/oauth-protected-resource"


def metadata_url(settings: Settings) -> str:
    """RFC 9728, 3.1: the well-known part goes between the host and the path of the resource."""
    parts = urlsplit(settings.public_url)
    return f"{parts.scheme}://{parts.netloc}{_PATH}{parts.path}"


def with_metadata(challenge: str, settings: Settings) -> str:
    """The challenges of a `WWW-Authenticate` with the address of the metadata (5.1)."""
    told = f'resource_metadata="{metadata_url(settings)}"'
    first, second, rest = challenge.partition(", DPoP ")
    return f"{first}, {told}{second}{rest}, {told}" if second else f"{challenge}, {told}"


class ResourceMetadataController(Controller):
    path = _PATH
    tags = ("Verification",)

    @get(
        "",
        operation_id="getResourceMetadata",
        summary="Whose tokens are taken, and how they must come (RFC 9728)",
        description="For clients that find out by themselves where to get a token.",
        rule=RouteRule(scope=PUBLIC, operation="resource_metadata", rate="free"),
    )
    async def metadata(self, settings: NamedDependency[Settings]) -> Response[ResourceMetadata]:
        return _metadata(settings)

    @get(
        "/{below:path}",
        include_in_schema=False,
        rule=RouteRule(scope=PUBLIC, operation="resource_metadata", rate="free"),
    )
    async def metadata_below(
        self, below: FromPath[str], settings: NamedDependency[Settings]
    ) -> Response[ResourceMetadata]:
        """Where `server.public_url` has a path, that path comes after the well-known part."""
        if below.rstrip("/") != urlsplit(settings.public_url).path:
            raise Problem("not_found")
        return _metadata(settings)


def _metadata(settings: Settings) -> Response[ResourceMetadata]:
    body = ResourceMetadata(
        resource=settings.public_url,
        resource_name="MRE Gateway",
        authorization_servers=[issuer.issuer for issuer in settings.auth.issuers],
        scopes_supported=sorted(frozenset[Scope]().union(*SCOPES.values())),
        bearer_methods_supported=["header"],
        jwks_uri=f"{settings.public_url}/.well-known/jwks.json",
        dpop_signing_alg_values_supported=list(ALGORITHMS),
        dpop_bound_access_tokens_required=False,
        tls_client_certificate_bound_access_tokens=settings.auth.client_certificates,
        resource_documentation=f"{settings.public_url}/schema/openapi.json",
    )
    return Response(body, headers={"Cache-Control": "public, max-age=300"})
