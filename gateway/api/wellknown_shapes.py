"""What the well-known addresses tell: keys, issuers, and where the parts of the gateway are. Their members are named by
the specifications that they follow."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from gateway.api.http.shapes import Shape
from gateway.auth.scopes import Scope


class Jwk(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A public key as a JSON Web Key (RFC 7517, RFC 8037)."""

    kty: Literal["OKP", "EC"]
    crv: Literal["Ed25519", "P-256"]
    x: Annotated[str, Meta(description="base64url.")]
    y: Annotated[str, Meta(description="base64url, of a point on P-256.")] = ""
    kid: str
    use: Literal["sig"]
    alg: Literal["EdDSA", "ES256"]


class Jwks(Shape, kw_only=True):
    keys: list[Jwk]


class CardIssuerView(Shape, kw_only=True):
    """JWT VC Issuer Metadata (draft-ietf-oauth-sd-jwt-vc)."""

    issuer: str
    jwks: Jwks


class ResourceMetadata(Shape, kw_only=True):
    """OAuth 2.0 Protected Resource Metadata (RFC 9728)."""

    resource: str
    resource_name: str
    authorization_servers: list[str]
    scopes_supported: list[Scope]
    bearer_methods_supported: list[Literal["header"]]
    jwks_uri: str
    dpop_signing_alg_values_supported: list[str]
    dpop_bound_access_tokens_required: bool
    tls_client_certificate_bound_access_tokens: bool
    resource_documentation: str


class AuditLogView(Shape, kw_only=True):
    """Where the log is, and by which keys its checkpoints are signed (C2SP)."""

    origin: str
    vkeys: list[str]
    log: str
    verifier: str


class GatewayView(Shape, kw_only=True):
    name: str
    version: str
    profile: Literal["production", "demo", "embedded"]
    languages: list[str]
    issuers: list[str]
    openapi: str
    jwks_uri: str
    audit: AuditLogView
