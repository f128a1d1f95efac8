"""All routes in one Litestar application, with its errors as problem documents."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Final

import structlog
from litestar import Litestar, Response, Router
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.types import Message, Scope

from gateway.api.access import AnyConnection, authorise, backend_of, entry_of, language_of
from gateway.api.actions import ActionsController
from gateway.api.attachments import AttachmentsController
from gateway.api.audit import AuditController
from gateway.api.audit_bodies import AuditBodiesController
from gateway.api.audit_export import AuditExportController
from gateway.api.audit_log import AuditLogController
from gateway.api.backend import Backend
from gateway.api.callbacks import CallbacksController
from gateway.api.card_verification import CardIssuerController, CardVerificationController
from gateway.api.cards import CardsController
from gateway.api.cases import CasesController
from gateway.api.ending import ending
from gateway.api.events import EventsController
from gateway.api.guide import GuideController
from gateway.api.incoming import Incoming
from gateway.api.indicators import IndicatorsController
from gateway.api.mandates import MandatesController
from gateway.api.me import MeController
from gateway.api.openapi import openapi_config
from gateway.api.problems import Problem, from_http, from_portal_error, respond
from gateway.api.resource_metadata import ResourceMetadataController, with_metadata
from gateway.api.services import ServicesController
from gateway.api.tracking import PostsController, TrackingController
from gateway.api.wellknown import HealthController, MetricsController, WellKnownController
from gateway.audit.log import AuditUnavailable
from gateway.auth.quotas import QuotaUsed
from gateway.cases.portals import NotAvailable
from gateway.connectors.contract import PortalError
from gateway.storage.outage import is_outage
from gateway.storage.vault import Erased

log = structlog.get_logger()

_AROUND_A_FILE: Final = 16_384
"""Bytes of a multipart body besides the file."""

CONTROLLERS: Final = (
    ServicesController,
    IndicatorsController,
    GuideController,
    CasesController,
    ActionsController,
    EventsController,
    CardsController,
    CardVerificationController,
    CardIssuerController,
    TrackingController,
    PostsController,
    MandatesController,
    MeController,
    AuditController,
    AuditBodiesController,
    AuditExportController,
    AuditLogController,
    HealthController,
    MetricsController,
    WellKnownController,
    ResourceMetadataController,
)


def build_routes(backend: Backend, running: Callable[[], AbstractAsyncContextManager[None]]) -> Litestar:
    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        async with running():
            with ending(backend):
                yield

    limits = backend.settings.server
    files = Router(
        "/", route_handlers=[AttachmentsController], request_max_body_size=limits.max_attachment_bytes + _AROUND_A_FILE
    )
    callbacks = Router("/", route_handlers=[CallbacksController], request_max_body_size=limits.max_callback_bytes)
    return Litestar(
        route_handlers=[*CONTROLLERS, files, callbacks],
        request_class=Incoming,
        guards=[authorise],
        exception_handlers={Exception: _problem},
        before_send=[_bring_nonce],
        lifespan=[lifespan],
        state=State({"backend": backend}, deep_copy=False),
        openapi_config=openapi_config(backend),
        request_max_body_size=limits.max_body_bytes,
        debug=False,
        logging_config=None,
        multipart_form_part_limit=8,
    )


def _problem(request: AnyConnection, error: Exception) -> Response[Any]:
    entry = entry_of(request)
    problem = _understand(error, entry.portal)
    if problem.code in ("internal_error", "store_unavailable"):
        log.error("call_failed", call_id=entry.call_id, operation=entry.operation, exc_info=error)
    entry.code = problem.code
    backend = backend_of(request)
    if challenge := problem.headers.get("WWW-Authenticate"):
        problem.headers["WWW-Authenticate"] = with_metadata(challenge, backend.settings)
    return respond(problem, language_of(request), entry.call_id, backend.messages)


async def _bring_nonce(message: Message, scope: Scope) -> None:
    """The nonce for a client's next proof (RFC 9449, 8.2), on whatever the call is answered."""
    nonce = scope["state"].get("dpop_nonce")
    if nonce and message["type"] == "http.response.start":
        message["headers"] = [*message["headers"], (b"dpop-nonce", nonce.encode())]


def _understand(error: Exception, portal: str) -> Problem:
    if isinstance(error, Problem):
        return error
    if isinstance(error, PortalError):
        return from_portal_error(error, portal)
    if isinstance(error, NotAvailable):
        return Problem("connector_quarantined", portal=error.portal, params={"reason": error.reason})
    if isinstance(error, AuditUnavailable):
        return Problem("audit_unavailable", retry_after=error.retry_after)
    if isinstance(error, QuotaUsed):
        told = {"quota": error.quota, "limit": error.limit}
        return Problem(error.code, retry_after=error.retry_after, quota=error.quota, params=told)
    if isinstance(error, Erased):
        return Problem("erased")
    if isinstance(error, HTTPException):
        return from_http(error)
    if is_outage(error):
        return Problem("store_unavailable")
    return Problem("internal_error")
