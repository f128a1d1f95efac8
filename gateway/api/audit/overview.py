"""`/audit/density` and `/audit/anomalies`: where in the log to look."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final
from urllib.parse import urlencode

import msgspec
from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from gateway.api.audit.filter import ASKED, moment
from gateway.api.audit.shapes import AnomaliesView, AnomalyView, DensityView
from gateway.api.http.access import Call, caller_of, entry_of
from gateway.api.http.problems import FieldError, Problem
from gateway.api.http.route_rules import RouteRule
from gateway.audit.anomalies import Finding
from gateway.audit.density import BUCKETS
from gateway.audit.reader import AuditReader
from gateway.audit.search import Filter
from gateway.cases.commands.find_anomalies import FindAnomalies
from gateway.cases.portal_figures import ShapeChange

_LONGEST_DAYS: Final = 3660
_HEADERS: Final = {"Cache-Control": "no-store"}

_Since = Annotated[datetime | None, QueryParameter(description="From this time on; a day before `until` by default.")]
_Until = Annotated[datetime | None, QueryParameter(description="Before this time; now by default.")]


class AuditOverviewController(Controller):
    path = "/audit"
    tags = ("Audit",)

    @get(
        "/density",
        operation_id="getDensity",
        summary="How many records fit a filter, over time",
        problems=("filter_invalid",),
        description="The filters are those of the list. At most `audit.density_records` records are looked at, the "
        "newest ones of the rarest filter; a count before `counted_from_at` is null. The look is itself a record.",
        dependencies=ASKED,
        rule=RouteRule(scope="audit:list", operation="audit.density", rate="expensive", purpose="audit"),
    )
    async def density(
        self,
        request: Call,
        where: NamedDependency[Filter],
        audit_reader: NamedDependency[AuditReader],
        buckets: Annotated[int, QueryParameter(ge=1, le=BUCKETS, description="Into how many pieces.")] = 48,
    ) -> Response[DensityView]:
        since, until = _times(where.since, where.until)
        found = await audit_reader.density(
            entry_of(request), msgspec.structs.replace(where, since=since, until=until), since, until, buckets
        )
        view = DensityView(
            since_at=found.since,
            until_at=found.until,
            seconds=found.seconds,
            counts=found.counts,
            total=sum(each or 0 for each in found.counts),
            counted_from_at=found.counted_from,
        )
        return Response(view, headers=_HEADERS)

    @get(
        "/anomalies",
        operation_id="listAnomalies",
        summary="What to look at first: denied attempts, bursts, changed answers and more",
        problems=("filter_invalid",),
        description="By fixed rules, over the newest `audit.scan_records` records of the time. None of it is a verdict."
        " The look is itself a record.",
        rule=RouteRule(scope="audit:list", operation="audit.anomalies", rate="expensive", purpose="audit"),
    )
    async def anomalies(
        self,
        request: Call,
        find_anomalies: NamedDependency[FindAnomalies],
        since: _Since = None,
        until: _Until = None,
    ) -> Response[AnomaliesView]:
        first, last = _times(moment(since, "since"), moment(until, "until"))
        found, changed = await find_anomalies.run(caller_of(request), first, last)
        view = AnomaliesView(
            since_at=first,
            until_at=last,
            record_count=found.looked,
            complete=found.complete,
            looked_from_at=found.looked_from,
            anomalies=[*(_finding(each) for each in found.findings), *(_change(*each) for each in changed.items())],
        )
        return Response(view, headers=_HEADERS)


def _times(since: datetime | None, until: datetime | None) -> tuple[datetime, datetime]:
    """Both, a day apart by default. Raises `Problem`."""
    try:
        last = until or datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=1)
        first = since or last - timedelta(days=1)
        last + timedelta(seconds=1)  # what counts in whole seconds goes on to the next one
    except OverflowError:
        raise Problem("filter_invalid", errors=[FieldError("/?until", "invalid")]) from None
    if last <= first:
        raise Problem("filter_invalid", errors=[FieldError("/?until", "times_reversed")])
    if last - first > timedelta(days=_LONGEST_DAYS):
        raise Problem("filter_invalid", errors=[FieldError("/?until", "times_too_far", limit=_LONGEST_DAYS)])
    return first, last


def _finding(found: Finding) -> AnomalyView:
    asked: dict[str, Any] = {"client": found.client} if found.client else {}
    if found.actor:
        asked["actor"] = found.actor
    if found.outcome:
        asked["outcome"] = found.outcome
    if found.operation:
        asked["operation"] = found.operation
    # A filter's end is not included, and times in the log have microseconds.
    asked |= {"since": found.first_at.isoformat(), "until": (found.last_at + timedelta(microseconds=1)).isoformat()}
    return AnomalyView(
        type=found.kind,
        client=found.client or None,
        actor=found.actor or None,
        principal=found.principal or None,
        operation=found.operation or None,
        reason=found.reason or None,
        count=found.count,
        first_at=found.first_at,
        last_at=found.last_at,
        records=found.indexes,
        records_url=f"/audit/records?{urlencode(asked)}",
    )


def _change(portal: str, change: ShapeChange) -> AnomalyView:
    asked = {"portal": portal, "since": change.first_seen.isoformat()}
    return AnomalyView(
        type="changed_answer",
        portal=portal,
        operation=change.operation,
        count=1,
        first_at=change.first_seen,
        last_at=change.last_seen,
        added=list(change.added),
        missing=list(change.missing),
        records_url=f"/audit/records?{urlencode(asked)}",
    )
