"""Posts, slots and appointments: the portal's shapes <-> the gateway's. The tables of words are in `mapping.py`."""

from __future__ import annotations

import re
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from gateway.connectors.authoring import (
    Appointment,
    Instant,
    Person,
    Post,
    Refused,
    Slot,
    UnexpectedAnswer,
    Window,
    in_address,
    offered,
)

from .mapping import (
    SERVICES,
    SERVICES_HERE,
    Objection,
    Opaque,
    objection,
    service_name,
)

# --- To the portal ------------------------------------------------------------------------------------------------


def posts_query(service: str) -> dict[str, str] | None:
    if not service:
        return {}
    name = service_name(service)
    return {"service": SERVICES[name]} if name in SERVICES else None


def slots_query(service: str, post: str, window: Window) -> dict[str, str] | None:
    if service_name(service) not in SERVICES:
        return None
    return {
        "service": offered(SERVICES, service),
        "post": in_address(post, "post_not_found", form="[a-z0-9-]{1,40}"),
        "first": window.first.isoformat(),
        "last": window.last.isoformat(),
    }


def hold(slot: Slot, person: Person) -> dict[str, Any]:
    """The body of `POST /slots/{id}/hold`."""
    return {"client_reference": person.key, "service": offered(SERVICES, slot.service)}


def confirmation(person: Person) -> dict[str, Any]:
    """The body of `POST /holds/{id}/confirm`."""
    return {
        "client_reference": person.key,
        "visitor": {"name": person.name, "national_id": person.national_id, "email": person.email},
        "request": in_address(person.reference) if person.reference else None,
    }


def slot_id(slot: Slot) -> str:
    return in_address(slot.id, "slot_not_found", form="[A-Za-z0-9-]{1,80}")


def if_match(version: str) -> dict[str, str]:
    """RFC 9110 section 13.1.1. A version that nobody has seen matches none, and the portal names the present one."""
    if not re.fullmatch(r"[\x21\x23-\x7e]{0,64}", version):
        raise Refused("slot_not_found")
    return {"if-match": f'"{version}"'}


# --- From the portal ----------------------------------------------------------------------------------------------


class _Slot(msgspec.Struct, frozen=True):
    id: Opaque
    post: str
    start: Instant
    end: Instant
    version: str


class _Appointment(msgspec.Struct, frozen=True):
    number: Opaque
    client_reference: str
    service: str
    slot: _Slot
    state: str


class _Appointments(msgspec.Struct, frozen=True):
    appointments: list[_Appointment]


class _Slots(msgspec.Struct, frozen=True):
    slots: list[_Slot]


class _Post(msgspec.Struct, frozen=True):
    id: str
    name: dict[str, str]
    country: str
    city: str
    timezone: str
    services: list[str]
    address: str
    opening_hours: list[str]
    illustrative: bool


class _Posts(msgspec.Struct, frozen=True):
    posts: list[_Post]


class _Hold(msgspec.Struct, frozen=True):
    hold: Opaque
    slot: _Slot

    @property
    def version(self) -> str:
        return self.slot.version


def posts(body: bytes) -> list[Post]:
    return [_post(each) for each in msgspec.json.decode(body, type=_Posts).posts]


def slots(service: str, post: str, window: Window, body: bytes) -> list[Slot]:
    """In order of time. A slot that was not asked for means that the portal understood another question."""
    read = msgspec.json.decode(body, type=_Slots).slots
    for each in read:
        if each.post != post or not window.first <= each.start.date() <= window.last:
            raise UnexpectedAnswer("a slot that was not asked for")
    return [_slot(each, service_name(service)) for each in sorted(read, key=lambda each: each.start)]


def newer_version(status: int, body: bytes) -> str | None:
    """The slot's present version, when the portal says that ours is old and the slot is still to be had."""
    said = objection(body) if status == 412 else Objection()
    return said.version if said.error == "version_perimee" else None


def held(slot: Slot, body: bytes) -> _Hold:
    answer = msgspec.json.decode(body, type=_Hold)
    if answer.slot.id != slot.id:
        raise UnexpectedAnswer("another slot is held")
    return answer


def booked(slot: Slot, person: Person, body: bytes) -> Appointment:
    answer = msgspec.json.decode(body, type=_Appointment)
    if (answer.slot.id, answer.client_reference) != (slot.id, person.key):
        raise UnexpectedAnswer("another appointment than the one asked for")
    return _appointment(answer)


def found_booking(key: str, body: bytes) -> Appointment | None:
    booked = msgspec.json.decode(body, type=_Appointments).appointments
    ours = (each for each in booked if each.client_reference == key and each.state != "annule")
    return next((_appointment(each) for each in ours), None)


def cancelled(booking: str, body: bytes) -> None:
    answer = msgspec.json.decode(body, type=_Appointment)
    if (answer.number, answer.state) != (booking, "annule"):
        raise UnexpectedAnswer("the appointment is not cancelled")


def _slot(read: _Slot, service: str) -> Slot:
    if read.end <= read.start:
        raise UnexpectedAnswer("a slot that ends before it begins")
    return Slot(id=read.id, post=read.post, service=service, start=read.start, end=read.end, version=read.version)


def _appointment(read: _Appointment) -> Appointment:
    service = SERVICES_HERE.get(read.service, read.service)
    return Appointment(reference=read.number, slot=_slot(read.slot, service))


def _post(read: _Post) -> Post:
    try:
        ZoneInfo(read.timezone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise UnexpectedAnswer("a post in an unknown time zone") from error
    return Post(
        id=read.id,
        name=read.name,
        country=read.country,
        city=read.city,
        timezone=read.timezone,
        services=[SERVICES_HERE[word] for word in read.services if word in SERVICES_HERE],
        address=read.address,
        opening_hours=read.opening_hours,
        illustrative=read.illustrative,
    )
