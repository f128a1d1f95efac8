"""Slots, holds and appointments. One slot is one place; whoever confirms a hold has it, and nobody else.

The calendar is the one on people's walls, however fast the sandbox's clock runs: what is offered begins after the real
now. Waiting for an appointment is the sandbox's time: one that is three days ahead when it is booked takes place when
three simulated days have passed. Without a speed and without a jump, the two are the same.
"""

from __future__ import annotations

import time
import tomllib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from gateway.sandbox.authoring import Objection, SandboxContext, ascii_upper

from .opening_hours import LENGTH, SERVICES, Post, posts, read_slot_id
from .shapes import Confirmation, Hold

HOLD_SECONDS: Final = 300.0
HORIZON_DAYS: Final = 90
REGISTERED_ONLY: Final = ("cnie", "passeport")
FREE, HELD, TAKEN = "libre", "reserve", "pris"


class People:
    """Who is not like the others, by CNIE: `register.toml`."""

    def __init__(self) -> None:
        self._listed = tomllib.loads(Path(__file__).with_name("register.toml").read_text(encoding="utf-8"))

    def about(self, national_id: str | None) -> dict[str, Any]:
        found: dict[str, Any] = self._listed.get(ascii_upper((national_id or "").replace(" ", "")), {})
        return found

    def require_registration(self, service: str, national_id: str | None, field: str) -> None:
        if service in REGISTERED_ONLY and not self.about(national_id).get("registered", True):
            raise Objection(422, "immatriculation_requise", "L'immatriculation consulaire est exigée.", field)


