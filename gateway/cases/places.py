"""Checks the destination of a demand before any fee: the post exists, in the country of the form, and the mail reaches
the address. Otherwise the portal would refuse later, when the money is paid and perhaps the document made.

The list of posts is the booking portal's own, kept for `forms.posts_seconds`. When the portal does not answer, nothing
is refused: intake does not wait for portals, and this one refuses at filing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Mapping
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


@dataclass(frozen=True, slots=True)
class CheckedPlaces:
    errors: list[FormError]
    unchecked: list[str]
    """Portals whose list of posts could not be had."""


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

    async def check(
        self, service: Service, form: Mapping[str, Any], language: str, entry: Entry, *, wrong: Collection[str] = ()
    ) -> CheckedPlaces:
        """The errors in the places that a form names. `wrong`: pointers at which it does not fit its schema; what
        stands there is not looked at."""
        unchecked: list[str] = []
        calls = self._portals.recorded_in(entry, budget=self._limits.posts_wait_seconds)

        def fits(*pointers: str) -> bool:
            places = [forms.FORM + each for each in pointers]
            return not any(each == place or each.startswith(f"{place}/") for each in wrong for place in places)

        found: list[tuple[str, str] | None] = []
        if service.post_at is not None and fits(service.post_at):
            found.append(await self._post(service, form, calls, unchecked))
        if service.place is not None and fits(service.place.post, service.place.country):
            found.append(await self._place(service, form, calls, unchecked))
        if service.delivery is not None and fits(service.delivery.address):
            found.append(self._address(service, form))
        errors = [forms.wrong_place(pointer, code, language) for pointer, code in filter(None, found)]
        return CheckedPlaces(errors, list(dict.fromkeys(unchecked)))

    async def _post(
        self, service: Service, form: Mapping[str, Any], calls: PortalCalls, unchecked: list[str]
    ) -> tuple[str, str] | None:
        """A post that is named by its id."""
        named, provider = service.post_in(form), self._appointments.provider(service)
        if not named or service.post_at is None or provider is None:
            return None
        posts = await self._posts(provider.portal, provider.service, calls, unchecked)
        return (service.post_at, "post_unknown") if posts and named not in {each.id for each in posts} else None

    async def _place(
        self, service: Service, form: Mapping[str, Any], calls: PortalCalls, unchecked: list[str]
    ) -> tuple[str, str] | None:
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
        posts = await self._posts(rule.portal, known_as, calls, unchecked)
        countries = {each.country for each in posts if _names(text, each)}
        return (rule.country, "post_elsewhere") if countries and country not in countries else None

    def _address(self, service: Service, form: Mapping[str, Any]) -> tuple[str, str] | None:
        assert service.delivery is not None
        if not service.ships(form) or not self._portals.has(service.delivery.portal, Shipping):
            return None
        if not isinstance(value_at(form, service.delivery.address), Mapping):
            return None
        carrier = self._portals.connector(service.delivery.portal)
        assert isinstance(carrier, Shipping)
        there = service.destination(form).country in carrier.not_served
        return (f"{service.delivery.address}/country", "country_not_served") if there else None

    async def _posts(self, portal: str, service: str, calls: PortalCalls, unchecked: list[str]) -> list[Post]:
        """The portal's posts; empty if it has never given them, and then it is among the `unchecked`."""
        if not self._portals.has(portal, Booking):
            return []
        known = self._known.setdefault((portal, service), _Known())
        async with known.lock:  # many demands at once share one query
            if time.monotonic() >= known.until:
                known.until = time.monotonic() + _AGAIN_SECONDS
                try:
                    known.posts = await calls.call(portal, Booking.posts, service)
                    known.until = time.monotonic() + self._limits.posts_seconds
                except (Refused, Unavailable, Unknown, NotAvailable):
                    pass  # what it gave before holds
        if not known.posts:
            unchecked.append(portal)
        return known.posts


def _names(text: str, post: Post) -> bool:
    said = _said(text)
    return said != [] and said in [_said(each) for each in (post.id, post.city, *post.name.values())]


def _said(text: str) -> list[str]:
    """The words that tell one post from another."""
    return [each for each in folded_words(text) if each not in _SAYS_NOTHING]
