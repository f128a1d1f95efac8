"""An appointment as a calendar file (RFC 5545), in the post's own time with the rules of its zone."""

from __future__ import annotations

from typing import Final

import icalendar

from gateway.cases.model import Case, Meeting
from gateway.connectors.contract import Document

CALENDAR: Final = "appointment.ics"
"""Id of the document under its case."""

_PRODUCT: Final = "-//MRE Gateway//Appointments//EN"


def calendar_file(case: Case, meeting: Meeting, *, summary: str, place: str, domain: str) -> Document:
    """A case has one UID, so that a calendar replaces what it knew of an appointment that was moved (3.8.4.7)."""
    event = icalendar.Event()
    event.add("uid", f"{case.id}@{domain}")
    event.add("sequence", case.state.bookings)
    event.add("dtstamp", case.updated_at)
    event.add("dtstart", meeting.slot.start)
    event.add("dtend", meeting.slot.end)
    event.add("summary", summary)
    event.add("location", ", ".join(each for each in (place, meeting.post.address) if each))
    event.add("status", "CONFIRMED")
    calendar = icalendar.Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    calendar.add_missing_timezones()
    return Document(id=CALENDAR, filename=CALENDAR, media_type="text/calendar", content=calendar.to_ical())
