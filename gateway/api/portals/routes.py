"""`/v1/portals`: how portals do. An agency sees its own, the operator all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Final, cast

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from gateway.api.http.access import Call, language_of, principal_of
from gateway.api.http.codes import CODES
from gateway.api.http.cursor import Cursor, part
from gateway.api.http.route_rules import RouteRule
from gateway.api.http.shapes import Page
from gateway.api.indicators.routes import COLUMNS
from gateway.api.indicators.shapes import IndicatorView
from gateway.api.portals.shapes import (
    CallsView,
    DriftView,
    FailureView,
    HourView,
    LastProbeView,
    LateView,
    OperationView,
    PortalSummaryView,
    PortalView,
    ProbeView,
    QuarantineView,
    ShapeChangeView,
    StrangeAnswerView,
)
from gateway.api.views import Presentation
from gateway.cases.commands.report_portals import PortalReport, ReportPortals
from gateway.cases.portal_figures import Calls, Late
from gateway.cases.portal_probes import LastProbe
from gateway.cases.portals import Portals

MOST_HOURS: Final = 720
_Hours = Annotated[int, QueryParameter(ge=1, le=MOST_HOURS, description="How many hours back, whole ones.")]
_OF_DRIFT: Final = ("member", "expected", "found")
_HEADERS: Final = {"Cache-Control": "no-store"}


class PortalsController(Controller):
    path = "/v1/portals"
    tags = ("Portals",)

    @get(
        "",
        operation_id="listPortals",
        summary="How the portals do",
        problems=("cursor_invalid",),
        description="For the operator all of them, for an agency those that its token has the scope `portal:<id>` for.",
        rule=RouteRule(scope="operate", portal=True, operation="portals.list", rate="expensive", purpose="operation"),
    )
    async def list_portals(
        self,
        request: Call,
        report_portals: NamedDependency[ReportPortals],
        presentation: NamedDependency[Presentation],
        portals: NamedDependency[Portals],
        hours: _Hours = 24,
        cursor: Cursor = "",
        limit: Annotated[int, QueryParameter(ge=1, le=100)] = 100,
    ) -> Response[Page[PortalSummaryView]]:
        principal = principal_of(request)
        seen = None if "operate" in principal.scopes else principal.portals
        writer = _Writer(presentation, language_of(request), portals)
        found = [writer.summary(each) for each in await report_portals.all(seen, hours)]
        return Response(part(found, cursor, limit), headers=_HEADERS)

    @get(
        "/{portal:str}",
        operation_id="getPortal",
        summary="How one portal does: traffic, errors, delays, changed answers",
        problems=("not_found",),
        description="Numbers are those of all processes. Calls are counted by the hour and written every few seconds. "
        "Answers are shown by their shape, without any value.",
        rule=RouteRule(scope="operate", portal=True, operation="portals.read", rate="expensive", purpose="operation"),
    )
    async def portal(
        self,
        request: Call,
        portal: FromPath[str],
        report_portals: NamedDependency[ReportPortals],
        presentation: NamedDependency[Presentation],
        portals: NamedDependency[Portals],
        hours: _Hours = 24,
    ) -> Response[PortalView]:
        report = await report_portals.one(portal, hours)
        return Response(_Writer(presentation, language_of(request), portals).full(report), headers=_HEADERS)


class _Writer:
    def __init__(self, presentation: Presentation, language: str, portals: Portals) -> None:
        self._views = presentation.views(language)
        self._guide = presentation.guide((language, language))
        self._catalogue = presentation.catalogue
        self._messages = presentation.messages
        self._language = language
        self._portals = portals

    def summary(self, report: PortalReport) -> PortalSummaryView:
        return PortalSummaryView(**self._summed(report))

    def full(self, report: PortalReport) -> PortalView:
        traffic = report.traffic
        return PortalView(
            **self._summed(report),
            hours=[HourView(starts_at=hour, **_calls(each)) for hour, each in sorted(traffic.hours.items())],
            operations=[OperationView(operation=name, **_calls(each)) for name, each in traffic.operations.items()],
            failures=[
                FailureView(
                    operation=each.operation,
                    outcome=cast("Any", each.outcome),
                    code=each.code or None,
                    code_text=self._said(each.code, report.portal),
                    count=each.count,
                )
                for each in traffic.failures
            ],
            strange_answers=[
                StrangeAnswerView(
                    operation=each.operation,
                    code=each.kind,
                    status=each.status,
                    shape=list(each.shape),
                    count=each.count,
                    first_seen_at=each.first_seen,
                    last_seen_at=each.last_seen,
                )
                for each in report.strange
            ],
            shape_changes=[
                ShapeChangeView(
                    operation=each.operation,
                    status=each.status,
                    added=list(each.added),
                    missing=list(each.missing),
                    first_seen_at=each.first_seen,
                    last_seen_at=each.last_seen,
                )
                for each in report.changes
            ],
            probes=[
                ProbeView(
                    operation=each.operation,
                    outcome=each.outcome,
                    code=each.code or None,
                    code_text=self._said(each.code, report.portal),
                    probed_at=_seconds(each.at),
                    drift=[
                        DriftView(change=one["change"], **{name: one.get(name) or None for name in _OF_DRIFT})
                        for one in each.drift
                    ],
                )
                for each in report.probes
            ],
            delays=[IndicatorView(**{name: getattr(line, name) for name in COLUMNS}) for line in report.delays],
        )

    def _summed(self, report: PortalReport) -> dict[str, Any]:
        out = report.quarantine
        return {
            "portal": report.portal,
            "portal_title": self._views.portal_title(report.portal),
            "availability": self._guide.availability(report.portal),
            "breaker": self._portals.breaker(report.portal),
            "quarantine": out and QuarantineView(stage=out.stage, reason=out.reason, remedy=out.remedy),
            "level": self._catalogue.level(report.portal),
            "since_at": report.since,
            "until_at": _seconds(report.until),
            "last_probe": _last_probe(report.probes),
            "traffic": CallsView(**_calls(report.traffic.total)),
            "late": [self._late(each) for each in report.late],
        }

    def _said(self, code: str, portal: str) -> str | None:
        """One of ours by its title; a portal's own word by its reason, if there is a text for it."""
        if code in CODES:
            return self._messages.translate(f"problem.{code}.title", self._language)
        return self._messages.own_reason(code, self._language, portal) if code else None

    def _late(self, late: Late) -> LateView:
        service = self._catalogue.service(late.service)
        title = service.text("title", self._language) if service else late.service
        return LateView(
            service=late.service, service_title=title, count=late.count, oldest_due_on=date.fromisoformat(late.oldest)
        )


def _calls(calls: Calls) -> dict[str, int]:
    return {
        "calls": calls.calls,
        "ok": calls.ok,
        "refused": calls.refused,
        "failed": calls.failed,
        "mean_ms": calls.mean,
        "slowest_ms": calls.slowest,
    }


def _seconds(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)


def _last_probe(probes: Sequence[LastProbe]) -> LastProbeView | None:
    if not probes:
        return None
    outcomes = {each.outcome for each in probes}
    return LastProbeView(
        probed_at=_seconds(min(each.at for each in probes)),
        outcome="drift" if "drift" in outcomes else "failed" if "failed" in outcomes else "as_recorded",
        differences=sum(len(each.drift) for each in probes),
    )
