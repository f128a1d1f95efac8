"""The public figures."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from gateway.api.http.shapes import Shape


class IndicatorView(Shape, kw_only=True):
    """One quarter of one group. A null has no value, or is suppressed: see `suppressed`."""

    quarter: Annotated[str, Meta(description="As it is dated in Morocco.", examples=["2026-Q3"])]
    provisional: Annotated[bool, Meta(description="The quarter is not over, or not published yet.")]
    portal: str | None
    service: str | None
    post: Annotated[str | None, Meta(description="Empty where the demand names none.")]
    filed: Annotated[int | None, Meta(description="Demands that the portal took in the quarter.")]
    completed: int | None
    rejected: int | None
    withdrawn: int | None
    failed: int | None
    not_filed: Annotated[int | None, Meta(description="Cases that ended before the portal took the demand.")]
    open: Annotated[int, Meta(description="Filed and not ended when the quarter ended, rounded to `minimum`.")]
    days_median: Annotated[int | None, Meta(description="Days from the filing to the answer.")]
    days_p90: int | None
    overrun_median: Annotated[int | None, Meta(description="Days from the last legal day to the answer; 0: in time.")]
    overrun_p90: int | None
    within_deadline: Annotated[float | None, Meta(description="Share of answers in time, to the nearest 0.05.")]
    waited_median: Annotated[int | None, Meta(description="Whole days of those that waited for the person.")]
    waited_p90: int | None
    rated: int | None
    satisfaction: Annotated[float | None, Meta(description="Mean of the ratings, 1 to 5.")]
    suppressed: Annotated[list[str], Meta(description="What is held back, because it is about too few.")]


class IndicatorsView(Shape, kw_only=True):
    data: list[IndicatorView]
    minimum: Annotated[int, Meta(description="Numbers of fewer cases than this are held back.")]
    timezone: Literal["Africa/Casablanca"] = "Africa/Casablanca"
    object: Literal["indicators"] = "indicators"
