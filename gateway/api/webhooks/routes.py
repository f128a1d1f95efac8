"""`/v1/webhooks`: register an endpoint, verify, change, pause, resume and remove it, and rotate its secret."""

from __future__ import annotations

from typing import Annotated

from litestar import Controller, Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from gateway.api.http.access import Call, caller_of, language_of
from gateway.api.http.cursor import Cursor
from gateway.api.http.response_headers import LOCATION
from gateway.api.http.route_rules import RouteRule
from gateway.api.http.shapes import Page
from gateway.api.http.writes import Key, answered, write_request
from gateway.api.webhooks.presenter import WebhookPresenter, webhook_view
from gateway.api.webhooks.shapes import (
    RemovedWebhookView,
    RotateWebhookSecretRequest,
    WebhookRequest,
    WebhookUpdateRequest,
    WebhookView,
)
from gateway.auth.scopes import Scope
from gateway.notifications.commands.change_webhook import ChangeWebhook, PauseWebhook, RemoveWebhook, ResumeWebhook
from gateway.notifications.commands.register_webhook import RegisterWebhook, WebhookInput
from gateway.notifications.commands.rotate_webhook_secret import RotateWebhookSecret
from gateway.notifications.commands.verify_webhook import VerifyWebhook
from gateway.notifications.commands.webhook_access import WebhookAccess

SCOPE: Scope = "webhooks:manage"


