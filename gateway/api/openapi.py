"""The OpenAPI 3.1 document: what Litestar derives from the routes, each service's form, the problem document."""

from __future__ import annotations

import copy
from typing import Any, Final

import msgspec
from litestar import Litestar, Request
from litestar.enums import OpenAPIMediaType
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import OpenAPIRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme, Server, Tag
from litestar.types import Method

from gateway import __version__
from gateway.api.backend import Backend
from gateway.connectors.services import Service

_METHODS: Final[tuple[Method | str, ...]] = ("get", "put", "post", "delete", "patch")
_BEARER: Final = "token"

_DESCRIPTION: Final = """One API in front of the portals that Moroccans living abroad need.

Every write needs an `Idempotency-Key`. Every error is `application/problem+json` (RFC 9457) and says in the caller's
language what to do. Every answer carries a `Call-Id`, under which the audit log knows the call."""

_PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["type", "title", "status", "code", "origin", "retry_safe", "remedy", "call_id"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "code": {"type": "string", "description": "Stable word for programs.", "examples": ["form_invalid"]},
        "origin": {"enum": ["client", "gateway", "connector", "portal"], "description": "Where it went wrong."},
        "retry_safe": {"type": "boolean", "description": "The same request may be sent again."},
        "remedy": {"type": "string", "description": "What to do."},
        "call_id": {"type": "string"},
        "portal": {"type": "string"},
        "retry_after": {"type": "number"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "pointer": {"type": "string", "description": "RFC 6901, into the request's body or form."},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}


class _Rendered(OpenAPIRenderPlugin):
    """Serves the finished document as JSON."""

    def __init__(self, backend: Backend) -> None:
        super().__init__(path="/openapi.json", media_type=OpenAPIMediaType.OPENAPI_JSON)
        self._backend = backend
        self._body: bytes | None = None

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        if self._body is None:
            self._body = msgspec.json.encode(_complete(openapi_schema, self._backend))
        return self._body


def openapi_config(backend: Backend) -> OpenAPIConfig:
    return OpenAPIConfig(
        title="MRE Services API",
        version=__version__,
        description=_DESCRIPTION,
        servers=[Server(url=backend.settings.public_url)],
        components=Components(
            security_schemes={
                _BEARER: SecurityScheme(
                    type="http", scheme="bearer", bearer_format="JWT", description="RFC 9068 access token."
                )
            }
        ),
        tags=[
            Tag(name="Services", description="What can be asked for."),
            Tag(name="Cases", description="One person's demand, from filing to the end."),
            Tag(name="Tracking", description="What was not filed here."),
            Tag(name="Appointments", description="Posts and free slots."),
            Tag(name="Me", description="A person's own ledger."),
            Tag(name="Audit", description="The request log, for auditors."),
            Tag(name="Verification", description="Public keys."),
        ],
        path="/schema",
        render_plugins=[_Rendered(backend)],
    )


def document(backend: Backend) -> str:
    """The finished document as indented JSON, without serving anything."""
    from gateway.api.routes import build_routes  # the routes need this module's configuration

    app: Litestar = build_routes(backend, _never)
    finished = _complete(app.openapi_schema.to_schema(), backend)
    return msgspec.json.format(msgspec.json.encode(finished), indent=2).decode()


def _never() -> Any:
    raise RuntimeError("this application is only described, not run")


def _complete(schema: dict[str, Any], backend: Backend) -> dict[str, Any]:
    schema = copy.deepcopy(schema)
    schemas = schema["components"].setdefault("schemas", {})
    schemas["Problem"] = _PROBLEM
    services = backend.office.catalogue.services()
    for service in services:
        schemas[_form_name(service)] = service.localised_form("en")
    for path, item in schema["paths"].items():
        for method in _METHODS:
            if method in item:
                _finish(item[method], path)
    _describe_filing(schema["paths"]["/v1/cases"]["post"], services)
    return schema


def _finish(operation: dict[str, Any], path: str) -> None:
    """Errors as problems, the token where one is needed, the key where one must be sent."""
    responses = operation["responses"]
    for status in [status for status in responses if not status.startswith(("2", "3"))]:
        del responses[status]
    responses["default"] = {
        "description": "A problem document.",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if not path.startswith(("/v1/services", "/.well-known")):
        operation["security"] = [{_BEARER: []}]
    for parameter in operation.get("parameters", []):
        if parameter["name"] == "Idempotency-Key":
            parameter["required"] = True
            parameter["schema"] = {"type": "string", "minLength": 1, "maxLength": 255}


def _describe_filing(operation: dict[str, Any], services: list[Service]) -> None:
    """`form` depends on `service`: one alternative each, with its example."""
    content = operation["requestBody"]["content"]["application/json"]
    base = content["schema"]
    content["schema"] = {
        "oneOf": [
            {
                "allOf": [
                    base,
                    {
                        "properties": {
                            "service": {"const": service.id},
                            "form": {"$ref": f"#/components/schemas/{_form_name(service)}"},
                        }
                    },
                ],
                "title": service.text("title", "en"),
            }
            for service in services
        ]
    }
    content["examples"] = {
        service.id: {
            "summary": service.text("title", "en"),
            "value": {"service": service.id, "form": service.example},
        }
        for service in services
        if service.example
    }


def _form_name(service: Service) -> str:
    return "Form." + service.id
