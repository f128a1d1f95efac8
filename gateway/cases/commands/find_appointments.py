"""The posts that give appointments for a service, and their free slots."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from gateway.audit.entry import Entry
from gateway.cases.appointments import Appointments, BookingProvider, zone_of
from gateway.cases.commands.not_offered import CapabilityMissing, PostNotFound, ServiceNotFound
from gateway.cases.page_cursor import read_cursor, write_cursor
from gateway.connectors.catalogue import Catalogue
from gateway.connectors.contract import Post, Slot, Window

_DAYS: Final = 28
_MOST_DAYS: Final = 366
_LAST_START: Final = date.max - timedelta(days=_DAYS)


class WindowInvalid(Exception):
    """The last day comes before the first (`code`: `days_reversed`), or more than a year after it (`days_too_many`)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class FreeSlots:
    portal: str
    post: Post
    slots: list[Slot]
    following: str
    """Cursor of the next page, empty at the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FindAppointments:
    appointments: Appointments
    catalogue: Catalogue
    call_seconds: float

    async def posts(self, entry: Entry, service: str, post_id: str = "") -> list[tuple[str, Post]]:
        """Each with its portal; without a service those of every portal that gives any. `post_id`: only the one.

        Raises `ServiceNotFound`, `CapabilityMissing`, and what the portal's connector raises."""
        counters = [self._counter(entry, service)] if service else self.appointments.all(self.catalogue)
        return [
            (provider.portal, post)
            for provider in counters
            for post in await self.appointments.posts(provider, entry, self.call_seconds)
            if post_id in ("", post.id)
        ]

    async def slots(
        self,
        entry: Entry,
        service: str,
        post_id: str,
        *,
        first: date | None,
        last: date | None,
        cursor: str,
        limit: int,
    ) -> FreeSlots:
        """A page, earliest first. `first` is today at the post and `last` four weeks later, unless they are given.

        Raises as `posts`, and `PostNotFound`, `WindowInvalid`, `BadCursor`."""
        after = read_cursor(cursor) if cursor else None
        provider = self._counter(entry, service)
        posts = await self.appointments.posts(provider, entry, self.call_seconds)
        post = next((each for each in posts if each.id == post_id), None)
        if post is None:
            raise PostNotFound([each.id for each in posts])
        start = first or datetime.now(zone_of(post)).date()
        window = Window(first=start, last=last or min(start, _LAST_START) + timedelta(days=_DAYS))
        if window.last < window.first:
            raise WindowInvalid("days_reversed")
        if window.last - window.first > timedelta(days=_MOST_DAYS):
            raise WindowInvalid("days_too_many")
        if after is not None:  # the portal need not tell again what was on the pages before
            day = after[0].astimezone(zone_of(post)).date()
            if day > window.last:
                return FreeSlots(provider.portal, post, [], "")
            window = Window(first=max(window.first, day), last=window.last)
        found = await self.appointments.slots(provider, post, window, entry, self.call_seconds)
        found = [each for each in found if after is None or (each.start, each.id) > after]
        page = found[:limit]
        more = len(found) > limit
        return FreeSlots(provider.portal, post, page, write_cursor(page[-1].start, page[-1].id) if more else "")

    def _counter(self, entry: Entry, service_id: str) -> BookingProvider:
        """Who gives appointments for the service."""
        service = self.catalogue.service(service_id)
        if service is None:
            raise ServiceNotFound(service_id)
        provider = self.appointments.provider(service)
        if provider is None:
            raise CapabilityMissing(service.plugin)
        entry.service, entry.portal = service.id, provider.portal
        return provider
