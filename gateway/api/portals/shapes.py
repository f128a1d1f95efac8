"""How a portal does. Nothing in it is about a person."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from msgspec import Meta

from gateway.api.http.shapes import AtPortal, Availability, Shape
from gateway.api.indicators.shapes import IndicatorView
from gateway.connectors.levels import Level


class CallsView(Shape, kw_only=True):
    """Calls of the connector's methods, retries within them not counted."""

    calls: int
    ok: int
    refused: Annotated[int, Meta(description="The portal said no, in its own words.")]
    failed: Annotated[int, Meta(description="It could not be asked, or its answer was lost or not understood.")]
    mean_ms: Annotated[int, Meta(description="Milliseconds of a call on average, retries included.")]
    slowest_ms: int


class HourView(CallsView, kw_only=True):
    starts_at: datetime


class OperationView(CallsView, kw_only=True):
    operation: Annotated[str, Meta(description="As the log names it.", examples=["progress"])]


class FailureView(Shape, kw_only=True):
    operation: str
    outcome: Literal["refused", "unavailable", "unknown", "cancelled", "not_permitted"]
    code: Annotated[str | None, Meta(examples=["portal_timeout"])]
    code_text: Annotated[str | None, Meta(description="What the code means, in the answer's language.")]
    count: int


class QuarantineView(Shape, kw_only=True):
    """Why the connector is left out."""

    stage: Annotated[str, Meta(description="What it failed at.", examples=["secrets"])]
    reason: str
    remedy: Annotated[str, Meta(description="What the operator can do.")]


class LateView(Shape, kw_only=True):
    """Cases whose legal term is over, and that the portal has not answered."""

    service: str
    service_title: str
    count: Annotated[int, Meta(description="At most 10,000 are counted for a portal.")]
    oldest_due_on: Annotated[date, Meta(description="The earliest last day among them.")]


class StrangeAnswerView(Shape, kw_only=True):
    """An answer that the connector does not know: its shape alone."""

    operation: str
    code: Annotated[
        str,
        Meta(
            description="`portal_answer_unexpected` and `portal_answer_not_authentic` were not read, of `unknown_word` "
            "the rest was."
        ),
    ]
    status: Annotated[int, Meta(description="HTTP status.")]
    shape: Annotated[
        list[str],
        Meta(
            description="Members and their types, never a value; `*` stands for a name that may tell of a person.",
            examples=[["demande.statut: text", "pieces[].type: text"]],
        ),
    ]
    count: Annotated[int, Meta(description="How often it came, as far as it was looked at.")]
    first_seen_at: datetime
    last_seen_at: datetime


class ShapeChangeView(Shape, kw_only=True):
    """Good answers that look otherwise than those before."""

    operation: str
    status: int
    added: Annotated[list[str], Meta(description="What no earlier answer had.")]
    missing: Annotated[list[str], Meta(description="What every earlier answer had.")]
    first_seen_at: datetime
    last_seen_at: datetime


class DriftView(Shape, kw_only=True):
    """One difference between the portal's answer and the recorded ones."""

    change: Annotated[
        str,
        Meta(
            description="`new`, `missing`, `type` or `null` (a member), `media_type`, `status`, `unreadable` or "
            "`unknown_word` (to the connector), `not_recorded`."
        ),
    ]
    member: Annotated[str | None, Meta(examples=["demande.statut"])]
    expected: Annotated[str | None, Meta(description="Types, media types or numbers of a status.", examples=["text"])]
    found: str | None


class ProbeView(Shape, kw_only=True):
    """What came of the last time that the gateway asked whether the portal still answers as recorded."""

    operation: str
    outcome: Annotated[Literal["as_recorded", "drift", "failed"], Meta(description="`failed`: it could not be asked.")]
    code: Annotated[str | None, Meta(description="Why it could not be asked.", examples=["portal_timeout"])]
    code_text: Annotated[str | None, Meta(description="The same in the answer's language.")]
    probed_at: datetime
    drift: list[DriftView]


class LastProbeView(Shape, kw_only=True):
    """The last time that the gateway asked whether the portal still answers as recorded, of all operations together."""

    probed_at: Annotated[datetime, Meta(description="Of the operation whose time is longest ago.")]
    outcome: Annotated[
        Literal["as_recorded", "drift", "failed"],
        Meta(description="`drift` if any operation has changed; else `failed` if any could not be asked."),
    ]
    differences: Annotated[int, Meta(description="Of all operations.")]


class PortalSummaryView(AtPortal, kw_only=True):
    availability: Availability
    breaker: Annotated[
        Literal["closed", "half_open", "open"] | None,
        Meta(description="Of all processes; `open`: calls are not made. Null where the connector is not loaded."),
    ]
    quarantine: QuarantineView | None
    level: Annotated[
        Level | None, Meta(description="What its connector has earned by the conformance kit. Null: nothing yet.")
    ]
    since_at: Annotated[datetime, Meta(description="From when on calls are counted.")]
    until_at: Annotated[datetime, Meta(description="To when; the last seconds may be missing.")]
    traffic: CallsView
    late: list[LateView]
    last_probe: Annotated[LastProbeView | None, Meta(description="Null: never probed.")]
    object: Literal["portal"] = "portal"


class PortalView(PortalSummaryView, kw_only=True):
    hours: Annotated[list[HourView], Meta(description="Hours in which it was called, oldest first.")]
    operations: list[OperationView]
    failures: Annotated[list[FailureView], Meta(description="By code, those with the most first.")]
    strange_answers: Annotated[list[StrangeAnswerView], Meta(description="Of the same time, the last one first.")]
    shape_changes: Annotated[
        list[ShapeChangeView],
        Meta(description="Of the same time. One good answer a minute of each operation is looked at."),
    ]
    probes: Annotated[
        list[ProbeView], Meta(description="By operation. Empty unless `plugins.probe_hours` and probes are configured.")
    ]
    delays: Annotated[
        list[IndicatorView], Meta(description="Of this quarter and the one before, by service; small numbers hidden.")
    ]
