"""The posts that give appointments for a service, and their free slots."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from gateway.audit.entry import Entry
from gateway.cases.appointments import Appointments, BookingProvider, zone_of
from gateway.cases.commands.not_offered import CapabilityMissing, PostNotFound, ServiceNotFound
from gateway.connectors.catalogue import Catalogue
from gateway.connectors.contract import Post, Slot, Window

_DAYS: Final = 28
_MOST_DAYS: Final = 366
_LAST_START: Final = date.max - timedelta(days=_DAYS)


class WindowInvalid(Exception):
    """The last day comes before the first, or more than a year after it."""


@dataclass(frozen=True, slots=True)
class FreeSlots:
    portal: str
    post: Post
    slots: list[Slot]


@dataclass(frozen=True, slots=True, kw_only=True)
class FindAppointments:
    appointments: Appointments
    catalogue: Catalogue
    call_seconds: float

    async def posts(self, entry: Entry, service: str) -> list[tuple[str, Post]]:
        """Each with its portal; without a service those of every portal that gives any.

        Raises `ServiceNotFound`, `CapabilityMissing`, and what the portal's connector raises."""
        counters = [self._counter(entry, service)] if service else self.appointments.all(self.catalogue)
        return [
            (provider.portal, post)
            for provider in counters
            for post in await self.appointments.posts(provider, entry, self.call_seconds)
        ]

    async def slots(
        self, entry: Entry, service: str, post_id: str, *, first: date | None, last: date | None
    ) -> FreeSlots:
        """Earliest first. `first` is today at the post and `last` four weeks later, unless they are given.

        Raises as `posts`, and `PostNotFound`, `WindowInvalid`."""
        provider = self._counter(entry, service)
        posts = await self.appointments.posts(provider, entry, self.call_seconds)
        post = next((each for each in posts if each.id == post_id), None)
        if post is None:
            raise PostNotFound(post_id)
        start = first or datetime.now(zone_of(post)).date()
        window = Window(first=start, last=last or min(start, _LAST_START) + timedelta(days=_DAYS))
        if not timedelta(0) <= window.last - window.first <= timedelta(days=_MOST_DAYS):
            raise WindowInvalid
        return FreeSlots(
            provider.portal, post, await self.appointments.slots(provider, post, window, entry, self.call_seconds)
        )

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
