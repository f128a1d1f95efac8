"""All routes in one Litestar application, with its errors as problem documents."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Final

import structlog
from litestar import Litestar, Response, Router
from litestar.datastructures import State
from litestar.di import Provide
from litestar.handlers import BaseRouteHandler
from litestar.types import Message, Scope

from gateway.api.agenda.routes import AgendaController, NotesController
from gateway.api.appointments.routes import PostsController
from gateway.api.audit.bodies import AuditBodiesController
from gateway.api.audit.export import AuditExportController
from gateway.api.audit.log import AuditLogController
from gateway.api.audit.overview import AuditOverviewController
from gateway.api.audit.records import AuditController
from gateway.api.cards.routes import CardsController
from gateway.api.cards.verification import CardIssuerController, CardVerificationController
from gateway.api.cases.actions import ActionsController
from gateway.api.cases.attachments import AttachmentsController
from gateway.api.cases.callbacks import CallbacksController
from gateway.api.cases.payments import PaymentsController
from gateway.api.cases.routes import CasesController
from gateway.api.catalogue.guide import GuideController
from gateway.api.catalogue.routes import ServicesController
from gateway.api.drafts.routes import DraftsController
from gateway.api.events.feed import FeedController
from gateway.api.events.routes import EventsController
from gateway.api.health import HealthController
from gateway.api.http.access import NONCE, Admission, AnyConnection, entry_of, language_of
from gateway.api.http.problem_table import problem_of
from gateway.api.http.problems import respond
from gateway.api.http.query_names import note_query_names
from gateway.api.http.request_body import BoundedRequest
from gateway.api.http.resource_metadata import ResourceMetadataController, with_metadata
from gateway.api.http.route_rules import require_rules
from gateway.api.indicators.routes import IndicatorsController
from gateway.api.lists.routes import ListsController
from gateway.api.mandates.routes import MandatesController
from gateway.api.me.accesses import AccessesController
from gateway.api.me.messages import MessagesController
from gateway.api.me.preferences import PreferencesController
from gateway.api.me.routes import MeController
from gateway.api.openapi import openapi_config
from gateway.api.operations.routes import OperationsController
from gateway.api.portals.routes import PortalsController
from gateway.api.problems.routes import ProblemPagesController
from gateway.api.receipts.routes import ReceiptCheckController
from gateway.api.reference.routes import ReferenceController
from gateway.api.tracking.routes import TrackingController
from gateway.api.webhooks.deliveries import WebhookDeliveriesController
from gateway.api.webhooks.routes import WebhooksController
from gateway.api.wellknown import MetricsController, WellKnownController
from gateway.connectors.catalogue import Catalogue
from gateway.i18n.messages import Messages
from gateway.settings import Settings

log = structlog.get_logger()

_AROUND_A_FILE: Final = 16_384
"""Bytes of a multipart body besides the file."""

CONTROLLERS: Final = (
    ServicesController,
    ListsController,
    IndicatorsController,
    PortalsController,
    OperationsController,
    GuideController,
    CasesController,
    ActionsController,
    PaymentsController,
    DraftsController,
    EventsController,
    FeedController,
    CardsController,
    CardVerificationController,
    CardIssuerController,
    TrackingController,
    PostsController,
    MandatesController,
    AgendaController,
    NotesController,
    WebhooksController,
    WebhookDeliveriesController,
    MeController,
    AccessesController,
    PreferencesController,
    MessagesController,
    AuditController,
    AuditOverviewController,
    AuditBodiesController,
    AuditExportController,
    AuditLogController,
    ProblemPagesController,
    ReceiptCheckController,
    HealthController,
    MetricsController,
    ReferenceController,
    WellKnownController,
    ResourceMetadataController,
)


def build_routes(
    *,
    settings: Settings,
    messages: Messages,
    catalogue: Catalogue,
    admission: Admission,
    provided: Mapping[str, object],
    lifespan: Callable[[Litestar], AbstractAsyncContextManager[None]],
) -> Litestar:
    """`provided`: the services that handlers declare, by parameter name."""
    limits = settings.server
    files = Router(
        "/", route_handlers=[AttachmentsController], request_max_body_size=limits.max_attachment_bytes + _AROUND_A_FILE
    )
    callbacks = Router("/", route_handlers=[CallbacksController], request_max_body_size=limits.max_callback_bytes)
    app = Litestar(
        route_handlers=[*CONTROLLERS, files, callbacks],
        request_class=BoundedRequest,
        guards=[admission],
        dependencies={name: _provide(each) for name, each in {**provided, "admission": admission}.items()},
        exception_handlers={Exception: _ProblemResponder(settings, messages)},
        before_send=[_bring_nonce],
        lifespan=[lifespan],
        state=State({"limits": limits}, deep_copy=False),
        openapi_config=openapi_config(settings, catalogue, messages),
        request_max_body_size=limits.max_body_bytes,
        debug=False,
        logging_config=None,
        multipart_form_part_limit=8,
    )
    require_rules(app)
    note_query_names(app)
    _resolve_in_turn(app)
    _guard_without_copies(app)
    return app


class _Shared:
    """An attribute that all providers have together."""

    value: Any = None

    def __get__(self, provider: Provide, kind: type[Provide]) -> Any:
        return self.value

    def __set__(self, provider: Provide, value: Any) -> None:
        self.value = value


class _Service(Provide):
    """None takes a parameter, so the framework reads the signature of one for all.

    Each is equal to itself alone: for every handler the framework compares each provider with all others, 400,000 times
    at a start, which by the members of both takes a third of it."""

    parsed_fn_signature = _Shared()
    signature_model = _Shared()

    __eq__ = object.__eq__
    __hash__ = object.__hash__


def _provide(service: object) -> Provide:
    def provided() -> Any:
        return service

    return _Service(provided, sync_to_thread=False)


def _resolve_in_turn(app: Litestar) -> None:
    """One dependency after the other. The framework opens a task group for a handler that declares two, which costs a
    call some 60 µs; ours are ready, and there is nothing to wait for."""
    for route in app.routes:
        for _, model in getattr(route, "route_handler_map", {}).values():
            model.dependency_batches = [{each} for batch in model.dependency_batches for each in batch]


def _guard_without_copies(app: Litestar) -> None:
    """The framework copies a handler for each of its guards at each call, some 20 µs. Ours change nothing in it."""
    for route in app.routes:
        for handler, _ in getattr(route, "route_handler_map", {}).values():
            if hasattr(handler, "__dict__"):  # one that is made by `@route` takes no attribute
                handler.authorize_connection = _Guarded(handler, tuple(handler.resolve_guards()))


@dataclass(frozen=True, slots=True)
class _Guarded:
    handler: BaseRouteHandler
    guards: tuple[Any, ...]

    async def __call__(self, connection: AnyConnection) -> None:
        for guard in self.guards:
            await guard(connection, self.handler)


@dataclass(frozen=True, slots=True)
class _ProblemResponder:
    """Answers every exception with a problem."""

    settings: Settings
    messages: Messages

    def __call__(self, request: AnyConnection, error: Exception) -> Response[Any]:
        entry, language = entry_of(request), language_of(request)
        problem = problem_of(
            error, entry.portal, self.messages.translator(language), request.scope.get("route_handler")
        )
        if problem.code in ("internal_error", "store_unavailable"):
            log.error("call_failed", call_id=entry.call_id, operation=entry.operation, exc_info=error)
        entry.code = problem.code
        if challenge := problem.headers.get("WWW-Authenticate"):
            problem.headers["WWW-Authenticate"] = with_metadata(challenge, self.settings)
        return respond(problem, language, entry.call_id, self.messages, self.settings.public_url)


async def _bring_nonce(message: Message, scope: Scope) -> None:
    """The nonce for a client's next proof (RFC 9449, 8.2), on whatever the call is answered."""
    nonce = scope["state"].get(NONCE)
    if nonce and message["type"] == "http.response.start":
        message["headers"] = [*message["headers"], (b"dpop-nonce", nonce.encode())]