class Agenda:
    def __init__(self, context: SandboxContext, people: People) -> None:
        self._context, self._people = context, people
        self._slots = context.table("slots")
        self._holds = context.table("holds")
        self._appointments = context.table("appointments")
        self._hold_seconds = float(context.options.get("hold_seconds", HOLD_SECONDS))
        self._horizon = timedelta(days=int(context.options.get("horizon_days", HORIZON_DAYS)))
        self.posts = posts()

    def post(self, id: str, field: str = "") -> Post:
        if id not in self.posts:
            raise Objection(404, "poste_inconnu", "Ce poste n'existe pas.", *([field] if field else []))
        return self.posts[id]

    def free(self, service: str, post_id: str, first: date, last: date) -> list[dict[str, Any]]:
        """What is still free, from now to the horizon. Dates are the post's own."""
        _known(service)
        post, now = self.post(post_id), datetime.now(UTC)
        day, found = max(first, now.astimezone(ZoneInfo(post.timezone)).date()), []
        while day <= min(last, (now + self._horizon).date()):
            ahead = (at for at in post.slots(day) if at > now)
            found += [self._shown(post, at) for at in ahead if self._row(post.slot_id(at))["state"] == FREE]
            day += timedelta(days=1)
        return found

    def hold(self, slot_id: str, version: str | None, asked: Hold) -> dict[str, Any]:
        """Keep the slot for a while. Whoever holds it already, by its `client_reference`, holds it anew."""
        _known(asked.service)
        post, at = self._offered(slot_id)
        with self._context.store.transaction():
            row = self._row(slot_id)
            mine = row["state"] == HELD and row["client_reference"] == asked.client_reference
            _same_version(row, version, taken=row["state"] != FREE and not mine)
            id = f"H{len(self._holds) + 1:06d}"
            until = self._context.clock.timestamp() + self._context.clock.moves_in(self._hold_seconds)
            held = {"client_reference": asked.client_reference, "service": asked.service, "slot": slot_id}
            self._holds.put(id, held)
            self._slots.put(slot_id, {**held, "state": HELD, "hold": id, "until": until, "version": row["version"] + 1})
        return {"hold": id, "seconds": int(self._hold_seconds), "slot": self._shown(post, at)}

    def confirm(self, hold_id: str, version: str | None, asked: Confirmation) -> dict[str, Any]:
        """Not deduplicated by `client_reference`: a gateway that books blindly twice has two appointments."""
        with self._context.store.transaction():
            hold = self._holds.get(hold_id)
            if hold is None:
                raise Objection(404, "reservation_inconnue", "Cette réservation n'existe pas.")
            row = self._row(hold["slot"])
            if row["state"] != HELD or row["hold"] != hold_id:
                raise Objection(410, "reservation_expiree", "La réservation n'est plus tenue.")
            _same_version(row, version, taken=False)
            self._people.require_registration(hold["service"], asked.visitor.national_id, "visitor.national_id")
            post, at = self._offered(hold["slot"])
            now, lead = self._context.clock.now(), at - datetime.fromtimestamp(time.time(), UTC)
            number = f"RDV-{now.year}-{len(self._appointments) + 1:06d}"
            self._slots.put(hold["slot"], {**row, "state": TAKEN, "version": row["version"] + 1})
            doc = {
                "number": number,
                "client_reference": asked.client_reference,
                "service": hold["service"],
                "national_id": asked.visitor.national_id,
                "slot": self._shown(post, at),
                "booked_at": now.isoformat(),
                "takes_place_at": (now + lead).isoformat(),
                "cancelled_at": None,
            }
            self._appointments.put(number, doc)
            self._context.effects.record(
                "appointment", number, client_reference=asked.client_reference, slot=hold["slot"]
            )
        return self.view(doc)

    def release(self, hold_id: str) -> None:
        """The slot is free again; again, or of a hold that is over, it changes nothing."""
        with self._context.store.transaction():
            hold = self._holds.get(hold_id)
            if hold is None:
                raise Objection(404, "reservation_inconnue", "Cette réservation n'existe pas.")
            row = self._row(hold["slot"])
            if row["state"] == HELD and row["hold"] == hold_id:
                self._slots.put(hold["slot"], {"state": FREE, "version": row["version"] + 1})

    def get(self, number: str) -> dict[str, Any]:
        doc = self._appointments.get(number)
        if doc is None:
            raise Objection(404, "rendez_vous_inconnu", "Ce rendez-vous n'existe pas.")
        return doc

    def booked_as(self, client_reference: str) -> list[dict[str, Any]]:
        """Those that stand: a cancelled one is no answer to "was it booked?"."""
        found = self._appointments.where(client_reference=client_reference)
        return [self.view(doc) for doc in found if doc["cancelled_at"] is None]

    def cancel(self, number: str) -> dict[str, Any]:
        """Once; again changes nothing."""
        with self._context.store.transaction():
            doc = self.get(number)
            if doc["cancelled_at"] is None:
                now = self._context.clock.now()
                if now >= datetime.fromisoformat(doc["takes_place_at"]):
                    raise Objection(409, "annulation_tardive", "Le rendez-vous a déjà eu lieu.")
                doc["cancelled_at"] = now.isoformat()
                self._appointments.put(number, doc)
                row = self._row(doc["slot"]["id"])
                self._slots.put(doc["slot"]["id"], {"state": FREE, "version": row["version"] + 1})
                self._context.effects.record("cancellation", number)
        return self.view(doc)

    def view(self, doc: dict[str, Any]) -> dict[str, Any]:
        if doc["cancelled_at"] is not None:
            state = "annule"
        elif self._context.clock.now() < datetime.fromisoformat(doc["takes_place_at"]):
            state = "confirme"
        else:
            state = "passe"
        shown = ("number", "client_reference", "service", "slot")
        return {**{name: doc[name] for name in shown}, "state": state}

    def show(self, slot_id: str) -> dict[str, Any]:
        post, at = self._offered(slot_id)
        return {**self._shown(post, at), "state": self._row(slot_id)["state"]}

    def _offered(self, slot_id: str) -> tuple[Post, datetime]:
        found = read_slot_id(slot_id, self.posts)
        if found is None:
            raise Objection(404, "creneau_inconnu", "Ce créneau n'existe pas.")
        if found[1] <= datetime.now(UTC):
            raise Objection(409, "creneau_passe", "Ce créneau est passé.")
        return found

    def _row(self, slot_id: str) -> dict[str, Any]:
        row = self._slots.get(slot_id) or {"state": FREE, "version": 0}
        if row["state"] == HELD and row["until"] <= self._context.clock.timestamp():
            return {**row, "state": FREE}
        return row

    def _shown(self, post: Post, at: datetime) -> dict[str, Any]:
        id = post.slot_id(at)
        return {
            "id": id,
            "post": post.id,
            "start": at.isoformat(),
            "end": (at.astimezone(UTC) + LENGTH).astimezone(at.tzinfo).isoformat(),
            "version": str(self._row(id)["version"]),
        }


def _known(service: str) -> None:
    if service not in SERVICES:
        raise Objection(404, "prestation_inconnue", "Cette prestation n'existe pas.")


def _same_version(row: dict[str, Any], version: str | None, *, taken: bool) -> None:
    """`If-Match` (RFC 9110 section 13.1.1; its absence: RFC 6585). The word says whether trying again makes sense."""
    if version is None:
        raise Objection(428, "version_exigee", "If-Match est exigé.")
    if taken:
        raise Objection(412 if version != f'"{row["version"]}"' else 409, "creneau_pris", "Ce créneau est pris.")
    if version != f'"{row["version"]}"':
        raise Objection(412, "version_perimee", "Le créneau a changé.", version=str(row["version"]))
