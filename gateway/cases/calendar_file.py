"""An appointment as a calendar file (RFC 5545), in the post's own time with the rules of its zone."""

from __future__ import annotations

from datetime import UTC
from typing import Final
from zoneinfo import ZoneInfo

from gateway.cases.appointments import zone_of
from gateway.cases.model import Case
from gateway.cases.state import BookedAppointment
from gateway.cases.vtimezone import vtimezone
from gateway.connectors.contract import Document

CALENDAR: Final = "appointment.ics"
"""Id of the document under its case."""

_PRODUCT: Final = "-//MRE Gateway//Appointments//EN"


def calendar_file(case: Case, appointment: BookedAppointment, *, summary: str, place: str, domain: str) -> Document:
    """A case has one UID, so that a calendar replaces the entry of a moved appointment (3.8.4.7)."""
    import icalendar  # here, because it takes 30 ms

    zone = zone_of(appointment.post)
    start, end = appointment.slot.start.astimezone(zone), appointment.slot.end.astimezone(zone)
    if start.fold or end.fold:  # in an hour that comes twice a local time means the first (RFC 5545, 3.3.5)
        start, end = start.astimezone(UTC), end.astimezone(UTC)
    event = icalendar.Event()
    event.add("uid", f"{case.id}@{domain}")
    event.add("sequence", case.state.appointment.attempts)
    event.add("dtstamp", case.updated_at)
    event.add("dtstart", start)
    event.add("dtend", end)
    event.add("summary", summary)
    event.add("location", ", ".join(each for each in (place, appointment.post.address) if each))
    event.add("status", "CONFIRMED")
    calendar = icalendar.Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    if isinstance(start.tzinfo, ZoneInfo):
        calendar.add_component(vtimezone(start.tzinfo.key, start.tzinfo, start, end))
    calendar.add_component(event)
    return Document(id=CALENDAR, filename=CALENDAR, media_type="text/calendar", content=calendar.to_ical())