class WebhooksController(Controller):
    path = "/v1/webhooks"
    tags = ("Webhooks",)

    @post(
        "",
        operation_id="createWebhook",
        summary="Register an endpoint",
        problems=("form_invalid", "too_many_webhooks"),
        response_headers=(LOCATION,),
        description="The answer has the `secret` by which you know our signatures, this once. The endpoint is told "
        "nothing before it is verified.",
        rule=RouteRule(scope=SCOPE, operation="webhooks.create", purpose="webhooks", secret_answer=True),
        status_code=201,
    )
    async def create(
        self,
        request: Call,
        data: JSONBody[WebhookRequest],
        register_webhook: NamedDependency[RegisterWebhook],
        idempotency_key: Key = None,
    ) -> Response[WebhookView]:
        given = WebhookInput(url=data.url, description=data.description, event_types=tuple(data.event_types))
        present = WebhookPresenter(language_of(request))
        return answered(await register_webhook.run(await write_request(request), given, present.registered))

    @get(
        "",
        operation_id="listWebhooks",
        summary="List my endpoints",
        problems=("cursor_invalid",),
        description="Those of the application that calls, the newest first. None has its secret.",
        rule=RouteRule(scope=SCOPE, operation="webhooks.list", purpose="webhooks"),
    )
    async def list_webhooks(
        self,
        request: Call,
        webhook_access: NamedDependency[WebhookAccess],
        cursor: Cursor = "",
        limit: Annotated[int, QueryParameter(ge=1, le=100)] = 20,
    ) -> Response[Page[WebhookView]]:
        found, following = await webhook_access.page(caller_of(request), before=cursor, limit=limit)
        views = [webhook_view(each) for each in found]
        page = Page(data=views, has_more=bool(following), next_cursor=following or None)
        return Response(page, headers={"Cache-Control": "no-store"})

    @get(
        "/{webhook_id:str}",
        operation_id="getWebhook",
        summary="One endpoint, and how it does",
        problems=("webhook_not_found",),
        description="Whether it is told, and since when every attempt has failed, if so.",
        rule=RouteRule(scope=SCOPE, operation="webhooks.read", purpose="webhooks"),
    )
    async def read(
        self, request: Call, webhook_id: FromPath[str], webhook_access: NamedDependency[WebhookAccess]
    ) -> Response[WebhookView]:
        view = webhook_view(await webhook_access.find(caller_of(request), webhook_id))
        return Response(view, headers={"Cache-Control": "no-store"})

    @patch(
        "/{webhook_id:str}",
        operation_id="updateWebhook",
        summary="Change an endpoint",
        problems=("webhook_not_found", "form_invalid"),
        description="What is left out stays as it is. Another address has to be verified before more is sent.",
        rule=RouteRule(scope=SCOPE, operation="webhooks.update", purpose="webhooks"),
    )
    async def update(
        self,
        request: Call,
        webhook_id: FromPath[str],
        data: JSONBody[WebhookUpdateRequest],
        change_webhook: NamedDependency[ChangeWebhook],
        idempotency_key: Key = None,
    ) -> Response[WebhookView]:
        types = None if data.event_types is None else tuple(data.event_types)
        given = WebhookInput(url=data.url, description=data.description, event_types=types)
        present = WebhookPresenter(language_of(request))
        return answered(await change_webhook.run(await write_request(request), webhook_id, given, present.changed))

    @delete(
        "/{webhook_id:str}",
        operation_id="deleteWebhook",
        summary="Remove an endpoint",
        problems=("webhook_not_found",),
        description="With its secret and its deliveries, also those that wait.",
        rule=RouteRule(scope=SCOPE, operation="webhooks.delete", purpose="webhooks"),
        status_code=200,
    )
    async def remove(
        self,
        request: Call,
        webhook_id: FromPath[str],
        remove_webhook: NamedDependency[RemoveWebhook],
        idempotency_key: Key = None,
    ) -> Response[RemovedWebhookView]:
        present = WebhookPresenter(language_of(request))
        return answered(await remove_webhook.run(await write_request(request), webhook_id, present.removed))

    @post(
        "/{webhook_id:str}/verify",
        operation_id="verifyWebhook",
        summary="Have an endpoint show that it is mine",
        problems=("webhook_not_found", "webhook_not_verified", "webhook_state", "webhook_tries_used"),
        description="Sends it `webhook.verification` with a `challenge`, which its answer has to repeat.",
        rule=RouteRule(scope=SCOPE, operation="webhooks.verify", purpose="webhooks"),
        status_code=200,
    )
    async def verify(
        self,
        request: Call,
        webhook_id: FromPath[str],
        verify_webhook: NamedDependency[VerifyWebhook],
        idempotency_key: Key = None,
    ) -> Response[WebhookView]:
        present = WebhookPresenter(language_of(request))
        return answered(await verify_webhook.run(await write_request(request), webhook_id, present.changed))

    @post(
        "/{webhook_id:str}/rotate-secret",
        operation_id="rotateWebhookSecret",
        summary="Get a new secret",
        problems=("webhook_not_found",),
        description="The one before signs as well for a time, so that you can change it without missing anything.",
        rule=RouteRule(scope=SCOPE, operation="webhooks.rotate", purpose="webhooks", secret_answer=True),
        status_code=200,
    )
    async def rotate(
        self,
        request: Call,
        webhook_id: FromPath[str],
        data: JSONBody[RotateWebhookSecretRequest],
        rotate_webhook_secret: NamedDependency[RotateWebhookSecret],
        idempotency_key: Key = None,
    ) -> Response[WebhookView]:
        present, overlap = WebhookPresenter(language_of(request)), data.overlap_seconds
        write = await write_request(request)
        return answered(await rotate_webhook_secret.run(write, webhook_id, overlap, present.rotated))

    @post(
        "/{webhook_id:str}/pause",
        operation_id="pauseWebhook",
        summary="Send nothing for now",
        problems=("webhook_not_found", "webhook_state"),
        description="What happens meanwhile is kept for it.",
        rule=RouteRule(scope=SCOPE, operation="webhooks.pause", purpose="webhooks"),
        status_code=200,
    )
    async def pause(
        self,
        request: Call,
        webhook_id: FromPath[str],
        pause_webhook: NamedDependency[PauseWebhook],
        idempotency_key: Key = None,
    ) -> Response[WebhookView]:
        present = WebhookPresenter(language_of(request))
        return answered(await pause_webhook.run(await write_request(request), webhook_id, present.changed))

    @post(
        "/{webhook_id:str}/resume",
        operation_id="resumeWebhook",
        summary="Send again, after a pause or after it was disabled",
        problems=("webhook_not_found", "webhook_state"),
        description="What was kept for it is sent first.",
        rule=RouteRule(scope=SCOPE, operation="webhooks.resume", purpose="webhooks"),
        status_code=200,
    )
    async def resume(
        self,
        request: Call,
        webhook_id: FromPath[str],
        resume_webhook: NamedDependency[ResumeWebhook],
        idempotency_key: Key = None,
    ) -> Response[WebhookView]:
        present = WebhookPresenter(language_of(request))
        return answered(await resume_webhook.run(await write_request(request), webhook_id, present.changed))
