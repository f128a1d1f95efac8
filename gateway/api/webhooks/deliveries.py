"""`/v1/webhooks/{id}/deliveries`: what an endpoint was told, or is to be told; repeat it; send a test event."""

from __future__ import annotations

from typing import Annotated

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from gateway.api.http.access import Call, caller_of, language_of
from gateway.api.http.cursor import Cursor, number
from gateway.api.http.response_headers import LOCATION
from gateway.api.http.route_rules import RouteRule
from gateway.api.http.shapes import Page
from gateway.api.http.writes import Key, answered, write_request
from gateway.api.webhooks.presenter import WebhookPresenter, delivery_view
from gateway.api.webhooks.routes import SCOPE
from gateway.api.webhooks.shapes import WebhookDeliveryView
from gateway.notifications.commands.send_test_event import RepeatDelivery, SendTestEvent
from gateway.notifications.commands.webhook_access import WebhookAccess
from gateway.notifications.webhooks.deliveries import Deliveries
from gateway.notifications.webhooks.model import DeliveryState


class WebhookDeliveriesController(Controller):
    path = "/v1/webhooks/{webhook_id:str}"
    tags = ("Webhooks",)

    @post(
        "/test",
        operation_id="testWebhook",
        summary="Send a test event",
        problems=("webhook_not_found", "webhook_state", "webhook_tries_used"),
        response_headers=(LOCATION,),
        description="`webhook.test`, to this endpoint, whatever it subscribed to. The answer is its delivery.",
        rule=RouteRule(scope=SCOPE, operation="webhooks.test", purpose="webhooks"),
        status_code=202,
    )
    async def test(
        self,
        request: Call,
        webhook_id: FromPath[str],
        send_test_event: NamedDependency[SendTestEvent],
        idempotency_key: Key = None,
    ) -> Response[WebhookDeliveryView]:
        present = WebhookPresenter(language_of(request))
        return answered(await send_test_event.run(await write_request(request), webhook_id, present.queued))

    @get(
        "/deliveries",
        operation_id="listWebhookDeliveries",
        summary="What an endpoint was told, or is to be told",
        problems=("webhook_not_found", "cursor_invalid"),
        description="The newest first. Kept for `webhooks.keep_days`.",
        rule=RouteRule(scope=SCOPE, operation="webhooks.deliveries", purpose="webhooks"),
    )
    async def list_deliveries(
        self,
        request: Call,
        webhook_id: FromPath[str],
        webhook_access: NamedDependency[WebhookAccess],
        deliveries: NamedDependency[Deliveries],
        states: Annotated[
            list[DeliveryState] | None,
            QueryParameter(name="state", max_items=3, description="Only those; may be given several times."),
        ] = None,
        case: Annotated[str, QueryParameter(max_length=60, description="Only those about this case.")] = "",
        cursor: Cursor = "",
        limit: Annotated[int, QueryParameter(ge=1, le=100)] = 20,
    ) -> Response[Page[WebhookDeliveryView]]:
        endpoint = await webhook_access.find(caller_of(request), webhook_id)
        found, following = await deliveries.page(
            endpoint.id, states=states or (), case_id=case, before=number(cursor), limit=limit
        )
        views = [delivery_view(each) for each in found]
        more = None if following is None else str(following)
        page = Page(data=views, has_more=more is not None, next_cursor=more)
        return Response(page, headers={"Cache-Control": "no-store"})

    @get(
        "/deliveries/{delivery_id:str}",
        operation_id="getWebhookDelivery",
        summary="One delivery",
        problems=("webhook_not_found", "delivery_not_found"),
        description="What was sent, how often, and what became of the last attempt.",
        rule=RouteRule(scope=SCOPE, operation="webhooks.delivery", purpose="webhooks"),
    )
    async def read(
        self,
        request: Call,
        webhook_id: FromPath[str],
        delivery_id: FromPath[str],
        webhook_access: NamedDependency[WebhookAccess],
    ) -> Response[WebhookDeliveryView]:
        view = delivery_view(await webhook_access.find_delivery(caller_of(request), webhook_id, delivery_id))
        return Response(view, headers={"Cache-Control": "no-store"})

    @post(
        "/deliveries/{delivery_id:str}/redeliver",
        operation_id="redeliverWebhook",
        summary="Send an event again",
        problems=("webhook_not_found", "delivery_not_found", "webhook_state", "webhook_tries_used"),
        response_headers=(LOCATION,),
        description="The same event with the same id, as a delivery of its own. One that waits is tried at once.",
        rule=RouteRule(scope=SCOPE, operation="webhooks.redeliver", purpose="webhooks"),
        status_code=202,
    )
    async def redeliver(
        self,
        request: Call,
        webhook_id: FromPath[str],
        delivery_id: FromPath[str],
        repeat_delivery: NamedDependency[RepeatDelivery],
        idempotency_key: Key = None,
    ) -> Response[WebhookDeliveryView]:
        present = WebhookPresenter(language_of(request))
        write = await write_request(request)
        return answered(await repeat_delivery.run(write, webhook_id, delivery_id, present.queued))
