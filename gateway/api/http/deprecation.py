"""What is going away, and since when that is known: said once, at the route or the member, and told everywhere.

A route says it in its rule: `RouteRule(..., deprecation=Deprecation(since=date(2027, 1, 1), sunset=date(2028, 1, 1),
instead="/v1/other"))`. Its answers then have `Deprecation` (RFC 9745), `Sunset` (RFC 8594) and links, and the API's
description marks it. A member says it in its type: `Annotated[str, leaving(since=..., sunset=..., instead="other")]`;
members have no headers, so the description alone tells. Policy: docs/reference/versioning.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from typing import Final

from msgspec import Meta

NOTICE: Final = timedelta(days=365)
"""Between the release that says that something goes and its end, at least."""
PAGE: Final = "/docs"

Headers = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deprecation:
    since: date
    """The day of the release that says so first."""
    sunset: date
    """The day from which it may be gone."""
    instead: str = ""
    """The path that serves now, with parameters of the same names; empty if nothing does."""

    def __post_init__(self) -> None:
        if self.sunset - self.since < NOTICE:
            raise ValueError(f"{self.sunset} is less than {NOTICE.days} days after {self.since}")

    def headers(self, operation_id: str, path_params: Mapping[str, object]) -> Headers:
        links = [f'<{PAGE}#operation/{operation_id}>; rel="deprecation"; type="text/html"']
        if self.instead:
            links.append(f'<{self.instead.format_map(path_params)}>; rel="successor-version"')
        return (
            (b"deprecation", f"@{int(_midnight(self.since).timestamp())}".encode()),
            (b"sunset", format_datetime(_midnight(self.sunset), usegmt=True).encode()),
            (b"link", ", ".join(links).encode()),
        )

    @property
    def sentence(self) -> str:
        instead = f" Use `{self.instead}`." if self.instead else ""
        return f"Deprecated since {self.since}; may be gone from {self.sunset} on.{instead}"


def leaving(*, since: date, sunset: date, instead: str = "") -> Meta:
    """For a member's type. `instead`: the member that has it now."""
    said = Deprecation(since=since, sunset=sunset, instead=instead)
    return Meta(description=said.sentence, extra_json_schema={"deprecated": True, "x-sunset": said.sunset.isoformat()})


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
