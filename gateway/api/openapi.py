"""The OpenAPI 3.1 document: what Litestar derives from the routes, each service's form, the problem document."""

from __future__ import annotations

import asyncio
import copy
import re
from typing import Any, Final

import msgspec
from litestar import Litestar, Request, Response, Router
from litestar.enums import OpenAPIMediaType
from litestar.exceptions import NotFoundException
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import OpenAPIRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme, Server, Tag
from litestar.types import Method

from gateway import __version__
from gateway.api.audit.shapes import SubjectRequest
from gateway.api.cards.shapes import CardRequest
from gateway.api.cases.shapes import AnswerRequest, CaseRequest, PayRequest, ReuseRequest
from gateway.api.http.route_rules import Agents, RouteRule, rule_of
from gateway.api.mandates.shapes import MandateRequest, TakeRequest
from gateway.api.me.shapes import PreferencesRequest
from gateway.cases.files import ALLOWED
from gateway.connectors.catalogue import Catalogue
from gateway.connectors.services import Service

_METHODS: Final[tuple[Method | str, ...]] = ("get", "put", "post", "delete", "patch")
_BEARER: Final = "token"
_MANDATE: Final = "mandate"

_DESCRIPTION: Final = """One API in front of the portals that Moroccans living abroad need.

Every write needs an `Idempotency-Key`. Every error is `application/problem+json` (RFC 9457) and says in the caller's
language what to do. Every answer carries a `Call-Id`, under which the audit log knows the call."""

_PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "origin", "retry_safe", "remedy", "call_id"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "description": "Stable word for programs.", "examples": ["form_invalid"]},
        "origin": {"enum": ["client", "gateway", "connector", "portal"], "description": "Where it went wrong."},
        "retry_safe": {"type": "boolean", "description": "The same request may be sent again."},
        "remedy": {"type": "string", "description": "What to do."},
        "call_id": {"type": "string"},
        "portal": {"type": "string"},
        "portal_message": {"type": "string", "description": "The portal's own words, for the person."},
        "retry_after": {"type": "integer", "description": "Seconds, as in the header."},
        "quota": {"type": "string", "description": "The quota that is used up: a setting of `[quotas]`."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "RFC 6901, into the request's body or form."},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}


_TAKEN: Final = (
    CaseRequest,
    PayRequest,
    AnswerRequest,
    ReuseRequest,
    MandateRequest,
    TakeRequest,
    SubjectRequest,
    CardRequest,
    PreferencesRequest,
)

_UPLOAD: Final[dict[str, Any]] = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file"],
                "additionalProperties": False,
                "properties": {"file": {"type": "string", "format": "binary"}},
            },
            "encoding": {"file": {"contentType": ", ".join(sorted(ALLOWED))}},
        }
    },
}

_EXPORTED: Final[dict[str, Any]] = {
    "application/x-ndjson": {"schema": {"type": "string", "description": "One record or event as JSON on each line."}},
    "text/csv": {"schema": {"type": "string", "description": "RFC 4180, with a header row."}},
}

_HEADERS: Final[dict[str, Any]] = {
    "Call-Id": {"description": "Under this name the audit log knows the call.", "schema": {"type": "string"}}
}


_PAGE: Final = re.compile(rb"Page_gateway\.api\.\w+\.shapes\.")
"""The framework names the schema of a page after the module of its items. The published names stay as they were."""


class _Place(OpenAPIRenderPlugin):
    """Where the document is. `described` answers before the framework would make it, on the event loop."""

    def __init__(self) -> None:
        super().__init__(path="/openapi.json", media_type=OpenAPIMediaType.OPENAPI_JSON)

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        raise NotImplementedError("`described` answers before this")


