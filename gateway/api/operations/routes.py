"""`/v1/operations`: queues and what is overdue, workers, messages and webhooks that fail."""

from __future__ import annotations

from typing import Annotated, Any, cast

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from gateway.api.http.route_rules import RouteRule
from gateway.api.operations.shapes import (
    FailingWebhookView,
    MessageFailureView,
    OperationsView,
    QueueView,
    WorkerView,
)
from gateway.notifications.commands.report_operations import OperationsReport, ReportOperations


class OperationsController(Controller):
    path = "/v1/operations"
    tags = ("Portals",)

    @get(
        "",
        operation_id="getOperations",
        summary="Queues and what is overdue, workers, messages and webhooks that fail",
        description="As it is now in the store, so of all processes.",
        rule=RouteRule(scope="operate", operation="operations.read", rate="expensive", purpose="operation"),
    )
    async def operations(
        self,
        report_operations: NamedDependency[ReportOperations],
        hours: Annotated[int, QueryParameter(ge=1, le=720, description="How many hours back messages count.")] = 24,
    ) -> Response[OperationsView]:
        return Response(_view(await report_operations.run(hours)), headers={"Cache-Control": "no-store"})


def _view(report: OperationsReport) -> OperationsView:
    return OperationsView(
        since_at=report.since.replace(microsecond=0),
        until_at=report.until.replace(microsecond=0),
        queues=[
            QueueView(queue=each.name, due=each.due, taken=each.taken, overdue_seconds=int(each.overdue))
            for each in report.queues
        ],
        workers=[WorkerView(name=each.name, leases=each.leases, expires_at=each.until) for each in report.workers],
        message_failures=[
            MessageFailureView(
                channel=cast("Any", each.channel),
                state=cast("Any", each.state),
                reason=each.reason or None,
                count=each.count,
            )
            for each in report.message_failures
        ],
        webhooks=[
            FailingWebhookView(
                id=each.id,
                client=each.client,
                host=each.host,
                state=each.state,
                reason=each.reason or None,
                failed_rounds=each.failed_rounds,
                failing_since_at=each.failing_since,
                succeeded_at=each.succeeded_at,
                waiting=each.waiting,
            )
            for each in report.webhooks
        ],
    )
