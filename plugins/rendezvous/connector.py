"""I/O with the consular appointment portal. What the words mean is in `mapping.py`; why, in README.md."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import Any

import httpx

from gateway.connectors.authoring import (
    CALENDAR,
    PDF,
    Appointment,
    Booking,
    CheckFinding,
    Connector,
    Document,
    Filed,
    Filing,
    Person,
    Post,
    Progress,
    Refused,
    Slot,
    Submission,
    Window,
    check,
    document,
    document_in_address,
    in_address,
)

from . import appointments, mapping

_accepted = partial(check, refusals=mapping.REFUSALS, fields=mapping.FIELDS)


class Rendezvous(Connector, Filing, Booking):
    """Requests that a consulate checks, then an appointment; or an appointment alone, for another portal's demand."""

    async def file(self, filing: Submission) -> Filed:
        response = await self.http.post("/requests", json=mapping.request(filing))
        return mapping.filed(filing.key, _accepted(response).content)

    async def check(self, filing: Submission) -> list[CheckFinding]:
        """Assumed: see README."""
        response = await self.http.post("/requests/check", json=mapping.sought(filing))
        return mapping.objections(_accepted(response).content)

    async def progress(self, reference: str, **access: str) -> Progress:
        response = await self.http.get(f"/requests/{in_address(reference)}")
        return mapping.progress(_accepted(response).content)

    async def act(self, reference: str, action: str, answer: dict[str, Any]) -> Progress:
        """`provide_document` with `{"attachments": [...]}`; `choose_slot` with `{"booking": reference}`, of `book`."""
        path = f"/requests/{in_address(reference)}"
        if action == "provide_document":
            response = await self.http.post(f"{path}/documents", json=mapping.more_documents(answer))
        elif action == "choose_slot":
            response = await self.http.put(f"{path}/appointment", json=mapping.chosen(answer))
        else:
            raise Refused("action_not_supported")
        return mapping.progress(_accepted(response).content)

    async def withdraw(self, reference: str) -> Progress:
        """Until the appointment; what is booked for the request is cancelled with it."""
        response = await self.http.post(f"/requests/{in_address(reference)}/cancel")
        return mapping.progress(_accepted(response).content)

    async def document(self, reference: str, id: str) -> Document:
        """A paper of a request; or, with the id `calendar`, an appointment's own calendar file."""
        number, paper = in_address(reference), document_in_address(id)
        path = f"/appointments/{number}/{id}" if id == mapping.CALENDAR else f"/requests/{number}/papers/{paper}"
        return document(reference, id, _accepted(await self.http.get(path)), PDF, CALENDAR)

    async def find(self, idempotency_key: str) -> Filed | None:
        response = await self.http.get("/requests", params={"client_reference": idempotency_key})
        return mapping.found(idempotency_key, _accepted(response).content)

    async def posts(self, service: str) -> list[Post]:
        """An empty `service` asks for all; one that the portal does not know has none."""
        params = appointments.posts_query(service)
        if params is None:
            return []
        response = await self.http.get("/posts", params=params)
        return appointments.posts(_accepted(response).content)

    async def slots(self, service: str, post: str, window: Window) -> list[Slot]:
        """The free slots of these days, days being the post's own; times carry the offset of the post at that time.
        A service that the portal does not know has none."""
        params = appointments.slots_query(service, post, window)
        if params is None:
            return []
        response = await self.http.get("/slots", params=params)
        return appointments.slots(service, post, window, _accepted(response).content)

    async def book(self, slot: Slot, person: Person) -> Appointment:
        """Hold, then confirm. `Refused("slot_taken")` when somebody else was first. A hold whose confirmation is
        refused is given back at once; one whose confirmation was lost expires by itself, and asked again by the same
        `person.key` it is renewed."""
        held = appointments.held(slot, _accepted(await self._hold(slot, person)).content)
        response = await self.http.post(
            f"/holds/{held.hold}/confirm",
            json=appointments.confirmation(person),
            headers=appointments.if_match(held.version),
        )
        try:
            confirmed = _accepted(response).content
        except Refused:
            await self._release(held.hold)
            raise
        return appointments.booked(slot, person, confirmed)

    async def _release(self, hold: str) -> None:
        """Best effort: the portal's no to the booking stands, and without this the hold expires in its time."""
        with suppress(httpx.TransportError):
            await self.http.delete(f"/holds/{hold}")

    async def _hold(self, slot: Slot, person: Person) -> httpx.Response:
        """A slot that has changed and is still free is worth a second try, with the version that the portal names."""
        path, body = f"/slots/{appointments.slot_id(slot)}/hold", appointments.hold(slot, person)
        response = await self.http.post(path, json=body, headers=appointments.if_match(slot.version))
        version = appointments.newer_version(response.status_code, response.content)
        if version is None:
            return response
        return await self.http.post(path, json=body, headers=appointments.if_match(version))

    async def find_booking(self, idempotency_key: str) -> Appointment | None:
        """The appointment of this key that stands; one that was cancelled is none."""
        response = await self.http.get("/appointments", params={"client_reference": idempotency_key})
        return appointments.found_booking(idempotency_key, _accepted(response).content)

    async def cancel(self, booking: str) -> None:
        """Again changes nothing. `Refused("too_late")` once it took place."""
        response = await self.http.delete(f"/appointments/{in_address(booking)}")
        appointments.cancelled(booking, _accepted(response).content)
