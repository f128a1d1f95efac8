"""What a journey knows of a case, written down in one line."""

from __future__ import annotations

from typing import Any, Final

from gateway.cases.state import FilingPart, State

PLACES: Final[dict[str, tuple[str, str]]] = {
    "charges": ("payment", "charges"),
    **{
        name: ("filing", name)
        for name in ("portal", "post", "reference", "filed_at", "answered_at", "terms", "milestone", "portal_status")
    },
    **{name: ("filing", name) for name in ("steps_seen", "steps", "documents", "followed", "rating")},
    "appointment": ("appointment", "booked"),
    "pending_booking": ("appointment", "pending"),
    "cancelling": ("appointment", "replaced"),
    "delivery_portal": ("shipment", "portal"),
    "shipment": ("shipment", "number"),
    "round": ("shipment", "round"),
    "ending": ("ending", "status"),
    **{name: ("ending", name) for name in ["reason", "withdrawing", "taken_back", "closed", "kept", "postponed"]},
}
"""The part of a member that is named without it, and its name there."""


def put(state: State, name: str, value: Any) -> None:
    part, member = PLACES.get(name, ("", name))
    owner = getattr(state, part) if part else state
    assert member in owner.__struct_fields__, name
    setattr(owner, member, value)


def state_of(**members: Any) -> State:
    state = State(parts=[], filing=FilingPart(portal="echo"))
    for name, value in members.items():
        put(state, name, value)
    return state
