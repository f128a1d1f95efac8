"""The OpenAPI 3.1 document: what the framework derives from the routes, completed."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Iterator
from typing import Any, Final, get_args, get_origin

import msgspec
from litestar import Litestar, Request, Response, Router
from litestar.enums import OpenAPIMediaType
from litestar.exceptions import NotFoundException
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import OpenAPIRenderPlugin
from litestar.openapi.spec import Contact, License, Server, Tag
from litestar.types import Method

from gateway import __version__
from gateway.api.http.problems import ProblemDetails
from gateway.api.openapi import forms, operations
from gateway.api.openapi.codes import name_codes
from gateway.api.openapi.schemas import REF, Components, Schema, references
from gateway.api.openapi.security import security_scheme
from gateway.api.webhooks.description import webhooks
from gateway.cases.files import ALLOWED, CONVERTED
from gateway.connectors.catalogue import Catalogue
from gateway.i18n.messages import Messages
from gateway.settings import Settings

_METHODS: Final[tuple[Method | str, ...]] = ("get", "put", "post", "delete", "patch")

_DESCRIPTION: Final = """One API in front of the portals that Moroccans living abroad need.

Every write needs an `Idempotency-Key`. Every error is `application/problem+json` (RFC 9457) and says in the caller's
language what to do. Every answer carries a `Call-Id`, under which the audit log knows the call. Answers may get new
members and new values of enumerations in a later version; a client leaves alone what it does not know."""

_UPLOAD: Final[Schema] = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {"$ref": f"{REF}AttachmentUpload"},
            "encoding": {"file": {"contentType": ", ".join(sorted(ALLOWED | CONVERTED))}},
        }
    },
}
_UPLOADED: Final[Schema] = {
    "type": "object",
    "required": ["file"],
    "additionalProperties": False,
    "properties": {"file": {"type": "string", "format": "binary"}},
}
_FILE: Final[Schema] = {"type": "string", "format": "binary"}
_TEXTS: Final[dict[tuple[str, str], dict[str, str]]] = {
    ("/v1/cases/{case_id}/events", "get"): {"text/event-stream": "One `CaseEvent` as JSON in each event."},
    ("/v1/events", "get"): {"text/event-stream": "One `FeedEvent` as JSON in each event."},
    ("/v1/indicators", "get"): {"text/csv": "RFC 4180; the members of a row are columns."},
    ("/audit/export", "get"): {
        "application/x-ndjson": "One record or event as JSON on each line.",
        "text/csv": "RFC 4180, with a header row.",
    },
    ("/audit/receipts/{call_id}", "get"): {"text/plain": "C2SP tlog-proof."},
    ("/v1/cases/{case_id}/receipt", "get"): {"text/html": "A page to read and print.", "application/pdf": "A PDF."},
    ("/v1/cards/{card_id}", "get"): {"image/svg+xml": "A QR code.", "image/png": "A QR code."},
}
"""Answers that are not JSON, beside it or alone: their media types and what they have."""


class _Place(OpenAPIRenderPlugin):
    """Where the document is. `described` answers before the framework would make it, on the event loop."""

    def __init__(self) -> None:
        super().__init__(path="/openapi.json", media_type=OpenAPIMediaType.OPENAPI_JSON)

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        raise NotImplementedError("`described` answers before this")


class Description:
    """The finished document as JSON, made once a process when it is first asked for: a second of processor time, in a
    thread. Whoever asks meanwhile waits for the same one."""

    def __init__(self, settings: Settings, catalogue: Catalogue, messages: Messages) -> None:
        self._given = (settings, catalogue, messages)
        self._made: asyncio.Task[bytes] | None = None

    async def body(self, app: Litestar) -> bytes:
        if self._made is None or (self._made.done() and (self._made.cancelled() or self._made.exception())):
            self._made = asyncio.create_task(asyncio.to_thread(_encoded, app, *self._given), name="openapi")
        return await asyncio.shield(self._made)


def _encoded(app: Litestar, settings: Settings, catalogue: Catalogue, messages: Messages) -> bytes:
    return msgspec.json.encode(_complete(app, settings, catalogue, messages))


def openapi_config(settings: Settings, catalogue: Catalogue, messages: Messages) -> OpenAPIConfig:
    """`catalogue`: the forms of its services are in the document. `messages`: the codes that have a text."""
    description = Description(settings, catalogue, messages)

    async def described(request: Request[Any, Any, Any]) -> Response[bytes]:
        """Whatever else is asked for under `/schema` gets our own 404, not the framework's page."""
        if request.path_params:
            raise NotFoundException
        return Response(await description.body(request.app), media_type=OpenAPIMediaType.OPENAPI_JSON)

    return OpenAPIConfig(
        title="MRE Services API",
        version=__version__,
        description=_DESCRIPTION,
        contact=Contact(name="Developers' support", url=settings.server.support_url or settings.public_url),
        license=License(name="Apache License 2.0", identifier="Apache-2.0"),
        servers=[Server(url=settings.public_url)],
        tags=[
            Tag(name="Services", description="What can be asked for."),
            Tag(name="Lists", description="What forms choose from."),
            Tag(name="Indicators", description="How portals serve, in numbers."),
            Tag(name="Posts", description="What agents see and do at the posts where they serve."),
            Tag(name="Portals", description="How portals and the gateway do: for agencies and the operator."),
            Tag(name="Cases", description="One person's demand, from filing to the end."),
            Tag(name="Drafts", description="Demands that are begun and not filed."),
            Tag(name="Events", description="What happens to all of one's cases, as it happens."),
            Tag(name="Tracking", description="What was not filed here."),
            Tag(name="Appointments", description="Posts and free slots."),
            Tag(name="Mandates", description="An agent acts for a person."),
            Tag(name="Cards", description="The MRE Services card, and how anybody verifies one."),
            Tag(name="Me", description="The person who calls: profile, preferences, and their own ledger."),
            Tag(name="Webhooks", description="An application is told what happens to its cases."),
            Tag(name="Audit", description="The request log, for auditors."),
            Tag(name="Verification", description="Public keys."),
        ],
        openapi_router=Router(
            "/schema", route_handlers=[], include_in_schema=False, dto=None, return_dto=None, before_request=described
        ),
        render_plugins=[_Place()],
    )


