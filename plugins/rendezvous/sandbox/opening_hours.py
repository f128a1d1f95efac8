"""Posts, and the slots that follow from their opening hours: a function of the list in `posts.toml` alone."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

LENGTH: Final = timedelta(minutes=15)
SERVICES: Final = (
    "immatriculation",
    "cnie",
    "passeport",
    "legalisation",
    "acte_adoulaire",
    "attestation_residence",
    "attestation_vie",
)
"""Any post serves for all of them: the central consular register is one."""

DAYS: Final = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
HOURS: Final = re.compile(r"(?P<first>[A-Z][a-z])(?:-(?P<last>[A-Z][a-z]))? (?P<opens>\d\d:\d\d)-(?P<closes>\d\d:\d\d)")
STAMP: Final = "%Y%m%dT%H%MZ"


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    id: str
    name: dict[str, str]
    country: str
    city: str
    timezone: str
    opening_hours: tuple[str, ...]

    def shown(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "name": self.name,
            "country": self.country,
            "city": self.city,
            "timezone": self.timezone,
            "services": list(SERVICES),
            "address": "",
            "opening_hours": list(self.opening_hours),
            "illustrative": True,
        }

    def slots(self, day: date) -> Iterator[datetime]:
        """The beginnings of the slots of one local day, in local time. They are counted in UTC between opening and
        closing, so that a change of the clock in between neither doubles nor loses one."""
        zone = ZoneInfo(self.timezone)
        for opens, closes in self._opening(day):
            at = datetime.combine(day, opens, zone).astimezone(UTC)
            end = datetime.combine(day, closes, zone).astimezone(UTC)
            while at + LENGTH <= end:
                yield at.astimezone(zone)
                at += LENGTH

    def slot_id(self, at: datetime) -> str:
        return f"{self.id}-{at.astimezone(UTC):{STAMP}}"

    def _opening(self, day: date) -> Iterator[tuple[time, time]]:
        for text in self.opening_hours:
            found = HOURS.fullmatch(text)
            if found is None:
                raise ValueError(f"{self.id}: opening hours {text!r}")
            first = DAYS.index(found["first"])
            last = DAYS.index(found["last"] or found["first"])
            if first <= day.weekday() <= last:
                yield time.fromisoformat(found["opens"]), time.fromisoformat(found["closes"])


def posts() -> dict[str, Post]:
    entries = tomllib.loads(Path(__file__).with_name("posts.toml").read_text(encoding="utf-8"))
    return {
        id: Post(id=id, **(entry | {"opening_hours": tuple(entry["opening_hours"])})) for id, entry in entries.items()
    }


def read_slot_id(id: str, known: dict[str, Post]) -> tuple[Post, datetime] | None:
    """The post and the local beginning that an id of `Post.slot_id` names; None for what the calendar does not have."""
    name, _, stamp = id.rpartition("-")
    post = known.get(name)
    try:
        at = datetime.strptime(stamp, STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None
    if post is None:
        return None
    local = at.astimezone(ZoneInfo(post.timezone))
    return (post, local) if local in set(post.slots(local.date())) else None