class Description:
    """The finished document as JSON, made once a process when it is first asked for: a second of processor time, in a
    thread. Whoever asks meanwhile waits for the same one."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._made: asyncio.Task[bytes] | None = None

    async def body(self, app: Litestar) -> bytes:
        if self._made is None or (self._made.done() and (self._made.cancelled() or self._made.exception())):
            self._made = asyncio.create_task(asyncio.to_thread(_encoded, app, self._catalogue), name="openapi")
        return await asyncio.shield(self._made)


def _encoded(app: Litestar, catalogue: Catalogue) -> bytes:
    return _PAGE.sub(
        b"Page_gateway.api.shapes.", msgspec.json.encode(_complete(app.openapi_schema.to_schema(), app, catalogue))
    )


def openapi_config(public_url: str, catalogue: Catalogue) -> OpenAPIConfig:
    """`catalogue`: the forms of its services are in the document."""
    description = Description(catalogue)

    async def described(request: Request[Any, Any, Any]) -> Response[bytes]:
        """Whatever else is asked for under `/schema` gets our own 404, not the framework's page."""
        if request.path_params:
            raise NotFoundException
        return Response(await description.body(request.app), media_type=OpenAPIMediaType.OPENAPI_JSON)

    return OpenAPIConfig(
        title="MRE Services API",
        version=__version__,
        description=_DESCRIPTION,
        servers=[Server(url=public_url)],
        components=Components(
            security_schemes={
                _BEARER: SecurityScheme(
                    type="http", scheme="bearer", bearer_format="JWT", description="RFC 9068 access token."
                ),
                _MANDATE: SecurityScheme(
                    type="apiKey",
                    name="Mandate",
                    security_scheme_in="header",
                    description="Id of the person's mandate, for an agent's token; an agent does nothing without one.",
                ),
            }
        ),
        tags=[
            Tag(name="Services", description="What can be asked for."),
            Tag(name="Indicators", description="How portals serve, in numbers."),
            Tag(name="Cases", description="One person's demand, from filing to the end."),
            Tag(name="Tracking", description="What was not filed here."),
            Tag(name="Appointments", description="Posts and free slots."),
            Tag(name="Mandates", description="An agent acts for a person."),
            Tag(name="Cards", description="The MRE Services card, and how anybody verifies one."),
            Tag(name="Me", description="The caller herself: who she is here, her preferences, her own ledger."),
            Tag(name="Audit", description="The request log, for auditors."),
            Tag(name="Verification", description="Public keys."),
        ],
        openapi_router=Router(
            "/schema", route_handlers=[], include_in_schema=False, dto=None, return_dto=None, before_request=described
        ),
        render_plugins=[_Place()],
    )


def document(app: Litestar, catalogue: Catalogue) -> str:
    """The finished document as indented JSON, without serving anything."""
    return msgspec.json.format(_encoded(app, catalogue), indent=2).decode()


def _complete(schema: dict[str, Any], app: Litestar, catalogue: Catalogue) -> dict[str, Any]:
    schema = copy.deepcopy(schema)
    schemas = schema["components"].setdefault("schemas", {})
    schemas["Problem"] = _PROBLEM
    _, taken = msgspec.json.schema_components(_TAKEN, ref_template="#/components/schemas/{name}")
    schemas.update(taken)  # with the limits of their members, which the framework leaves out
    services = catalogue.services()
    for service in services:
        schemas[_form_name(service)] = service.localised_form("en")
    rules = _rules(app)
    for item in schema["paths"].values():
        for method in _METHODS:
            if method in item:
                _finish(item[method], rules[item[method]["operationId"]])
    paths = schema["paths"]
    _describe_filing(paths["/v1/cases"]["post"], services)
    paths["/v1/attachments"]["post"]["requestBody"] = _UPLOAD
    paths["/audit/export"]["get"]["responses"]["200"]["content"] = _EXPORTED
    for path, shape in (("/v1/cases/{case_id}/events", "EventView"), ("/v1/events", "FeedEventView")):
        found = paths[path]["get"]["responses"]["200"]["content"]
        told = f"One `{shape}` as JSON in each event."
        found["text/event-stream"] = {"schema": {"type": "string", "description": told}}
    figures = paths["/v1/indicators"]["get"]["responses"]["200"]["content"]
    figures["text/csv"] = {"schema": {"type": "string", "description": "RFC 4180; the members of a row are columns."}}
    return schema


def _rules(app: Litestar) -> dict[str, RouteRule]:
    """Operation id -> the rule of its route."""
    handlers = [handler for route in app.routes for handler in getattr(route, "route_handlers", ())]
    return {str(each.operation_id): rule_of(each) for each in handlers if each.operation_id}


def _finish(operation: dict[str, Any], rule: RouteRule) -> None:
    """Errors as problems, the token and the scope that are needed, the key that must be sent."""
    responses = operation["responses"]
    for status in [status for status in responses if not status.startswith(("2", "3"))]:
        del responses[status]
    responses["default"] = {
        "description": "A problem document.",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for response in responses.values():
        response["headers"] = {**response.get("headers", {}), **_HEADERS}
    security: list[dict[str, Any]] = [{_BEARER: [each]} for each in rule.scopes]
    if rule.agents is Agents.WITH_MANDATE:
        security += [{**each, _MANDATE: []} for each in security]
    operation["security"] = security
    for parameter in operation.get("parameters", []):
        schema = parameter["schema"]
        if schema.get("oneOf", [])[1:] == [{"type": "null"}]:  # left out is how a parameter is null
            schema.update(schema.pop("oneOf")[0])
        if None in schema.get("enum", ()):
            schema.update(type="string", enum=[each for each in schema["enum"] if each is not None])
        if parameter["name"] == "Idempotency-Key":
            parameter.update(required=True, schema={"type": "string", "minLength": 1, "maxLength": 255})
            parameter.pop("allowEmptyValue", None)


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
