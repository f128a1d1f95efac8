"""The state of a case as it is stored. Earlier versions stored it flat: such a case goes on, and its next save
writes it by part. The names of the flat form are data: they stay as they were written."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from gateway.cases.state import State

_PLACES: Final[dict[str, tuple[str, str]]] = {
    "charges": ("payment", "charges"),
    "portal": ("filing", "portal"),
    "post": ("filing", "post"),
    "fast_lane": ("filing", "fast_lane"),
    "related_case": ("filing", "related_case"),
    "reference": ("filing", "reference"),
    "filed_at": ("filing", "filed_at"),
    "answered_at": ("filing", "answered_at"),
    "terms": ("filing", "terms"),
    "milestone": ("filing", "milestone"),
    "portal_status": ("filing", "portal_status"),
    "steps_seen": ("filing", "steps_seen"),
    "documents": ("filing", "documents"),
    "followed": ("filing", "followed"),
    "rating": ("filing", "rating"),
    "appointment": ("appointment", "booked"),
    "wanted": ("appointment", "pending"),
    "bookings": ("appointment", "attempts"),
    "cancelling": ("appointment", "replaced"),
    "delivery_portal": ("shipment", "portal"),
    "shipment": ("shipment", "number"),
    "shipment_steps_seen": ("shipment", "steps_seen"),
    "round": ("shipment", "round"),
    "shipment_milestone": ("shipment", "milestone"),
    "delivered": ("shipment", "delivered"),
    "ending": ("ending", "status"),
    "reason": ("ending", "reason"),
    "withdrawing": ("ending", "withdrawing"),
    "taken_back": ("ending", "taken_back"),
    "closed": ("ending", "closed"),
    "kept": ("ending", "kept"),
    "postponed": ("ending", "postponed"),
}
"""Where a member of the flat form is now. The others have the same place, but for `outage`, now `outage`."""


_PLACE: Final = re.compile(r"`\$\.([a-z_]+)(?:\.([a-z_]+))?")
"""Part and member in what msgspec says of a value."""
_MOST_UNREADABLE: Final = 16


def read_state(stored: Mapping[str, Any]) -> State:
    """The state in either form. Raises `msgspec.ValidationError`."""
    return msgspec.convert(stored if "filing" in stored else by_part(stored), State)


def readable_state(stored: Mapping[str, Any]) -> State | None:
    """The state without the members that cannot be read, to be looked at and never stored; None if one of those cannot
    be missing."""
    left = copy.deepcopy(dict(stored)) if "filing" in stored else by_part(stored)
    for _ in range(_MOST_UNREADABLE):
        try:
            return msgspec.convert(left, State)
        except msgspec.ValidationError as error:
            part, _, member = location_in(error).partition(".")
            holder, name = (left.get(part), member) if member else (left, part)
            if not isinstance(holder, dict) or name not in holder:
                return None
            del holder[name]
    return None


def location_in(error: msgspec.ValidationError) -> str:
    """The part of the state, `action`, or the part and its member, `filing.documents`."""
    place = _PLACE.search(str(error))
    return ".".join(filter(None, place.groups())) if place is not None else ""


def by_part(flat: Mapping[str, Any]) -> dict[str, Any]:
    """The present form of a flat state."""
    found: dict[str, Any] = {}
    for name, value in flat.items():
        if name in _PLACES:
            part, member = _PLACES[name]
            found.setdefault(part, {})[member] = value
        else:
            found["outage" if name == "trouble" else name] = value
    if "intents" in flat:
        found["intents"] = {name: {"portal": _asked(name, flat), **each} for name, each in flat["intents"].items()}
    return found


def _asked(creation: str, flat: Mapping[str, Any]) -> str:
    """The portal of the creation: an earlier version's intent did not name it."""
    if creation == "issue":
        stampless = (
            each["portal"] for each in flat.get("charges", []) if each.get("paid_oid") and not each.get("stamp")
        )
        return str(next(stampless, ""))
    if creation == "book":
        return str(flat["wanted"]["portal"]) if flat.get("wanted") else ""
    return str(flat.get("delivery_portal", "") if creation == "ship" else flat["portal"])
