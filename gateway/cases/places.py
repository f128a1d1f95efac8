"""Checks the destination of a demand before any fee: the post exists, in the country of the form, and the mail reaches
the address. Otherwise the portal would refuse later, when the money is paid and perhaps the document made.

The list of posts is the booking portal's own, kept for `forms.posts_seconds`. When the portal does not answer, nothing
is refused: intake does not wait for portals, and this one refuses at filing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from gateway.audit.entry import Entry
from gateway.cases import forms
from gateway.cases.appointments import Appointments
from gateway.cases.forms import FormError
from gateway.cases.portals import NotAvailable, PortalCalls, Portals
from gateway.connectors.contract import Booking, Post, Refused, Shipping, Unavailable, Unknown
from gateway.connectors.services import Service, value_at
from gateway.connectors.text_folding import folded_words
from gateway.settings import Forms

_AGAIN_SECONDS: Final = 15.0
"""A portal that did not give its posts is not asked again before."""
_SAYS_NOTHING: Final = frozenset(
    folded_words(
        "consulat général de du des à au le la les royaume maroc ambassade poste consulaire "
        "consulate general of in at the kingdom morocco embassy consular post consulado generale"
    )
)


@dataclass(slots=True)
class _Known:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    until: float = 0.0
    posts: list[Post] = field(default_factory=list)


class Places:
    def __init__(self, portals: Portals, appointments: Appointments, limits: Forms) -> None:
        self._portals = portals
        self._appointments = appointments
        self._limits = limits
        self._known: dict[tuple[str, str], _Known] = {}
        """By portal and its name for the service: as many as the catalogue has."""

    async def check(self, service: Service, form: Mapping[str, Any], language: str, entry: Entry) -> list[FormError]:
        """The errors in the places that a valid form names."""
        calls = self._portals.recorded_in(entry, budget=self._limits.posts_wait_seconds)
        found = [
            await self._post(service, form, calls),
            await self._place(service, form, calls),
            self._address(service, form),
        ]
        return [forms.wrong_place(pointer, code, language) for pointer, code in filter(None, found)]

    async def _post(self, service: Service, form: Mapping[str, Any], calls: PortalCalls) -> tuple[str, str] | None:
        """A post that is named by its id."""
        named, provider = service.post_in(form), self._appointments.provider(service)
        if not named or service.post_at is None or provider is None:
            return None
        posts = await self._posts(provider.portal, provider.service, calls)
        return (service.post_at, "post_unknown") if posts and named not in {each.id for each in posts} else None

    async def _place(self, service: Service, form: Mapping[str, Any], calls: PortalCalls) -> tuple[str, str] | None:
        """A post that is named in free text: one that is not in the list may be right; one that is there in other
        countries only is wrong."""
        rule = service.place
        if rule is None:
            return None
        text, country = value_at(form, rule.post), value_at(form, rule.country)
        if not text or not country:
            return None
        booked = service.appointment
        known_as = booked.service if booked and booked.portal == rule.portal else ""
        posts = await self._posts(rule.portal, known_as, calls)
        countries = {each.country for each in posts if _names(text, each)}
        return (rule.country, "post_elsewhere") if countries and country not in countries else None

    def _address(self, service: Service, form: Mapping[str, Any]) -> tuple[str, str] | None:
        if (
            service.delivery is None
            or not service.ships(form)
            or not self._portals.has(service.delivery.portal, Shipping)
        ):
            return None
        carrier = self._portals.connector(service.delivery.portal)
        assert isinstance(carrier, Shipping)
        there = service.destination(form).country in carrier.not_served
        return (f"{service.delivery.address}/country", "country_not_served") if there else None

    async def _posts(self, portal: str, service: str, calls: PortalCalls) -> list[Post]:
        """The portal's posts; empty if it has never given them."""
        if not self._portals.has(portal, Booking):
            return []
        known = self._known.setdefault((portal, service), _Known())
        async with known.lock:  # many demands at once share one query
            if time.monotonic() >= known.until:
                known.until = time.monotonic() + _AGAIN_SECONDS
                try:
                    known.posts = await calls.call(portal, Booking.posts, service)
                except (Refused, Unavailable, Unknown, NotAvailable):
                    return known.posts
                known.until = time.monotonic() + self._limits.posts_seconds
        return known.posts


def _names(text: str, post: Post) -> bool:
    said = _said(text)
    return said != [] and said in [_said(each) for each in (post.id, post.city, *post.name.values())]


def _said(text: str) -> list[str]:
    """The words that tell one post from another."""
    return [each for each in folded_words(text) if each not in _SAYS_NOTHING]