def document(app: Litestar, settings: Settings, catalogue: Catalogue, messages: Messages) -> str:
    """The finished document as indented JSON, without serving anything."""
    return msgspec.json.format(_encoded(app, settings, catalogue, messages), indent=2).decode()


def _complete(app: Litestar, settings: Settings, catalogue: Catalogue, messages: Messages) -> dict[str, Any]:
    found = copy.deepcopy(app.openapi_schema.to_schema())
    components = Components()
    components.add(ProblemDetails)
    handlers = {str(each.operation_id): each for each in _handlers(app) if each.operation_id}
    paths, services = found["paths"], catalogue.services()
    for path, item in paths.items():
        for method in [each for each in _METHODS if each in item]:
            operation = item[method]
            handler = handlers[operation["operationId"]]
            _bodies(operation, handler, components, _TEXTS.get((path, str(method)), {}))
            operations.finish(operation, handler)
    paths["/v1/attachments"]["post"]["requestBody"] = _UPLOAD
    for operation in (paths["/v1/cases"]["post"],):
        operation["requestBody"]["content"]["application/json"]["examples"] = forms.examples(services)
    found["webhooks"] = webhooks(components)
    schemas = components.schemas
    schemas |= forms.case_requests(services, schemas["CaseRequest"])
    schemas["AttachmentUpload"] = _UPLOADED
    for name in set(references(paths)) - set(schemas):  # enumerations of parameters
        schemas[name] = {key: value for key, value in found["components"]["schemas"][name].items() if key != "title"}
    name_codes(schemas, messages)
    found["components"] = {
        "schemas": _used({**paths, **found["webhooks"]}, schemas),
        "parameters": operations.PARAMETERS,
        "headers": operations.used_headers(paths),
        "responses": operations.responses(),
        "securitySchemes": {operations.OAUTH: security_scheme(settings)},
    }
    return found


def _handlers(app: Litestar) -> Iterator[Any]:
    for route in app.routes:
        yield from getattr(route, "route_handlers", ())


def _bodies(operation: Schema, handler: Any, components: Components, texts: dict[str, str]) -> None:
    """What is sent and answered, by the types in the route's signature."""
    signature = handler.parsed_fn_signature
    if (sent := signature.parameters.get("data")) is not None:
        content = {"application/json": {"schema": components.add(sent.annotation)}}
        operation["requestBody"] = {"required": True, "content": content}
    told = {status: spec.data_container for status, spec in (handler.responses or {}).items()}
    for status, response in operation["responses"].items():
        kind = told.get(int(status), _answered(signature.return_type.annotation))
        if not status.startswith("2") or kind is None:
            response.pop("content", None)
            continue
        content = {media: {"schema": {"type": "string", "description": text}} for media, text in texts.items()}
        if kind is bytes:
            content = content or {media: {"schema": _FILE} for media in response["content"]}
        elif kind is str:
            content = {media: {"schema": {"type": "string"}} for media in response["content"]}
        elif kind is not Any:
            content = {"application/json": {"schema": components.add(kind)}, **content}
        response["content"] = content


def _answered(annotation: Any) -> Any:
    """What a handler answers: `CaseView` of `Response[CaseView]`."""
    return get_args(annotation)[0] if get_args(annotation) and get_origin(annotation) is Response else annotation


def _used(paths: Schema, schemas: dict[str, Schema]) -> dict[str, Schema]:
    """The components that the operations need, directly or not, by name."""
    wanted, reached = [*references(paths), "Problem"], set[str]()
    while wanted:
        if (name := wanted.pop()) not in reached:
            reached.add(name)
            wanted += references(schemas[name])
    return {name: schemas[name] for name in sorted(reached)}
