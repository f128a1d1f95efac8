"""What the kit asks of a portal by itself: demands from the examples of the catalogue, parcels, messages, answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final

from gateway.cases.forms import files_named
from gateway.connectors.contract import (
    Address,
    Appointment,
    Attachment,
    Message,
    Parcel,
    Person,
    RequiredAction,
    Slot,
    Submission,
)
from gateway.connectors.services import Service
from gateway.ids import new_id
from gateway.sandbox.sample_files import SampleFile, sample_file
from gateway.testing.requester import requester

_BEGINS: Final[Mapping[str, bytes]] = {
    "application/pdf": b"%PDF-",
    "image/jpeg": b"\xff\xd8\xff",
    "image/png": b"\x89PNG\r\n\x1a\n",
    "text/calendar": b"BEGIN:VCALENDAR",
    "application/zip": b"PK",
}


def submission(service: Service, key: str, chance: Random) -> Submission:
    """The example of `service`, as the gateway would file it."""
    form = service.example
    booked = service.appointment is not None and service.appointment.before == "filing"
    return Submission(
        case_id=new_id("case"),
        key=key,
        service=service.id,
        form=form,
        stamp=stamp(chance) if service.fee_for(form) else None,
        attachments=attachments(service, form),
        appointment=_appointment(service, key) if booked else None,
        requester=requester(service, form),
    )


def stamp(chance: Random) -> str:
    return "".join(chance.choice("123456789") for _ in range(16))


def parcel(key: str) -> Parcel:
    home = Address(name="Amina El Fassi", lines=["1 rue de la Paix"], city="Lyon", postcode="69001", country="FR")
    return Parcel(case_id=new_id("case"), key=key, recipient=home, content="Document", sender="Consulat")


def message(key: str) -> Message:
    return Message(key=key, to="+33612345678", language="fr", text="Une démarche vous attend.", subject="Une démarche")


def person(key: str, reference: str = "") -> Person:
    return Person(
        key=key, name="Amina El Fassi", national_id="AB123456", email="amina@example.org", reference=reference
    )


def reply(ask: RequiredAction, chance: Random) -> dict[str, Any]:
    """What a person would answer; not for `choose_slot`, which needs a booking."""
    match ask.type:
        case "pay":
            return {"stamp": stamp(chance)}
        case "provide_document":
            return {"attachments": [attachment(new_id("att"))]}
        case "rate":
            return {"choice": ask.options[0] if ask.options else "5"}
        case _:
            return {"choice": ask.options[0] if ask.options else "", "text": "Merci de reprendre mon dossier."}


def fits(media_type: str, content: bytes) -> bool:
    """Whether content begins as its media type says, as far as the kit knows the type."""
    begins = _BEGINS.get(media_type)
    if media_type.startswith("text/"):
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            return False
        return bool(text.strip()) and text.startswith(begins.decode() if begins else "")
    return bool(content) and content.startswith(begins or b"")


def attachments(service: Service, form: Mapping[str, Any]) -> list[Attachment]:
    """A file for each that the form names, of a kind and size that its member takes."""
    named = files_named(form, service.form)
    return [attachment(id, sample_file(limits.media_types, limits.max_bytes)) for id, limits in named]


def attachment(id: str, sample: SampleFile | None = None) -> Attachment:
    sample = sample or sample_file()
    return Attachment(id=id, filename=sample.filename, media_type=sample.media_type, content=sample.content)


def proofs(form: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, str] | None:
    """What a person would type to track this demand, from the form; None if the form does not tell."""
    told = dict(_members(form))
    found = {name: told[name] for name in names if name in told}
    return found if len(found) == len(names) else None


def _members(form: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in form.items():
        if isinstance(value, Mapping):
            yield from _members(value)
        elif isinstance(value, str):
            yield name, value


def _appointment(service: Service, key: str) -> Appointment:
    start = (datetime.now(UTC) + timedelta(days=7)).replace(minute=0, second=0, microsecond=0)
    rule = service.appointment
    slot = Slot(
        id=f"slot-{key[-6:]}",
        post=str(service.post_in(service.example) or "lyon"),
        service=rule.service if rule else "",
        start=start,
        end=start + timedelta(minutes=15),
    )
    return Appointment(reference=f"RV-{key[-6:].upper()}", slot=slot)
